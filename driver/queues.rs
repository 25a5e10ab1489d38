// SPDX-License-Identifier: GPL-2.0

//! I/O queues: how many, on which vectors; created and deleted.
//!
//! NVMe Base 2.0, 5.27.1.5 (Number of Queues), 5.4 and 5.5 (Create I/O queues).

use crate::{
    controller::{
        Ctrl,
        Hw,
        QueueInfo, //
    },
    cq::Cq,
    journal::Note,
    nvme::{
        admin::{
            Interrupts as Iv,
            Priority, //
        },
        command::Command,
        depth::QueueSize,
        queue_count::{
            self,
            Grants, //
        },
        reg::Side, //
    },
    params,
    registers::Registers,
    sq::{
        Bell,
        Sq, //
    }, //
};
use kernel::{
    prelude::*,
    str::CString,
    sync::Arc,
    time::Delta, //
};
use rnvme_abs::{
    blk_mq::{
        Accept,
        HwQueue,
        Shape,
        TagSet, //
    },
    counter::Counter,
    pci::{
        Kind,
        Line,
        Live,
        Vectors, //
    }, //
};

/// When CPUs are next to use the queues that are open, where a disk was coming or going.
const SPREAD_AGAIN: Delta = Delta::from_millis(20);

/// The vectors of a controller, and whether one serves all queues.
pub(crate) struct Interrupts<'b> {
    pub(crate) vectors: Option<Vectors<'b>>,
    pub(crate) shared: bool,
}

/// Makes a queue pair of `size`, on neither side of which anything has happened.
pub(crate) fn make<'b>(
    at: Live<'b>,
    registers: &Registers<'b>,
    info: QueueInfo,
    size: QueueSize,
) -> Result<Hw<'b>> {
    let qid = info.qid;
    let slots = size.entries().next_power_of_two();
    let log2 = slots.trailing_zeros();
    let sq = Sq::new(
        at.ring(log2)?,
        size.entries(),
        Bell::new(registers.doorbell(at, qid, Side::Sq)?),
    );
    let cq = Cq::new(
        at.ring(log2)?,
        size.entries(),
        Bell::new(registers.doorbell(at, qid, Side::Cq)?),
    );
    HwQueue::new(at, slots, info, sq, cq)
}

impl<'b> Ctrl<'b> {
    /// Attaches a queue to the vector that is its own, or to the one that all share.
    pub(crate) fn attach(&self, at: Live<'b>, q: &Hw<'b>) -> Result {
        let qid = q.data().qid;
        let name = CString::try_from_fmt(fmt!("rnvme{}q{}", at.instance(), qid))?;
        let interrupts = self.vectors.lock();
        let vectors = interrupts.vectors.as_ref().ok_or(ENODEV)?;
        let line = match interrupts.shared {
            true => Line::Shared(vectors, 0),
            false => Line::Own(vectors, qid),
        };
        q.attach(at, line, name)
    }

    /// What kind of interrupts there are, where there are any.
    pub(crate) fn interrupt_kind(&self) -> Option<Kind> {
        Some(self.vectors.lock().vectors.as_ref()?.kind())
    }

    /// Whether interrupts have masks of their own, other than the controller's.
    fn has_msix(&self) -> bool {
        self.interrupt_kind() == Some(Kind::MsiX)
    }

    /// Ends all interrupts, and waits for their handlers. Without MSI-X the controller holds them back
    /// first: a pin that nobody answers would ring for ever.
    pub(crate) fn silence(&self, at: Live<'b>) {
        if !self.has_msix() {
            self.registers.mask_interrupts(true);
        }
        self.detach_all(at);
    }

    /// Ends all interrupts without a word to the controller, and waits for their handlers.
    pub(crate) fn detach_all(&self, at: Live<'b>) {
        for q in self.io_queues() {
            q.detach(at);
        }
        self.admin.detach(at);
    }

    /// Lets interrupts through again, to whatever is attached.
    pub(crate) fn unmask(&self) {
        if !self.has_msix() {
            self.registers.mask_interrupts(false);
        }
    }

    /// Asks for as many queues as are of use; how many were granted, of each side: none where the
    /// controller refuses to say.
    fn ask(&self, at: Live<'b>, wish: u16) -> Result<(u32, u32)> {
        let (status, result) = self.run(at, &Command::set_queue_count(wish, wish), &mut [])?;
        if !status.is_success() {
            dev_err!(at.device(), "the number of queues is refused: {status}\n");
            return Ok((0, 0));
        }
        Ok(queue_count::granted(result as u32))
    }

    /// Plans the I/O queues: what is granted decides how many vectors are of use, and how many of
    /// those there are decides how many queues. The admin queue moves to its vector among them.
    pub(crate) fn plan_queues(&self, at: Live<'b>) -> Result {
        let wish = queue_count::wish(at.possible_cpus(), params::IO_QUEUES.get());
        let (submission_queues, completion_queues) = self.ask(at, wish)?;
        let mut grants = Grants {
            wished: u32::from(wish),
            submission_queues,
            completion_queues,
            vectors: u32::MAX,
            doorbells: self.registers.doorbells(),
        };
        let wanted = queue_count::plan(grants).vectors();
        self.admin.detach(at);
        let vectors = at.vectors(wanted, 1)?;
        grants.vectors = u32::from(vectors.count());
        let plan = queue_count::plan(grants);
        {
            let mut interrupts = self.vectors.lock();
            interrupts.shared = plan.is_shared();
            interrupts.vectors = Some(vectors);
        }
        self.attach(at, &self.admin)?;
        if plan.io_queues() == 0 {
            dev_err!(
                at.device(),
                "the controller grants no I/O queue: no disk can be used\n"
            );
        }
        self.plan.populate(plan);
        Ok(())
    }

    /// Makes the I/O queues of the plan, and the tag set over them.
    pub(crate) fn make_queues(&self, at: Live<'b>, me: &Arc<Ctrl<'b>>) -> Result {
        let Some(plan) = self.plan.as_ref() else {
            return Err(EINVAL);
        };
        if plan.io_queues() == 0 {
            return Ok(());
        }
        let has_sgl = self.identity.as_ref().is_some_and(|c| c.has_sgl());
        let mut io = KVec::with_capacity(usize::from(plan.io_queues()), GFP_KERNEL)?;
        for qid in 1..=plan.io_queues() {
            let info = QueueInfo {
                qid,
                page: self.page,
                has_sgl,
                shared: self.shared.clone(),
                lost: Counter::new(),
                polled: Counter::new(),
                failed: Counter::new(),
            };
            let q = make(at, &self.registers, info, self.size)?;
            io.push(q, GFP_KERNEL)?;
        }
        let set = TagSet::new(
            at,
            me,
            &io,
            &Shape {
                depth: self.size.commands_max(),
                reserved: 0,
                timeout: self.shared.settings.io_timeout.seconds(),
                first_vector: if plan.is_shared() { None } else { Some(1) },
                polled: 0,
            },
        )?;
        self.used_count.set(io.len() as u32);
        self.io.populate(io);
        self.io_set.populate(set);
        Ok(())
    }

    /// Creates the I/O queues on the controller and opens them: after a bring-up, each time.
    ///
    /// Queues that are not granted any more stay closed, and what waits there fails. `stops` is from before
    /// the bring-up.
    pub(crate) fn open_queues(&self, at: Live<'b>, stops: u32, again: bool) -> Result {
        let io = self.io_queues();
        if io.is_empty() {
            return Ok(());
        }
        let mut count = io.len();
        if again {
            let wish = u16::try_from(count)?;
            let (sqs, cqs) = self.ask(at, wish)?;
            count = count.min(sqs as usize).min(cqs as usize);
            if count == 0 {
                dev_err!(at.device(), "the controller grants no I/O queue any more\n");
                return Err(EPROTO);
            }
        }
        let stride = self.registers.cap.doorbell_stride();
        for q in io {
            let qid = q.data().qid;
            let pairs = self.shadow.as_ref().map(|s| {
                (
                    s.pair(stride, qid, Side::Sq, self.page),
                    s.pair(stride, qid, Side::Cq, self.page),
                )
            });
            let (sq_pair, cq_pair) = pairs.unwrap_or((None, None));
            q.with_sides(at, move |sq, cq| {
                sq.reinit(sq_pair);
                cq.reinit(cq_pair);
            })?;
        }
        if !self.configure_shadow(at)? {
            for q in io {
                q.with_sides(at, |sq, cq| {
                    sq.reinit(None);
                    cq.reinit(None);
                })?;
            }
        }
        let mut open = 0usize;
        for q in io.iter().take(count) {
            if !self.open(at, q, stops)? {
                break;
            }
            open = open.saturating_add(1);
        }
        if open == 0 {
            dev_err!(
                at.device(),
                "no I/O queue can be created: no disk can be used\n"
            );
            if again {
                return Err(EPROTO);
            }
        }
        let _one = self.unless_stopped(stops)?;
        for q in io.iter().skip(open) {
            q.accept(Accept::Elsewhere);
        }
        if open != 0 && open < io.len() {
            self.note(at, Note::Fewer(open as u32, io.len() as u32));
        }
        self.open_count.set(open as u32);
        Ok(())
    }

    /// Has CPUs use the queues that are open, where a reset has changed which, and sends anew what was
    /// sent to the others. A work of its own: not in the reset, since it waits for requests, which another
    /// reset may have to free; nor in a scan, which may wait for what this sends anew.
    pub(crate) fn spread(&self, at: Live<'b>) {
        if !self.use_open_queues(at) && self.is_working() {
            self.spread_work.schedule_after(SPREAD_AGAIN);
        }
    }

    /// As [`spread`](Self::spread), once; `false` while a disk comes or goes.
    pub(crate) fn use_open_queues(&self, at: Live<'b>) -> bool {
        let (Some(set), Some(plan)) = (self.io_set.as_ref(), self.plan.as_ref()) else {
            return true;
        };
        let open = self.open_count.get();
        let first = if plan.is_shared() { None } else { Some(1) };
        let mut is_done = true;
        if let Some(io) = self.io_queues().get(..open as usize) {
            if self.used_count.get() != open {
                match set.resize(at, io, first) {
                    Ok(n) => self.used_count.set(n),
                    Err(e) if e == EAGAIN => is_done = false,
                    Err(_) => dev_err!(at.device(), "queues could not be mapped anew\n"),
                }
            }
        }
        if is_done {
            self.close_unused();
        }
        set.resubmit(at);
        is_done
    }

    /// Where memory is short queues may still be in use that are not open; nothing comes of them. Not
    /// while others are being opened.
    fn close_unused(&self) {
        let _one = self.stopping.lock();
        // Another reset may have opened more, or fewer, than were to be used a moment ago.
        let open = self.open_count.get();
        if self.is_working() && self.used_count.get() > open {
            for q in self.io_queues().iter().skip(open as usize) {
                q.accept(Accept::Fail);
            }
        }
    }

    /// Creates one queue pair on the controller, and opens it; `false` where the controller refuses, as
    /// one may that has promised more than it can.
    fn open(&self, at: Live<'b>, q: &Hw<'b>, stops: u32) -> Result<bool> {
        let qid = q.data().qid;
        let plan = self.plan.as_ref().ok_or(EINVAL)?;
        let vector = plan.vector(qid).ok_or(EINVAL)?;
        let (sq_dma, cq_dma) = q.with_sides(at, |sq, cq| (sq.dma(), cq.dma()))?;
        let cq = Command::create_io_cq(qid, self.size, cq_dma, Iv::Vector(vector));
        let (status, _) = self.run(at, &cq, &mut [])?;
        if !status.is_success() {
            dev_warn!(at.device(), "completion queue {qid} is refused: {status}\n");
            return Ok(false);
        }
        let sq = Command::create_io_sq(qid, self.size, sq_dma, qid, Priority::Medium);
        let (status, _) = self.run(at, &sq, &mut [])?;
        if !status.is_success() {
            dev_warn!(at.device(), "submission queue {qid} is refused: {status}\n");
            self.must(at, &Command::delete_io_cq(qid), &mut [])?;
            return Ok(false);
        }
        let _one = self.unless_stopped(stops)?;
        self.attach(at, q)?;
        q.accept(Accept::Now);
        Ok(true)
    }

    /// Deletes the I/O queues on a controller that answers: the polite end.
    pub(crate) fn delete_queues(&self, at: Live<'b>) -> Result {
        let open = self.open_count.get() as usize;
        for q in self.io_queues().iter().take(open) {
            self.must(at, &Command::delete_io_sq(q.data().qid), &mut [])?;
        }
        // Nothing is posted there any more: once all is taken, no handler rings a doorbell of a queue
        // that is gone.
        for q in self.io_queues().iter().take(open) {
            q.look(at);
        }
        for q in self.io_queues().iter().take(open) {
            self.must(at, &Command::delete_io_cq(q.data().qid), &mut [])?;
        }
        Ok(())
    }
}

// SPDX-License-Identifier: GPL-2.0

//! A hardware queue: slot table, submission side, completion side, interrupt line.
//!
//! ```text
//! HwQueue ┬ read by all      state · mapper · slots · data
//!         ├ submission lock  T::Sq
//!         └ one consumer     T::Cq   ◄─ whoever the line says: see line.rs
//! ```
//!
//! # Invariants
//!
//! `one-consumer`: `cq` is accessed only
//! (a) by the handler of an unshared interrupt action, which the kernel never runs twice at once
//!     (kernel/irq/handle.c, `IRQD_IRQ_INPROGRESS`) and, being unshared, never as a suspected source
//!     of a spurious interrupt (kernel/irq/spurious.c, `try_one_irq`);
//! (b) by the holder of the line mutex with that interrupt disabled, which waits for the handler;
//! (c) for shared and polled lines, by the holder of the completion lock;
//! (d) by the holder of the line mutex while no line is attached.

use crate::{
    blk_mq::{
        complete::Batch,
        line::LineState,
        slots::{
            Cids,
            Word, //
        },
        Operations,
        Sts,
        Taker, //
    },
    counter::{
        Counter,
        State, //
    },
    dma::{
        mapping::Mapper,
        Stopped, //
    },
    pci::{
        scope::{
            Registration,
            Scope,
            Stage, //
        },
        Live, //
    },
    raw, //
};
use core::{
    cell::UnsafeCell,
    ptr::NonNull, //
};
use kernel::{
    bindings,
    new_mutex,
    new_spinlock,
    prelude::*,
    sync::{
        Arc,
        Mutex,
        SpinLock, //
    },
    types::Opaque, //
};

/// What the consumer of a queue counts.
#[derive(Default)]
pub struct Stats {
    /// Requests that the device completed.
    pub completed: Counter,
    /// Completions that named no request: out of range, taken before, or of another generation.
    pub bogus: Counter,
    /// Interrupts that found at least one completion.
    pub interrupts: Counter,
    /// Interrupts that found none.
    pub spurious: Counter,
    /// Completions that were found by looking, without an interrupt.
    pub looked: Counter,
    /// Requests that were taken back from a stopped device.
    pub taken_back: Counter,
}

/// What becomes of requests that arrive at a queue.
#[derive(Copy, Clone, PartialEq, Eq)]
#[repr(u32)]
pub enum Accept {
    /// They wait, and are offered again.
    Later = 0,
    /// They are prepared and given to the device.
    Now = 1,
    /// They fail with [`Sts::Io`].
    Fail = 2,
    /// The device has no such queue any more: they are kept for
    /// [`TagSet::resubmit`](crate::blk_mq::TagSet::resubmit). Those without data of a user fail.
    Elsewhere = 3,
}

/// As [`Accept::Fail`], and nothing changes it: the scope is ending.
const NEVER: u32 = 4;

/// A hardware queue of a device. Its rings exist as long as it does.
#[pin_data]
pub struct HwQueue<'b, T: Operations> {
    pub(crate) accepts: State,
    /// Whether a tag set has the queue: one at most, since tags of two would arm the same words.
    pub(crate) claimed: State,
    pub(crate) mapper: Mapper,
    pub(crate) cids: Cids,
    pub(crate) slots: KVec<Word<bindings::request>>,
    data: T::Queue<'b>,
    #[pin]
    pub(crate) sq: SpinLock<T::Sq<'b>>,
    pub(crate) cq: UnsafeCell<T::Cq<'b>>,
    pub(crate) stats: Stats,
    #[pin]
    pub(crate) cq_lock: Opaque<bindings::spinlock_t>,
    #[pin]
    pub(crate) line: Mutex<LineState>,
    pub(crate) polled: State,
    pub(crate) scope: NonNull<Scope<'b>>,
}

// SAFETY: The parts are `Send` by the bounds of `Operations`; pointers are to what the scope keeps.
unsafe impl<T: Operations> Send for HwQueue<'_, T> {}
// SAFETY: `data` is `Sync`; `sq` is behind its lock; `cq` is accessed by one consumer at a time,
// and is `Send`; the rest is atomic, behind locks or constant.
unsafe impl<T: Operations> Sync for HwQueue<'_, T> {}

impl<'b, T: Operations> HwQueue<'b, T> {
    /// Makes a queue for at most `depth - 1` requests at a time, out of `depth` ring entries: a power
    /// of two from 2 to 4096. It accepts nothing yet, and is attached to no line.
    ///
    /// # Errors
    ///
    /// `EINVAL` for another depth, `ENOMEM`, `ESHUTDOWN` once the scope is ending.
    pub fn new(
        at: Live<'b>,
        depth: u32,
        data: T::Queue<'b>,
        sq: T::Sq<'b>,
        cq: T::Cq<'b>,
    ) -> Result<Arc<Self>> {
        if !depth.is_power_of_two() || !(2..=4096).contains(&depth) {
            return Err(EINVAL);
        }
        let mut slots = KVec::with_capacity(depth as usize, GFP_KERNEL)?;
        for _ in 0..depth {
            slots.push(Word::new(), GFP_KERNEL)?;
        }
        let mapper = Mapper::new(at)?;
        let q = Arc::pin_init(
            pin_init!(Self {
                accepts: State::new(Accept::Later as u32),
                claimed: State::new(0),
                mapper,
                cids: Cids::new(depth.trailing_zeros()),
                slots,
                data,
                sq <- new_spinlock!(sq),
                cq: UnsafeCell::new(cq),
                stats: Stats::default(),
                cq_lock <- Opaque::ffi_init(|lock| {
                    // SAFETY: The lock is pinned, and nobody uses it yet.
                    unsafe { raw::rnvme_abs_lock_init(lock) }
                }),
                line <- new_mutex!(LineState::Detached),
                polled: State::new(0),
                scope: at.scope_ptr(),
            }),
            GFP_KERNEL,
        )?;
        at.scope().register(q.clone())?;
        Ok(q)
    }

    /// What all contexts share of the queue.
    #[inline(always)]
    pub fn data(&self) -> &T::Queue<'b> {
        &self.data
    }

    /// What its consumer has counted.
    pub fn stats(&self) -> &Stats {
        &self.stats
    }

    /// How many requests the device has, by a look from outside.
    pub fn in_flight(&self) -> u32 {
        self.slots.iter().filter(|w| !w.is_empty()).count() as u32
    }

    /// What becomes of requests from now on. A new queue has [`Accept::Later`].
    pub fn accept(&self, what: Accept) {
        loop {
            let old = self.accepts.get();
            if old == NEVER || self.accepts.change(old, what as u32).is_ok() {
                return;
            }
        }
    }

    /// Lends both sides, to begin anew for instance. The closure runs under a spinlock; being `Send`
    /// it has no [`Live`], so it cannot call what sleeps.
    ///
    /// # Errors
    ///
    /// `EBUSY` while a line is attached or the device has requests.
    pub fn with_sides<R>(
        &self,
        at: Live<'b>,
        f: impl FnOnce(&mut T::Sq<'b>, &mut T::Cq<'b>) -> R + Send,
    ) -> Result<R> {
        let _ = at;
        let line = self.line.lock();
        if !matches!(*line, LineState::Detached) || self.slots.iter().any(|w| !w.is_empty()) {
            return Err(EBUSY);
        }
        let mut sq = self.sq.lock();
        // SAFETY: `one-consumer` (d): no line is attached, and the line mutex is held.
        let cq = unsafe { &mut *self.cq.get() };
        Ok(f(&mut sq, cq))
    }

    /// Looks for completions that nobody was told of; how many there were. A device whose queue does not
    /// accept requests is told nothing: it may have been stopped, and know no such queue. Process context.
    pub fn look(&self, at: Live<'b>) -> u32 {
        let _ = at;
        let mut line = self.line.lock();
        let is_stopped = self.accepts.get() != Accept::Now as u32;
        let found = self.with_consumer(&mut line, |q, cq| {
            q.consume_as(cq, core::ptr::null_mut(), is_stopped)
        });
        self.stats.looked.add(u64::from(found));
        found
    }

    /// Takes everything back from a stopped device: accepts nothing now, detaches the line, completes
    /// what the device had completed, and ends the rest with `why`, by way of
    /// [`Operations::finish`]. Process context.
    ///
    /// Requests that are on their way into the queue stay with it until the next drain: quiesce the
    /// tag set first.
    pub fn drain(&self, stopped: &Stopped<'b>, why: Sts) {
        let _ = stopped;
        if self.accepts.get() == Accept::Now as u32 {
            self.accept(Accept::Later);
        }
        self.drain_stopped(why);
    }

    /// As [`drain`](Self::drain). Bus mastering of the device is off: by the end of the scope, or as
    /// a [`Stopped`] shows (`stopped-is-off`).
    fn drain_stopped(&self, why: Sts) {
        let mut line = self.line.lock();
        self.detach_locked(&mut line);
        // SAFETY: `one-consumer` (d): no line is attached, and the line mutex is held.
        let cq = unsafe { &mut *self.cq.get() };
        self.consume_as(cq, core::ptr::null_mut(), true);
        for word in self.slots.iter() {
            if let Some(rq) = word.drain() {
                self.stats.taken_back.bump();
                // SAFETY: Taken from its slot just now, by the consumer, with the device stopped
                // (`stopped-is-off`).
                unsafe { self.cancel(rq, why) };
            }
        }
    }

    /// Reaps, as the consumer; how many completions there were.
    #[inline(always)]
    pub(crate) fn consume(&self, cq: &mut T::Cq<'b>, iob: *mut bindings::io_comp_batch) -> u32 {
        self.consume_as(cq, iob, false)
    }

    #[inline(always)]
    fn consume_as(
        &self,
        cq: &mut T::Cq<'b>,
        iob: *mut bindings::io_comp_batch,
        is_stopped: bool,
    ) -> u32 {
        let mut batch = Batch::new(iob);
        let mut taker = Taker::new(self, &mut batch, is_stopped);
        T::reap(cq, &mut taker);
        let found = taker.found();
        batch.end();
        found
    }
}

impl<'b, T: Operations> Registration for HwQueue<'b, T> {
    fn end(&self, stage: Stage, gone: bool) {
        match stage {
            Stage::Silence => self.accepts.set(NEVER),
            Stage::Drain => {
                self.drain_stopped(if gone { Sts::Offline } else { Sts::Io });
                // Nobody would free an interrupt that were attached after this.
                let mut line = self.line.lock();
                self.detach_locked(&mut line);
                *line = LineState::Closed;
            }
            _ => {}
        }
    }
}

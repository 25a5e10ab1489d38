// SPDX-License-Identifier: GPL-2.0

//! Looks over a controller now and then, so that trouble is seen before timeouts are.
//!
//! ```text
//! every 200 ms while there is something to do, every second while there is not:
//!   is it there, is it fatal          registers, configuration space
//!   past a hundredth of its timeout   the completion queue is looked at: perhaps the interrupt was lost
//!   past a tenth of it                said once
//!   past all of it                    Abort; past its patience: reset
//! ```
//!
//! A queue whose interrupts keep getting lost is looked at every 10 ms until they return. Where a
//! controller is idle the watch sleeps, and the first request wakes it: a load and a branch of those
//! that follow.

use crate::{
    cause::Cause,
    controller::{
        Ctrl,
        Hw,
        Shared, //
    },
    journal::{
        Named,
        Note, //
    },
    nvme::lifecycle::State,
    stop::Stop,
    timeout,
    Nvme, //
};
use kernel::{
    prelude::*,
    time::Delta, //
};
use rnvme_abs::{
    blk_mq::{
        HwQueue,
        InFlight,
        Mark, //
    },
    counter,
    pci::Live, //
};

const TICK_MS: i64 = 200;
const IDLE_MS: i64 = 1000;
const POLL_MS: i64 = 10;

/// Ticks without anything to do before the watch sleeps.
const QUIET_TICKS: u32 = 5;

/// When a completion queue is looked at: a hundredth of the timeout, at least this.
const LOOK_MS_MIN: i64 = 300;

/// When a command is said to be slow: a tenth of the timeout, at least this.
const SLOW_MS_MIN: i64 = 1000;

/// How many interrupts are lost before a timer looks at the queue.
const LOST_MAX: u32 = 3;

/// How many interrupts that told of something end that.
const BACK_MIN: u64 = 8;

/// How many requests of a kind one tick deals with.
const BATCH: usize = 4;

/// What is known of one queue.
#[derive(Default)]
struct Track {
    /// Requests that the device has, and whether one of them is old enough to look for.
    in_flight: u32,
    is_due: bool,
    /// Counts of the tick before.
    completed: u64,
    good: u64,
    spurious: u64,
    /// Completions that the tick before has found: an interrupt may have been on its way.
    doubt: u32,
    /// Lost interrupts of late.
    lost: u32,
    /// A timer looks at the queue, since so many interrupts.
    polled_since: Option<u64>,
}

/// What the watch knows.
pub(crate) struct Watch {
    tracks: KVec<Track>,
    quiet: u32,
    /// The timeout that disks have.
    io_timeout: u32,
}

impl Watch {
    /// Nothing yet.
    pub(crate) fn new(io_timeout: u32) -> Self {
        Self {
            tracks: KVec::new(),
            quiet: 0,
            io_timeout,
        }
    }
}

/// A few requests of a kind, and how many there were.
#[derive(Default)]
struct Few {
    some: [Option<Named>; BATCH],
    count: usize,
}

impl Few {
    fn add(&mut self, rq: &InFlight<'_, '_, Nvme>) {
        if let Some(place) = self.some.get_mut(self.count) {
            *place = Some(timeout::named(rq));
        }
        self.count = self.count.saturating_add(1);
    }

    fn each(&self) -> impl Iterator<Item = Named> + '_ {
        self.some.iter().flatten().copied()
    }
}

/// What was found in flight.
#[derive(Default)]
struct Survey {
    waits: bool,
    slow: Few,
    overdue: Few,
    /// A command that the controller does not give up.
    stuck: Option<Named>,
}

impl Survey {
    fn see(
        &mut self,
        tracks: &mut [Track],
        shared: &Shared,
        patience_ms: i64,
        rq: &InFlight<'_, '_, Nvme>,
    ) {
        if timeout::is_patient(rq) || shared.events.is_activating() {
            return;
        }
        self.waits = true;
        let (age, whole) = (rq.age().as_millis(), rq.timeout().as_millis());
        if let Some(t) = tracks.get_mut(usize::from(rq.queue().data().qid)) {
            t.in_flight = t.in_flight.saturating_add(1);
            t.is_due |= age >= (whole / 100).max(LOOK_MS_MIN);
        }
        if rq.is_marked(Mark::Overdue) {
            if timeout::overdue(rq).is_some_and(|since| since.as_millis() >= patience_ms) {
                self.stuck.get_or_insert(timeout::named(rq));
            } else if !rq.is_marked(Mark::Aborted)
                && self.overdue.count < BATCH
                && shared.abort_room.take_one()
            {
                if rq.mark(Mark::Aborted) {
                    self.overdue.add(rq);
                } else {
                    shared.abort_room.put_one();
                }
            }
        } else if age >= (whole / 10).max(SLOW_MS_MIN) && rq.mark(Mark::Reported) {
            self.slow.add(rq);
        }
    }
}

impl Shared {
    /// A request comes: the watch is to be awake.
    #[inline(always)]
    pub(crate) fn keep_watch(&self) {
        if self.asleep.get() != 0 {
            self.wake();
        }
    }

    #[cold]
    #[inline(never)]
    fn wake(&self) {
        if self.asleep.change(1, 0).is_ok() {
            self.watch_now();
        }
    }

    /// Has the watch look now. Any context.
    pub(crate) fn watch_now(&self) {
        if let Some(alarm) = self.watch.as_ref() {
            alarm.ring_now();
        }
    }
}

impl<'b> Ctrl<'b> {
    /// The work.
    pub(crate) fn watch(&self, at: Live<'b>) {
        let state = self.shared.state();
        if state == State::Dead {
            self.take_leave(at);
            return;
        }
        let next_ms = self.look_over(at, state);
        if self.shared.state() == State::Dead {
            self.take_leave(at);
            return;
        }
        self.watch_work.schedule_after(Delta::from_millis(next_ms));
    }

    /// For how long no request has succeeded, as far as the watch has seen.
    pub(crate) fn silence_ms(&self) -> u64 {
        counter::uptime_ms().saturating_sub(self.shared.last_good_ms.get())
    }

    /// What is the matter with a controller that looks well and has not completed a command of this
    /// age.
    pub(crate) fn silent_or_slow(&self, age_ms: u64) -> Cause {
        if self.silence_ms().saturating_add(TICK_MS as u64) >= age_ms {
            Cause::Silent
        } else {
            Cause::Slow
        }
    }

    /// One look; after how many milliseconds the next one is due.
    fn look_over(&self, at: Live<'b>, state: State) -> i64 {
        let mut guard = self.watching.lock();
        let w = &mut *guard;
        for _ in self.queues().skip(w.tracks.len()) {
            if w.tracks.push(Track::default(), GFP_KERNEL).is_err() {
                break;
            }
        }
        let survey = self.survey(at, &mut w.tracks);
        // Until something is asked of it, whoever starts or stops it looks for himself.
        if state == State::Live || survey.waits {
            if let Some(cause) = self.settled_cause(at) {
                drop(guard);
                self.trouble(at, state, cause);
                return TICK_MS;
            }
        }
        let (is_moving, is_polled) = self.look_at_queues(at, &mut w.tracks);
        self.apply_timeout(at, w);
        let busy = is_moving || survey.waits || self.shared.asleep.change(1, 0).is_ok();
        w.quiet = if busy { 0 } else { w.quiet.saturating_add(1) };
        let next_ms = if is_polled && survey.waits {
            POLL_MS
        } else if w.quiet < QUIET_TICKS || state != State::Live {
            TICK_MS
        } else {
            self.shared.asleep.set(1);
            IDLE_MS
        };
        drop(guard);
        self.act(at, state, &survey);
        next_ms
    }

    /// Looks over all that is in flight.
    fn survey(&self, at: Live<'b>, tracks: &mut [Track]) -> Survey {
        let mut survey = Survey::default();
        for t in tracks.iter_mut() {
            (t.in_flight, t.is_due) = (0, false);
        }
        let patience_ms = self.abort_patience().as_millis();
        let shared = &*self.shared;
        for set in [self.admin_set.as_ref(), self.io_set.as_ref()]
            .into_iter()
            .flatten()
        {
            set.each_in_flight(at, |rq| survey.see(tracks, shared, patience_ms, rq));
        }
        survey
    }

    /// What can be seen to be the matter, at more than one look: all ones may be of a moment.
    fn settled_cause(&self, at: Live<'b>) -> Option<Cause> {
        let first = self.visible_cause(at)?;
        if first != Cause::Fatal {
            for _ in 0..2 {
                at.sleep(Delta::from_millis(10));
                self.visible_cause(at)?;
            }
        }
        self.visible_cause(at)
    }

    /// Deals with what can be seen.
    fn trouble(&self, at: Live<'b>, state: State, cause: Cause) {
        match (state, cause) {
            (_, Cause::LinkDown | Cause::Unreadable) => self.leave(at, cause),
            (State::Live, _) => {
                self.ask_reset(at, cause);
            }
            // Whoever waits for a command need not wait for its timeout.
            _ => {
                dev_err!(at.device(), "the controller is stopped: {cause}\n");
                self.stop(at, Stop::Abrupt);
            }
        }
    }

    /// Looks for completions that nobody was told of; whether something was completed since the tick
    /// before, and whether a queue is polled.
    fn look_at_queues(&self, at: Live<'b>, tracks: &mut [Track]) -> (bool, bool) {
        let (mut is_moving, mut is_polled) = (false, false);
        for (q, t) in self.queues().zip(tracks) {
            let doubt = core::mem::take(&mut t.doubt);
            // A handler that came after the look and found nothing was late, not lost.
            if doubt != 0 && (self.shares_lines() || q.stats().spurious.get() == t.spurious) {
                t.lost = t.lost.saturating_add(1);
                self.interrupt_lost(at, q, doubt);
            }
            if t.polled_since.is_some() || (t.is_due && t.in_flight != 0) {
                t.spurious = q.stats().spurious.get();
                let found = q.look(at);
                match t.polled_since {
                    Some(_) => q.data().polled.add(u64::from(found)),
                    None => t.doubt = found,
                }
            }
            self.poll_or_not(at, q, t);
            is_polled |= t.polled_since.is_some();
            let completed = q.stats().completed.get();
            is_moving |= core::mem::replace(&mut t.completed, completed) != completed;
            let good = completed.saturating_sub(q.data().failed.get());
            // What the admin queue answers says nothing of the others.
            if core::mem::replace(&mut t.good, good) != good && q.data().qid != 0 {
                self.shared.last_good_ms.set(counter::uptime_ms());
            }
        }
        (is_moving, is_polled)
    }

    /// Has a timer look at a queue whose interrupts get lost, and no longer when they are back.
    fn poll_or_not(&self, at: Live<'b>, q: &Hw<'b>, t: &mut Track) {
        let qid = q.data().qid;
        let interrupts = q.stats().interrupts.get();
        match t.polled_since {
            None if t.lost >= LOST_MAX => {
                t.polled_since = Some(interrupts);
                self.note(
                    at,
                    Note::PolledNow {
                        qid,
                        vector: self.vector(qid),
                    },
                );
            }
            Some(since) if interrupts.saturating_sub(since) >= BACK_MIN => {
                (t.polled_since, t.lost) = (None, 0);
                self.note(
                    at,
                    Note::PolledNoMore {
                        qid,
                        vector: self.vector(qid),
                    },
                );
            }
            _ => {}
        }
    }

    /// Counts completions of which no interrupt told.
    pub(crate) fn interrupt_lost(&self, at: Live<'b>, q: &HwQueue<'b, Nvme>, found: u32) {
        let info = q.data();
        info.lost.bump();
        self.note(
            at,
            Note::InterruptLost {
                qid: info.qid,
                vector: self.vector(info.qid),
                found,
                lost: info.lost.get(),
            },
        );
    }

    /// Says what is slow, asks for what is overdue to be given up, and resets where that is in vain.
    fn act(&self, at: Live<'b>, state: State, survey: &Survey) {
        for rq in survey.slow.each() {
            self.note(at, Note::Slow(rq));
        }
        if let Some(more) = survey.slow.count.checked_sub(BATCH).filter(|n| *n > 0) {
            self.note(at, Note::SlowToo(more as u32));
        }
        if let Some(rq) = survey.stuck {
            if state == State::Live {
                self.ask_reset(at, self.silent_or_slow(rq.age_ms));
            }
        }
        for rq in survey.overdue.each() {
            if !self.abort(at, rq, self.silent_or_slow(rq.age_ms)) && state == State::Live {
                self.ask_reset(at, Cause::NoAbort);
            }
        }
    }

    /// Gives disks the timeout that is set now.
    fn apply_timeout(&self, at: Live<'b>, w: &mut Watch) {
        let setting = &self.shared.settings.io_timeout;
        if core::mem::replace(&mut w.io_timeout, setting.get()) != setting.get() {
            for disk in self.disks.lock().iter() {
                disk.set_timeout(at, setting.seconds());
            }
        }
    }
}

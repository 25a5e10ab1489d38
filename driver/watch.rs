// SPDX-License-Identifier: GPL-2.0

//! Looks over a controller now and then, so that trouble is seen before timeouts are.
//!
//! ```text
//! every 200 ms while there is something to do, every 500 ms while there is not:
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
    journal::Note,
    nvme::lifecycle::State,
    stop::Stop,
    survey::{
        Survey,
        Track, //
    },
    Nvme, //
};
use kernel::{
    prelude::*,
    time::Delta, //
};
use rnvme_abs::{
    blk_mq::HwQueue,
    counter,
    pci::Live, //
};

const TICK_MS: i64 = 200;
const IDLE_MS: i64 = 500;
const POLL_MS: i64 = 10;

/// Ticks without anything to do before the watch sleeps.
const QUIET_TICKS: u32 = 5;

/// How often completions that name nothing are told of at most.
const BOGUS_MS: u64 = 10_000;

/// For how many ticks a controller may be live and not work.
const STOPPED_TICKS: u32 = 5;

/// For how long registers read all ones before a controller is given up; and configuration space, which
/// tells more of what has become of it.
const ONES_MS: u64 = 350;
const ONES_LINK_MS: u64 = 150;

/// How many interrupts are lost before a timer looks at the queue.
const LOST_MAX: u32 = 3;

/// How many interrupts that told of something end that.
const BACK_MIN: u64 = 8;

/// What the watch knows.
pub(crate) struct Watch {
    tracks: KVec<Track>,
    quiet: u32,
    /// For how many ticks the controller has been live and did not work.
    stopped: u32,
    /// The timeout that disks have.
    io_timeout: u32,
}

impl Watch {
    /// Nothing yet.
    pub(crate) fn new(io_timeout: u32) -> Self {
        Self {
            tracks: KVec::new(),
            quiet: 0,
            stopped: 0,
            io_timeout,
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
        let next_ms = match state {
            // It is not to be touched.
            State::Frozen | State::Suspended => TICK_MS,
            _ => self.look_over(at, state),
        };
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
        let stops = self.stops.get();
        let survey = self.survey(at, &mut w.tracks);
        // Until something is asked of it, whoever starts or stops it looks for himself.
        if state == State::Live || survey.waits {
            if let Some(cause) = self.settled_cause(at) {
                drop(guard);
                for _ in survey.overdue.each() {
                    self.shared.abort_room.put_one();
                }
                self.trouble(at, state, cause);
                return TICK_MS;
            }
        }
        // Whoever stops it sees to it that it is started again; this is for the one who did not.
        w.stopped = match (state, self.is_working()) {
            (State::Live, false) => w.stopped.saturating_add(1),
            _ => 0,
        };
        if w.stopped > STOPPED_TICKS {
            w.stopped = 0;
            drop(guard);
            self.ask_reset(at, Cause::Stopped);
            return TICK_MS;
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
        self.act(at, state, stops, &survey);
        next_ms
    }

    /// What can be seen to be the matter. Registers that read all ones may do so for a moment: a
    /// controller is given up for that only when they go on. Sleeps.
    pub(crate) fn settled_cause(&self, at: Live<'b>) -> Option<Cause> {
        let begun = counter::uptime_ms();
        loop {
            let cause = self.visible_cause(at)?;
            let patience_ms = match cause {
                Cause::LinkDown => ONES_LINK_MS,
                Cause::Unreadable => ONES_MS,
                _ => 0,
            };
            if counter::uptime_ms().saturating_sub(begun) >= patience_ms {
                return Some(cause);
            }
            at.sleep(Delta::from_millis(10));
        }
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
                // It may just have come up, and was stopped all the same.
                self.ask_reset(at, cause);
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
            let (bogus, now) = (q.stats().bogus.get(), counter::uptime_ms());
            let count = bogus.wrapping_sub(t.bogus);
            if count != 0 && now.saturating_sub(t.bogus_told_ms) >= BOGUS_MS {
                (t.bogus, t.bogus_told_ms) = (bogus, now);
                let qid = q.data().qid;
                self.note(at, Note::Bogus { qid, count });
            }
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
    /// `stops` is from before the survey.
    fn act(&self, at: Live<'b>, state: State, stops: u32, survey: &Survey) {
        for rq in survey.slow.each() {
            self.note(at, Note::Slow(rq));
        }
        if survey.slow.more() > 0 {
            self.note(at, Note::SlowToo(survey.slow.more() as u32));
        }
        if let Some(rq) = survey.late {
            let cause = self.silent_or_slow(rq.age_ms);
            // A reset that was just asked for takes it back, or has done so.
            if !self.ask_reset(at, cause)
                && self.shared.state() != State::Resetting
                && self.stops.get() == stops
            {
                self.give_up(at, rq, cause);
            }
        }
        if let Some(rq) = survey.stuck.filter(|_| state == State::Live) {
            self.ask_reset(at, self.silent_or_slow(rq.age_ms));
        }
        for rq in survey.overdue.each() {
            if self.shared.state() != State::Live {
                self.shared.abort_room.put_one();
            } else if !self.abort(at, rq, self.silent_or_slow(rq.age_ms)) {
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

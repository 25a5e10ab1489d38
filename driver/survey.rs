// SPDX-License-Identifier: GPL-2.0

//! What the watch finds when it looks over all that is in flight.

use crate::{
    controller::{
        Ctrl,
        Shared, //
    },
    journal::Named,
    timeout,
    Nvme, //
};
use rnvme_abs::{
    blk_mq::{
        InFlight,
        Mark, //
    },
    pci::Live, //
};

/// When a completion queue is looked at: a hundredth of the timeout, at least this.
const LOOK_MS_MIN: i64 = 300;

/// When a command is said to be slow: a tenth of the timeout, at least this.
const SLOW_MS_MIN: i64 = 1000;

/// How many requests of a kind one tick deals with.
const BATCH: usize = 4;

/// What is known of one queue.
#[derive(Default)]
pub(crate) struct Track {
    /// Requests that the device has, and whether one of them is old enough to look for.
    pub(crate) in_flight: u32,
    pub(crate) is_due: bool,
    /// Counts of the tick before.
    pub(crate) completed: u64,
    pub(crate) good: u64,
    pub(crate) spurious: u64,
    pub(crate) bogus: u64,
    /// When that was last told of.
    pub(crate) bogus_told_ms: u64,
    /// Completions that the tick before has found: an interrupt may have been on its way.
    pub(crate) doubt: u32,
    /// Lost interrupts of late.
    pub(crate) lost: u32,
    /// A timer looks at the queue, since so many interrupts.
    pub(crate) polled_since: Option<u64>,
}

/// A few requests of a kind, and how many there were.
#[derive(Default)]
pub(crate) struct Few {
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

    pub(crate) fn each(&self) -> impl Iterator<Item = Named> + '_ {
        self.some.iter().flatten().copied()
    }

    /// How many there were beyond these.
    pub(crate) fn more(&self) -> usize {
        self.count.saturating_sub(BATCH)
    }
}

/// What was found in flight.
#[derive(Default)]
pub(crate) struct Survey {
    pub(crate) waits: bool,
    pub(crate) slow: Few,
    pub(crate) overdue: Few,
    /// A command of the admin queue whose time is up: timeouts of the block layer come up to a second
    /// later, and somebody waits for it.
    pub(crate) late: Option<Named>,
    /// A command that the controller does not give up.
    pub(crate) stuck: Option<Named>,
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
        if rq.queue().data().qid == 0 && age >= whole {
            self.late.get_or_insert(timeout::named(rq));
        } else if rq.is_marked(Mark::Overdue) {
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

impl<'b> Ctrl<'b> {
    /// Looks over all that is in flight.
    pub(crate) fn survey(&self, at: Live<'b>, tracks: &mut [Track]) -> Survey {
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
}

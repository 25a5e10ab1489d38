// SPDX-License-Identifier: GPL-2.0

//! A command that has been with the controller for its whole timeout.
//!
//! Looked for in the completion queue, where [`watch`](crate::watch) has looked before; then it is
//! marked, and the watch has the controller give it up, or resets it.

use crate::{
    cause::Cause,
    controller::Ctrl,
    journal::{
        Named,
        Note, //
    },
    nvme::lifecycle::State,
    stop::Stop,
    Nvme, //
};
use kernel::time::Delta;
use rnvme_abs::{
    blk_mq::{
        Eh,
        HwQueue,
        InFlight,
        Mark,
        Op, //
    },
    pci::Live, //
};

/// Commands with a longer timeout than this are answered when there is something to tell.
const ANY_TIME: Delta = Delta::from_secs(2 * 86_400);

/// Whether nobody expects a command to be answered soon.
pub(crate) fn is_patient(rq: &InFlight<'_, '_, Nvme>) -> bool {
    rq.timeout().as_millis() > ANY_TIME.as_millis()
}

/// For how long a request has been overdue, once its timeout was begun anew.
pub(crate) fn overdue(rq: &InFlight<'_, '_, Nvme>) -> Option<Delta> {
    // Marked just before that, it is as old as its timeout.
    Some(rq.age())
        .filter(|age| rq.is_marked(Mark::Overdue) && age.as_millis() < rq.timeout().as_millis())
}

/// For how long the device has had a request, in milliseconds.
fn age(rq: &InFlight<'_, '_, Nvme>) -> u64 {
    let before = overdue(rq).map_or(0, |_| rq.timeout().as_millis());
    rq.age().as_millis().saturating_add(before) as u64
}

/// A request as it is named in messages.
pub(crate) fn named(rq: &InFlight<'_, '_, Nvme>) -> Named {
    Named {
        qid: rq.queue().data().qid,
        cid: rq.cid().unwrap_or(u16::MAX),
        what: match rq.op() {
            Op::Read => "read",
            Op::Write => "write",
            Op::Flush => "flush",
            Op::Discard => "discard",
            Op::WriteZeroes => "write zeroes",
            _ => "admin command",
        },
        sector: rq.sector(),
        bytes: rq.bytes(),
        age_ms: age(rq),
    }
}

pub(crate) fn timeout<'b>(
    ctrl: &Ctrl<'b>,
    q: &HwQueue<'b, Nvme>,
    rq: &InFlight<'_, 'b, Nvme>,
    at: Live<'b>,
) -> Eh {
    // A frozen device is not to be touched, and whoever stops one takes everything back.
    if is_patient(rq) || ctrl.shared.state() == State::Frozen {
        return Eh::Rearm;
    }
    let named = named(rq);
    let found = q.look(at);
    if !rq.is_in_flight() {
        if found != 0 {
            ctrl.interrupt_lost(at, q, found);
        }
        return Eh::Done;
    }
    if ctrl.shared.events.is_activating() {
        return Eh::Rearm;
    }
    let visible = ctrl.settled_cause(at);
    let cause = visible.unwrap_or_else(|| ctrl.silent_or_slow(named.age_ms));
    match ctrl.shared.state() {
        State::Live => match visible {
            Some(Cause::LinkDown | Cause::Unreadable) => {
                ctrl.leave(at, cause);
                Eh::Done
            }
            // The watch asks the controller to give it up, and resets it where that does not help.
            None if named.qid != 0 && rq.mark(Mark::Overdue) => {
                ctrl.shared.watch_now();
                Eh::Rearm
            }
            // One of several commands that time out begins the reset; the others find it begun.
            _ if ctrl.ask_reset(at, cause) => Eh::Done,
            _ => Eh::Rearm,
        },
        // The reset is about to take everything back.
        State::Resetting | State::Frozen => Eh::Rearm,
        // Whoever waits for this command is bringing the controller up, or down: it is given up.
        State::New | State::Connecting | State::Suspended | State::Deleting | State::Dead => {
            // A reset may have taken it back since it was looked at.
            if rq.is_in_flight() {
                ctrl.give_up(at, named, cause);
            }
            Eh::Done
        }
    }
}

impl<'b> Ctrl<'b> {
    /// Gives up a command for which somebody waits who brings the controller up, or down: stops it.
    pub(crate) fn give_up(&self, at: Live<'b>, rq: Named, cause: Cause) {
        self.note(at, Note::GivenUp(rq, cause));
        self.stop(at, Stop::Abrupt);
        // It may just have come up, and was stopped all the same.
        self.ask_reset(at, cause);
    }
}

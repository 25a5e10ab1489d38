// SPDX-License-Identifier: GPL-2.0

//! A command that has been with the controller for too long.
//!
//! First the completion queue is looked at: perhaps only the interrupt is missing. Then the
//! controller is stopped, which takes back what it has, and started again.

use crate::{
    controller::Ctrl,
    nvme::lifecycle::{
        Event,
        State, //
    },
    reset::Stop,
    Nvme, //
};
use kernel::prelude::*;
use rnvme_abs::{
    blk_mq::{
        Eh,
        HwQueue,
        TimedOut, //
    },
    pci::Live, //
};

pub(crate) fn timeout<'b>(
    ctrl: &Ctrl<'b>,
    q: &HwQueue<'b, Nvme>,
    rq: &TimedOut<'_, 'b, Nvme>,
    at: Live<'b>,
) -> Eh {
    let qid = q.data().qid;
    let found = q.look(at);
    if !rq.is_in_flight() {
        if found != 0 {
            ctrl.shared.found_late.bump();
            dev_warn!(
                at.device(),
                "queue {qid}: {found} completions without an interrupt, found after a timeout\n"
            );
        }
        return Eh::Done;
    }
    let why = if at.is_gone() || ctrl.registers.status().is_gone() {
        "its registers read all ones: the device is gone or its link is down"
    } else if ctrl.registers.status().is_fatal() {
        "it reports a fatal error (CSTS.CFS)"
    } else {
        "it is silent"
    };
    match ctrl.shared.state() {
        // One of several commands that time out begins the reset; the others find it begun.
        State::Live => {
            if ctrl.shared.change(Event::ResetAsked).is_none() {
                return Eh::Rearm;
            }
            dev_warn!(
                at.device(),
                "queue {qid}: command {:#06x} timed out, {why}; the controller is reset\n",
                rq.cid().unwrap_or(u16::MAX)
            );
            ctrl.stop(at, Stop::Abrupt);
            ctrl.reset_work.schedule();
            Eh::Done
        }
        // The reset is about to take everything back.
        State::Resetting | State::Frozen => Eh::Rearm,
        // Whoever waits for this command is bringing the controller up, or down: it is given up.
        State::New | State::Connecting | State::Suspended | State::Deleting | State::Dead => {
            dev_warn!(
                at.device(),
                "queue {qid}: command {:#06x} timed out, {why}; it is given up\n",
                rq.cid().unwrap_or(u16::MAX)
            );
            ctrl.stop(at, Stop::Abrupt);
            if ctrl.shared.change(Event::ResetAsked).is_some() {
                // It had just come up, and was stopped all the same.
                ctrl.reset_work.schedule();
            }
            Eh::Done
        }
    }
}

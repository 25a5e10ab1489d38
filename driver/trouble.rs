// SPDX-License-Identifier: GPL-2.0

//! Errors of the PCI link.
//!
//! ```text
//! not fatal  a transaction was lost: whoever misses an answer times out, the others go on
//! fatal      stopped without a word to the controller; requests wait for the bus reset: Frozen
//!            then one full reset, and requests flow
//! for good   its disks go
//! ```
//!
//! While the link is frozen no register is accessed.

use crate::{
    cause::Cause,
    controller::Ctrl,
    nvme::lifecycle::{
        Event,
        State, //
    },
    stop::Stop, //
};
use kernel::prelude::*;
use rnvme_abs::pci::{
    Channel,
    Live,
    Verdict, //
};

impl<'b> Ctrl<'b> {
    /// The bus reports an error of the controller, its link, or a bridge above it.
    pub(crate) fn link_error(&self, at: Live<'b>, channel: Channel) -> Verdict {
        match channel {
            Channel::Normal => {
                dev_warn!(
                    at.device(),
                    "the PCI link reports an error that is not fatal; requests go on\n"
                );
                Verdict::CanRecover
            }
            Channel::Frozen => {
                dev_warn!(
                    at.device(),
                    "the PCI link reports a fatal error; requests wait until it was reset\n"
                );
                self.shared.change(Event::LinkFrozen);
                self.stop(at, Stop::Frozen);
                Verdict::NeedReset
            }
            Channel::Lost => {
                self.leave(at, Cause::LinkDown);
                Verdict::Disconnect
            }
        }
    }

    /// The bus was reset, and the controller with it: perhaps for a neighbour, and without a word before.
    pub(crate) fn link_reset(&self, at: Live<'b>) {
        if self.shared.change(Event::LinkFrozen).is_some() {
            self.stop(at, Stop::Abrupt);
        }
        // One that was under way must not take the new one for its own.
        self.reset_work.flush(at);
        if self.shared.change(Event::LinkReset).is_some() {
            self.count_reset(at, Cause::PciError, 0);
            self.reset_work.schedule();
        }
    }

    /// The bus works again.
    pub(crate) fn link_is_back(&self, at: Live<'b>) {
        self.reset_work.flush(at);
        let csts = self.registers.status();
        if (csts.is_gone() || csts.is_fatal()) && self.shared.state() == State::Live {
            self.ask_reset(at, Cause::PciError);
        }
    }
}

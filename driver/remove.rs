// SPDX-License-Identifier: GPL-2.0

//! The end of a controller: unbind, and shutdown of the machine.
//!
//! What is left undone here the scope does, in a fixed order (`rnvme_abs::pci`).

use crate::{
    controller::Ctrl,
    nvme::lifecycle::Event,
    reset::Stop, //
};
use kernel::prelude::*;
use rnvme_abs::{
    blk_mq::Remove,
    pci::Live, //
};

impl<'b> Ctrl<'b> {
    /// Removes everything: in an orderly way while the controller works, so that dirty data is
    /// written; at once where it does not.
    pub(crate) fn remove(&self, at: Live<'b>) {
        self.shared.change(Event::RemoveAsked);
        // A reset under way ends by itself: each of its steps is bounded.
        self.reset_work.flush(at);
        let mut works = self.is_working() && !at.is_gone() && !self.registers.status().is_gone();
        if works {
            // It may have been quiesced by a reset that got no further.
            if let Some(set) = self.io_set.as_ref() {
                set.unquiesce(at);
            }
        } else {
            self.stop(at, Stop::Abrupt);
            self.fail_all(at);
        }
        self.scan_work.flush(at);
        loop {
            // Not under the lock: it waits for requests.
            let Some(disk) = self.disks.lock().pop() else {
                break;
            };
            works = works && self.is_working();
            disk.remove(at, if works { Remove::Orderly } else { Remove::Gone });
        }
        if works && self.is_working() {
            self.end(at);
        }
    }

    /// Takes leave of a controller that answers.
    fn end(&self, at: Live<'b>) {
        if self.delete_queues(at).is_err() {
            dev_warn!(at.device(), "the I/O queues could not be deleted\n");
        }
        self.stop(at, Stop::Shutdown);
    }

    /// The machine goes down. Nothing is removed; requests that still come fail.
    pub(crate) fn shut_down(&self, at: Live<'b>) {
        self.shared.change(Event::RemoveAsked);
        self.reset_work.flush(at);
        if self.is_working() {
            self.stop(at, Stop::Shutdown);
        }
        self.fail_all(at);
    }
}

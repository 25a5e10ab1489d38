// SPDX-License-Identifier: GPL-2.0

//! The end of a controller: unbind, shutdown of the machine, and a device that leaves by itself.
//!
//! What is left undone here the scope does, in a fixed order (`rnvme_abs::pci`).

use crate::{
    cause::Cause,
    controller::Ctrl,
    journal::Note,
    nvme::lifecycle::{
        Event,
        State, //
    },
    stop::Stop, //
};
use kernel::{
    prelude::*,
    time::Delta, //
};
use rnvme_abs::{
    blk_mq::Remove,
    counter,
    pci::Live, //
};

impl<'b> Ctrl<'b> {
    /// Removes everything: in an orderly way while the controller works, so that dirty data is
    /// written; at once where it does not.
    pub(crate) fn remove(&self, at: Live<'b>) {
        self.ask_removal(at);
        // It may sleep; what waits to be let in would be waited for.
        if let Some(set) = self.io_set.as_ref() {
            set.unfreeze(at);
        }
        // Whoever takes disks away already does so to the end.
        drop(self.leaving.lock());
        let mut works = self.is_working() && !at.is_gone() && !self.registers.status().is_gone();
        if works {
            // It may have been quiesced by a reset that got no further.
            if let Some(set) = self.io_set.as_ref() {
                set.unquiesce(at);
            }
            self.spread_work.flush(at);
            // What was sent to queues that a reset took away must not be waited for.
            while !self.use_open_queues(at) && self.is_working() {
                at.sleep(Delta::from_millis(1));
            }
        } else {
            self.stop(at, Stop::Abrupt);
            self.fail_diverted(at);
        }
        self.scan_work.flush(at);
        loop {
            if works && !self.is_working() {
                works = false;
                self.fail_diverted(at);
            }
            // Not under the lock: it waits for requests.
            let Some(disk) = self.disks.lock().pop() else {
                break;
            };
            disk.remove(at, if works { Remove::Orderly } else { Remove::Gone });
        }
        if works && self.is_working() {
            self.end(at);
        }
    }

    /// From here on no reset begins. One under way ends by itself, each of its steps being bounded; where
    /// it has only stopped the controller so far, it first gets as far as to start it again, since there
    /// may be something to write.
    fn ask_removal(&self, at: Live<'b>) {
        while self.shared.change(Event::RemoveAsked).is_none()
            && self.shared.state() == State::Resetting
        {
            at.sleep(Delta::from_millis(1));
        }
        self.reset_work.flush(at);
    }

    /// Takes leave of a controller that answers (NVMe Base 2.0, 3.6.1): commands complete, queues are
    /// deleted, then it is told that power will go.
    pub(crate) fn end(&self, at: Live<'b>) {
        if let Some(set) = self.io_set.as_ref() {
            set.quiesce(at);
        }
        let patience_ms =
            u64::from(self.shared.settings.shutdown_timeout.get()).saturating_mul(1000);
        let begun = counter::uptime_ms();
        while self.io_queues().iter().any(|q| q.in_flight() != 0)
            && counter::uptime_ms().saturating_sub(begun) <= patience_ms
        {
            at.sleep(Delta::from_millis(1));
        }
        if self.delete_queues(at).is_err() {
            dev_warn!(at.device(), "the I/O queues could not be deleted\n");
        }
        let how = if self.is_working() {
            Stop::Shutdown
        } else {
            Stop::Abrupt
        };
        self.stop(at, how);
    }

    /// The machine goes down. Nothing is removed; requests that still come fail.
    pub(crate) fn shut_down(&self, at: Live<'b>) {
        self.ask_removal(at);
        if self.is_working() {
            self.end(at);
        }
        self.fail_all(at);
    }

    /// The device has left, or might as well have. What is in flight fails at once; the watch takes
    /// the disks away. Process context, also from timeouts.
    pub(crate) fn leave(&self, at: Live<'b>, cause: Cause) {
        let silence = self.silence_ms();
        let how = match cause {
            Cause::LinkDown => Stop::Frozen,
            _ => Stop::Abrupt,
        };
        // Before the state says so: who revives it waits for this.
        self.left.set(1);
        if self.shared.change(Event::Gone).is_some() {
            self.stop(at, how);
            self.note(at, Note::Left(cause, silence));
            self.shared.watch_now();
        } else if self.shared.state() == State::Deleting && self.is_working() {
            // Removal goes on without it.
            self.stop(at, how);
        }
    }

    /// Takes the disks of a controller away that has left, or was given up. Open files and mounted file
    /// systems see errors. Once; a second caller waits for the first.
    pub(crate) fn take_leave(&self, at: Live<'b>) {
        let _one = self.leaving.lock();
        if self.left.get() == 0 || self.shared.state() != State::Dead {
            return;
        }
        let begun = counter::uptime_ms();
        self.fail_diverted(at);
        // It may be adding one.
        self.scan_work.flush(at);
        self.fail_diverted(at);
        loop {
            let Some(disk) = self.disks.lock().pop() else {
                break;
            };
            disk.remove(at, Remove::Gone);
        }
        self.left.set(0);
        self.note(
            at,
            Note::Removed(counter::uptime_ms().saturating_sub(begun)),
        );
    }

    /// No request is taken any more; all that wait fail, those too that wait to be sent anew.
    fn fail_diverted(&self, at: Live<'b>) {
        self.fail_all(at);
        if let Some(set) = self.io_set.as_ref() {
            // It may sleep: who is kept out is let in, to fail.
            set.unfreeze(at);
            set.resubmit(at);
        }
    }
}

// SPDX-License-Identifier: GPL-2.0

//! Suspend and resume, and the steps of hibernation.
//!
//! ```text
//! suspend  no request is let in, those inside end; queues deleted, CC.SHN, DMA off: Suspended
//! resume   one full reset, in the reset work; requests are let in at once, and wait for its end
//! ```
//!
//! Requests are kept out rather than held back: one that is held back has a tag, and the CPU of its
//! queue could not go offline. NVMe Base 2.0, 3.6.1 (shutdown), 8.15 (power management).

use crate::{
    cause::Cause,
    controller::Ctrl,
    nvme::lifecycle::{
        Event,
        State, //
    }, //
};
use kernel::{
    prelude::*,
    time::Delta, //
};
use rnvme_abs::{
    counter,
    pci::Live, //
};

/// How often a suspend waits for a reset that is under way before it is refused.
const RESETS_AWAITED: u32 = 5;

/// How much longer than a command may take it may take to end them all, in milliseconds.
const GRACE_MS: u64 = 2_000;

impl<'b> Ctrl<'b> {
    /// Power may go. `EBUSY` where a reset is under way that does not end, or commands are with the
    /// controller that it does not complete: nothing is lost, the machine stays awake. A controller
    /// that was given up or has gone does not keep it awake.
    pub(crate) fn suspend(&self, at: Live<'b>) -> Result {
        if !self.enter_suspend(at)? {
            return Ok(());
        }
        // The one that came before may still be making queues and CPUs agree.
        self.reset_work.flush(at);
        if self.leaves(at) {
            return Ok(());
        }
        if !self.requests_end(at) {
            if self.leaves(at) {
                return Ok(());
            }
            dev_err!(
                at.device(),
                "not suspended: the controller does not complete its commands; it is reset\n"
            );
            self.resume(at);
            return Err(EBUSY);
        }
        self.end(at);
        Ok(())
    }

    /// Whether the device is gone, and whoever asks need not wait for it.
    fn leaves(&self, at: Live<'b>) -> bool {
        let cause = self.settled_cause(at);
        match cause {
            Some(cause @ (Cause::LinkDown | Cause::Unreadable)) => self.leave(at, cause),
            _ => return self.shared.state() == State::Dead,
        }
        true
    }

    /// Power is back: whatever the controller remembers, it is reset.
    pub(crate) fn resume(&self, at: Live<'b>) {
        let is_suspended = self.shared.change(Event::ResumeAsked).is_some();
        if let Some(set) = self.io_set.as_ref() {
            set.unfreeze(at);
        }
        if is_suspended {
            self.count_reset(at, Cause::Resume, 0);
            self.reset_work.schedule();
        }
    }

    /// Enters [`State::Suspended`], from where no reset starts the controller. Whether it did; not where
    /// nothing would be left to do.
    fn enter_suspend(&self, at: Live<'b>) -> Result<bool> {
        for _ in 0..RESETS_AWAITED {
            self.await_reset(at);
            self.spread_work.flush(at);
            // It reads partitions, and that must come to an end.
            self.scan_work.flush(at);
            if self.shared.change(Event::SuspendAsked).is_some() {
                return Ok(true);
            }
            if matches!(self.shared.state(), State::Dead | State::Deleting) {
                return Ok(false);
            }
        }
        dev_warn!(
            at.device(),
            "not suspended: the controller is being reset, and that does not end\n"
        );
        Err(EBUSY)
    }

    /// Lets no request in, and waits until those inside have ended; whether they have.
    fn requests_end(&self, at: Live<'b>) -> bool {
        let Some(set) = self.io_set.as_ref() else {
            return self.is_working();
        };
        let patience = u64::from(self.shared.settings.io_timeout.get())
            .saturating_mul(1000)
            .saturating_add(GRACE_MS);
        let begin = counter::uptime_ms();
        set.freeze(at);
        while self.is_working() {
            // Taken before the look, so that a task that was held up still looks once at the end.
            let is_late = counter::uptime_ms().saturating_sub(begin) > patience;
            if set.is_frozen(at) {
                return true;
            }
            if is_late || self.settled_cause(at).is_some() {
                break;
            }
            at.sleep(Delta::from_millis(1));
        }
        false
    }
}

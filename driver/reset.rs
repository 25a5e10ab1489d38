// SPDX-License-Identifier: GPL-2.0

//! From trouble to a controller that works again, or to the certainty that it does not.
//!
//! ```text
//! ask_reset   whoever saw the trouble: stopped at once, what was in flight is back with the block layer
//! reset       the work only: started again; failing that the PCI function is reset; again, with
//!             growing pauses, while there is patience
//! ```
//!
//! The work waits for admin commands in [`State::Connecting`] only: there their timeouts stop the
//! controller and so end the wait. In [`State::Live`] a timeout asks for another run of this work,
//! which the work must not wait for.
//!
//! NVMe Base 2.0, 3.7 (resets), 9.5 (controller fatal status).

use crate::{
    cause::Cause,
    controller::Ctrl,
    journal::Note,
    nvme::{
        identify::Controller,
        lifecycle::{
            Event,
            State, //
        }, //
    },
    stop::Stop, //
};
use kernel::{
    prelude::*,
    sync::Arc,
    time::Delta, //
};
use rnvme_abs::{
    counter,
    pci::Live, //
};

/// For how long new attempts are made, and how many at least.
const PATIENCE_MS: u64 = 60_000;
const ATTEMPTS_MIN: u32 = 3;

/// The pause after the first attempt, which doubles, and the longest one.
const PAUSE_MS: u64 = 100;
const PAUSE_MS_MAX: u64 = 10_000;

/// How many resets in a row may help for a moment only: at once, and with growing pauses.
const VAIN_FREE: u32 = 3;
const VAIN_MAX: u32 = 12;

/// What became of requests that were to flow.
#[derive(Copy, Clone, PartialEq, Eq)]
pub(crate) enum Flow {
    /// They do.
    Flows,
    /// The controller works, and is being taken away.
    Leaves,
    /// Somebody has stopped it meanwhile.
    Stopped,
}

impl<'b> Ctrl<'b> {
    /// Stops the controller and has it started again, where nobody else does already; whether this
    /// call did. Process context, also from timeouts.
    pub(crate) fn ask_reset(&self, at: Live<'b>, cause: Cause) -> bool {
        let silence = match cause {
            Cause::Asked | Cause::Function | Cause::Resume => 0,
            _ => self.silence_ms(),
        };
        if self.shared.change(Event::ResetAsked).is_none() {
            return false;
        }
        self.begin_reset(at, cause, silence);
        true
    }

    fn begin_reset(&self, at: Live<'b>, cause: Cause, silence: u64) {
        self.count_reset(at, cause, silence);
        self.stop(at, Stop::Abrupt);
        self.reset_work.schedule();
    }

    /// As a user asks who may also mean a controller that was given up: once its disks are gone, since
    /// those that come are others. Whether the reset is now this caller's to begin.
    fn may_reset(&self, at: Live<'b>) -> bool {
        self.take_leave(at);
        self.shared.change(Event::ResetAsked).is_some()
            || self.shared.change(Event::Revived).is_some()
    }

    /// A reset begins.
    pub(crate) fn count_reset(&self, at: Live<'b>, cause: Cause, silence: u64) {
        let back_ms = self.shared.back_ms.get();
        let is_in_vain = !matches!(cause, Cause::Asked | Cause::Function | Cause::Resume)
            && back_ms != 0
            && counter::uptime_ms().saturating_sub(back_ms) < PATIENCE_MS
            && self.shared.last_good_ms.get() <= back_ms;
        let vain = if is_in_vain {
            self.shared.vain.get().saturating_add(1)
        } else {
            0
        };
        self.shared.vain.set(vain);
        self.shared.resets.bump(cause);
        self.note(at, Note::Reset(cause, silence));
    }

    /// The work: restarts a controller that is being reset.
    pub(crate) fn reset(&self, at: Live<'b>) {
        let begun = counter::uptime_ms();
        // One run may have done what two asked for.
        if self.shared.state() != State::Resetting {
            return;
        }
        // Whoever asked has stopped it, or is about to.
        if self.is_working() {
            self.stop(at, Stop::Abrupt);
        }
        drop(self.stopping.lock());
        if self.shared.change(Event::Disabled).is_none() {
            return;
        }
        self.watch_work.schedule();
        let mut pause_ms = PAUSE_MS;
        let mut last = Cause::NotReady;
        let is_hopeless = !self.pause_after_vain_ones(at);
        for attempt in 1u32.. {
            if is_hopeless {
                last = Cause::Relapse;
                break;
            }
            let stops = self.stops();
            let result = self.restart(at, stops);
            if result.is_ok() {
                match self.requests_flow(at, Event::ResetDone, stops) {
                    Flow::Flows => {
                        let now = counter::uptime_ms();
                        self.shared.back_ms.set(now);
                        self.note(at, Note::Back(now.saturating_sub(begun)));
                        return;
                    }
                    Flow::Leaves => return,
                    Flow::Stopped => {}
                }
            }
            if self.shared.state() != State::Connecting {
                break;
            }
            if self.settled_cause(at) == Some(Cause::LinkDown) {
                self.leave(at, Cause::LinkDown);
                break;
            }
            last = self.visible_cause(at).unwrap_or(match result {
                Err(e) if e == ETIMEDOUT => Cause::NotReady,
                Err(e) if e == EPROTO => Cause::Refused,
                Err(e) if e == EAGAIN => Cause::Stopped,
                _ => Cause::Silent,
            });
            if self.stubborn.get() == 0 {
                self.stop(at, Stop::Abrupt);
            }
            self.shared.attempts.bump(last);
            self.note(at, Note::Attempt(attempt, last));
            if attempt >= ATTEMPTS_MIN && counter::uptime_ms().saturating_sub(begun) > PATIENCE_MS {
                break;
            }
            let way = at.reset_function();
            self.stubborn.set(0);
            if way.is_ok() {
                self.shared.function_resets.bump();
            }
            self.note(at, Note::FunctionReset(way.map_err(|e| e.to_errno())));
            if !self.pause(at, pause_ms) {
                break;
            }
            pause_ms = pause_ms.saturating_mul(2).min(PAUSE_MS_MAX);
        }
        self.stop(at, Stop::Abrupt);
        if self.shared.state() == State::Connecting {
            // Before the state says so: who revives it waits for this.
            self.left.set(1);
        }
        if self.shared.change(Event::ResetFailed).is_some() {
            self.fail_all(at);
            self.note(at, Note::Dead(last, self.silence_ms()));
            // It takes the disks away.
            self.watch_work.schedule();
        }
    }

    /// After resets that did not help the next one is not so soon; whether there is to be one.
    fn pause_after_vain_ones(&self, at: Live<'b>) -> bool {
        let vain = self.shared.vain.get();
        let Some(over) = vain.checked_sub(VAIN_FREE) else {
            return true;
        };
        let ms = PAUSE_MS.wrapping_shl(over.min(10)).min(PAUSE_MS_MAX);
        vain < VAIN_MAX && self.pause(at, ms)
    }

    /// How often the controller was stopped, and nobody is at it.
    pub(crate) fn stops(&self) -> u32 {
        let _one = self.stopping.lock();
        self.stops.get()
    }

    /// Sleeps while the reset goes on; whether it does.
    fn pause(&self, at: Live<'b>, ms: u64) -> bool {
        let begun = counter::uptime_ms();
        while counter::uptime_ms().saturating_sub(begun) < ms {
            if self.shared.state() != State::Connecting {
                return false;
            }
            at.sleep(Delta::from_millis(20));
        }
        true
    }

    /// A user asks for a reset: begins one, or joins one under way, and waits for its end. `EIO` where
    /// the controller does not come back, `EBUSY` where it cannot be reset now.
    pub(crate) fn reset_now(&self, at: Live<'b>) -> Result {
        if self.may_reset(at) {
            self.begin_reset(at, Cause::Asked, 0);
        }
        self.reset_work.flush(at);
        match self.shared.state() {
            State::Live => Ok(()),
            State::Dead => Err(EIO),
            _ => Err(EBUSY),
        }
    }

    /// Waits for the end of a reset that is under way, if only just asked for. Not from the reset itself;
    /// with the device locked, so that nobody waits for one that ends later (a function reset).
    pub(crate) fn await_reset(&self, at: Live<'b>) {
        loop {
            self.reset_work.flush(at);
            if !self.is_resetting() {
                return;
            }
            // Whoever asked is stopping the controller, and has not scheduled it yet.
            at.sleep(Delta::from_millis(1));
        }
    }

    fn is_resetting(&self) -> bool {
        matches!(self.shared.state(), State::Resetting | State::Connecting)
    }

    /// The PCI core is about to reset the function: what is in flight is taken back first, and nobody
    /// brings the controller up meanwhile.
    pub(crate) fn prepare_for_function_reset(&self, at: Live<'b>) {
        loop {
            self.await_reset(at);
            if self.may_reset(at) {
                self.count_reset(at, Cause::Function, 0);
                return self.stop(at, Stop::Abrupt);
            }
            // Somebody else was first, whose reset is awaited, too; or there is nothing to take back.
            if !self.is_resetting() {
                return;
            }
        }
    }

    /// The PCI core has reset the function.
    pub(crate) fn recover_from_function_reset(&self, at: Live<'b>) {
        if self.shared.state() == State::Resetting {
            self.reset_work.schedule();
            self.reset_work.flush(at);
        }
    }

    fn restart(&self, at: Live<'b>, stops: u32) -> Result {
        self.start(at, stops)?;
        // It must answer before anything is built on it.
        let identity = self.identify(at)?;
        if self.is_another(&identity) {
            // What was queued for the one that was here must not be written to this one.
            self.leave(at, Cause::Swapped);
            return Err(ENODEV);
        }
        self.note_firmware(&identity);
        // Another firmware may take less at a time.
        *self.latest.lock() = Some(Arc::new(identity, GFP_KERNEL)?);
        self.open_queues(at, stops, true)?;
        self.configure_events(at)?;
        Ok(())
    }

    /// Whether this is not the controller that was bound: changed while the machine slept, or the link
    /// was down.
    fn is_another(&self, found: &Controller) -> bool {
        self.identity
            .as_ref()
            .is_some_and(|bound| bound.serial() != found.serial())
    }

    /// Lets requests flow to a controller that is up, where `event` still applies. `stops` is from
    /// before it was brought up.
    pub(crate) fn requests_flow(&self, at: Live<'b>, event: Event, stops: u32) -> Flow {
        let _one = self.stopping.lock();
        if self.stops.get() != stops {
            if event == Event::ProbeDone
                && self.shared.change(event).is_some()
                && self.shared.change(Event::ResetAsked).is_some()
            {
                self.reset_work.schedule();
            }
            return Flow::Stopped;
        }
        self.works.set(1);
        if self.shared.change(event).is_none() {
            // Removal goes on from a controller that works; whoever found it gone stops it.
            return Flow::Leaves;
        }
        if let Some(set) = self.io_set.as_ref() {
            set.unquiesce(at);
        }
        self.event_work.schedule();
        self.spread_work.schedule();
        if event == Event::ResetDone {
            // What it has may have changed, and a scan may have been cut short.
            self.scan_work.schedule();
        }
        Flow::Flows
    }
}

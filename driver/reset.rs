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
    counter,
    pci::Live, //
};

/// For how long new attempts are made, and how many at least.
const PATIENCE_MS: u64 = 60_000;
const ATTEMPTS_MIN: u32 = 3;

/// The pause after the first attempt, which doubles, and the longest one.
const PAUSE_MS: u64 = 100;
const PAUSE_MS_MAX: u64 = 10_000;

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
        self.count_reset(at, cause, silence);
        self.stop(at, Stop::Abrupt);
        self.reset_work.schedule();
        true
    }

    /// A reset begins.
    pub(crate) fn count_reset(&self, at: Live<'b>, cause: Cause, silence: u64) {
        self.shared.resets.bump(cause);
        self.note(at, Note::Reset(cause, silence));
    }

    /// The work: restarts a controller that is being reset.
    pub(crate) fn reset(&self, at: Live<'b>) {
        let begun = counter::uptime_ms();
        // After it was given up its disks went; those that come are others.
        self.take_leave(at);
        self.stop(at, Stop::Abrupt);
        if self.shared.change(Event::Disabled).is_none() {
            return;
        }
        self.watch_work.schedule();
        let mut pause_ms = PAUSE_MS;
        let mut last = Cause::NotReady;
        for attempt in 1u32.. {
            let stops = self.stops.get();
            let result = self.restart(at);
            // Unless a command that timed out meanwhile has stopped it again.
            if result.is_ok() && self.stops.get() == stops {
                self.requests_flow(at, Event::ResetDone, stops);
                self.note(at, Note::Back(counter::uptime_ms().saturating_sub(begun)));
                return;
            }
            if self.shared.state() != State::Connecting {
                break;
            }
            if at.is_gone() {
                self.leave(at, Cause::LinkDown);
                break;
            }
            last = self.visible_cause(at).unwrap_or(match result {
                Err(e) if e == ETIMEDOUT => Cause::NotReady,
                Err(e) if e == EPROTO => Cause::Refused,
                _ => Cause::Silent,
            });
            self.stop(at, Stop::Abrupt);
            self.note(at, Note::Attempt(attempt, last));
            if attempt >= ATTEMPTS_MIN && counter::uptime_ms().saturating_sub(begun) > PATIENCE_MS {
                break;
            }
            let way = at.reset_function();
            self.note(at, Note::FunctionReset(way.map_err(|e| e.to_errno())));
            if !self.pause(at, pause_ms) {
                break;
            }
            pause_ms = pause_ms.saturating_mul(2).min(PAUSE_MS_MAX);
        }
        self.stop(at, Stop::Abrupt);
        if self.shared.change(Event::ResetFailed).is_some() {
            self.left.set(1);
            self.fail_all(at);
            self.note(at, Note::Dead(last));
            // It takes the disks away.
            self.watch_work.schedule();
        }
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
        self.ask_reset(at, Cause::Asked);
        self.reset_work.flush(at);
        match self.shared.state() {
            State::Live => Ok(()),
            State::Dead => Err(EIO),
            _ => Err(EBUSY),
        }
    }

    /// The PCI core is about to reset the function: what is in flight is taken back first.
    pub(crate) fn prepare_for_function_reset(&self, at: Live<'b>) {
        self.reset_work.flush(at);
        if self.shared.change(Event::ResetAsked).is_some() {
            self.count_reset(at, Cause::Function, 0);
            self.stop(at, Stop::Abrupt);
        }
    }

    /// The PCI core has reset the function.
    pub(crate) fn recover_from_function_reset(&self, at: Live<'b>) {
        if self.shared.state() == State::Resetting {
            self.reset_work.schedule();
            self.reset_work.flush(at);
        }
    }

    fn restart(&self, at: Live<'b>) -> Result {
        self.start(at)?;
        // It must answer before anything is built on it.
        self.note_firmware(&self.identify(at)?);
        self.open_queues(at, true)?;
        self.configure_events(at)?;
        Ok(())
    }

    /// Lets requests flow to a controller that is up, where `event` still applies. `stops` is from
    /// before it was brought up.
    pub(crate) fn requests_flow(&self, at: Live<'b>, event: Event, stops: u32) {
        self.works.set(1);
        if self.shared.change(event).is_none() {
            // It is being removed: that goes on from a controller that works.
            return;
        }
        if self.stops.get() != stops {
            // A command that timed out has stopped it meanwhile, and saw that this was under way.
            self.works.set(0);
            if self.shared.change(Event::ResetAsked).is_some() {
                self.reset_work.schedule();
            }
            return;
        }
        if let Some(set) = self.io_set.as_ref() {
            set.unquiesce(at);
        }
        self.event_work.schedule();
        if event == Event::ResetDone {
            // What it has may have changed, and a scan may have been cut short.
            self.scan_work.schedule();
        }
    }
}

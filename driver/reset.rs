// SPDX-License-Identifier: GPL-2.0

//! Stopping a controller, and starting it again.
//!
//! ```text
//! stop     whoever saw the trouble: queues closed and quiesced, DMA off, everything taken back
//! restart  the reset work only: DMA on, enabled, queues created, requests flow
//! ```
//!
//! NVMe Base 2.0, 3.7.2 (Controller Level Reset).

use crate::{
    controller::Ctrl,
    nvme::{
        lifecycle::{
            Event,
            State, //
        },
        reg::Aqa, //
    },
    params, //
};
use kernel::{
    prelude::*,
    time::Delta, //
};
use rnvme_abs::{
    blk_mq::{
        Accept,
        Sts, //
    },
    pci::Live, //
};

/// Entries of the admin queues.
pub(crate) const ADMIN_ENTRIES: u32 = 32;

/// How long a controller may ask for to shut down: its own word for it goes up to an hour.
const SHUTDOWN_MS_MAX: u32 = 60_000;

/// How often a reset is tried.
const ATTEMPTS: u32 = 3;

/// How a controller is stopped.
#[derive(Copy, Clone, PartialEq, Eq)]
pub(crate) enum Stop {
    /// At once: disabled.
    Abrupt,
    /// Told that power will go, so that it writes out what it has.
    Shutdown,
    /// Without a register accessed, since its link is in error or it has gone.
    Frozen,
}

impl<'b> Ctrl<'b> {
    /// Stops the controller and takes everything back from it. Requests are put back, or fail where
    /// nobody would answer. No new ones reach it until it is started again.
    ///
    /// Any task that may sleep; several at once do it one after the other.
    pub(crate) fn stop(&self, at: Live<'b>, how: Stop) {
        self.works.set(0);
        self.stops.put_one();
        for q in self.io_queues() {
            q.accept(Accept::Later);
        }
        // Nothing may wait there for a queue that perhaps nobody opens again.
        self.admin.accept(Accept::Fail);
        if let Some(set) = self.io_set.as_ref() {
            set.quiesce(at);
        }
        if let Some(set) = self.admin_set.as_ref() {
            set.quiesce(at);
        }
        // A handler that ran after this could ring a doorbell of a queue that the controller has
        // forgotten. What completes meanwhile is found by the drain.
        match how {
            Stop::Frozen => self.detach_all(at),
            Stop::Abrupt | Stop::Shutdown => self.silence(at),
        }
        let politely = match how {
            Stop::Abrupt => self.registers.disable(at),
            Stop::Shutdown => self.registers.shut_down(at, self.shutdown_ms()),
            Stop::Frozen => Ok(()),
        };
        if let Err(e) = politely {
            dev_warn!(at.device(), "the controller did not stop by itself: {e}\n");
        }
        match at.stop_dma() {
            Ok(stopped) => {
                for q in self.io_queues() {
                    q.drain(&stopped, Sts::Io);
                }
                self.admin.drain(&stopped, Sts::Io);
            }
            // The scope is ending, and does the same; or DMA goes on, and so do the requests.
            Err(e) => {
                if e != ESHUTDOWN {
                    dev_err!(at.device(), "bus mastering cannot be switched off\n");
                }
            }
        }
        if let Some(set) = self.io_set.as_ref() {
            set.wait_completed(at);
        }
        if let Some(set) = self.admin_set.as_ref() {
            set.wait_completed(at);
            // Commands fail by the state of their queue.
            set.unquiesce(at);
        }
        // Whoever stops it last sees this: nobody starts it again, and nothing may wait for that.
        if matches!(self.shared.state(), State::Deleting | State::Dead) {
            self.fail_all(at);
        }
    }

    /// How long a shutdown may take: what the controller says, or the parameter.
    fn shutdown_ms(&self) -> u32 {
        let says = self
            .identity
            .as_ref()
            .map_or(0, |c| c.shutdown_us())
            .div_ceil(1000);
        params::SHUTDOWN_TIMEOUT
            .get()
            .saturating_mul(1000)
            .max(says.min(SHUTDOWN_MS_MAX))
    }

    /// Starts a stopped controller: DMA on, enabled, the admin queue open.
    pub(crate) fn start(&self, at: Live<'b>) -> Result {
        // One that did not stop would go on with what it was told before, into memory that is no
        // longer its own.
        if let Err(e) = self.registers.disable(at) {
            dev_err!(at.device(), "the controller cannot be stopped: {e}\n");
            return Err(e.into());
        }
        let stopped = at.stop_dma()?;
        at.start_dma(stopped)?;
        let (sq, cq) = self.admin.with_sides(at, |sq, cq| {
            sq.reinit(None);
            cq.reinit(None);
            (sq.dma(), cq.dma())
        })?;
        let rings = Aqa::new(ADMIN_ENTRIES).ok_or(EINVAL)?;
        if let Err(e) = self.registers.enable(at, self.page, rings, sq, cq) {
            dev_err!(at.device(), "the controller cannot be started: {e}\n");
            return Err(e.into());
        }
        self.attach(at, &self.admin)?;
        self.unmask();
        self.admin.accept(Accept::Now);
        Ok(())
    }

    /// The work: restarts a controller that is being reset.
    pub(crate) fn reset(&self, at: Live<'b>) {
        self.shared.resets.bump();
        self.stop(at, Stop::Abrupt);
        if self.shared.change(Event::Disabled).is_none() {
            return;
        }
        for attempt in 1..=ATTEMPTS {
            let stops = self.stops.get();
            match self.restart(at) {
                // Unless a command that timed out meanwhile has stopped it again.
                Ok(()) if self.stops.get() == stops => {
                    self.requests_flow(at, Event::ResetDone, stops);
                    return;
                }
                _ if self.shared.state() != State::Connecting || at.is_gone() => break,
                _ => {
                    self.stop(at, Stop::Abrupt);
                    dev_err!(
                        at.device(),
                        "attempt {attempt} of {ATTEMPTS} to reset the controller failed\n"
                    );
                    at.sleep(Delta::from_millis(100i64.wrapping_shl(attempt)));
                }
            }
        }
        self.stop(at, Stop::Abrupt);
        if self.shared.change(Event::ResetFailed).is_some() {
            dev_err!(
                at.device(),
                "the controller is given up: its disks fail all I/O\n"
            );
            self.fail_all(at);
            for disk in self.disks.lock().iter() {
                disk.mark_dead(at);
            }
        }
    }

    /// A user asks for a reset: begins one, or joins one under way, and waits for its end. `EIO` where
    /// the controller does not come back, `EBUSY` where it cannot be reset now.
    pub(crate) fn reset_now(&self, at: Live<'b>) -> Result {
        if self.shared.change(Event::ResetAsked).is_some() {
            dev_info!(at.device(), "the controller is reset, as asked\n");
            self.reset_work.schedule();
        }
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
            dev_info!(at.device(), "the function is reset, as asked\n");
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
        self.identify(at)?;
        self.open_queues(at, true)?;
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
        if event == Event::ResetDone {
            dev_info!(at.device(), "the controller is back\n");
            self.use_open_queues(at);
            // What it has may have changed, and a scan may have been cut short.
            self.scan_work.schedule();
        }
    }

    /// No request is taken any more; what waits fails.
    pub(crate) fn fail_all(&self, at: Live<'b>) {
        for q in self.io_queues() {
            q.accept(Accept::Fail);
        }
        self.admin.accept(Accept::Fail);
        if let Some(set) = self.io_set.as_ref() {
            set.unquiesce(at);
        }
        if let Some(set) = self.admin_set.as_ref() {
            set.unquiesce(at);
        }
    }
}

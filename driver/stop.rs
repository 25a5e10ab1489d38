// SPDX-License-Identifier: GPL-2.0

//! Stopping a controller, by whoever saw the trouble; and starting a stopped one.
//!
//! NVMe Base 2.0, 3.7.2 (Controller Level Reset).

use crate::{
    controller::Ctrl,
    nvme::{
        lifecycle::State,
        reg::Aqa, //
    },
    registers::NotReady, //
};
use kernel::{
    prelude::*,
    sync::lock::{
        mutex::MutexBackend,
        Guard, //
    }, //
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
        let _one = self.stopping.lock();
        // Whoever brought this about, the way to it may have been blocked since.
        let how = match self.shared.state() {
            State::Frozen => Stop::Frozen,
            _ => how,
        };
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
            Stop::Frozen => Ok(()),
            Stop::Abrupt => self.registers.disable(at),
            Stop::Shutdown => self.registers.shut_down(at, self.shutdown_ms()),
        };
        self.stubborn
            .set(u32::from(matches!(politely, Err(NotReady::Late(_)))));
        match politely {
            // That it is gone was said, or will be.
            Ok(()) | Err(NotReady::Gone) => {}
            Err(NotReady::Late(ms)) => dev_warn!(
                at.device(),
                "the controller did not stop by itself within {ms} ms\n"
            ),
            Err(e) => dev_warn!(at.device(), "the controller did not stop by itself: {e}\n"),
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

    /// How long a shutdown may take: what the controller says, or the setting.
    fn shutdown_ms(&self) -> u32 {
        let says = self
            .identity
            .as_ref()
            .map_or(0, |c| c.shutdown_us())
            .div_ceil(1000);
        self.shared
            .settings
            .shutdown_timeout
            .get()
            .saturating_mul(1000)
            .max(says.min(SHUTDOWN_MS_MAX))
    }

    /// Starts a stopped controller: DMA on, enabled, the admin queue open. `stops` is from before; `EAGAIN`
    /// where somebody has stopped it since.
    pub(crate) fn start(&self, at: Live<'b>, stops: u32) -> Result {
        // One that did not stop would go on with what it was told before, into memory that is no
        // longer its own.
        if self.stubborn.get() != 0 {
            return Err(ETIMEDOUT);
        }
        if let Err(e) = self.registers.disable(at) {
            dev_err!(at.device(), "the controller cannot be stopped: {e}\n");
            return Err(e.into());
        }
        {
            let _one = self.unless_stopped(stops)?;
            let stopped = at.stop_dma()?;
            at.start_dma(stopped)?;
        }
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
        let _one = self.unless_stopped(stops)?;
        self.attach(at, &self.admin)?;
        self.unmask();
        self.admin.accept(Accept::Now);
        Ok(())
    }

    /// Whoever stops the controller waits for this guard. `EAGAIN` where somebody has done so since `stops`:
    /// nothing may be opened beside him, who leaves queues as they are to stay, and DMA off where the
    /// controller perhaps did not heed him.
    pub(crate) fn unless_stopped(&self, stops: u32) -> Result<Guard<'_, (), MutexBackend>> {
        let one = self.stopping.lock();
        if self.stops.get() == stops {
            Ok(one)
        } else {
            Err(EAGAIN)
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

// SPDX-License-Identifier: GPL-2.0

//! Controller registers: enable, disable, shut down; every wait has a bound, and at every look the
//! device may be gone or broken.
//!
//! NVMe Base 2.0, 3.1.3 (properties), 3.5.1 (initialisation), 3.6 (shutdown).

use crate::nvme::{
    page::PageSize,
    reg::{
        self,
        Aqa,
        Cap,
        Cc,
        Csts,
        Shutdown,
        Side,
        Vs, //
    }, //
};
use kernel::{
    fmt,
    prelude::*,
    time::{
        Delta,
        Instant,
        Monotonic, //
    }, //
};
use rnvme_abs::pci::{
    Bar,
    Doorbell,
    Live, //
};

/// How much of the BAR is mapped at most: with the widest stride still enough for 63 I/O queues.
const BAR_BYTES_MAX: usize = 16 << 20;

/// Why a controller is not where it was sent.
#[derive(Copy, Clone, PartialEq, Eq)]
pub(crate) enum NotReady {
    /// Registers read all ones: the device has left the bus, or its link is down.
    Gone,
    /// CSTS.CFS: the controller says that it is broken.
    Fatal,
    /// It did not get there in this many milliseconds.
    Late(u32),
}

impl fmt::Display for NotReady {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gone => {
                f.write_str("its registers read all ones: the device is gone or its link is down")
            }
            Self::Fatal => f.write_str("it reports a fatal error (CSTS.CFS)"),
            Self::Late(ms) => f.write_fmt(fmt!("it did not get ready within {} ms (CAP.TO)", ms)),
        }
    }
}

impl From<NotReady> for Error {
    fn from(e: NotReady) -> Self {
        match e {
            NotReady::Gone => ENODEV,
            NotReady::Fatal => EIO,
            NotReady::Late(_) => ETIMEDOUT,
        }
    }
}

/// The registers of a controller, and what it says of itself in CAP.
pub(crate) struct Registers<'b> {
    bar: Bar<'b, { reg::BAR_BYTES_MIN }>,
    pub(crate) cap: Cap,
    version: Vs,
}

impl<'b> Registers<'b> {
    /// Maps them. `ENODEV` if they read all ones.
    pub(crate) fn map(at: Live<'b>) -> Result<Self> {
        let bar = at.bar(0, BAR_BYTES_MAX).inspect_err(|_| {
            dev_err!(
                at.device(),
                "BAR 0 has no room for registers, or is taken\n"
            );
        })?;
        let cap = Cap(bar.read64::<{ reg::CAP }>());
        let csts = Csts(bar.read32::<{ reg::CSTS }>());
        // A device that goes in between is seen by the second.
        if cap.is_gone() || csts.is_gone() {
            dev_err!(at.device(), "not a controller: {}\n", NotReady::Gone);
            return Err(ENODEV);
        }
        let version = Vs(bar.read32::<{ reg::VS }>());
        Ok(Self { bar, cap, version })
    }

    /// The version that the controller follows.
    pub(crate) fn version(&self) -> Vs {
        self.version
    }

    /// The status register.
    pub(crate) fn status(&self) -> Csts {
        Csts(self.bar.read32::<{ reg::CSTS }>())
    }

    /// How many I/O queues have doorbells within what is mapped.
    pub(crate) fn doorbells(&self) -> u32 {
        reg::io_queues_in_bar(self.bar.bytes(), self.cap.doorbell_stride())
    }

    /// A doorbell. `ENODEV` and a message if it lies outside of the BAR.
    pub(crate) fn doorbell(&self, at: Live<'b>, qid: u16, side: Side) -> Result<Doorbell<'b>> {
        let stride = self.cap.doorbell_stride();
        let offset = reg::doorbell_offset(stride, qid, side);
        let bell = offset.and_then(|o| self.bar.doorbell(o).ok());
        bell.ok_or(ENODEV).inspect_err(|_| {
            dev_err!(
                at.device(),
                "the doorbells of queue {qid}, {stride} bytes apart (CAP.DSTRD), lie outside of BAR 0\n"
            );
        })
    }

    /// Waits until `there` holds, at most `ms`. `or_fatal`: whether CSTS.CFS ends the wait.
    fn wait(
        &self,
        at: Live<'b>,
        ms: u32,
        or_fatal: bool,
        there: impl Fn(Csts) -> bool,
    ) -> Result<(), NotReady> {
        let begin = Instant::<Monotonic>::now();
        loop {
            // Taken before the look, so that a task that was held up still looks once at the end.
            let is_late = begin.elapsed().as_millis() > i64::from(ms);
            let csts = self.status();
            if csts.is_gone() {
                return Err(NotReady::Gone);
            }
            if there(csts) {
                return Ok(());
            }
            if or_fatal && csts.is_fatal() {
                return Err(NotReady::Fatal);
            }
            if is_late {
                return Err(NotReady::Late(ms));
            }
            at.sleep(Delta::from_millis(1));
        }
    }

    /// Holds interrupts by pin or message back, or no longer. Not for MSI-X, where the vectors have
    /// masks of their own. PCIe Transport 1.0, 3.1.1.1 and 3.1.1.2.
    pub(crate) fn mask_interrupts(&self, masked: bool) {
        if masked {
            self.bar.write32::<{ reg::INTMS }>(u32::MAX);
        } else {
            self.bar.write32::<{ reg::INTMC }>(u32::MAX);
        }
    }

    /// Stops the controller (CC.EN = 0), and waits until it says so. 3.5.1 step 1, 3.7.2.
    pub(crate) fn disable(&self, at: Live<'b>) -> Result<(), NotReady> {
        let cc = Cc(self.bar.read32::<{ reg::CC }>());
        if self.status().is_gone() {
            return Err(NotReady::Gone);
        }
        let (csts, ms) = (self.status(), self.cap.timeout_ms());
        if cc.is_enabled() && !csts.is_ready() && !csts.is_fatal() {
            // Being enabled, by firmware perhaps: only once it is ready may it be told otherwise.
            let _ = self.wait(at, ms, true, |s| s.is_ready());
        }
        self.bar.write32::<{ reg::CC }>(cc.without_enable().0);
        self.wait(at, ms, false, |s| !s.is_ready())
    }

    /// Starts the controller with these admin rings, and waits until it is ready. 3.5.1.
    pub(crate) fn enable(
        &self,
        at: Live<'b>,
        page: PageSize,
        rings: Aqa,
        sq: u64,
        cq: u64,
    ) -> Result<(), NotReady> {
        self.bar.write32::<{ reg::AQA }>(rings.0);
        self.bar.write64::<{ reg::ASQ }>(sq);
        self.bar.write64::<{ reg::ACQ }>(cq);
        let cc = Cc::enabled(page, self.cap);
        self.bar.write32::<{ reg::CC }>(cc.0);
        let crto = match self.cap.has_ready_timeouts() {
            true => self.bar.read32::<{ reg::CRTO }>(),
            false => 0,
        };
        let ms = self.cap.ready_timeout_ms(crto);
        let there = self.wait(at, ms, true, |s| s.is_ready());
        if let Err(NotReady::Late(_)) = there {
            // It has had its time, and whoever disables it next need not wait for it once more.
            self.bar.write32::<{ reg::CC }>(cc.without_enable().0);
        }
        there
    }

    /// Tells the controller that power will go (CC.SHN), and waits until it is prepared. 3.6.1.
    pub(crate) fn shut_down(&self, at: Live<'b>, ms: u32) -> Result<(), NotReady> {
        let cc = Cc(self.bar.read32::<{ reg::CC }>());
        if self.status().is_gone() {
            return Err(NotReady::Gone);
        }
        self.bar
            .write32::<{ reg::CC }>(cc.with_shutdown(Shutdown::Normal).0);
        self.wait(at, ms, false, |s| s.is_shutdown_complete())
    }
}

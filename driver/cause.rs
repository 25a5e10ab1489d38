// SPDX-License-Identifier: GPL-2.0

//! Why a controller is in trouble: named once, with one sentence that says what to try.
//!
//! NVMe Base 2.0, 3.1.3.6 (CSTS), 9 (error reporting and recovery).

use crate::{
    controller::Ctrl,
    registers::NotReady, //
};
use kernel::fmt;
use rnvme_abs::pci::Live;

/// Why a controller is stopped, or lost.
#[derive(Copy, Clone, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Cause {
    /// Configuration space reads all ones.
    LinkDown = 0,
    /// Registers read all ones, configuration space does not.
    Unreadable = 1,
    /// CSTS.CFS.
    Fatal = 2,
    /// It did not get ready in time.
    NotReady = 3,
    /// It has completed nothing since the command was sent.
    Silent = 4,
    /// It completes other commands, not this one.
    Slow = 5,
    /// A user asked.
    Asked = 6,
    /// The PCI core resets the function.
    Function = 7,
    /// It cannot be asked to give a command up.
    NoAbort = 8,
    /// The machine was suspended.
    Resume = 9,
    /// The PCI core reported an error of the link.
    PciError = 10,
    /// An asynchronous event says that it is broken.
    Event = 11,
    /// It refused what it is asked at the beginning.
    Refused = 12,
    /// It activates firmware for longer than it said.
    Firmware = 13,
    /// It was stopped while it came up, and nobody started it.
    Stopped = 14,
    /// Resets help for a moment only.
    Relapse = 15,
    /// Its serial number is not the one that it had.
    Swapped = 16,
}

/// How many causes there are.
pub(crate) const CAUSES: usize = 17;

impl Cause {
    /// All of them, for the report.
    pub(crate) const ALL: [Self; CAUSES] = [
        Self::LinkDown,
        Self::Unreadable,
        Self::Fatal,
        Self::NotReady,
        Self::Silent,
        Self::Slow,
        Self::Asked,
        Self::Function,
        Self::NoAbort,
        Self::Resume,
        Self::PciError,
        Self::Event,
        Self::Refused,
        Self::Firmware,
        Self::Stopped,
        Self::Relapse,
        Self::Swapped,
    ];

    /// A word or two, for counts.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::LinkDown => "link down",
            Self::Unreadable => "registers unreadable",
            Self::Fatal => "fatal",
            Self::NotReady => "not ready",
            Self::Silent => "silent",
            Self::Slow => "slow",
            Self::Asked => "asked for",
            Self::Function => "function reset",
            Self::NoAbort => "no abort",
            Self::Resume => "resume",
            Self::PciError => "pci error",
            Self::Event => "event",
            Self::Refused => "refused",
            Self::Firmware => "firmware",
            Self::Stopped => "stopped",
            Self::Relapse => "relapse",
            Self::Swapped => "another drive",
        }
    }

    /// The sentence for the log: what is the matter.
    const fn words(self) -> &'static str {
        match self {
            Self::LinkDown => {
                "its configuration space reads all ones: the device is gone or its link is down"
            }
            Self::Unreadable => {
                "its registers read all ones, its configuration space does not: the device has hung or lost power"
            }
            Self::Fatal => "it reports a fatal error (CSTS.CFS)",
            Self::NotReady => "it did not get ready in time (CAP.TO)",
            Self::Silent => "it is silent",
            Self::Slow => "it is slow: other commands complete, this one does not",
            Self::Asked => "a user asked for it",
            Self::Function => "its PCI function is reset",
            Self::NoAbort => "it takes no Abort",
            Self::Resume => "the machine was suspended",
            Self::PciError => "the PCI bus reports an error",
            Self::Event => "it reports an internal error by an event",
            Self::Refused => "it refuses what it is asked at the beginning",
            Self::Firmware => "it takes longer to activate firmware than it said (MTFA)",
            Self::Stopped => "it was stopped while it came up",
            Self::Relapse => "it comes back from each reset, and completes nothing",
            Self::Swapped => "another drive is in its place: the serial number differs",
        }
    }

    /// What a user may try when it does not come back; empty where there is nothing to say.
    pub(crate) const fn advice(self) -> &'static str {
        match self {
            Self::LinkDown => {
                "seat the device again or power the slot off and on, then write 1 to /sys/bus/pci/rescan"
            }
            Self::Unreadable => {
                "write 1 to its reset_controller; failing that, remove the PCI device and rescan the bus"
            }
            Self::Fatal => {
                "write 1 to its reset_controller; if it happens again, look for newer firmware"
            }
            Self::NotReady | Self::Refused | Self::Firmware | Self::Stopped | Self::Relapse => {
                "write 1 to its reset_controller, or switch the machine off and on"
            }
            Self::Silent | Self::Slow | Self::NoAbort => {
                "pcie_aspm=off on the kernel's command line, a longer io_timeout, or newer firmware"
            }
            Self::PciError => "look for the link's errors above, and seat the device again",
            Self::Swapped => "unbind its PCI function and bind it again, for disks of its own",
            Self::Event => "read its health log, and save what is on it",
            Self::Asked | Self::Function | Self::Resume => "write 1 to its reset_controller",
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}

impl From<NotReady> for Cause {
    fn from(e: NotReady) -> Self {
        match e {
            NotReady::Gone => Self::Unreadable,
            NotReady::Fatal => Self::Fatal,
            NotReady::Late(_) => Self::NotReady,
        }
    }
}

impl<'b> Ctrl<'b> {
    /// What registers and configuration space say is the matter; `None` if nothing.
    pub(crate) fn visible_cause(&self, at: Live<'b>) -> Option<Cause> {
        let csts = self.registers.status();
        if at.is_gone() {
            Some(Cause::LinkDown)
        } else if csts.is_gone() {
            Some(Cause::Unreadable)
        } else if csts.is_fatal() {
            Some(Cause::Fatal)
        } else {
            None
        }
    }
}

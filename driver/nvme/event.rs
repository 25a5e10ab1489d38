// SPDX-License-Identifier: GPL-2.0
//! Asynchronous events: what a controller says without being asked for anything in particular.
//!
//! ```text
//! Asynchronous Event Request ──▶ … ──▶ DW0: AsyncEvent ──▶ Event, in words ──▶ Action
//!                                                log page ──▶ Health, Changed, FirmwareSlots
//! OAES ──▶ configurations: which events are wanted            Pace: how often they are listened to
//! ```
//!
//! An event of a type stays masked until its log page was read, so an event is heard, its log
//! read, and only then the next one asked for.
//!
//! Base 5.2 (Asynchronous Event Request), 5.27.1.8 (Asynchronous Event Configuration).

// Not every driver of these rooms needs every name.
#![allow(unused_imports)]

mod changed;
mod firmware;
mod health;
mod pace;

pub(crate) use changed::{
    changed,
    Changed,
    CHANGED_BYTES, //
};
pub(crate) use firmware::{
    FirmwareSlots,
    FIRMWARE_BYTES, //
};
pub(crate) use health::{
    Health,
    Warning,
    HEALTH_BYTES, //
};
pub(crate) use pace::{
    Pace,
    Storm,
    EVENTS_MAX,
    HEALTH_SAID_MAX,
    PAUSE_MS,
    PERIOD_MS,
    SAID_MAX,
    SAID_PERIOD_MS, //
};

pub(crate) use super::completion::AsyncEvent;

use core::fmt;

/// Bytes of one entry of the error log (Base 5.16.1.2).
pub(crate) const ERROR_BYTES: usize = 64;

impl AsyncEvent {
    /// What it means.
    pub(crate) const fn event(self) -> Event {
        match (self.kind(), self.info()) {
            (0, 0x00) => Event::InvalidDoorbell,
            (0, 0x01) => Event::InvalidDoorbellValue,
            (0, 0x02) => Event::DiagnosticFailure,
            (0, 0x03) => Event::PersistentError,
            (0, 0x04) => Event::TransientError,
            (0, 0x05) => Event::FirmwareLoad,
            (1, 0x00) => Event::Reliability,
            (1, 0x01) => Event::Temperature,
            (1, 0x02) => Event::Spare,
            (2, 0x00) => Event::NamespacesChanged,
            (2, 0x01) => Event::FirmwareActivation,
            (6, 0x01 | 0x02) => Event::Sanitized,
            (0, _) => Event::OtherError(self),
            (1, _) => Event::OtherHealth(self),
            (2, _) => Event::OtherNotice(self),
            (7, _) => Event::Vendor(self),
            _ => Event::Unknown(self),
        }
    }
}

/// What an event means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// Type 0, 00h: a doorbell was written that belongs to no queue.
    InvalidDoorbell,
    /// Type 0, 01h: a doorbell was written with a value that makes no sense.
    InvalidDoorbellValue,
    /// Type 0, 02h: a diagnosis of the controller's own failed.
    DiagnosticFailure,
    /// Type 0, 03h: a failure that stays, from which only a reset can help.
    PersistentError,
    /// Type 0, 04h: a failure that has passed.
    TransientError,
    /// Type 0, 05h: the firmware image could not be loaded, another one runs.
    FirmwareLoad,
    /// Type 0, anything else.
    OtherError(AsyncEvent),
    /// Type 1, 00h: the subsystem is degraded, read-only, or its backup has failed.
    Reliability,
    /// Type 1, 01h: a temperature threshold was crossed.
    Temperature,
    /// Type 1, 02h: spare capacity is below its threshold.
    Spare,
    /// Type 1, anything else.
    OtherHealth(AsyncEvent),
    /// Type 2, 00h: namespaces came, went or changed.
    NamespacesChanged,
    /// Type 2, 01h: new firmware is being activated; no command is processed meanwhile.
    FirmwareActivation,
    /// Type 2, anything else.
    OtherNotice(AsyncEvent),
    /// Type 6, 01h and 02h: all user data was erased.
    Sanitized,
    /// Type 7.
    Vendor(AsyncEvent),
    /// What nobody defined, or we did not ask for.
    Unknown(AsyncEvent),
}

/// What to do about an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Read the health log, say what it says.
    ReadHealth,
    /// Read an entry of the error log, which clears the event.
    ReadErrors,
    /// Read the list of changed namespaces, look at all.
    Rescan,
    /// Wait until commands are processed again, read the firmware log.
    AwaitFirmware,
    /// Reset the controller.
    Reset,
    /// Nothing but to say it. Its log page is not read: reading one that we do not know could do
    /// anything. Unread, events of its type stay masked.
    Say,
}

impl Event {
    /// What to do about it.
    pub(crate) const fn action(self) -> Action {
        match self {
            Self::PersistentError => Action::Reset,
            Self::InvalidDoorbell
            | Self::InvalidDoorbellValue
            | Self::DiagnosticFailure
            | Self::TransientError
            | Self::FirmwareLoad
            | Self::OtherError(_) => Action::ReadErrors,
            Self::Reliability | Self::Temperature | Self::Spare | Self::OtherHealth(_) => {
                Action::ReadHealth
            }
            // A notice that we do not know must not mask those that we do, and may be about namespaces.
            Self::NamespacesChanged | Self::OtherNotice(_) => Action::Rescan,
            Self::FirmwareActivation => Action::AwaitFirmware,
            Self::Sanitized | Self::Vendor(_) | Self::Unknown(_) => Action::Say,
        }
    }
}

/// What happened, and where there is something to be done about it, what.
impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, event) = match *self {
            Self::InvalidDoorbell => {
                return f.write_str("it says that a doorbell was written that belongs to no queue");
            }
            Self::InvalidDoorbellValue => {
                return f.write_str("it says that a doorbell was written with an invalid value");
            }
            Self::DiagnosticFailure => {
                return f.write_str("its own diagnosis found a failure: back up its data");
            }
            Self::PersistentError => {
                return f.write_str("it has an internal error that persists");
            }
            Self::TransientError => {
                return f.write_str("it had an internal error that has passed");
            }
            Self::FirmwareLoad => {
                return f.write_str("it could not load its firmware, and runs an older one");
            }
            Self::Reliability => return f.write_str("it has become unreliable"),
            Self::Temperature => return f.write_str("a temperature threshold was crossed"),
            Self::Spare => return f.write_str("it runs out of spare blocks"),
            Self::NamespacesChanged => return f.write_str("namespaces have changed"),
            Self::FirmwareActivation => return f.write_str("new firmware is being activated"),
            Self::Sanitized => return f.write_str("all of its data was erased (sanitize)"),
            Self::OtherError(event) => ("an error", event),
            Self::OtherHealth(event) => ("a health warning", event),
            Self::OtherNotice(event) => ("a notice", event),
            Self::Vendor(event) => ("an event of its vendor's", event),
            Self::Unknown(event) => ("an event", event),
        };
        write!(
            f,
            "{what} that is not known here: type {}, information {:#04x}, log page {:#04x}",
            event.kind(),
            event.info(),
            event.log_page()
        )
    }
}

/// CDW11 of Set Features, Asynchronous Event Configuration: 7:0 critical warnings as in the health
/// log, from 8 on notices as in OAES.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EventConfig(u32);

impl EventConfig {
    /// Spare, temperature, reliability, read-only, backup. Not the persistent memory region, which
    /// nobody uses here.
    const WARNINGS: u32 = 0x1f;
    /// Namespaces changed, firmware is being activated.
    const NOTICES: u32 = 1 << 8 | 1 << 9;

    /// The register value.
    pub(crate) const fn bits(self) -> u32 {
        self.0
    }
}

/// What to ask a controller with these OAES for, best first; the next one where it refuses. A
/// notice that it does not offer must not be asked for.
pub(crate) const fn configurations(oaes: u32) -> [EventConfig; 2] {
    let notices = oaes & EventConfig::NOTICES;
    [
        EventConfig(notices | EventConfig::WARNINGS),
        EventConfig(notices),
    ]
}

// SPDX-License-Identifier: GPL-2.0
//! The states of a controller and what leads from one to the next.
//!
//! ```text
//!        ProbeDone        ResetAsked             Disabled
//!  New ───────────▶ Live ───────────▶ Resetting ─────────▶ Connecting
//!   │                ▲ │                  │                 │ │
//!   │                └─┼──────────────────┼──── ResetDone ──┘ │
//!   │                  │                  └─ ResetFailed ─┬───┘
//!   │  Gone            │ Gone                             ▼
//!   ├──────────────────┴──────────────────────────────▶ Dead ── Revived ──▶ Resetting
//!   └─ RemoveAsked, from every state but Resetting, which ends soon ──▶ Deleting (the end)
//!
//!        SuspendAsked              ResumeAsked
//!  Live ──────────────▶ Suspended ─────────────▶ Resetting
//!        LinkFrozen                LinkReset
//!  Live ──────────────▶  Frozen   ─────────────▶ Resetting     LinkFrozen from Resetting, Connecting too;
//!                                                              Gone leads from both to Dead
//! ```
//!
//! Pure: the driver's controller carries out what the answer says, and nothing else changes the
//! state. An event that a state does not take answers `None`, and whoever brought it does not
//! act: so of two that ask for a reset exactly one starts it.

/// Where a controller is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum State {
    /// Probe is under way; no disk exists. Left by [`Event::ProbeDone`].
    New = 0,
    /// Requests flow. Entered by [`Event::ProbeDone`] and [`Event::ResetDone`].
    Live = 1,
    /// The device is being stopped, what was in flight is being requeued. Entered by
    /// [`Event::ResetAsked`]. Removal waits for what follows, so that it finds a device that can be
    /// written to where there is one.
    Resetting = 2,
    /// The device has stopped and is being brought up again. Entered by [`Event::Disabled`].
    Connecting = 3,
    /// Removal is under way. Entered by [`Event::RemoveAsked`]; nothing leads out.
    Deleting = 4,
    /// The device did not come back, or has gone. Every request fails at once. A user may try
    /// again ([`Event::Revived`]), or remove it.
    Dead = 5,
    /// Power may go: the device is being stopped, or has stopped, and nothing starts it. Entered by
    /// [`Event::SuspendAsked`], left by [`Event::ResumeAsked`].
    Suspended = 6,
    /// The way to the device is blocked until the bus was reset: it must not be touched. Entered by
    /// [`Event::LinkFrozen`], left by [`Event::LinkReset`].
    Frozen = 7,
}

/// What happens to a controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// Probe brought the device up.
    ProbeDone,
    /// Somebody wants a reset: a timeout, CSTS.CFS, a user.
    ResetAsked,
    /// The reset has stopped the device.
    Disabled,
    /// The reset brought the device up again.
    ResetDone,
    /// The reset could not bring the device up again.
    ResetFailed,
    /// Unbind, unload or a failed probe.
    RemoveAsked,
    /// The device is no longer on the bus.
    Gone,
    /// The machine goes to sleep.
    SuspendAsked,
    /// The machine has woken up.
    ResumeAsked,
    /// The bus reports that the way to the device is blocked.
    LinkFrozen,
    /// The bus was reset, and the device with it.
    LinkReset,
    /// A user tries again with one that was given up, and whose disks are gone.
    Revived,
}

/// What to do with a request that arrives in a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    /// Hand it to the device.
    Run,
    /// Leave it with the block layer until the reset is over.
    Wait,
    /// End it with an error.
    Fail,
}

/// The state that follows, or `None` if `state` does not take `event`.
pub(crate) const fn next(state: State, event: Event) -> Option<State> {
    use Event::*;
    use State::*;
    match (state, event) {
        (New, ProbeDone) => Some(Live),
        (Live, ResetAsked) => Some(Resetting),
        (Dead, Revived) => Some(Resetting),
        (Resetting, Disabled) => Some(Connecting),
        (Connecting, ResetDone) => Some(Live),
        (Resetting | Connecting, ResetFailed) => Some(Dead),
        (New | Live | Resetting | Connecting | Suspended | Frozen, Gone) => Some(Dead),
        (Live, SuspendAsked) => Some(Suspended),
        (Suspended, ResumeAsked) => Some(Resetting),
        (Live | Resetting | Connecting, LinkFrozen) => Some(Frozen),
        (Frozen, LinkReset) => Some(Resetting),
        (New | Live | Connecting | Suspended | Frozen | Dead, RemoveAsked) => Some(Deleting),
        (New, ResetAsked | Disabled | ResetDone | ResetFailed)
        | (Live, ProbeDone | Disabled | ResetDone | ResetFailed)
        | (Resetting, ProbeDone | ResetAsked | ResetDone | RemoveAsked)
        | (Connecting, ProbeDone | ResetAsked | Disabled)
        | (Dead, ProbeDone | ResetAsked | Disabled | ResetDone | ResetFailed | Gone)
        | (Suspended | Frozen, ProbeDone | ResetAsked | Disabled | ResetDone | ResetFailed)
        | (New | Resetting | Connecting | Suspended | Frozen | Dead, SuspendAsked)
        | (New | Live | Resetting | Connecting | Frozen | Dead, ResumeAsked)
        | (New | Suspended | Frozen | Dead, LinkFrozen)
        | (New | Live | Resetting | Connecting | Suspended | Dead, LinkReset)
        | (New | Live | Resetting | Connecting | Suspended | Frozen, Revived)
        | (Deleting, _) => None,
    }
}

impl State {
    /// The name that `/sys/class/…/state` shows.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Live => "live",
            Self::Resetting => "resetting",
            Self::Connecting => "connecting",
            Self::Deleting => "deleting",
            Self::Dead => "dead",
            Self::Suspended => "suspended",
            Self::Frozen => "frozen",
        }
    }

    /// The state as a number, for an atomic.
    pub(crate) const fn to_u8(self) -> u8 {
        self as u8
    }

    /// The state of a number, or `None` if no state has it.
    pub(crate) const fn from_u8(value: u8) -> Option<Self> {
        Some(match value {
            0 => Self::New,
            1 => Self::Live,
            2 => Self::Resetting,
            3 => Self::Connecting,
            4 => Self::Deleting,
            5 => Self::Dead,
            6 => Self::Suspended,
            7 => Self::Frozen,
            _ => return None,
        })
    }

    /// What happens to an I/O request that arrives now.
    ///
    /// While [`State::Deleting`] dirty data may still be written, so requests run until the
    /// queues close behind the last disk.
    pub(crate) const fn admission(self) -> Admission {
        match self {
            Self::New | Self::Live | Self::Deleting => Admission::Run,
            Self::Resetting | Self::Connecting | Self::Suspended | Self::Frozen => Admission::Wait,
            Self::Dead => Admission::Fail,
        }
    }
}

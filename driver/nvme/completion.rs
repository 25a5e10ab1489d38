// SPDX-License-Identifier: GPL-2.0
//! The 16 bytes of a completion queue entry.
//!
//! The phase tag, the status and the CID share the last dword. One read of it tells whether the
//! entry is new; what comes before it may be read only then.
//!
//! Base 3.3.3.2 (common completion queue entry, phase tag).

use super::status::Status;
use zerocopy_derive::{
    FromBytes,
    Immutable,
    IntoBytes,
    KnownLayout, //
};

/// One completion queue entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(crate) struct Completion {
    /// DW0, command specific, little-endian.
    dw0: u32,
    /// DW1, command specific, little-endian.
    dw1: u32,
    /// DW2 15:00, little-endian.
    sq_head: u16,
    /// DW2 31:16, little-endian.
    sqid: u16,
    /// DW3, little-endian.
    last: u32,
}

const _: () = assert!(size_of::<Completion>() == Completion::BYTES);

impl Completion {
    /// The size of an entry; CC.IOCQES says the same as a power of two.
    pub(crate) const BYTES: usize = 16;

    /// Which dword carries phase, status and CID.
    pub(crate) const LAST_DWORD: usize = 3;

    /// DW0, command specific.
    #[inline]
    pub(crate) const fn dw0(&self) -> u32 {
        u32::from_le(self.dw0)
    }

    /// DW1, command specific.
    #[inline]
    pub(crate) const fn dw1(&self) -> u32 {
        u32::from_le(self.dw1)
    }

    /// DW0 and DW1 as one number, as some commands return it.
    #[inline]
    pub(crate) const fn result(&self) -> u64 {
        (self.dw1() as u64) << 32 | self.dw0() as u64
    }

    /// How far the device has read the submission queue; a position in the ring only after it
    /// was checked against the ring's size.
    #[inline]
    pub(crate) const fn sq_head(&self) -> u16 {
        u16::from_le(self.sq_head)
    }

    /// The submission queue that the command came from, as the device says.
    #[inline]
    pub(crate) const fn sqid(&self) -> u16 {
        u16::from_le(self.sqid)
    }

    /// DW3.
    #[inline]
    pub(crate) const fn last(&self) -> LastDword {
        LastDword(u32::from_le(self.last))
    }
}

/// DW3 in the CPU's byte order: CID 15:00, phase 16, status 31:17.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LastDword(pub(crate) u32);

impl LastDword {
    /// The command identifier that the device names.
    #[inline]
    pub(crate) const fn cid(self) -> u16 {
        self.0 as u16
    }

    /// The phase tag.
    #[inline]
    pub(crate) const fn phase(self) -> Phase {
        Phase(self.0 >> 16 & 1 != 0)
    }

    /// The status.
    #[inline]
    pub(crate) const fn status(self) -> Status {
        Status::from_bits((self.0 >> 17) as u16)
    }
}

/// A phase tag: an entry is new if it carries the phase that the consumer expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Phase(bool);

impl Phase {
    /// What the first pass over a zeroed ring expects.
    pub(crate) const FIRST: Self = Self(true);

    /// What the next pass expects.
    #[inline]
    #[must_use]
    pub(crate) const fn flipped(self) -> Self {
        Self(!self.0)
    }
}

/// Where the consumer of a completion ring stands.
///
/// # Invariants
///
/// `index` is less than the number of entries that [`advance`](Self::advance) is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// The next entry to look at.
    index: u16,
    /// The phase that a new entry there carries.
    phase: Phase,
}

impl Head {
    /// The start of a zeroed ring.
    pub(crate) const START: Self = Self {
        index: 0,
        phase: Phase::FIRST,
    };

    /// The next entry to look at; also the value for the head doorbell.
    #[inline]
    pub(crate) const fn index(self) -> u16 {
        self.index
    }

    /// Whether the entry with this last dword is one that the device has just written.
    #[inline]
    pub(crate) const fn is_new(self, last: LastDword) -> bool {
        self.phase.0 == last.phase().0
    }

    /// The position after this one in a ring of `entries`; the phase flips where it wraps.
    #[inline]
    #[must_use]
    pub(crate) const fn advance(self, entries: u32) -> Self {
        let next = (self.index as u32).wrapping_add(1);
        if next >= entries {
            return Self {
                index: 0,
                phase: self.phase.flipped(),
            };
        }
        Self {
            index: next as u16,
            phase: self.phase,
        }
    }
}

/// The position after `tail` in a submission ring of `entries`.
#[inline]
pub(crate) const fn advance_tail(tail: u16, entries: u32) -> u16 {
    let next = (tail as u32).wrapping_add(1);
    if next >= entries {
        0
    } else {
        next as u16
    }
}

/// DW0 of a completed Asynchronous Event Request (Base 5.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AsyncEvent(pub(crate) u32);

impl AsyncEvent {
    /// [`kind`](Self::kind) of an error event.
    pub(crate) const ERROR: u8 = 0;
    /// [`kind`](Self::kind) of a health event.
    pub(crate) const HEALTH: u8 = 1;
    /// [`kind`](Self::kind) of a notice.
    pub(crate) const NOTICE: u8 = 2;
    /// [`info`](Self::info) of a notice that namespaces changed.
    pub(crate) const NAMESPACES_CHANGED: u8 = 0;

    /// The type of the event.
    pub(crate) const fn kind(self) -> u8 {
        (self.0 & 7) as u8
    }

    /// What about.
    pub(crate) const fn info(self) -> u8 {
        (self.0 >> 8) as u8
    }

    /// The log page to read, which also re-arms the event.
    pub(crate) const fn log_page(self) -> u8 {
        (self.0 >> 16) as u8
    }
}

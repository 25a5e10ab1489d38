// SPDX-License-Identifier: GPL-2.0
//! What a completion says: type and code, in words, and as a verdict for the block layer.
//!
//! The verdict is a property of the status alone. How often a request may be retried is the
//! driver's count; what the block layer's own numbers are, is the abstractions' business.
//!
//! Base 3.3.3.2.1 (status field).

mod words;

use core::fmt;

/// A status without its phase bit: code 7:0, type 10:8, CRD 12:11, M 13, DNR 14.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Status(u16);

/// What the block layer is told. Each name stands for the `BLK_STS_` of the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BlockError {
    /// `BLK_STS_IOERR`: no better word.
    Io,
    /// `BLK_STS_NOTSUPP`: the device does not do this.
    NotSupported,
    /// `BLK_STS_TIMEOUT`: the device ran out of time.
    Timeout,
    /// `BLK_STS_NOSPC`: no space left on the device.
    NoSpace,
    /// `BLK_STS_TRANSPORT`: the way to the device failed, not the device.
    Transport,
    /// `BLK_STS_TARGET`: the device cannot serve this address or is not ready.
    Target,
    /// `BLK_STS_RESV_CONFLICT`: another host holds a reservation.
    Reservation,
    /// `BLK_STS_MEDIUM`: these blocks cannot be read or written.
    Medium,
    /// `BLK_STS_PROTECTION`: the protection information does not match.
    Protection,
    /// `BLK_STS_ZONE_ACTIVE_RESOURCE`: too many active zones.
    ZoneActive,
    /// `BLK_STS_ZONE_OPEN_RESOURCE`: too many open zones.
    ZoneOpen,
}

/// What becomes of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is done.
    Success,
    /// It may be tried again; if it may not be tried more often, this is its error.
    Retry(BlockError),
    /// It has failed, and would fail again.
    Fail(BlockError),
}

impl Status {
    /// Generic command status, code 0.
    pub(crate) const SUCCESS: Self = Self(0);
    /// What the host itself says of a command that it took back: Command Aborted By Host.
    pub(crate) const ABORTED_BY_HOST: Self = Self::new(Self::PATH, 0x71);

    /// Status code type: generic command status.
    pub(crate) const GENERIC: u8 = 0;
    /// Status code type: command specific status.
    pub(crate) const SPECIFIC: u8 = 1;
    /// Status code type: media and data integrity errors.
    pub(crate) const MEDIA: u8 = 2;
    /// Status code type: path related status.
    pub(crate) const PATH: u8 = 3;
    /// Status code type: vendor specific.
    pub(crate) const VENDOR: u8 = 7;

    /// The status of 15 bits as they stand above the phase; bit 15 is dropped.
    #[inline]
    pub(crate) const fn from_bits(bits: u16) -> Self {
        Self(bits & 0x7fff)
    }

    /// A status of this type and code, with no other bit.
    pub(crate) const fn new(code_type: u8, code: u8) -> Self {
        Self((code_type as u16 & 7) << 8 | code as u16)
    }

    /// The 15 bits.
    #[inline]
    pub(crate) const fn bits(self) -> u16 {
        self.0
    }

    /// Status code type (SCT), 0..=7.
    pub(crate) const fn code_type(self) -> u8 {
        (self.0 >> 8 & 7) as u8
    }

    /// Status code (SC); it means nothing without [`code_type`](Self::code_type).
    pub(crate) const fn code(self) -> u8 {
        self.0 as u8
    }

    /// Command retry delay (CRD), 0..=3: none, or which of CRDT1 to CRDT3 to wait for.
    pub(crate) const fn crd(self) -> u8 {
        (self.0 >> 11 & 3) as u8
    }

    /// More (M): the error log has more about it.
    pub(crate) const fn more(self) -> bool {
        self.0 & 1 << 13 != 0
    }

    /// Do not retry (DNR).
    pub(crate) const fn dnr(self) -> bool {
        self.0 & 1 << 14 != 0
    }

    /// Whether type and code both are zero.
    #[inline]
    pub(crate) const fn is_success(self) -> bool {
        self.0 & 0x7ff == 0
    }

    /// Whether the same command may be sent again: it failed, DNR is clear, and the path is not
    /// lost for good.
    pub(crate) const fn may_retry(self) -> bool {
        const PERSISTENT_LOSS: u16 = 0x301;
        !self.is_success() && !self.dnr() && self.0 & 0x7ff != PERSISTENT_LOSS
    }

    /// What becomes of the request.
    pub(crate) const fn verdict(self) -> Verdict {
        if self.is_success() {
            Verdict::Success
        } else if self.may_retry() {
            Verdict::Retry(self.block_error())
        } else {
            Verdict::Fail(self.block_error())
        }
    }

    /// The error of this type and code, were it final.
    const fn block_error(self) -> BlockError {
        match (self.code_type(), self.code()) {
            // Invalid opcode, invalid field, invalid namespace or format.
            (Self::GENERIC, 0x01 | 0x02 | 0x0b) => BlockError::NotSupported,
            // Read only: the namespace, or the range.
            (Self::GENERIC, 0x20) => BlockError::Medium,
            // Command interrupted: the device wants it sent again.
            (Self::GENERIC, 0x21) => BlockError::Target,
            // LBA out of range, namespace not ready.
            (Self::GENERIC, 0x80 | 0x82) => BlockError::Target,
            (Self::GENERIC, 0x81) => BlockError::NoSpace,
            (Self::GENERIC, 0x83) => BlockError::Reservation,
            // Conflicting attributes, invalid protection information, write to read only range.
            (Self::SPECIFIC, 0x80) => BlockError::NotSupported,
            (Self::SPECIFIC, 0x81) => BlockError::Protection,
            (Self::SPECIFIC, 0x82) => BlockError::Medium,
            (Self::SPECIFIC, 0xbd) => BlockError::ZoneActive,
            (Self::SPECIFIC, 0xbe) => BlockError::ZoneOpen,
            // Write fault, unrecovered read error; compare, access, unwritten block.
            (Self::MEDIA, 0x80 | 0x81 | 0x85..=0x87) => BlockError::Medium,
            // Guard, application tag, reference tag, storage tag.
            (Self::MEDIA, 0x82..=0x84 | 0x88) => BlockError::Protection,
            // The host could not reach the device.
            (Self::PATH, 0x70) => BlockError::Transport,
            _ => BlockError::Io,
        }
    }

    /// Type and code in words; what nobody defined is named by its type.
    pub(crate) const fn describe(self) -> &'static str {
        words::describe(self.code_type(), self.code())
    }
}

/// The log line: words, then numbers, then the flags that are set.
impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} (type {:#x}, code {:#04x}{}{})",
            self.describe(),
            self.code_type(),
            self.code(),
            if self.more() { ", more" } else { "" },
            if self.dnr() { ", do not retry" } else { "" },
        )
    }
}

// SPDX-License-Identifier: GPL-2.0
//! The 64 bytes of a submission queue entry.
//!
//! A command starts from zero, so that no stale memory goes out, and is built as a whole value:
//! a constructor in [`admin`](super::admin) or [`io`](super::io), then
//! [`with_prps`](Command::with_prps) and [`with_cid`](Command::with_cid).
//! Fields are kept as the wire wants them, little-endian; on a little-endian CPU each setter is
//! one store.
//!
//! Base 3.3.3.1 (submission queue entry, common command format).

use zerocopy_derive::{
    FromBytes,
    Immutable,
    IntoBytes,
    KnownLayout, //
};

/// One submission queue entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(crate) struct Command {
    /// CDW0 07:00.
    pub(super) opcode: u8,
    /// CDW0 15:08: fused operation, PRP or SGL (zero: neither fused nor SGL).
    pub(super) flags: u8,
    /// CDW0 31:16, little-endian.
    pub(super) cid: u16,
    /// NSID, little-endian.
    pub(super) nsid: u32,
    /// CDW2, little-endian.
    pub(super) cdw2: u32,
    /// CDW3, little-endian.
    pub(super) cdw3: u32,
    /// Metadata pointer, little-endian.
    pub(super) mptr: u64,
    /// First half of the data pointer, little-endian.
    pub(super) prp1: u64,
    /// Second half of the data pointer, little-endian.
    pub(super) prp2: u64,
    /// CDW10, little-endian.
    pub(super) cdw10: u32,
    /// CDW11, little-endian.
    pub(super) cdw11: u32,
    /// CDW12, little-endian.
    pub(super) cdw12: u32,
    /// CDW13, little-endian.
    pub(super) cdw13: u32,
    /// CDW14, little-endian.
    pub(super) cdw14: u32,
    /// CDW15, little-endian.
    pub(super) cdw15: u32,
}

const _: () = assert!(size_of::<Command>() == Command::BYTES);

impl Command {
    /// The size of an entry; CC.IOSQES says the same as a power of two.
    pub(crate) const BYTES: usize = 64;

    /// An entry with this opcode and zero everywhere else.
    #[inline]
    pub(super) const fn new(opcode: u8) -> Self {
        Self {
            opcode,
            flags: 0,
            cid: 0,
            nsid: 0,
            cdw2: 0,
            cdw3: 0,
            mptr: 0,
            prp1: 0,
            prp2: 0,
            cdw10: 0,
            cdw11: 0,
            cdw12: 0,
            cdw13: 0,
            cdw14: 0,
            cdw15: 0,
        }
    }

    /// This command under a command identifier; any other part stays.
    #[inline]
    #[must_use]
    pub(crate) const fn with_cid(mut self, cid: u16) -> Self {
        self.cid = cid.to_le();
        self
    }

    /// This command with a data pointer in the PRP form (Base 4.1.1). See
    /// [`prp`](super::prp) for what the two mean.
    #[inline]
    #[must_use]
    pub(crate) const fn with_prps(mut self, prp1: u64, prp2: u64) -> Self {
        self.prp1 = prp1.to_le();
        self.prp2 = prp2.to_le();
        self
    }

    /// This command with one piece of data, as an SGL Data Block descriptor in the command (Base
    /// 4.1.2.1): the pointer and the field that says what it is go together.
    #[inline]
    #[must_use]
    pub(crate) const fn with_sgl_block(mut self, addr: u64, len: u32) -> Self {
        // PSDT 01b: an SGL for data, in CDW0 15:14.
        self.flags |= 1 << 6;
        self.prp1 = addr.to_le();
        // Length in the low half; type 0h and subtype 0h in the topmost byte.
        self.prp2 = (len as u64).to_le();
        self
    }

    /// This command for a namespace.
    #[inline]
    #[must_use]
    pub(crate) const fn with_nsid(mut self, nsid: u32) -> Self {
        self.nsid = nsid.to_le();
        self
    }

    /// The opcode, for [`opcode::name`](super::opcode::name).
    #[inline]
    pub(crate) const fn opcode(&self) -> u8 {
        self.opcode
    }

    /// The command identifier.
    #[inline]
    pub(crate) const fn cid(&self) -> u16 {
        u16::from_le(self.cid)
    }

    /// The namespace identifier.
    #[inline]
    pub(crate) const fn nsid(&self) -> u32 {
        u32::from_le(self.nsid)
    }

    /// The two halves of the data pointer.
    #[inline]
    pub(crate) const fn prps(&self) -> (u64, u64) {
        (u64::from_le(self.prp1), u64::from_le(self.prp2))
    }
}

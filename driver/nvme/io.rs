// SPDX-License-Identifier: GPL-2.0
//! Commands of the NVM command set: read, write, flush, deallocate, write zeroes.
//!
//! NVM 3 (the commands), Base 7.1 (Flush).

use super::command::Command;
use super::opcode;
use zerocopy_derive::{
    FromBytes,
    Immutable,
    IntoBytes,
    KnownLayout, //
};

/// Whether a command may end before its data are durable (FUA, CDW12 bit 30).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fua {
    /// The device may leave the data in its write cache.
    Off,
    /// Force unit access: data come from, or are on, the medium before the command ends.
    On,
}

/// Whether write zeroes may give the blocks back (DEAC, CDW12 bit 25).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Zeroes {
    /// The blocks stay allocated.
    Keep,
    /// The device may deallocate them; they still read as zeroes.
    Deallocate,
}

/// A number of logical blocks that one command can carry: 1..=65536.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Blocks {
    /// Blocks less one, as the wire wants them.
    count_z: u16,
}

impl Blocks {
    /// The largest number.
    pub(crate) const MAX: u32 = 65536;
    /// One block.
    pub(crate) const ONE: Self = Self { count_z: 0 };

    /// `count` blocks, or `None` outside 1..=65536.
    #[inline]
    pub(crate) const fn new(count: u32) -> Option<Self> {
        if count == 0 || count > Self::MAX {
            return None;
        }
        Some(Self {
            count_z: count.wrapping_sub(1) as u16,
        })
    }

    /// The blocks that `bytes` fill, or `None` if that is not a whole number in 1..=65536.
    #[inline]
    pub(crate) const fn from_bytes(bytes: u32, lba_log2: u8) -> Option<Self> {
        let Some(count) = bytes.checked_shr(lba_log2 as u32) else {
            return None;
        };
        match count.checked_shl(lba_log2 as u32) {
            Some(back) if back == bytes => Self::new(count),
            _ => None,
        }
    }

    /// The number, counted from one.
    #[inline]
    pub(crate) const fn count(self) -> u32 {
        (self.count_z as u32).wrapping_add(1)
    }

    /// The number less one.
    #[inline]
    pub(crate) const fn count_z(self) -> u16 {
        self.count_z
    }
}

/// One range of a Dataset Management command (NVM 3.2.3, range definition).
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(crate) struct DsmRange {
    /// Context attributes: hints, which we leave at zero.
    attributes: u32,
    /// Length in logical blocks, counted from one, little-endian.
    length_blocks: u32,
    /// Starting LBA, little-endian.
    start_lba: u64,
}

const _: () = assert!(size_of::<DsmRange>() == DsmRange::BYTES);

impl DsmRange {
    /// The range as two 64-bit words of memory, in the order in which they lie there.
    #[inline]
    pub(crate) const fn words(&self) -> [u64; 2] {
        let low = u32::from_le(self.attributes) as u64;
        let high = u32::from_le(self.length_blocks) as u64;
        [(low | high << 32).to_le(), self.start_lba]
    }

    /// The size of a range.
    pub(crate) const BYTES: usize = 16;

    /// Ranges that one command can carry.
    pub(crate) const MAX: u32 = 256;

    /// `length_blocks` blocks from `start_lba` on.
    pub(crate) const fn new(start_lba: u64, length_blocks: u32) -> Self {
        Self {
            attributes: 0,
            length_blocks: length_blocks.to_le(),
            start_lba: start_lba.to_le(),
        }
    }

    /// The first block.
    pub(crate) const fn start_lba(&self) -> u64 {
        u64::from_le(self.start_lba)
    }

    /// The number of blocks.
    pub(crate) const fn length_blocks(&self) -> u32 {
        u32::from_le(self.length_blocks)
    }
}

impl Command {
    /// The common part of read, write and write zeroes: SLBA in CDW10 and CDW11, the count in
    /// CDW12 15:00, with `control` in its upper half.
    #[inline]
    const fn transfer(opcode: u8, nsid: u32, slba: u64, blocks: Blocks, control: u32) -> Self {
        let mut command = Self::new(opcode).with_nsid(nsid);
        command.cdw10 = (slba as u32).to_le();
        command.cdw11 = ((slba >> 32) as u32).to_le();
        command.cdw12 = (blocks.count_z as u32 | control).to_le();
        command
    }

    /// Read (NVM 3.2.4).
    #[inline]
    pub(crate) const fn read(nsid: u32, slba: u64, blocks: Blocks, fua: Fua) -> Self {
        Self::transfer(opcode::READ, nsid, slba, blocks, fua.bits())
    }

    /// Write (NVM 3.2.6).
    #[inline]
    pub(crate) const fn write(nsid: u32, slba: u64, blocks: Blocks, fua: Fua) -> Self {
        Self::transfer(opcode::WRITE, nsid, slba, blocks, fua.bits())
    }

    /// Write Zeroes (NVM 3.2.8); it carries no data.
    #[inline]
    pub(crate) const fn write_zeroes(
        nsid: u32,
        slba: u64,
        blocks: Blocks,
        zeroes: Zeroes,
        fua: Fua,
    ) -> Self {
        let deac: u32 = match zeroes {
            Zeroes::Keep => 0,
            Zeroes::Deallocate => 1 << 25,
        };
        Self::transfer(opcode::WRITE_ZEROES, nsid, slba, blocks, deac | fua.bits())
    }

    /// Flush (Base 7.1): what completed before is durable after.
    #[inline]
    pub(crate) const fn flush(nsid: u32) -> Self {
        Self::new(opcode::FLUSH).with_nsid(nsid)
    }

    /// Dataset Management, deallocate (NVM 3.2.3); the data pointer leads to the ranges.
    ///
    /// `None` if `ranges` is outside 1..=256.
    #[inline]
    pub(crate) const fn deallocate(nsid: u32, ranges: u32) -> Option<Self> {
        if ranges == 0 || ranges > DsmRange::MAX {
            return None;
        }
        let mut command = Self::new(opcode::DATASET_MANAGEMENT).with_nsid(nsid);
        command.cdw10 = ranges.wrapping_sub(1).to_le();
        command.cdw11 = (1u32 << 2).to_le();
        Some(command)
    }

    /// The first block of a read, write or write zeroes command.
    pub(crate) const fn start_lba(&self) -> u64 {
        u32::from_le(self.cdw10) as u64 | (u32::from_le(self.cdw11) as u64) << 32
    }

    /// The number of blocks of a read, write or write zeroes command, 1..=65536.
    pub(crate) const fn length_blocks(&self) -> u32 {
        (u32::from_le(self.cdw12) & 0xffff).wrapping_add(1)
    }
}

impl Fua {
    /// Whether it is asked for.
    #[inline]
    pub(crate) const fn from_bool(on: bool) -> Self {
        if on {
            Self::On
        } else {
            Self::Off
        }
    }

    /// The bit in CDW12.
    #[inline]
    const fn bits(self) -> u32 {
        match self {
            Self::Off => 0,
            Self::On => 1 << 30,
        }
    }
}

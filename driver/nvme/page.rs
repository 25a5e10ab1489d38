// SPDX-License-Identifier: GPL-2.0
//! The device's memory page size (CC.MPS), checked once and total afterwards.
//!
//! Base 3.1.3.5 (CC.MPS) and 4.1.1 (what a page means to a PRP).

/// A memory page size that the device was, or can be, told to use: 4 KiB to 64 KiB.
///
/// # Invariants
///
/// `log2` is in [`MIN_LOG2`](Self::MIN_LOG2)..=[`MAX_LOG2`](Self::MAX_LOG2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PageSize {
    /// Base-2 logarithm of the size in bytes.
    log2: u8,
}

impl PageSize {
    /// The smallest page that CC.MPS can express: 4 KiB.
    pub(crate) const MIN_LOG2: u8 = 12;

    /// The largest page that this driver uses: 64 KiB.
    pub(crate) const MAX_LOG2: u8 = 16;

    /// 4 KiB, which every device but an exotic one supports.
    pub(crate) const DEFAULT: Self = Self {
        log2: Self::MIN_LOG2,
    };

    /// The page size with this base-2 logarithm, or `None` outside 12..=16.
    pub(crate) const fn new(log2: u8) -> Option<Self> {
        if log2 < Self::MIN_LOG2 || log2 > Self::MAX_LOG2 {
            return None;
        }
        Some(Self { log2 })
    }

    /// Base-2 logarithm of the size in bytes, 12..=16.
    #[inline]
    pub(crate) const fn log2(self) -> u8 {
        self.log2
    }

    /// The size in bytes.
    #[inline]
    pub(crate) const fn bytes(self) -> u64 {
        // `wrapping_shl` only so that no overflow check is compiled in: the invariant bounds it.
        1u64.wrapping_shl(self.log2 as u32)
    }

    /// The bits of an address that lie inside a page.
    #[inline]
    pub(crate) const fn mask(self) -> u64 {
        self.bytes().wrapping_sub(1)
    }

    /// Entries of eight bytes in one page, 512..=8192.
    #[inline]
    pub(crate) const fn entries(self) -> usize {
        (self.bytes() >> 3) as usize
    }
}

// SPDX-License-Identifier: GPL-2.0
//! Identify Controller for the NVM command set: limits beside MDTS, for commands that move no data.
//!
//! NVM 4.1.5.4, figure 97 (I/O Command Set specific Identify Controller).

/// Limits of commands that move no data. Zero in a field means that it states none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct CommandSetLimits {
    /// WZSL: Write Zeroes, as a power of two of CAP.MPSMIN pages.
    wzsl: u8,
    /// DMRL: ranges of a Dataset Management command.
    dmrl: u8,
    /// DMRSL: logical blocks of a range.
    dmrsl: u32,
}

impl CommandSetLimits {
    /// Reads the structure; where it is too short it states nothing.
    pub(crate) fn parse(data: &[u8]) -> Self {
        let byte = |at: usize| data.get(at).copied().unwrap_or(0);
        Self {
            wzsl: byte(1),
            dmrl: byte(3),
            dmrsl: u32::from_le_bytes([byte(4), byte(5), byte(6), byte(7)]),
        }
    }

    /// The most bytes of a Write Zeroes command, where it is stated.
    pub(crate) fn write_zeroes_bytes(&self, page_min_log2: u8) -> Option<u64> {
        if self.wzsl == 0 {
            return None;
        }
        let log2 = u32::from(self.wzsl).wrapping_add(u32::from(page_min_log2));
        // What does not fit is no limit.
        1u64.checked_shl(log2)
    }

    /// The most ranges of a Dataset Management command, where it is stated.
    pub(crate) const fn ranges(&self) -> Option<u8> {
        match self.dmrl {
            0 => None,
            n => Some(n),
        }
    }

    /// The most logical blocks of a range, where it is stated.
    pub(crate) const fn range_blocks(&self) -> Option<u32> {
        match self.dmrsl {
            0 => None,
            n => Some(n),
        }
    }
}

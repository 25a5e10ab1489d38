// SPDX-License-Identifier: GPL-2.0
//! The Firmware Slot Information log page: which firmware runs, and which will.
//!
//! Base 5.16.1.4 (log page 03h).

use super::super::identify::Text;

/// Bytes of the log page.
pub(crate) const FIRMWARE_BYTES: usize = 512;

/// What the log says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FirmwareSlots {
    /// The revision that runs, where the log names its slot.
    pub(crate) active: Option<Text<8>>,
    /// The slot that runs after the next reset, where it is another one.
    pub(crate) next: Option<u8>,
}

impl FirmwareSlots {
    /// Reads the log page in `data`.
    pub(crate) fn parse(data: &[u8]) -> Self {
        let afi = data.first().copied().unwrap_or(0);
        let (active, next) = (afi & 7, afi >> 4 & 7);
        // Slots count from one; their revisions begin in the byte 8.
        let begin = usize::from(active).saturating_mul(8);
        let revision = data
            .get(begin..)
            .and_then(|rest| rest.first_chunk::<8>())
            .filter(|_| active != 0);
        Self {
            active: revision.map(Text::new),
            next: Some(next).filter(|next| *next != 0 && *next != active),
        }
    }
}

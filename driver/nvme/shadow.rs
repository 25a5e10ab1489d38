// SPDX-License-Identifier: GPL-2.0
//! Shadow doorbells: values in memory that stand in for doorbell writes.
//!
//! ```text
//! host: shadow[q] = new ─▶ full barrier ─▶ read event_idx[q] ─▶ need_event? ─▶ doorbell write
//! ```
//!
//! The host writes the new tail or head into its shadow page and rings the real doorbell only
//! if the device asked for it by way of the event index. Base 5 (Doorbell Buffer Config) and
//! annex B.5 (updating controller doorbell properties using a shadow doorbell buffer).

use super::page::PageSize;
use super::reg::{
    pair_offset,
    Side, //
};

/// Whether the real doorbell must be written after the value went from `old` to `new`, given
/// the device's event index: it must if the index lies in `old..new`, going round at 2^16.
///
/// All three are positions in the ring. `old` is what the doorbell last stood at, `new` what it
/// stands at now. With `old == new` the answer is no.
#[inline]
pub(crate) const fn need_event(event_idx: u16, new: u16, old: u16) -> bool {
    let since_event = new.wrapping_sub(event_idx).wrapping_sub(1);
    let since_old = new.wrapping_sub(old);
    since_event < since_old
}

/// Byte offset of a queue's value in the shadow page and in the event index page: as the
/// doorbells are laid out, from zero on (Doorbell Buffer Config, buffer layouts).
///
/// `None` if the four bytes do not lie in one page: such a queue has no shadow and its doorbell
/// is always written.
pub(crate) fn slot_offset(
    stride_bytes: u32,
    qid: u16,
    side: Side,
    page: PageSize,
) -> Option<usize> {
    let offset = pair_offset(stride_bytes, qid, side)?;
    let end = u64::try_from(offset.checked_add(4)?).ok()?;
    (end <= page.bytes()).then_some(offset)
}

// SPDX-License-Identifier: GPL-2.0

//! What a disk can do.
//!
//! C: `struct queue_limits`, include/linux/blkdev.h; Documentation/ABI/stable/sysfs-block.

use crate::{
    dma::mapping::SEGMENTS_MAX,
    raw::feat, //
};
use kernel::bindings;

/// The limits and features of a disk. Sectors are of 512 bytes, whatever the logical block.
#[derive(Copy, Clone, Default, PartialEq, Eq)]
pub struct Limits {
    /// The logical block in bytes: a power of two from 512 to the page size.
    pub logical_block_bytes: u32,
    /// What is written without reading first, in bytes.
    pub physical_block_bytes: u32,
    /// The preferred smallest transfer in bytes, or 0.
    pub io_min_bytes: u32,
    /// The optimal transfer in bytes, or 0.
    pub io_opt_bytes: u32,
    /// The most sectors of a transfer.
    pub max_sectors: u32,
    /// The most segments of a transfer; 256 at most.
    pub max_segments: u16,
    /// Segments but for the first begin, and but for the last end, at multiples of this less one
    /// plus one; 0 for no such rule.
    pub virt_boundary_mask: u64,
    /// Buffers are aligned to this plus one, in bytes.
    pub dma_alignment_mask: u32,
    /// The most sectors of a discard, 0 for none.
    pub max_discard_sectors: u32,
    /// The most ranges of a discard.
    pub max_discard_segments: u16,
    /// The unit of discards in bytes.
    pub discard_granularity_bytes: u32,
    /// The most sectors of a write zeroes, 0 for none.
    pub max_write_zeroes_sectors: u32,
    /// The most sectors of a write zeroes that may deallocate them, 0 for none.
    pub max_write_zeroes_unmap_sectors: u32,
    /// Transfers do not cross multiples of this many sectors; 0 for no such rule.
    pub chunk_sectors: u32,
    /// What was written may be lost until a flush.
    pub has_write_cache: bool,
    /// Single writes can be made durable.
    pub has_fua: bool,
    /// Requests may be polled for.
    pub is_polled: bool,
}

impl Limits {
    /// Writes them into `lim`, which has the defaults, or the limits until now.
    pub(crate) fn apply(&self, lim: &mut bindings::queue_limits) {
        lim.logical_block_size = self.logical_block_bytes;
        lim.physical_block_size = self.physical_block_bytes.max(self.logical_block_bytes);
        lim.io_min = self.io_min_bytes.max(self.logical_block_bytes);
        lim.io_opt = self.io_opt_bytes;
        lim.max_hw_sectors = self.max_sectors;
        lim.max_segments = self.max_segments.clamp(1, SEGMENTS_MAX);
        lim.virt_boundary_mask = self.virt_boundary_mask as usize;
        lim.max_segment_size = u32::MAX;
        lim.dma_alignment = self.dma_alignment_mask;
        lim.max_hw_discard_sectors = self.max_discard_sectors;
        lim.max_discard_segments = self.max_discard_segments.max(1);
        lim.discard_granularity = self.discard_granularity_bytes;
        lim.max_write_zeroes_sectors = self.max_write_zeroes_sectors;
        lim.max_hw_wzeroes_unmap_sectors = self.max_write_zeroes_unmap_sectors;
        lim.chunk_sectors = self.chunk_sectors;
        let own = feat::WRITE_CACHE | feat::FUA | feat::POLL | feat::NOWAIT | feat::IO_STAT;
        lim.features &= !own;
        lim.features |= feat::IO_STAT | feat::NOWAIT;
        if self.has_write_cache {
            lim.features |= feat::WRITE_CACHE;
        }
        if self.has_write_cache && self.has_fua {
            lim.features |= feat::FUA;
        }
        if self.is_polled {
            lim.features |= feat::POLL;
        }
    }
}

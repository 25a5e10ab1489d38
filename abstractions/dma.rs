// SPDX-License-Identifier: GPL-2.0

//! DMA: memory that CPU and device share, and who may free what, when.
//!
//! C header: [`include/linux/dma-mapping.h`](srctree/include/linux/dma-mapping.h)
//!
//! # Threat model
//!
//! The device may lie in every byte that it writes or returns, and in its timing. Without an IOMMU
//! it must honour its bus-master-enable bit, since nothing else could be enforced; with a strict
//! IOMMU it is assumed to do anything. What a driver tells the device to write to is the driver's
//! word, and safe code can put any number into a command: this crate makes sure that the addresses
//! it hands out are right and that the memory behind them stays, no more.
//!
//! # What may be freed or unmapped, and when
//!
//! | memory | is given back | because |
//! |---|---|---|
//! | data and descriptor pages of a request | when the request ended | the device said that it is done with it, or [`Stopped`] was shown to `drain` |
//! | rings, shared words, pools | step 12 of the end of the scope | bus mastering is off and cannot come back |
//!
//! There is no third way: a request that timed out stays mapped until it completes or a drain.
//!
//! # Invariants
//!
//! - `stopped-before-free`: memory that the device was given is freed or unmapped only after the
//!   device said that it is done with it, or while bus mastering is proved off.
//! - `no-references`: no `&` or `&mut` to plain data in memory that the device may write; accesses
//!   are volatile or atomic, through raw pointers.

pub(crate) mod hardware;
pub(crate) mod mapping;
pub(crate) mod pages;
mod ring;
pub(crate) mod stopped;

pub use self::mapping::{
    Mapped,
    Segments, //
};
pub use self::pages::{
    DescriptorPages,
    DESCRIPTOR_BYTES, //
};
pub use self::ring::{
    Ring,
    Word,
    Words, //
};
pub use self::stopped::Stopped;

use crate::pci::Live;
use kernel::{
    bindings,
    error::to_result,
    prelude::*, //
};

impl Live<'_> {
    /// Tells the DMA layer how many address bits the device can drive, for all allocations and
    /// mappings that follow: a change in flight would make it forget that buffers were bounced
    /// (kernel/dma/mapping.c, `dma_setup_need_sync`).
    ///
    /// # Errors
    ///
    /// `EIO` where the platform cannot give memory below that; `EBUSY` after the first ring or queue.
    pub fn dma_bits(self, bits: u32) -> Result {
        let mask = match bits {
            0..=63 => 1u64.wrapping_shl(bits).wrapping_sub(1),
            _ => u64::MAX,
        };
        let hardware = self.scope().hardware.lock();
        if hardware.begun {
            return Err(EBUSY);
        }
        // SAFETY: The device is valid, bound and not yet doing DMA.
        to_result(unsafe { bindings::dma_set_mask_and_coherent(self.scope().dev(), mask) })
    }

    /// The largest single mapping that is possible, in bytes (`dma_max_mapping_size`): bounce
    /// buffers are not endless.
    pub fn dma_max_bytes(self) -> usize {
        // SAFETY: The device is valid and bound.
        unsafe { bindings::dma_max_mapping_size(self.scope().dev()) }
    }

    /// The size in bytes up to which mappings are cheap (`dma_opt_mapping_size`).
    pub fn dma_optimal_bytes(self) -> usize {
        // SAFETY: The device is valid and bound.
        unsafe { bindings::dma_opt_mapping_size(self.scope().dev()) }
    }

    /// Segments keep their offset within a page of this many bytes when they are bounced, and are
    /// at most `max_segment` bytes long. `EBUSY` after the first ring or queue.
    pub fn dma_segments(self, page: u32, max_segment: u32) -> Result {
        let hardware = self.scope().hardware.lock();
        if hardware.begun {
            return Err(EBUSY);
        }
        let dev = self.scope().dev();
        // SAFETY: The device is valid and bound; PCI devices have `dma_parms`.
        unsafe { bindings::dma_set_max_seg_size(dev, max_segment) };
        // SAFETY: As above.
        unsafe { crate::raw::rnvme_abs_min_align(dev, page.saturating_sub(1)) };
        Ok(())
    }
}

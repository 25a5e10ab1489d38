// SPDX-License-Identifier: GPL-2.0

//! Descriptor pages of a request: lists of addresses that the device reads.
//!
//! C: `dma_pool_alloc`, `mm/dmapool.c`.

use crate::blk_mq::Refuse;
use core::ptr::NonNull;
use kernel::{
    bindings,
    prelude::*, //
};

/// The size of a descriptor page in bytes, and its alignment.
pub const DESCRIPTOR_BYTES: usize = 4096;

/// The most descriptor pages of one request.
pub(crate) const PAGES_MAX: usize = 5;

/// A descriptor page: where the CPU and the device see it.
#[derive(Copy, Clone)]
#[repr(C)]
pub(crate) struct Page {
    at: *mut u64,
    dma: bindings::dma_addr_t,
}

/// The descriptor pages of one request, lent while it is prepared. They go back when it has ended.
pub struct DescriptorPages<'a> {
    pub(crate) pool: NonNull<bindings::dma_pool>,
    pub(crate) nr: &'a mut u8,
    pub(crate) pages: &'a mut [Page; PAGES_MAX],
}

impl DescriptorPages<'_> {
    /// Adds a page: where the device sees it. Pages are counted from zero in the order of adding. Its content is not
    /// defined; write what the device is to read.
    ///
    /// # Errors
    ///
    /// [`Refuse::Busy`] when there is no memory now, or the request has five pages already.
    pub fn next_page(&mut self) -> Result<u64, Refuse> {
        let n = usize::from(*self.nr);
        let slot = self.pages.get_mut(n).ok_or(Refuse::Busy)?;
        let mut dma = 0;
        // SAFETY: The pool is valid while the queue is; atomic, since dispatch may not sleep.
        let at =
            unsafe { bindings::dma_pool_alloc(self.pool.as_ptr(), bindings::GFP_ATOMIC, &mut dma) };
        if at.is_null() {
            return Err(Refuse::Busy);
        }
        *slot = Page { at: at.cast(), dma };
        *self.nr = self.nr.wrapping_add(1);
        Ok(dma)
    }

    /// Writes 64-bit word `index` of page `page`, both counted from zero, in the byte order given:
    /// callers convert. Nothing is written where there is no such page or word.
    #[inline]
    pub fn put(&mut self, page: u32, index: usize, word: u64) {
        let n = page as usize;
        if n >= usize::from(*self.nr) || index >= DESCRIPTOR_BYTES / 8 {
            return;
        }
        let Some(page) = self.pages.get(n) else {
            return;
        };
        // SAFETY: `page.at` is a page of the pool that this request owns, `index` is within;
        // volatile, since the device reads it.
        unsafe { page.at.add(index).write_volatile(word) };
    }
}

/// Gives all descriptor pages of a request back.
///
/// # Safety
///
/// The device is done with them (`stopped-before-free`), and `pool` is the one they came from.
#[cold]
pub(crate) unsafe fn free(
    pool: NonNull<bindings::dma_pool>,
    nr: &mut u8,
    pages: &[Page; PAGES_MAX],
) {
    for page in pages.iter().take(usize::from(*nr)) {
        // SAFETY: Allocated by `next_page` from this pool, by the contract of this function.
        unsafe { bindings::dma_pool_free(pool.as_ptr(), page.at.cast(), page.dma) };
    }
    *nr = 0;
}

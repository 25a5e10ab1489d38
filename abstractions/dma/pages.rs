// SPDX-License-Identifier: GPL-2.0

//! Descriptor pages of a request: lists of addresses that the device reads.
//!
//! C: `dma_pool_alloc`, `mm/dmapool.c`. A list that is known to be short comes from a pool of short
//! ones: the kernel may zero what it hands out, and a page is much to zero for a few words.

use crate::blk_mq::{
    Refuse,
    Sts, //
};
use core::ptr::NonNull;
use kernel::bindings;

/// The size of a descriptor page in bytes, and its alignment.
pub const DESCRIPTOR_BYTES: usize = 4096;

/// The size of a short list in bytes, and its alignment.
pub(crate) const SHORT_BYTES: usize = 256;

/// The most descriptor pages of one request.
const PAGES_MAX: usize = 5;

/// The pools of a scope.
#[derive(Copy, Clone)]
pub(crate) struct Pools {
    pub(crate) page: NonNull<bindings::dma_pool>,
    pub(crate) short: NonNull<bindings::dma_pool>,
}

impl Pools {
    fn of(&self, is_short: bool) -> *mut bindings::dma_pool {
        if is_short { self.short } else { self.page }.as_ptr()
    }
}

/// A descriptor page: where the CPU and the device see it.
#[derive(Copy, Clone)]
#[repr(C)]
struct Page {
    at: *mut u64,
    dma: bindings::dma_addr_t,
}

/// The descriptor pages of one request, in its header.
///
/// # Invariants
///
/// The first `nr` of `pages` are allocated; the first of them is of `SHORT_BYTES` where `is_short`,
/// all others of `DESCRIPTOR_BYTES`.
#[repr(C)]
pub(crate) struct List {
    nr: u8,
    is_short: bool,
    pages: [Page; PAGES_MAX],
}

impl List {
    /// Gives all pages back.
    ///
    /// # Safety
    ///
    /// The device is done with them (`stopped-before-free`), and `pools` is where they came from.
    #[inline(always)]
    pub(crate) unsafe fn free(&mut self, pools: &Pools) {
        if self.nr != 0 {
            // SAFETY: By the contract of this function.
            unsafe { self.free_all(pools) };
        }
    }

    /// # Safety
    ///
    /// As for `free`.
    #[inline(never)]
    unsafe fn free_all(&mut self, pools: &Pools) {
        for (i, page) in self.pages.iter().take(usize::from(self.nr)).enumerate() {
            let pool = pools.of(i == 0 && self.is_short);
            // SAFETY: Allocated by `next_page` from this pool, by the contract of this function.
            unsafe { bindings::dma_pool_free(pool, page.at.cast(), page.dma) };
        }
        self.nr = 0;
    }
}

/// The descriptor pages of one request, lent while it is prepared. They go back when it has ended.
pub struct DescriptorPages<'a> {
    pub(crate) pools: Pools,
    pub(crate) list: &'a mut List,
}

impl DescriptorPages<'_> {
    /// Adds a page for at most `words` 64-bit words: where the device sees it, aligned to its size.
    /// Pages are counted from zero in the order of adding. Their content is not defined; write what
    /// the device is to read.
    ///
    /// # Errors
    ///
    /// [`Refuse::Busy`] when there is no memory now, [`Refuse::Fail`] where the request has five pages
    /// already.
    pub fn next_page(&mut self, words: usize) -> Result<u64, Refuse> {
        let n = usize::from(self.list.nr);
        let slot = self.list.pages.get_mut(n).ok_or(Refuse::Fail(Sts::Io))?;
        let is_short = n == 0 && words <= SHORT_BYTES / 8;
        let pool = self.pools.of(is_short);
        let mut dma = 0;
        // SAFETY: The pool is valid while the queue is; atomic, since dispatch may not sleep.
        let at = unsafe { bindings::dma_pool_alloc(pool, bindings::GFP_ATOMIC, &mut dma) };
        if at.is_null() {
            return Err(Refuse::Busy);
        }
        *slot = Page { at: at.cast(), dma };
        if n == 0 {
            self.list.is_short = is_short;
        }
        // INVARIANT: Just allocated, from the pool that `is_short` says.
        self.list.nr = self.list.nr.wrapping_add(1);
        Ok(dma)
    }

    /// Writes 64-bit word `index` of page `page`, both counted from zero, in the byte order given:
    /// callers convert. False, and nothing is written, where there is no such page or word.
    #[inline(always)]
    #[must_use]
    pub fn put(&mut self, page: u32, index: usize, word: u64) -> bool {
        let n = page as usize;
        let is_short = n == 0 && self.list.is_short;
        let bytes = if is_short {
            SHORT_BYTES
        } else {
            DESCRIPTOR_BYTES
        };
        if n >= usize::from(self.list.nr) || index >= bytes / 8 {
            return false;
        }
        let Some(page) = self.list.pages.get(n) else {
            return false;
        };
        // SAFETY: `page.at` is a page that this request owns, and `index` is within, by the type
        // invariant of `List`; volatile, since the device reads it.
        unsafe { page.at.add(index).write_volatile(word) };
        true
    }
}

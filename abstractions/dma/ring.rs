// SPDX-License-Identifier: GPL-2.0

//! Coherent memory as a ring of entries, or as words that both sides write: one or the other, for good.
//!
//! C: `dma_alloc_coherent`, `Documentation/core-api/dma-api.rst`.

use crate::{
    order,
    pci::Live,
    Brand, //
};
use core::{
    marker::PhantomData,
    ptr::NonNull, //
};
use kernel::prelude::*;
use zerocopy::{
    FromBytes,
    IntoBytes, //
};

/// A power of two of entries in coherent memory. The scope frees it; dropping it frees nothing.
///
/// # Invariants
///
/// `ring-allocated`: `at` is page-aligned coherent memory for `mask + 1` entries, zeroed when
/// made, which the device sees at `dma` and the scope of `'b` keeps until step 12 of its end.
pub struct Ring<'b, E> {
    at: NonNull<E>,
    dma: u64,
    mask: u32,
    _b: Brand<'b>,
}

// SAFETY: The memory may be accessed from any CPU; entries are plain data.
unsafe impl<E: Send> Send for Ring<'_, E> {}
// SAFETY: `&Ring` gives volatile reads only.
unsafe impl<E: Send> Sync for Ring<'_, E> {}

impl<'b, E: FromBytes + IntoBytes> Ring<'b, E> {
    /// Where the device sees the first entry.
    pub fn dma(&self) -> u64 {
        self.dma
    }

    /// The number of entries less one.
    #[inline(always)]
    pub fn mask(&self) -> u32 {
        self.mask
    }

    #[inline(always)]
    fn entry(&self, i: u32) -> *mut E {
        // SAFETY: The masked index is within the allocation, by `ring-allocated`.
        unsafe { self.at.as_ptr().add((i & self.mask) as usize) }
    }

    /// Writes entry `i`, modulo the number of entries. Any context.
    #[inline(always)]
    pub fn put(&mut self, i: u32, e: E) {
        // SAFETY: `entry` is valid and aligned; volatile and no reference, since the device reads it
        // (`no-references`).
        unsafe { self.entry(i).write_volatile(e) }
    }

    /// Reads the 32-bit word `word` of entry `i`, modulo the number of entries; zero where an entry
    /// has no such word. What the device writes later is not read earlier by the CPU. Any context.
    #[inline(always)]
    pub fn word_of(&self, i: u32, word: usize) -> u32 {
        if word >= size_of::<E>() / 4 || align_of::<E>() < 4 {
            return 0;
        }
        // SAFETY: Within the entry as just checked, aligned like the entry; volatile, since the
        // device writes it.
        let v = unsafe { self.entry(i).cast::<u32>().add(word).read_volatile() };
        order::dma_rmb();
        v
    }

    /// Zeroes all entries. To be called while the device does not use the ring.
    pub fn zero(&mut self) {
        for i in 0..=self.mask {
            self.put(i, E::new_zeroed());
        }
    }
}

/// 32-bit words in coherent memory, each written by CPU and device.
///
/// # Invariants
///
/// The ring is not accessed as such: all that the CPU does to it goes through a [`Word`].
pub struct Words<'b>(Ring<'b, u32>);

impl<'b> Words<'b> {
    /// Where the device sees the first word.
    pub fn dma(&self) -> u64 {
        self.0.dma
    }

    /// The word at byte `offset`. `EINVAL` if there is none.
    pub fn word(&self, offset: usize) -> Result<Word<'b>> {
        let index = u32::try_from(offset / 4)?;
        if offset % 4 != 0 || index > self.0.mask {
            return Err(EINVAL);
        }
        Ok(Word {
            // INVARIANT: Within the ring, as just checked.
            // SAFETY: As above.
            at: unsafe { self.0.at.add(index as usize) },
            _b: PhantomData,
        })
    }
}

/// One 32-bit word of coherent memory that CPU and device both access.
///
/// # Invariants
///
/// `at` is an aligned word of the [`Words`] of the same `'b`.
#[derive(Copy, Clone)]
pub struct Word<'b> {
    at: NonNull<u32>,
    _b: Brand<'b>,
}

// SAFETY: The word may be accessed from any CPU.
unsafe impl Send for Word<'_> {}
// SAFETY: All accesses are atomic.
unsafe impl Sync for Word<'_> {}

impl Word<'_> {
    /// Reads it, in the CPU's byte order. Any context.
    #[inline(always)]
    pub fn read(&self) -> u32 {
        // SAFETY: Valid by the type invariant.
        let word = unsafe { order::shared_word(self.at.as_ptr()) };
        u32::from_le(word.load(core::sync::atomic::Ordering::Relaxed))
    }

    /// Stores `value` after all earlier stores, returns what was there, and lets no later access
    /// begin before the store is visible: `dma_wmb`, exchange, `mb` in one. Any context.
    #[inline(always)]
    pub fn replace(&self, value: u32) -> u32 {
        order::dma_wmb();
        // SAFETY: Valid by the type invariant.
        let word = unsafe { order::shared_word(self.at.as_ptr()) };
        u32::from_le(order::swap_mb(word, value.to_le()))
    }
}

impl<'b> Live<'b> {
    /// Allocates `1 << log2` words, zero.
    ///
    /// # Errors
    ///
    /// As of [`ring`](Self::ring).
    pub fn words(self, log2: u32) -> Result<Words<'b>> {
        // INVARIANT: Nobody else has the ring.
        self.ring(log2).map(Words)
    }

    /// Allocates a ring of `1 << log2` zeroed entries.
    ///
    /// # Errors
    ///
    /// `EINVAL` if that is more than 16 MiB, `ENOMEM`, `ESHUTDOWN` once the scope is ending.
    pub fn ring<E: FromBytes + IntoBytes>(self, log2: u32) -> Result<Ring<'b, E>> {
        let count = 1usize.checked_shl(log2).ok_or(EINVAL)?;
        let len = count.checked_mul(size_of::<E>()).ok_or(EINVAL)?;
        if len == 0 || len > 16 << 20 || align_of::<E>() > 4096 {
            return Err(EINVAL);
        }
        let scope = self.scope();
        let (at, dma) = scope.hardware.lock().coherent(scope, len)?;
        // INVARIANT: Allocated with this length, kept by the scope; pages are aligned for `E`.
        Ok(Ring {
            at: at.cast(),
            dma,
            mask: (count - 1) as u32,
            _b: PhantomData,
        })
    }
}

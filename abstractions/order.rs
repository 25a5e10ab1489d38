// SPDX-License-Identifier: GPL-2.0

//! The zero-cost forms of ordered memory access, each with its argument, in one place.
//!
//! The kernel crate's atomics and barriers are calls into `vmlinux` in a kernel without inline
//! helpers. On the path of every request that costs more than the work itself, so the forms that
//! it needs stand here as plain instructions. Nothing else in the crate uses `core::sync::atomic`,
//! but [`slots`](crate::blk_mq), whose word is checked by loom, [`crate::counter`], the value in
//! [`crate::params`], and the shared words of [`crate::dma`], which are reached through this file.
//!
//! Tools: `include/linux/compiler.h` (`READ_ONCE`), `Documentation/memory-barriers.txt`.

use core::sync::atomic::{
    fence,
    AtomicU32,
    Ordering, //
};

/// Reads of coherent memory that follow are not done before the ones that precede: `dma_rmb()`.
///
/// On x86 loads are ordered by the CPU and only the compiler must be held, which an acquire fence
/// does without an instruction. Pairs with the order in which the device writes an entry.
#[inline(always)]
pub(crate) fn dma_rmb() {
    #[cfg(target_arch = "x86_64")]
    fence(Ordering::Acquire);
    #[cfg(not(target_arch = "x86_64"))]
    // SAFETY: A barrier has no preconditions.
    unsafe {
        kernel::bindings::dma_rmb()
    };
}

/// Stores to coherent memory that precede are seen by the device before the ones that follow:
/// `dma_wmb()`. On x86 stores are ordered by the CPU; the compiler is held by a release fence.
#[inline(always)]
pub(crate) fn dma_wmb() {
    #[cfg(target_arch = "x86_64")]
    fence(Ordering::Release);
    #[cfg(not(target_arch = "x86_64"))]
    // SAFETY: A barrier has no preconditions.
    unsafe {
        kernel::bindings::dma_wmb()
    };
}

/// Writes a 32-bit device register: `writel()`, ordered after all earlier stores to memory.
///
/// # Safety
///
/// `at` is the address of a mapped, 4-byte aligned device register.
#[inline(always)]
pub(crate) unsafe fn mmio_write32(at: *mut u32, value: u32) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: By the contract of this function the address is a mapped device register; an `asm!`
    // without `nomem` is a compiler barrier, as `writel()` is, and x86 keeps stores in order.
    unsafe {
        core::arch::asm!(
            "mov dword ptr [{at}], {value:e}",
            at = in(reg) at,
            value = in(reg) value,
            options(nostack, preserves_flags)
        )
    };
    #[cfg(not(target_arch = "x86_64"))]
    // SAFETY: By the contract of this function the address is a mapped device register.
    unsafe {
        kernel::bindings::writel(value, at.cast())
    };
}

/// Reads a 32-bit device register: `readl()`.
///
/// # Safety
///
/// `at` is the address of a mapped, 4-byte aligned device register.
#[inline]
pub(crate) unsafe fn mmio_read32(at: *mut u32) -> u32 {
    // SAFETY: By the contract of this function.
    unsafe { kernel::bindings::readl(at.cast()) }
}

/// A 32-bit word of coherent memory that CPU and device both write, seen atomically.
///
/// # Safety
///
/// `at` points to 4-byte aligned coherent memory that stays allocated for `'a`, and that the CPU accesses
/// by way of this function alone but for its zeroing before.
#[inline(always)]
pub(crate) unsafe fn shared_word<'a>(at: *mut u32) -> &'a AtomicU32 {
    // SAFETY: Alignment and life by the contract of this function; what the CPU does to the word is atomic,
    // by that too, and what the device does is atomic per word on the bus.
    unsafe { AtomicU32::from_ptr(at) }
}

/// Stores `value` and returns what was there, as a full barrier: no load that follows is done
/// before the store is visible. On x86 one `xchg`, which is the barrier by itself.
#[inline(always)]
pub(crate) fn swap_mb(word: &AtomicU32, value: u32) -> u32 {
    let old = word.swap(value, Ordering::SeqCst);
    // A sequentially consistent swap orders only other such accesses in the model of the language;
    // the fence says what is meant, and is an instruction only where the swap is not one.
    #[cfg(not(target_arch = "x86_64"))]
    fence(Ordering::SeqCst);
    old
}

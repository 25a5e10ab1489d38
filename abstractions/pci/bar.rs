// SPDX-License-Identifier: GPL-2.0

//! Device registers: offsets checked when compiling, doorbells checked once when they are made.
//!
//! C: `pci_request_region`, `pci_iomap`, `drivers/pci/iomap.c`.

use crate::{
    order,
    pci::Live,
    raw,
    Brand, //
};
use core::{
    marker::PhantomData,
    ptr::NonNull, //
};
use kernel::ffi::c_int;
use kernel::{
    bindings,
    prelude::*, //
};

/// A mapped BAR whose first `MIN` bytes are known to exist. A handle: copying it maps nothing.
///
/// A device that has left the bus reads all ones, and writes to it vanish; neither is an error here.
///
/// # Invariants
///
/// `bar-mapped`: `at` is the start of a mapping of `len >= MIN` bytes, which the scope of `'b` keeps
/// until step 12 of its end.
#[derive(Copy, Clone)]
pub struct Bar<'b, const MIN: usize> {
    at: NonNull<u8>,
    len: usize,
    _b: Brand<'b>,
}

// SAFETY: Device registers may be accessed from any CPU; a `Bar` is an address and a length.
unsafe impl<const MIN: usize> Send for Bar<'_, MIN> {}
// SAFETY: As above; single accesses do not tear.
unsafe impl<const MIN: usize> Sync for Bar<'_, MIN> {}

impl<'b, const MIN: usize> Bar<'b, MIN> {
    /// Reads the 32-bit register at byte `OFF`. Any context.
    #[inline]
    pub fn read32<const OFF: usize>(&self) -> u32 {
        const { assert!(OFF % 4 == 0 && OFF + 4 <= MIN) };
        // SAFETY: By `bar-mapped` and the assertion the register is within the mapping and aligned.
        unsafe { order::mmio_read32(self.at.as_ptr().add(OFF).cast()) }
    }

    /// Writes the 32-bit register at byte `OFF`, after all earlier stores to memory. Any context.
    #[inline]
    pub fn write32<const OFF: usize>(&self, value: u32) {
        const { assert!(OFF % 4 == 0 && OFF + 4 <= MIN) };
        // SAFETY: By `bar-mapped` and the assertion the register is within the mapping and aligned.
        unsafe { order::mmio_write32(self.at.as_ptr().add(OFF).cast(), value) }
    }

    /// Reads a 64-bit register as two halves, the low one first. Any context.
    #[inline]
    pub fn read64<const OFF: usize>(&self) -> u64 {
        const { assert!(OFF % 8 == 0 && OFF + 8 <= MIN) };
        // SAFETY: By `bar-mapped` and the assertion both halves are within the mapping and aligned.
        let low = unsafe { order::mmio_read32(self.at.as_ptr().add(OFF).cast()) };
        // SAFETY: As above.
        let high = unsafe { order::mmio_read32(self.at.as_ptr().add(OFF + 4).cast()) };
        u64::from(low) | u64::from(high) << 32
    }

    /// Writes a 64-bit register as two halves, the low one first. Any context.
    #[inline]
    pub fn write64<const OFF: usize>(&self, value: u64) {
        const { assert!(OFF % 8 == 0 && OFF + 8 <= MIN) };
        // SAFETY: By `bar-mapped` and the assertion both halves are within the mapping and aligned.
        unsafe { order::mmio_write32(self.at.as_ptr().add(OFF).cast(), value as u32) };
        // SAFETY: As above.
        unsafe { order::mmio_write32(self.at.as_ptr().add(OFF + 4).cast(), (value >> 32) as u32) };
    }

    /// How many bytes are mapped.
    pub fn bytes(&self) -> usize {
        self.len
    }

    /// The 32-bit register at byte `off` as a doorbell. `EINVAL` if it is unaligned or beyond what
    /// is mapped.
    pub fn doorbell(&self, off: usize) -> Result<Doorbell<'b>> {
        let end = off.checked_add(4).ok_or(EINVAL)?;
        if off % 4 != 0 || end > self.len {
            return Err(EINVAL);
        }
        Ok(Doorbell {
            // INVARIANT: Within the mapping, as just checked.
            // SAFETY: The offset is within the mapping, by `bar-mapped`.
            at: unsafe { self.at.add(off) }.cast(),
            _b: PhantomData,
        })
    }
}

/// One 32-bit register that is only ever written.
///
/// # Invariants
///
/// `at` is an aligned register within the mapping of a [`Bar`] of the same `'b`.
pub struct Doorbell<'b> {
    at: NonNull<u32>,
    _b: Brand<'b>,
}

// SAFETY: The register may be written from any CPU.
unsafe impl Send for Doorbell<'_> {}

impl Doorbell<'_> {
    /// Writes `value`, after all earlier stores to memory. Any context; `&mut` because values must
    /// come in order, which is the caller's lock to ensure.
    #[inline(always)]
    pub fn ring(&mut self, value: u32) {
        // SAFETY: A mapped, aligned register by the type invariant.
        unsafe { order::mmio_write32(self.at.as_ptr(), value) }
    }
}

impl<'b> Live<'b> {
    /// Claims and maps at most `max` bytes of BAR `index`; the scope unmaps it.
    ///
    /// # Errors
    ///
    /// `EINVAL` if there are fewer than `MIN` bytes, or it is not memory, `EBUSY` if another driver has claimed the BAR
    /// or it was mapped before, `ENOMEM` if it cannot be mapped.
    pub fn bar<const MIN: usize>(self, index: u32, max: usize) -> Result<Bar<'b, MIN>> {
        let index = c_int::try_from(index)?;
        let scope = self.scope();
        if index > 5 {
            return Err(EINVAL);
        }
        // SAFETY: The device is valid and `index` names one of its six BARs.
        let len = unsafe { bindings::pci_resource_len(scope.pdev(), index) };
        let len = usize::try_from(len)?.min(max);
        // SAFETY: As above. The device says which, and an address of ports is none of memory.
        let is_memory = unsafe { raw::rnvme_abs_bar_is_memory(scope.pdev(), index) };
        if len < MIN || !is_memory {
            return Err(EINVAL);
        }
        let mut hardware = scope.hardware.lock();
        // SAFETY: The device is valid; the name is static.
        let ret =
            unsafe { bindings::pci_request_region(scope.pdev(), index, c"rnvme".as_char_ptr()) };
        if ret != 0 {
            return Err(EBUSY);
        }
        // SAFETY: The device is valid, the region is ours.
        let at = unsafe { bindings::pci_iomap(scope.pdev(), index, len) }.cast::<u8>();
        let mapped = NonNull::new(at).ok_or(ENOMEM);
        let kept = mapped.and_then(|at| hardware.keep_bar(index, at));
        if kept.is_err() {
            if !at.is_null() {
                // SAFETY: Mapped just above and not handed out.
                unsafe { bindings::pci_iounmap(scope.pdev(), at.cast()) };
            }
            // SAFETY: Claimed just above.
            unsafe { bindings::pci_release_region(scope.pdev(), index) };
        }
        // INVARIANT: `len` bytes are mapped at `at`, and the scope keeps them.
        Ok(Bar {
            at: kept?,
            len,
            _b: PhantomData,
        })
    }
}

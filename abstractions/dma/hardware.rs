// SPDX-License-Identifier: GPL-2.0

//! What a scope holds of the hardware, and gives back last.

use crate::{
    dma::pages::{
        self,
        Pools, //
    },
    pci::scope::Scope, //
};
use core::{
    ptr::NonNull, //
};
use kernel::ffi::c_int;
use kernel::{
    bindings,
    prelude::*, //
};

/// Coherent memory: where the CPU and the device see it, and its length in bytes.
struct Coherent {
    at: NonNull<u8>,
    dma: bindings::dma_addr_t,
    len: usize,
}

/// The hardware of one scope, as a list of what must be given back.
pub(crate) struct Hardware {
    /// `pci_enable_device_mem` succeeded.
    pub(crate) enabled: bool,
    /// The end of the scope has begun: nothing is added.
    pub(crate) closed: bool,
    /// Memory for DMA was handed out, or can be mapped: how is settled.
    pub(crate) begun: bool,
    /// Vectors are allocated.
    pub(crate) vectors: bool,
    /// How many queues are attached to a vector.
    pub(crate) lines: u32,
    bars: KVec<(c_int, NonNull<u8>)>,
    coherent: KVec<Coherent>,
    pools: Option<Pools>,
    vecs: *mut bindings::mempool_t,
}

// SAFETY: Everything in it may be used from any task; the scope keeps it behind a mutex.
unsafe impl Send for Hardware {}

impl Hardware {
    pub(crate) const fn new() -> Self {
        Self {
            enabled: false,
            closed: false,
            begun: false,
            vectors: false,
            lines: 0,
            bars: KVec::new(),
            coherent: KVec::new(),
            pools: None,
            vecs: core::ptr::null_mut(),
        }
    }

    /// `ESHUTDOWN` once the scope is ending.
    pub(crate) fn may_add(&self) -> Result {
        if self.closed {
            Err(ESHUTDOWN)
        } else {
            Ok(())
        }
    }

    /// Keeps a mapped BAR.
    pub(crate) fn keep_bar(&mut self, index: c_int, at: NonNull<u8>) -> Result<NonNull<u8>> {
        self.may_add()?;
        self.bars.push((index, at), GFP_KERNEL)?;
        Ok(at)
    }

    /// Allocates `len` bytes of zeroed coherent memory, aligned to a page, and keeps them.
    pub(crate) fn coherent(
        &mut self,
        scope: &Scope<'_>,
        len: usize,
    ) -> Result<(NonNull<u8>, bindings::dma_addr_t)> {
        self.may_add()?;
        self.begun = true;
        self.coherent.reserve(1, GFP_KERNEL)?;
        let mut dma = 0;
        // SAFETY: The device is valid and bound.
        let at = unsafe {
            bindings::dma_alloc_attrs(scope.dev(), len, &mut dma, bindings::GFP_KERNEL, 0)
        };
        let at = NonNull::new(at.cast::<u8>()).ok_or(ENOMEM)?;
        self.coherent
            .push_within_capacity(Coherent { at, dma, len })
            .map_err(|_| ENOMEM)?;
        Ok((at, dma))
    }

    /// The pools of descriptor pages, made when they are first asked for.
    pub(crate) fn pools(&mut self, scope: &Scope<'_>) -> Result<Pools> {
        self.may_add()?;
        self.begun = true;
        if let Some(pools) = self.pools {
            return Ok(pools);
        }
        let make = |bytes: usize| {
            // SAFETY: The device is valid and bound, the name is static.
            let pool = unsafe {
                bindings::dma_pool_create_node(
                    c"rnvme descriptors".as_char_ptr(),
                    scope.dev(),
                    bytes,
                    bytes,
                    0,
                    (*scope.dev()).numa_node,
                )
            };
            NonNull::new(pool).ok_or(ENOMEM)
        };
        let page = make(pages::DESCRIPTOR_BYTES)?;
        let short = make(pages::SHORT_BYTES).inspect_err(|_| {
            // SAFETY: Just made, nothing was taken from it.
            unsafe { bindings::dma_pool_destroy(page.as_ptr()) };
        })?;
        Ok(*self.pools.insert(Pools { page, short }))
    }

    /// The pool of segment records of `bytes` bytes each, made when it is first asked for. One
    /// element is set aside, so that writing dirty memory out makes progress when there is none.
    pub(crate) fn vecs(
        &mut self,
        scope: &Scope<'_>,
        bytes: usize,
    ) -> Result<NonNull<bindings::mempool_t>> {
        if self.vecs.is_null() {
            // SAFETY: The two functions go together and take the size as their data.
            self.vecs = unsafe {
                bindings::mempool_create_node_noprof(
                    1,
                    Some(bindings::mempool_kmalloc),
                    Some(bindings::mempool_kfree),
                    core::ptr::without_provenance_mut(bytes),
                    bindings::GFP_KERNEL,
                    (*scope.dev()).numa_node,
                )
            };
        }
        NonNull::new(self.vecs).ok_or(ENOMEM)
    }

    /// Gives everything back.
    ///
    /// # Safety
    ///
    /// Bus mastering of the device of `scope` is off for good, no queue is attached to a vector, no
    /// request is mapped, and no handle to any of this will be used again.
    pub(crate) unsafe fn give_back(mut self, scope: &Scope<'_>) {
        while let Some(c) = self.coherent.pop() {
            // SAFETY: Allocated by `coherent` with these values; by the contract of this function
            // neither CPU nor device uses it any more (`stopped-before-free`).
            unsafe { bindings::dma_free_attrs(scope.dev(), c.len, c.at.as_ptr().cast(), c.dma, 0) };
        }
        if let Some(Pools { page, short }) = self.pools {
            // SAFETY: Made by `pools`; their pages went back when their requests ended.
            unsafe { bindings::dma_pool_destroy(page.as_ptr()) };
            // SAFETY: As above.
            unsafe { bindings::dma_pool_destroy(short.as_ptr()) };
        }
        // SAFETY: Made by `vecs`, or null; its elements went back when their requests ended.
        unsafe { bindings::mempool_destroy(self.vecs) };
        if self.vectors {
            // SAFETY: Allocated, and no action is left on them.
            unsafe { bindings::pci_free_irq_vectors(scope.pdev()) };
        }
        while let Some((index, at)) = self.bars.pop() {
            // SAFETY: Mapped by `Live::bar`.
            unsafe { bindings::pci_iounmap(scope.pdev(), at.as_ptr().cast()) };
            // SAFETY: Claimed by `Live::bar`.
            unsafe { bindings::pci_release_region(scope.pdev(), index) };
        }
        if self.enabled {
            // SAFETY: Enabled once, by `Scope::new`.
            unsafe { bindings::pci_disable_device(scope.pdev()) };
        }
    }
}

// SPDX-License-Identifier: GPL-2.0

//! Interrupt vectors: MSI-X, MSI or the INTx line, spread over the CPUs.
//!
//! C: `pci_alloc_irq_vectors_affinity`, `drivers/pci/msi/api.c`. The actions on the vectors belong to
//! the queues, see [`crate::blk_mq::HwQueue::attach`].

use crate::{
    pci::Live,
    Brand, //
};
use core::{
    marker::PhantomData, //
};
use kernel::ffi::c_uint;
use kernel::{
    bindings,
    error::to_result,
    prelude::*, //
};

/// What kind of interrupt a device has got.
#[derive(Copy, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Message-signalled, a vector with an address and a mask of its own each.
    MsiX,
    /// Message-signalled, consecutive vectors.
    Msi,
    /// The shared, level-triggered line.
    Intx,
}

/// What is tried, best first.
const KINDS: [(Kind, u32); 3] = [
    (Kind::MsiX, bindings::PCI_IRQ_MSIX),
    (Kind::Msi, bindings::PCI_IRQ_MSI),
    (Kind::Intx, bindings::PCI_IRQ_INTX),
];

/// The vectors of a device, as allocated last.
///
/// A later allocation makes earlier values stale: attaching a queue to a vector that is no more
/// fails, or attaches to the vector that now has the index.
pub struct Vectors<'b> {
    count: u16,
    kind: Kind,
    _b: Brand<'b>,
}

impl Vectors<'_> {
    /// How many there are, counted from one.
    pub fn count(&self) -> u16 {
        self.count
    }

    /// What kind they are.
    pub fn kind(&self) -> Kind {
        self.kind
    }
}

/// How completions of a queue are noticed.
pub enum Line<'a, 'b> {
    /// By a vector that only this queue uses.
    Own(&'a Vectors<'b>, u16),
    /// By a vector that other queues use too, or that may be shared with other devices.
    Shared(&'a Vectors<'b>, u16),
    /// By nobody: tasks that wait look for themselves (`REQ_POLLED`).
    Polled,
}

impl<'b> Live<'b> {
    /// Allocates up to `max` vectors, at least one; the first `own` of them are not spread over the
    /// CPUs. Vectors that were allocated before are given back first.
    ///
    /// # Errors
    ///
    /// `EBUSY` while a queue is attached to a vector, or a tag set is being mapped to them; `ENOSPC` and
    /// others where there is none; `ESHUTDOWN` once the scope is ending. Waits while another task holds
    /// [`Stopped`](crate::dma::Stopped).
    pub fn vectors(self, max: u16, own: u16) -> Result<Vectors<'b>> {
        let scope = self.scope();
        // Both functions below end in `pci_intx`, which may write back a switch that was put off meanwhile
        // (`stopped-is-off`).
        let _switch = scope.keep_master();
        let mut hardware = scope.hardware.lock();
        hardware.may_add()?;
        if hardware.lines != 0 {
            return Err(EBUSY);
        }
        let pdev = scope.pdev();
        if core::mem::take(&mut hardware.vectors) {
            // SAFETY: Allocated before, and no action is left on them: `lines` counts those.
            unsafe { bindings::pci_free_irq_vectors(pdev) };
        }
        let mut got = ENOSPC.to_errno();
        let mut kind = Kind::Intx;
        for (try_kind, types) in KINDS {
            let mut spread = bindings::irq_affinity {
                pre_vectors: c_uint::from(own),
                ..pin_init::zeroed()
            };
            let wide = try_kind != Kind::Intx && max > own;
            let (flags, affinity) = if wide {
                (types | bindings::PCI_IRQ_AFFINITY, &raw mut spread)
            } else {
                (types, core::ptr::null_mut())
            };
            // SAFETY: The device is valid, `affinity` is null or valid for the call.
            got = unsafe {
                bindings::pci_alloc_irq_vectors_affinity(
                    pdev,
                    1,
                    c_uint::from(max.max(1)),
                    flags,
                    affinity,
                )
            };
            kind = try_kind;
            if got > 0 {
                break;
            }
        }
        to_result(got)?;
        hardware.vectors = true;
        Ok(Vectors {
            count: u16::try_from(got)?,
            kind,
            _b: PhantomData,
        })
    }
}

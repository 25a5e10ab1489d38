// SPDX-License-Identifier: GPL-2.0

//! Safe abstractions for a PCI block driver: PCI, DMA and block-mq over `kernel` and `bindings`.
//!
//! The crate knows nothing of the protocol that its driver speaks. A driver on top of it needs no
//! `unsafe` of its own: it can leak every handle, race every callback and believe every word of its
//! device, and the kernel's memory stays intact. `README.md` beside this file is the soundness
//! chapter: who is trusted, the threat and the defence per surface, and the order of reading.
//!
//! | room | what it holds | C side |
//! |---|---|---|
//! | [`pci`] | driver trait, the scope that ends everything, BAR, vectors | `include/linux/pci.h` |
//! | [`dma`] | rings, descriptor pages, request mappings, the proof of a stopped device | `include/linux/dma-mapping.h` |
//! | [`blk_mq`] | tag sets, hardware queues, requests, disks | `include/linux/blk-mq.h` |
//! | [`device`] | class devices and their sysfs attributes | `include/linux/device.h` |
//! | [`work`] | work items that end with the scope | `include/linux/workqueue.h` |
//! | [`params`] | checked module parameters, visible in sysfs | `include/linux/moduleparam.h` |
//!
//! One lifetime goes through all of it: `'b`, for "bound". Whatever touches the device carries it,
//! and no value that carries it can be kept beyond unbind.

#![deny(missing_docs)]
#![deny(unsafe_op_in_unsafe_fn)]
#![deny(clippy::undocumented_unsafe_blocks)]
#![deny(clippy::missing_safety_doc)]
#![deny(rustdoc::broken_intra_doc_links)]

pub mod blk_mq;
pub mod counter;
pub mod device;
pub mod dma;
pub mod params;
pub mod pci;
pub mod work;

mod order;
mod raw;

use core::marker::PhantomData;

/// Makes a type invariant in `'b`, so that neither a longer nor a shorter life can be claimed.
type Brand<'b> = PhantomData<fn(&'b ()) -> &'b ()>;

/// Keeps a type on its task: neither `Send` nor `Sync`.
type OnTask = PhantomData<*mut ()>;

// `pr_*!` of the kernel crate expand to this name of the crate that uses them.
const __LOG_PREFIX: &[u8] = b"rnvme\0";

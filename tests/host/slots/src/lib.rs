// SPDX-License-Identifier: GPL-2.0
//! The slot table of `abstractions/blk_mq` on the host: by example, and, with `--cfg loom`, over
//! all interleavings and all that the memory model allows.

#![cfg_attr(not(test), allow(dead_code))]

/// The file of the abstractions itself. It wants nothing of the kernel.
#[path = "../../../../abstractions/blk_mq/slots.rs"]
#[allow(dead_code)]
mod slots;

#[cfg(all(test, not(loom)))]
mod identifiers;
#[cfg(all(test, loom))]
mod interleavings;
#[cfg(all(test, loom))]
mod model;

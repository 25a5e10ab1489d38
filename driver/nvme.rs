// SPDX-License-Identifier: GPL-2.0
//! NVMe wire types and rules: what goes over the bus and what decides, without a kernel item.
//!
//! Everything here is pure: values in, values out. It compiles inside the kernel and on a host,
//! where `tests/host` checks it by example, by property and exhaustively.
//!
//! ```text
//! reg, page         registers and doorbells, the device's page size
//! depth, queue_count    how deep a queue, how many of them, which vector
//! command           the 64 bytes that go out: layout and setters
//!   admin, io       the commands themselves, as whole values; opcode: their names
//!   prp             data segments to PRP1, PRP2 and chained lists
//! shadow            when a doorbell must be written although it has a shadow
//! completion        the 16 bytes that come back: CID, phase
//!   status          what they say, in words and as a verdict for the block layer
//! identify          Identify data, each structure checked once
//! event             what a controller says unasked, in words; the log pages behind it
//! lifecycle         the states of a controller and what leads from one to the next
//! ```
//!
//! Rules of these rooms: nothing that a device wrote is used for an index, a shift or plain
//! arithmetic; unknown values are values; zero-based fields end in `_z`, and the getter without
//! it counts from one. Sections cited as "Base" are of the NVM Express Base Specification 2.0,
//! "PCIe" of the PCIe Transport Specification 1.0, "NVM" of the NVM Command Set Specification 1.0.

// The rooms speak the whole vocabulary; the driver does not use every word of it yet.
#![allow(dead_code)]
#![deny(
    missing_docs,
    clippy::missing_docs_in_private_items,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic
)]

pub(crate) mod admin;
pub(crate) mod command;
pub(crate) mod completion;
pub(crate) mod depth;
pub(crate) mod event;
pub(crate) mod identify;
pub(crate) mod io;
pub(crate) mod lifecycle;
pub(crate) mod opcode;
pub(crate) mod page;
pub(crate) mod prp;
pub(crate) mod queue_count;
pub(crate) mod reg;
pub(crate) mod shadow;
pub(crate) mod status;

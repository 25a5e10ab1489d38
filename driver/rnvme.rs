// SPDX-License-Identifier: GPL-2.0

//! rnvme: an NVMe driver for PCI controllers.
//!
//! Safe code over `rnvme_abs`, in the order in which a request walks through it:
//!
//! | room | what happens there |
//! |---|---|
//! | [`operations`] | 0: what the block layer asks of us, one line each |
//! | [`prepare`] | 1: is it valid; data → PRPs |
//! | [`encode`] | 2: operation → command |
//! | [`sq`] | 3: ring slot, tail, doorbell |
//! | [`cq`] | 4: phase, head, completion → whose it is |
//! | [`finish`] | 5: status → done, retry, error; words for the log |
//!
//! and around it, from the controller's birth to its end:
//!
//! | room | what happens there |
//! |---|---|
//! | [`controller`] | what a controller is, and its state |
//! | [`probe`] | from a PCI device to a live controller |
//! | [`registers`] | enable, disable, shut down, each wait bounded |
//! | [`admin`] | commands that wait |
//! | [`queues`], [`shadow`] | I/O queues: how many, on which vectors, created and deleted; shadow doorbells |
//! | [`namespace`] | one namespace: what Identify says → limits → disk |
//! | [`scan`] | which namespaces exist |
//! | [`events`], [`hear`] | what a controller says unasked |
//! | [`watch`], [`survey`] | looks over it now and then: lost interrupts, slow commands, a device that is gone |
//! | [`timeout`], [`abort`], [`reset`], [`stop`], [`trouble`], [`remove`] | the bad day |
//! | [`power`] | suspend and resume |
//! | [`cause`], [`journal`], [`report`] | why, what happened, and all of it in one text |
//! | [`sysfs`], [`settings`], [`params`] | what a user sees and turns |
//! | [`nvme`] | wire types and rules, without a kernel item |

#![forbid(unsafe_code)]
#![deny(rustdoc::broken_intra_doc_links)]
// A module has no public item: its documentation is read with the private ones.
#![allow(rustdoc::private_intra_doc_links)]

mod abort;
mod admin;
mod cause;
mod controller;
mod cq;
mod encode;
mod events;
mod finish;
mod hear;
mod journal;
mod log;
mod namespace;
mod nvme;
mod operations;
mod params;
mod power;
mod prepare;
mod probe;
mod queues;
mod registers;
mod remove;
mod report;
mod reset;
mod scan;
mod settings;
mod shadow;
mod sq;
mod stop;
mod survey;
mod sysfs;
mod timeout;
mod trouble;
mod watch;

/// The driver, as a type: for [`rnvme_abs::pci::Driver`] and [`rnvme_abs::blk_mq::Operations`].
pub(crate) struct Nvme;

kernel::module_driver!(<T>, rnvme_abs::pci::Adapter<T>, {
    type: Nvme,
    name: "rnvme",
    authors: ["the rnvme authors"],
    description: "NVMe driver for PCI controllers, in Rust",
    license: "GPL",
});

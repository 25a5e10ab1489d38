// SPDX-License-Identifier: GPL-2.0
//! An NVMe controller in user space that serves QEMU's vfio-user-pci: honest, until it is told to lie.
//!
//! ```text
//! server      one thread: poll over sockets and timers
//!   session, message    vfio-user: what the client asks of a PCI function
//!   control, obey       lines of the language; words, matcher, action, patch are their parts
//! device, config        the function: configuration space, BAR 0
//! controller            registers and states
//!   doorbells, queue    what comes in
//!   pending, answer     a command's way: taken, kept, carried out, answered
//!   admin, identify, features, events, io, namespace, data    the commands
//!   lies                the layer that is asked at each step whether the truth will do
//!   rules, breach       what the driver did against the specification
//! host, memory, sys     the guest's memory and interrupts; all `unsafe` is in sys
//! ```
//!
//! With the driver it shares the wire types of `driver/nvme`, and nothing else.

#![deny(unsafe_code)]

mod action;
mod admin;
mod answer;
mod breach;
mod config;
mod control;
mod controller;
mod data;
mod device;
mod doorbells;
mod events;
mod features;
mod host;
mod identify;
mod io;
#[cfg(test)]
mod lie_tests;
mod lies;
mod matcher;
mod memory;
mod message;
mod namespace;
mod obey;
mod options;
mod patch;
mod pending;
mod queue;
#[cfg(test)]
mod rig;
mod rules;
mod server;
mod session;
mod sqe;
mod stats;
#[allow(unsafe_code)]
mod sys;
mod timers;
#[cfg(test)]
mod truth_tests;
mod words;

/// The driver's folder, of which only the wire types are taken.
#[path = "../../../driver"]
mod driver {
    pub(crate) mod nvme;
}

fn main() {
    let result = options::Options::parse(std::env::args().skip(1)).and_then(server::run);
    if let Err(why) = result {
        eprintln!("lying: {why}");
        std::process::exit(1);
    }
}

// SPDX-License-Identifier: GPL-2.0
//! `driver/nvme` on the host: the same files, and their tests.
//!
//! Each test file says at its top which changes of the code made it fail; `mutants` in the
//! folder above repeats them.

#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

/// The driver's folder, of which only the part without kernel items is taken.
#[path = "../../../../driver"]
mod driver {
    pub(crate) mod nvme;
}

#[cfg(test)]
mod commands;
#[cfg(test)]
mod completions;
#[cfg(test)]
mod controllers;
#[cfg(test)]
mod counts;
#[cfg(test)]
mod events;
#[cfg(test)]
mod health;
#[cfg(test)]
mod layout;
#[cfg(test)]
mod lifecycles;
#[cfg(test)]
mod lists;
#[cfg(test)]
mod namespaces;
#[cfg(test)]
mod prps;
#[cfg(test)]
mod registers;
#[cfg(test)]
mod shadows;
#[cfg(test)]
mod statuses;
#[cfg(test)]
mod walker;

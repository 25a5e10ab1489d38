// SPDX-License-Identifier: GPL-2.0
//! The active namespace list.
//!
//! Base 5.17.2.2 (CNS 02h): up to 1024 identifiers, ascending, each above CDW1.NSID; zero ends
//! the list.

use core::{
    fmt,
    slice, //
};

/// Identifiers in a full list; the next one is asked for from the last identifier on.
pub(crate) const ACTIVE_LIST_ENTRIES: usize = 1024;

/// What is wrong with a list. The list ends there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ListError {
    /// An identifier is not above the one before it.
    Order {
        /// The identifier before, or CDW1.NSID for the first.
        before: u32,
        /// The identifier that follows it.
        nsid: u32,
    },
    /// An identifier is above NN.
    AboveNn {
        /// The identifier.
        nsid: u32,
        /// Identify Controller's number of namespaces.
        nn: u32,
    },
}

impl fmt::Display for ListError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Order { before, nsid } => {
                write!(f, "active list names namespace {nsid} after {before}")
            }
            Self::AboveNn { nsid, nn } => {
                write!(f, "active list names namespace {nsid}, but nn is {nn}")
            }
        }
    }
}

/// Iterates over the identifiers of a list; stops after the first error.
#[derive(Clone, Debug)]
pub(crate) struct ActiveList<'a> {
    /// The entries that have not been looked at.
    rest: slice::ChunksExact<'a, u8>,
    /// The identifier before.
    before: u32,
    /// The largest identifier that can exist.
    nn: u32,
}

/// The identifiers in `data`, the answer to a request for those above `after`, on a controller
/// with `nn` namespaces. At most the first 1024 are looked at.
pub(crate) fn active_list(data: &[u8], after: u32, nn: u32) -> ActiveList<'_> {
    let list = data.get(..super::BYTES).unwrap_or(data);
    ActiveList {
        rest: list.chunks_exact(4),
        before: after,
        nn,
    }
}

impl ActiveList<'_> {
    /// Ends the iteration.
    fn end(&mut self) {
        self.rest = [].chunks_exact(4);
    }
}

impl Iterator for ActiveList<'_> {
    type Item = Result<u32, ListError>;

    fn next(&mut self) -> Option<Self::Item> {
        let entry = self.rest.next()?;
        let nsid = u32::from_le_bytes(entry.try_into().ok()?);
        let before = self.before;
        if nsid == 0 {
            self.end();
            return None;
        }
        if nsid <= before {
            self.end();
            return Some(Err(ListError::Order { before, nsid }));
        }
        if nsid > self.nn {
            self.end();
            return Some(Err(ListError::AboveNn { nsid, nn: self.nn }));
        }
        self.before = nsid;
        Some(Ok(nsid))
    }
}

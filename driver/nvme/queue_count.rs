// SPDX-License-Identifier: GPL-2.0
//! How many I/O queues there are, and which vector each of them rings.
//!
//! ```text
//! wish(cpus, parameter) ──▶ Set Features ──▶ granted(dw0) ─┐
//!        └─ + 1 vectors ──▶ the PCI layer ──▶ vectors ─────┴─▶ plan(..) ──▶ io_queues, vector(qid)
//! ```
//!
//! Base 5.27.1.5 (Number of Queues), 3.3.1.2 (queue identifiers).

/// The most I/O queues that Number of Queues can express: FFFFh is not allowed there.
pub(crate) const IO_QUEUES_MAX: u32 = 65535;

/// How many I/O queues to ask for: one per CPU, or fewer if the parameter says so.
///
/// `parameter` of zero means "as many as there are CPUs". Never zero.
pub(crate) fn wish(cpus: u32, parameter: u32) -> u16 {
    let wanted = match parameter {
        0 => cpus,
        limit => cpus.min(limit),
    };
    u16::try_from(wanted.clamp(1, IO_QUEUES_MAX)).unwrap_or(u16::MAX)
}

/// What the completion of Set Features, Number of Queues, grants: dword 0 carries both counts
/// zero-based. Returns (submission queues, completion queues), each 1..=65536.
pub(crate) const fn granted(dw0: u32) -> (u32, u32) {
    ((dw0 & 0xffff).wrapping_add(1), (dw0 >> 16).wrapping_add(1))
}

/// What was asked for and what was got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grants {
    /// I/O queues that were asked for ([`wish`]).
    pub(crate) wished: u32,
    /// I/O submission queues that the device grants; zero if it refused the command.
    pub(crate) submission_queues: u32,
    /// I/O completion queues that the device grants; zero if it refused the command.
    pub(crate) completion_queues: u32,
    /// Interrupt vectors that we got, the admin queue's included.
    pub(crate) vectors: u32,
    /// I/O queues whose doorbells lie in the BAR
    /// ([`io_queues_in_bar`](super::reg::io_queues_in_bar)).
    pub(crate) doorbells: u32,
}

/// The outcome.
///
/// # Invariants
///
/// With more than one vector, `io_queues` is less than `vectors`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    /// I/O queue pairs to create, identifiers 1..=`io_queues`.
    io_queues: u16,
    /// Vectors in use, at least one.
    vectors: u16,
}

/// How many I/O queues to create: zero only if the device grants none or has no doorbell for
/// one.
///
/// Every I/O queue has a vector of its own and the admin queue has vector 0; with a single
/// vector there is a single I/O queue, which shares it.
pub(crate) fn plan(grants: Grants) -> Plan {
    // No vector at all is the caller's INTx line, which is one.
    let vectors = grants.vectors.max(1);
    let by_vectors = vectors.saturating_sub(1).max(1);
    let io_queues = grants
        .wished
        .max(1)
        .min(grants.submission_queues)
        .min(grants.completion_queues)
        .min(grants.doorbells)
        .min(by_vectors)
        .min(IO_QUEUES_MAX);
    let used = match vectors {
        1 => 1,
        _ => io_queues.saturating_add(1),
    };
    Plan {
        io_queues: u16::try_from(io_queues).unwrap_or(u16::MAX),
        vectors: u16::try_from(used).unwrap_or(u16::MAX),
    }
}

impl Plan {
    /// I/O queue pairs to create, identifiers 1..=`io_queues`.
    pub(crate) const fn io_queues(self) -> u16 {
        self.io_queues
    }

    /// Vectors in use; the rest can be given back.
    pub(crate) const fn vectors(self) -> u16 {
        self.vectors
    }

    /// Whether one vector serves the admin queue and the I/O queue.
    pub(crate) const fn is_shared(self) -> bool {
        self.vectors == 1
    }

    /// The vector of a queue: 0 for the admin queue; `qid` for an I/O queue, or 0 where all
    /// share it. `None` if there is no such queue.
    pub(crate) const fn vector(self, qid: u16) -> Option<u16> {
        if qid > self.io_queues {
            return None;
        }
        if self.is_shared() {
            return Some(0);
        }
        Some(qid)
    }
}

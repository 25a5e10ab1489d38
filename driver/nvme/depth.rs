// SPDX-License-Identifier: GPL-2.0
//! How many entries a queue has.
//!
//! Base 3.3.3.1 (queue size), 3.1.3.1 (CAP.MQES).

use super::reg::Cap;
use core::fmt;

/// The smallest queue: one entry always stays free, so two are needed.
pub(crate) const ENTRIES_MIN: u32 = 2;
/// The largest queue that the module parameter may ask for.
pub(crate) const ENTRIES_MAX: u32 = 4096;

/// A queue size that can be written into a command.
///
/// # Invariants
///
/// `entries_z` is at least 1: a queue of one entry can never hold a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct QueueSize {
    /// Entries less one, as the wire wants them.
    entries_z: u16,
}

impl QueueSize {
    /// A queue of `entries`, or `None` outside 2..=65536.
    pub(crate) const fn new(entries: u32) -> Option<Self> {
        if entries < ENTRIES_MIN || entries > 65536 {
            return None;
        }
        Some(Self {
            entries_z: entries.wrapping_sub(1) as u16,
        })
    }

    /// Entries less one, 1..=65535.
    pub(crate) const fn entries_z(self) -> u16 {
        self.entries_z
    }

    /// Entries, 2..=65536.
    pub(crate) const fn entries(self) -> u32 {
        (self.entries_z as u32).wrapping_add(1)
    }

    /// Commands that can be outstanding: one entry stays free so that full and empty differ
    /// (Base 3.3.1.5).
    pub(crate) const fn commands_max(self) -> u32 {
        self.entries_z as u32
    }

    /// Base-2 logarithm of the largest power of two that is no larger, 1..=16.
    pub(crate) const fn log2_floor(self) -> u8 {
        // `entries` is at least two, so `leading_zeros` is at most 30.
        31u32.wrapping_sub(self.entries().leading_zeros()) as u8
    }

    /// The largest power of two that is no larger: ring positions then wrap with a mask.
    pub(crate) const fn power_of_two(self) -> Self {
        Self {
            entries_z: 1u32.wrapping_shl(self.log2_floor() as u32).wrapping_sub(1) as u16,
        }
    }
}

/// Why there is no queue size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DepthError {
    /// The host's fault: the parameter is outside 2..=4096. Carries the parameter.
    Parameter(u32),
    /// The device's fault: CAP.MQES allows fewer than two entries. Carries MQES.
    Mqes(u16),
}

impl fmt::Display for DepthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Parameter(entries) => write!(
                f,
                "queue depth of {entries} entries is outside {ENTRIES_MIN}..={ENTRIES_MAX}"
            ),
            Self::Mqes(mqes) => write!(f, "cap.mqes of {mqes} leaves no entry for a command"),
        }
    }
}

/// The size of the I/O queues: what the parameter asks for, cut to what CAP.MQES allows.
pub(crate) const fn depth(parameter: u32, cap: Cap) -> Result<QueueSize, DepthError> {
    if parameter < ENTRIES_MIN || parameter > ENTRIES_MAX {
        return Err(DepthError::Parameter(parameter));
    }
    let entries = if parameter < cap.max_entries() {
        parameter
    } else {
        cap.max_entries()
    };
    match QueueSize::new(entries) {
        Some(size) => Ok(size),
        None => Err(DepthError::Mqes(cap.max_entries_z())),
    }
}

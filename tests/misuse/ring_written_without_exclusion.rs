// SPDX-License-Identifier: GPL-2.0
// Entries are written by whoever has the ring exclusively.
#![forbid(unsafe_code)]
use dummy::*;

pub fn bad(ring: &Ring<'_, u64>) {
    ring.put(0, 1);
}

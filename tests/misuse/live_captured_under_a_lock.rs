// SPDX-License-Identifier: GPL-2.0
// A closure that runs under a spinlock captures the right to sleep.
#![forbid(unsafe_code)]
use dummy::*;

pub fn bad<'b>(at: Live<'b>, q: &HwQueue<'b, Dummy>) -> Result {
    q.with_sides(at, |sq, _| {
        if let Ok(ring) = at.ring(4) {
            sq.ring = ring;
        }
    })
}

// SPDX-License-Identifier: GPL-2.0
// Harmless: ring memory is the scope's, which frees it last.
#![forbid(unsafe_code)]
use dummy::*;

pub fn ok<'b>(at: Live<'b>, q: &HwQueue<'b, Dummy>, mut ring: Ring<'b, u64>) -> Result {
    q.with_sides(at, |sq, _| core::mem::swap(&mut sq.ring, &mut ring))?;
    drop(ring);
    Ok(())
}

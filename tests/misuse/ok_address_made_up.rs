// SPDX-License-Identifier: GPL-2.0
// Harmless to this crate: what the device is told is the driver's word.
#![forbid(unsafe_code)]
use dummy::*;

pub fn ok(sq: &mut Sq<'_>) {
    sq.ring.put(3, 0x1000);
}

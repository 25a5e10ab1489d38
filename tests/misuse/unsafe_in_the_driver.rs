// SPDX-License-Identifier: GPL-2.0
// The driver crate forbids unsafe.
#![forbid(unsafe_code)]
use dummy::*;

pub fn bad(at: *const u8) -> u8 {
    // SAFETY: There is none.
    unsafe { at.read() }
}

// SPDX-License-Identifier: GPL-2.0
// A crate that forbids unsafe cannot allow it in a part.
#![forbid(unsafe_code)]
use dummy::*;

#[allow(unsafe_code)]
pub fn bad(at: *const u8) -> u8 {
    // SAFETY: There is none.
    unsafe { at.read() }
}

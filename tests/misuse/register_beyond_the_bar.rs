// SPDX-License-Identifier: GPL-2.0
// A register beyond what the BAR is known to hold.
// compile: object, since the offset is checked where the function is made
#![forbid(unsafe_code)]
use dummy::*;

#[inline(never)]
pub fn bad(bar: &Bar<'_, 4096>) -> u32 {
    bar.read32::<4096>()
}

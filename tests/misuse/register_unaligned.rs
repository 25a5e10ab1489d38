// SPDX-License-Identifier: GPL-2.0
// A 32-bit register that is not aligned.
// compile: object, since the offset is checked where the function is made
#![forbid(unsafe_code)]
use dummy::*;

#[inline(never)]
pub fn bad(bar: &Bar<'_, 4096>) {
    bar.write32::<2>(1);
}

// SPDX-License-Identifier: GPL-2.0
// Ring memory is kept beyond unbind.
#![forbid(unsafe_code)]
use dummy::*;

pub fn bad<'b>(sq: Sq<'b>) -> Ring<'static, u64> {
    sq.ring
}

// SPDX-License-Identifier: GPL-2.0
// The right to take requests is kept beyond reap.
#![forbid(unsafe_code)]
use dummy::*;

pub fn bad<'r, 'q>(out: &mut Taker<'_, '_, Dummy>) -> &'static mut Taker<'r, 'q, Dummy> {
    out
}

// SPDX-License-Identifier: GPL-2.0
// A borrow of a local is passed for one that lasts while the device is bound.
#![forbid(unsafe_code)]
use dummy::*;

fn keep<'b>(_at: Live<'b>, _x: &'b u32) {}

pub fn bad<'b>(at: Live<'b>) {
    let x = 1;
    keep(at, &x);
}

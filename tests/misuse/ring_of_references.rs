// SPDX-License-Identifier: GPL-2.0
// A ring has plain data in it: the device reads and writes it.
#![forbid(unsafe_code)]
use dummy::*;

pub fn bad<'b>(at: Live<'b>) -> Result<Ring<'b, &'static u8>> {
    at.ring(4)
}

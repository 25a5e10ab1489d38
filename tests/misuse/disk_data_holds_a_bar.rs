// SPDX-License-Identifier: GPL-2.0
// The data of a disk lives as long as an open file, so it cannot touch the device.
#![forbid(unsafe_code)]
use dummy::*;

pub struct Bad<'b>(Bar<'b, 4096>);
pub struct Driver;

operations!(Driver, Ns = Bad<'b>);

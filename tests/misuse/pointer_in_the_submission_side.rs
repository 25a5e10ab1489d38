// SPDX-License-Identifier: GPL-2.0
// The submission side goes from task to task, so it is Send.
#![forbid(unsafe_code)]
use dummy::*;

pub struct Driver;

operations!(Driver, Sq = *mut u8);

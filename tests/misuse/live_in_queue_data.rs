// SPDX-License-Identifier: GPL-2.0
// What interrupts see of a queue has no right to sleep.
#![forbid(unsafe_code)]
use dummy::*;

pub struct Driver;

operations!(Driver, Queue = Live<'b>);

// SPDX-License-Identifier: GPL-2.0
// The consumer of a queue, an interrupt, has no right to sleep.
#![forbid(unsafe_code)]
use dummy::*;

pub struct Driver;

operations!(Driver, Cq = Live<'b>);

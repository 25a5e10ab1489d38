// SPDX-License-Identifier: GPL-2.0
// What all contexts share of a queue is Sync.
#![forbid(unsafe_code)]
use dummy::*;

pub struct Driver;

operations!(Driver, Queue = core::cell::Cell<u32>);

// SPDX-License-Identifier: GPL-2.0
// The data of a disk is Sync.
#![forbid(unsafe_code)]
use dummy::*;

pub struct Driver;

operations!(Driver, Ns = core::cell::Cell<u32>);

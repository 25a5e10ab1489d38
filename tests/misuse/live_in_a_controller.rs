// SPDX-License-Identifier: GPL-2.0
// A controller keeps the right to sleep and to register.
#![forbid(unsafe_code)]
use dummy::*;

pub struct Driver;

operations!(Driver, Ctrl = Live<'b>);

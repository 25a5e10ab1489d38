// SPDX-License-Identifier: GPL-2.0
// A command that nobody waits for outlives what it borrows from.
#![forbid(unsafe_code)]
use dummy::*;

pub struct Driver;
#[derive(Copy, Clone, Default)]
pub struct Cmd<'a>(&'a [u8]);

operations!(Driver, Cmd = Cmd<'b>);

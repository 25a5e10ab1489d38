// SPDX-License-Identifier: GPL-2.0
// A doorbell cannot be shared between contexts.
#![forbid(unsafe_code)]
use dummy::*;

pub struct Driver;

operations!(Driver, Queue = Doorbell<'b>);

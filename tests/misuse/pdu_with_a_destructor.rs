// SPDX-License-Identifier: GPL-2.0
// Nobody drops the data of a request, so it has nothing to drop.
#![forbid(unsafe_code)]
use dummy::*;

pub struct Driver;

operations!(Driver, Pdu = Option<KBox<u8>>);

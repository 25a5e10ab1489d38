// SPDX-License-Identifier: GPL-2.0
// blk-mq zeroes the data of a request, which must be a value of its type.
#![forbid(unsafe_code)]
use dummy::*;

pub struct Driver;

operations!(Driver, Pdu = &'static u8);

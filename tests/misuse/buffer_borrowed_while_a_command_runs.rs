// SPDX-License-Identifier: GPL-2.0
// The buffer of a command is the device's until it has ended.
#![forbid(unsafe_code)]
use dummy::*;

pub fn bad<'b>(rq: Owned<'b, Dummy>, buf: &mut [u8; 512]) -> Result<u64> {
    let seen = &buf[0];
    let pdu = rq.run(&1, buf)?;
    Ok(pdu | u64::from(*seen))
}

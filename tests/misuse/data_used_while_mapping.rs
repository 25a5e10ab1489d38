// SPDX-License-Identifier: GPL-2.0
// The data of a request is used while its segments are lent.
#![forbid(unsafe_code)]
use dummy::*;

pub fn bad(rq: &mut Idle<'_, Dummy>) -> u64 {
    let mapped = rq.map();
    let pdu = *rq.pdu();
    drop(mapped);
    pdu
}

// SPDX-License-Identifier: GPL-2.0
// The data of a request is kept beyond its completion.
#![forbid(unsafe_code)]
use dummy::*;

pub fn bad(out: &mut Taker<'_, '_, Dummy>) -> Option<u64> {
    let mut kept = None;
    out.take(0, |pdu| {
        kept = Some(pdu);
        Seen::Good
    });
    kept.map(|pdu| *pdu)
}

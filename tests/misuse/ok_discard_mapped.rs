// SPDX-License-Identifier: GPL-2.0
// Harmless: a request without data has nothing to map.
#![forbid(unsafe_code)]
use dummy::*;

pub fn ok(rq: &mut Idle<'_, Dummy>) -> bool {
    rq.op() == Op::Discard && rq.map().is_ok()
}

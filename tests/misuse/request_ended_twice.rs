// SPDX-License-Identifier: GPL-2.0
// A request that has ended is lent: it cannot be taken out, so it cannot end twice.
#![forbid(unsafe_code)]
use dummy::*;

pub fn bad<'r>(rq: &mut Ended<'r, Dummy>) -> (Ended<'r, Dummy>, Ended<'r, Dummy>) {
    (*rq, *rq)
}

// SPDX-License-Identifier: GPL-2.0
// A driver makes no request out of another state's.
#![forbid(unsafe_code)]
use dummy::*;

pub fn bad<'r>(rq: &Idle<'r, Dummy>) -> Started<'r, Dummy> {
    Started {
        rq: rq.rq,
        _t: core::marker::PhantomData,
    }
}

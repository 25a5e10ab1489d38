// SPDX-License-Identifier: GPL-2.0
// A request is kept beyond the callback that it was lent to.
#![forbid(unsafe_code)]
use dummy::*;

static KEEP: SetOnce<&'static Idle<'static, Dummy>> = SetOnce::new();

pub fn bad(rq: &Idle<'_, Dummy>) {
    KEEP.populate(rq);
}

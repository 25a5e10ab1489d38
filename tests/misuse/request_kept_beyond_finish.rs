// SPDX-License-Identifier: GPL-2.0
// A request is kept beyond the callback that it was lent to.
#![forbid(unsafe_code)]
use dummy::*;

pub fn bad<'r>(rq: &mut Ended<'r, Dummy>) -> &'static mut Ended<'static, Dummy> {
    rq
}

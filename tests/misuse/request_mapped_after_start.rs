// SPDX-License-Identifier: GPL-2.0
// Data is mapped while a request is prepared, not later.
#![forbid(unsafe_code)]
use dummy::*;

pub fn bad(rq: &mut Started<'_, Dummy>) -> bool {
    Idle::map(rq).is_ok()
}

// SPDX-License-Identifier: GPL-2.0
// The segments of a request are kept beyond its preparation.
#![forbid(unsafe_code)]
use dummy::*;

pub fn bad(rq: &mut Idle<'_, Dummy>) -> Option<Segments<'static>> {
    match rq.map() {
        Ok(Mapped::Each(segments, _)) => Some(segments),
        _ => None,
    }
}

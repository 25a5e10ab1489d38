// SPDX-License-Identifier: GPL-2.0
// A timeout runs beside the completion, so it has no access to the data of a request.
#![forbid(unsafe_code)]
use dummy::*;

pub fn bad(rq: &mut InFlight<'_, '_, Dummy>) {
    *rq.pdu() = 1;
}

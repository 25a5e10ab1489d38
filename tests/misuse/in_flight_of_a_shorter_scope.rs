// SPDX-License-Identifier: GPL-2.0
// A request in flight passes for one of a shorter 'b, whose queue data would take a borrow that ends.
#![forbid(unsafe_code)]
use dummy::*;

pub fn bad<'r, 'long: 'short, 'short>(
    rq: InFlight<'r, 'long, Dummy>,
) -> InFlight<'r, 'short, Dummy> {
    rq
}

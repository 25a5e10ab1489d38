// SPDX-License-Identifier: GPL-2.0
// Nobody but the crate makes the right to take requests.
#![forbid(unsafe_code)]
use dummy::*;

pub fn bad<'b>(q: &HwQueue<'b, Dummy>, cq: &mut Cq<'b>) {
    let mut taker = Taker { q };
    Dummy::reap(cq, &mut taker);
}

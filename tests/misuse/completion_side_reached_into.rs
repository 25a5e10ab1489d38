// SPDX-License-Identifier: GPL-2.0
// The completion side of a queue belongs to its one consumer.
#![forbid(unsafe_code)]
use dummy::*;

pub fn bad<'b>(q: &HwQueue<'b, Dummy>) -> *mut Cq<'b> {
    q.cq.get()
}

// SPDX-License-Identifier: GPL-2.0
// Harmless: the scope ends what they stand for.
#![forbid(unsafe_code)]
use dummy::*;

pub fn ok<'b>(disk: Disk<'b, Dummy>, set: TagSet<'b, Dummy>, q: Queue<'b, Dummy>, v: Vectors<'b>) {
    forget((disk, set, q, v));
}

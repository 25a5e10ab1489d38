// SPDX-License-Identifier: GPL-2.0
// A queue of one device is attached to a vector of another.
#![forbid(unsafe_code)]
use dummy::*;

pub fn bad<'a, 'b>(
    at: Live<'a>,
    q: &Arc<HwQueue<'a, Dummy>>,
    vectors: &Vectors<'b>,
    name: CString,
) -> Result {
    q.attach(at, Line::Own(vectors, 0), name)
}

// SPDX-License-Identifier: GPL-2.0
// A queue of one device uses a ring of another.
#![forbid(unsafe_code)]
use dummy::*;

pub fn bad<'a, 'b>(
    a: Live<'a>,
    b: Live<'b>,
    bar: &Bar<'a, 4096>,
) -> Result<Arc<HwQueue<'a, Dummy>>> {
    hw_queue(a, bar, a.ring(4)?, b.ring(4)?)
}

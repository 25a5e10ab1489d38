// SPDX-License-Identifier: GPL-2.0
// Descriptor pages are written while a request is prepared, not when the device reads them.
#![forbid(unsafe_code)]
use dummy::*;

pub fn bad(rq: &mut Idle<'_, Dummy>) -> DescriptorPages<'static> {
    rq.ranges().1
}

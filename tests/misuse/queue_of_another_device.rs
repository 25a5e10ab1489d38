// SPDX-License-Identifier: GPL-2.0
// A tag set of one device over a queue of another.
#![forbid(unsafe_code)]
use dummy::*;

pub fn bad<'a, 'b>(
    at: Live<'a>,
    ctrl: &Arc<Ctrl<'a>>,
    queues: &[Arc<HwQueue<'b, Dummy>>],
    shape: &Shape,
) -> Result<TagSet<'a, Dummy>> {
    TagSet::new(at, ctrl, queues, shape)
}

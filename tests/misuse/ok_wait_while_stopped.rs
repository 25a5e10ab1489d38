// SPDX-License-Identifier: GPL-2.0
// Harmless: run fails with EDEADLK.
#![forbid(unsafe_code)]
use dummy::*;

pub fn ok<'b>(at: Live<'b>, q: &Queue<'b, Dummy>) -> Result {
    let _stopped = at.stop_dma()?;
    let rq = q.alloc(at, false, Tag::Now, Delta::from_millis(1000))?;
    rq.run(&1, &mut []).map(|_| ())
}

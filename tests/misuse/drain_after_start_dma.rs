// SPDX-License-Identifier: GPL-2.0
// A queue is drained after its device was started again.
#![forbid(unsafe_code)]
use dummy::*;

pub fn bad<'b>(at: Live<'b>, q: &HwQueue<'b, Dummy>) -> Result {
    let stopped = at.stop_dma()?;
    at.start_dma(stopped)?;
    q.drain(&stopped, Sts::Io);
    Ok(())
}

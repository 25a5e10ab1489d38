// SPDX-License-Identifier: GPL-2.0
// A queue is drained with the proof that another device has stopped.
#![forbid(unsafe_code)]
use dummy::*;

pub fn bad(q: &HwQueue<'_, Dummy>, stopped: &Stopped<'_>) {
    q.drain(stopped, Sts::Io);
}

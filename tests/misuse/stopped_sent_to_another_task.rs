// SPDX-License-Identifier: GPL-2.0
// The proof is a guard: it belongs to the task that holds the mutex.
#![forbid(unsafe_code)]
use dummy::*;

pub fn bad<'b>(stopped: Stopped<'b>) {
    fn send(_: impl Send) {}
    send(stopped);
}

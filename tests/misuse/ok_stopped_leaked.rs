// SPDX-License-Identifier: GPL-2.0
// Harmless: the master switch stays off and locked, unbind hangs.
#![forbid(unsafe_code)]
use dummy::*;

pub fn ok(at: Live<'_>) {
    forget(at.stop_dma());
}

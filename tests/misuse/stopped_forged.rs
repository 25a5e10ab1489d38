// SPDX-License-Identifier: GPL-2.0
// A driver's word is no proof that its device has stopped.
#![forbid(unsafe_code)]
use dummy::*;

pub fn bad<'b>(ctrl: &Ctrl<'b>) {
    let stopped = Stopped {};
    ctrl.admin.drain(&stopped, Sts::Io);
}

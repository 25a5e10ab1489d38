// SPDX-License-Identifier: GPL-2.0
// Nobody but the crate makes a Live.
#![forbid(unsafe_code)]
use dummy::*;

pub fn bad<'b>(ctrl: &Ctrl<'b>) {
    let at = Live::new(core::ptr::NonNull::dangling());
    ctrl.work(at);
}

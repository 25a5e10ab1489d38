// SPDX-License-Identifier: GPL-2.0
// A work function claims to borrow its target for as long as the device is bound.
#![forbid(unsafe_code)]
use dummy::*;

fn run<'b>(_ctrl: &'b Ctrl<'b>, _at: Live<'b>) {}

pub fn bad<'b>(at: Live<'b>, ctrl: &Arc<Ctrl<'b>>) -> Result {
    at.arm(ctrl, |c| &c.work, run, static_lock_class!())
}

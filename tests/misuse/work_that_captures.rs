// SPDX-License-Identifier: GPL-2.0
// A work function is a plain function: what it needs is its target.
#![forbid(unsafe_code)]
use dummy::*;

pub fn bad<'b>(at: Live<'b>, ctrl: &Arc<Ctrl<'b>>, stopped: &Stopped<'b>) -> Result {
    at.arm(
        ctrl,
        |c| &c.work,
        |c, _| c.admin.drain(stopped, Sts::Io),
        static_lock_class!(),
    )
}

// SPDX-License-Identifier: GPL-2.0
// Harmless: EBUSY.
#![forbid(unsafe_code)]
use dummy::*;

pub fn ok<'b>(at: Live<'b>, ctrl: &Arc<Ctrl<'b>>) -> Result {
    at.arm(ctrl, |c| &c.work, Ctrl::work, static_lock_class!())?;
    at.arm(ctrl, |c| &c.work, |_, _| {}, static_lock_class!())
}

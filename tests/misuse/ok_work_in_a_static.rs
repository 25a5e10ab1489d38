// SPDX-License-Identifier: GPL-2.0
// Harmless: what a work is queued by lives as long as the work.
#![forbid(unsafe_code)]
use dummy::*;

pub struct Plain;

static WORK: Work<Plain> = Work::new();

pub fn ok(at: Live<'_>, plain: &Arc<Plain>) -> Result {
    at.arm(plain, |_| &WORK, |_, _| {}, static_lock_class!())
}

/// Called from anywhere, at any time.
pub fn race() -> bool {
    WORK.schedule()
}

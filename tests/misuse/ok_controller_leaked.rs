// SPDX-License-Identifier: GPL-2.0
// Harmless: memory that nobody can name.
#![forbid(unsafe_code)]
use dummy::*;

pub fn ok<'b>(ctrl: &Arc<Ctrl<'b>>) {
    forget(ctrl.clone());
}

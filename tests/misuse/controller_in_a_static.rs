// SPDX-License-Identifier: GPL-2.0
// A controller is kept in a static.
#![forbid(unsafe_code)]
use dummy::*;

static KEEP: SetOnce<Arc<Ctrl<'static>>> = SetOnce::new();

pub fn bad<'b>(ctrl: Arc<Ctrl<'b>>) {
    KEEP.populate(ctrl);
}

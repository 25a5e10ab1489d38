// SPDX-License-Identifier: GPL-2.0
// A request of the driver's own stays on its task.
#![forbid(unsafe_code)]
use dummy::*;

pub fn bad<'b>() {
    Ctrl::needs_shared::<Owned<'b, Dummy>>();
}

// SPDX-License-Identifier: GPL-2.0
// Only the driver core ends a scope.
#![forbid(unsafe_code)]
use dummy::*;

pub fn bad(at: Live<'_>) {
    at.scope().finish();
}

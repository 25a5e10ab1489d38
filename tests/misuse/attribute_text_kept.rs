// SPDX-License-Identifier: GPL-2.0
// The page of an attribute is kept beyond the call.
#![forbid(unsafe_code)]
use dummy::*;

pub fn bad(text: &mut Text<'_>) -> &'static mut Text<'static> {
    text
}

// SPDX-License-Identifier: GPL-2.0
// A BAR is kept beyond unbind: nothing with 'b becomes 'static.
#![forbid(unsafe_code)]
use dummy::*;

pub fn bad<'b>(at: Live<'b>) -> Result<Bar<'static, 4096>> {
    at.bar(0, 4096)
}

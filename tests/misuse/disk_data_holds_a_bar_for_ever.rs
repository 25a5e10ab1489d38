// SPDX-License-Identifier: GPL-2.0
// As disk_data_holds_a_bar, with the lifetime claimed rather than named.
#![forbid(unsafe_code)]
use dummy::*;

pub struct Data(pub Bar<'static, 4096>);

pub fn bad<'b>(bar: Bar<'b, 4096>) -> Data {
    Data(bar)
}

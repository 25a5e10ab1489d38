// SPDX-License-Identifier: GPL-2.0
// Harmless: the controller is dropped while its BAR is mapped.
#![forbid(unsafe_code)]
use dummy::*;

pub struct Holder<'b>(Bar<'b, 4096>);

impl Drop for Holder<'_> {
    fn drop(&mut self) {
        let _ = self.0.read32::<0>();
    }
}

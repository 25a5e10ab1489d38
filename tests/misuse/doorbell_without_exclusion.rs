// SPDX-License-Identifier: GPL-2.0
// Values of a doorbell come in order, so ringing takes it exclusively.
#![forbid(unsafe_code)]
use dummy::*;

pub fn bad(bell: &Doorbell<'_>) {
    bell.ring(1);
}

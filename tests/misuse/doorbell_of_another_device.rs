// SPDX-License-Identifier: GPL-2.0
// A queue of one device rings a doorbell of another.
#![forbid(unsafe_code)]
use dummy::*;

pub fn bad<'a, 'b>(sq: &mut Sq<'a>, bell: Doorbell<'b>) {
    sq.bell = bell;
}

// SPDX-License-Identifier: GPL-2.0
// A disk of one device below the class device of another.
#![forbid(unsafe_code)]
use dummy::*;

pub fn bad<'a, 'b>(at: Live<'a>, disk: &Disk<'a, Dummy>, parent: &ClassDevice<'b>) -> Result {
    disk.add(at, parent, 8)
}

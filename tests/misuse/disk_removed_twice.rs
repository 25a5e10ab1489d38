// SPDX-License-Identifier: GPL-2.0
// A disk that was removed is used.
#![forbid(unsafe_code)]
use dummy::*;

pub fn bad<'b>(at: Live<'b>, disk: Disk<'b, Dummy>) {
    disk.remove(at, Remove::Orderly);
    disk.remove(at, Remove::Gone);
}

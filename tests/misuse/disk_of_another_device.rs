// SPDX-License-Identifier: GPL-2.0
// A disk of one device over a tag set of another.
#![forbid(unsafe_code)]
use dummy::*;

pub fn bad<'a, 'b>(at: Live<'b>, set: &TagSet<'a, Dummy>, ns: Arc<Ns>) -> Result<Disk<'b, Dummy>> {
    Disk::new(at, set, c"disk", &Limits::default(), ns)
}

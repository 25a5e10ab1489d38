// SPDX-License-Identifier: GPL-2.0
// Entries of a ring are accessed volatile, words atomically: no memory is both.
#![forbid(unsafe_code)]
use dummy::*;

pub fn bad<'b>(mut ring: Ring<'b, u32>) -> Result {
    let word = ring.word(0)?;
    ring.put(0, 1);
    word.replace(2);
    Ok(())
}

// SPDX-License-Identifier: GPL-2.0
// A request of the driver's own is run twice.
#![forbid(unsafe_code)]
use dummy::*;

pub fn bad<'b>(rq: Owned<'b, Dummy>) -> Result {
    rq.run(&1, &mut [])?;
    rq.run(&2, &mut [])?;
    Ok(())
}

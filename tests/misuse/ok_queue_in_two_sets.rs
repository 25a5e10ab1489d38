// SPDX-License-Identifier: GPL-2.0
// Harmless: EBUSY.
#![forbid(unsafe_code)]
use dummy::*;

pub fn ok<'b>(at: Live<'b>, ctrl: &Arc<Ctrl<'b>>, shape: &Shape) -> Result {
    let queues = [ctrl.admin.clone()];
    let _first = TagSet::new(at, ctrl, &queues, shape)?;
    let _second = TagSet::new(at, ctrl, &queues, shape)?;
    Ok(())
}

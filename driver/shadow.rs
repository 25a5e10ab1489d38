// SPDX-License-Identifier: GPL-2.0

//! Shadow doorbells: where they are, and telling the controller.
//!
//! NVMe Base 2.0, 5.8 (Doorbell Buffer Config).

use crate::{
    controller::Ctrl,
    nvme::{
        command::Command,
        page::PageSize,
        reg::Side,
        shadow, //
    },
    params, //
};
use kernel::prelude::*;
use rnvme_abs::{
    dma::{
        Word,
        Words, //
    },
    pci::{
        Kind,
        Live, //
    }, //
};

/// A doorbell's shadow and its event index.
type Pair<'b> = (Word<'b>, Word<'b>);

/// The two pages of shadow doorbells.
pub(crate) struct Shadow<'b> {
    doorbells: Words<'b>,
    events: Words<'b>,
}

impl<'b> Shadow<'b> {
    /// The pair of one doorbell, zeroed: a controller that begins anew begins at zero. `None` beyond
    /// the page.
    pub(crate) fn pair(
        &self,
        stride: u32,
        qid: u16,
        side: Side,
        page: PageSize,
    ) -> Option<Pair<'b>> {
        let at = shadow::slot_offset(stride, qid, side, page)?;
        let pair = (self.doorbells.word(at).ok()?, self.events.word(at).ok()?);
        pair.0.replace(0);
        pair.1.replace(0);
        Some(pair)
    }
}

impl<'b> Ctrl<'b> {
    /// Allocates the shadow doorbells, where they are of use. With a pin they are not: it stays asserted
    /// until the head's doorbell is written, and a head that only the shadow has leaves it so.
    pub(crate) fn make_shadow(&self, at: Live<'b>) -> Result {
        let offered = self
            .identity
            .as_ref()
            .is_some_and(|c| c.has_doorbell_buffer());
        let has_pin = self.interrupt_kind() == Some(Kind::Intx);
        if offered && params::SHADOW_DOORBELLS.get() != 0 && !has_pin {
            // A page each; a page has 1 << (log2 - 2) words.
            let log2 = u32::from(self.page.log2()).saturating_sub(2);
            self.shadow.populate(Shadow {
                doorbells: at.words(log2)?,
                events: at.words(log2)?,
            });
        }
        Ok(())
    }

    /// Tells the controller where the shadow doorbells are. A controller that refuses is used without.
    pub(crate) fn configure_shadow(&self, at: Live<'b>) -> Result<bool> {
        let Some(shadow) = self.shadow.as_ref() else {
            return Ok(false);
        };
        let cmd = Command::doorbell_buffer_config(shadow.doorbells.dma(), shadow.events.dma());
        let (status, _) = self.run(at, &cmd, &mut [])?;
        if !status.is_success() {
            dev_warn!(
                at.device(),
                "shadow doorbells are offered but refused: {status}\n"
            );
        }
        Ok(status.is_success())
    }
}

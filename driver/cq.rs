// SPDX-License-Identifier: GPL-2.0

//! 4: the completion side of a queue: phase, head, and whose a completion is.
//!
//! NVMe Base 2.0, 3.3.3.2 (completion queue entry).

use crate::{
    nvme::completion::{
        Completion,
        Head,
        LastDword, //
    },
    sq::Bell,
    Nvme, //
};
use rnvme_abs::{
    blk_mq::{
        Seen,
        Taker, //
    },
    dma::{
        Ring,
        Word, //
    }, //
};

/// The completion side.
pub(crate) struct Cq<'b> {
    ring: Ring<'b, Completion>,
    entries: u32,
    head: Head,
    bell: Bell<'b>,
}

impl<'b> Cq<'b> {
    pub(crate) fn new(ring: Ring<'b, Completion>, entries: u32, bell: Bell<'b>) -> Self {
        let entries = entries.min(ring.mask().saturating_add(1));
        Self {
            ring,
            entries,
            head: Head::START,
            bell,
        }
    }

    /// As new, for a controller that begins anew: with old entries the phase would be wrong.
    pub(crate) fn reinit(&mut self, shadow: Option<(Word<'b>, Word<'b>)>) {
        self.ring.zero();
        self.head = Head::START;
        self.bell.set_shadow(shadow);
    }

    /// Where the controller sees the ring.
    pub(crate) fn dma(&self) -> u64 {
        self.ring.dma()
    }

    /// Takes all new completions, then tells the controller. One pass over the ring at most: a
    /// device that goes on writing cannot keep a CPU here.
    #[inline(always)]
    pub(crate) fn reap(&mut self, out: &mut Taker<'_, '_, Nvme>) {
        let begin = self.head;
        for _ in 0..self.entries {
            let at = u32::from(self.head.index());
            // The phase tells that the entry is new; what else is in this dword came with it.
            let last = LastDword(self.ring.word_of(at, Completion::LAST_DWORD));
            if !self.head.is_new(last) {
                break;
            }
            let low = self.ring.word_of(at, 0);
            let high = self.ring.word_of(at, 1);
            let status = last.status();
            out.take(last.cid(), |pdu| {
                pdu.result = u64::from(u32::from_le(low)) | u64::from(u32::from_le(high)) << 32;
                pdu.status = status.bits();
                if status.is_success() {
                    Seen::Good
                } else {
                    Seen::Other
                }
            });
            self.head = self.head.advance(self.entries);
        }
        if self.head != begin && !out.is_stopped() {
            self.bell.ring(self.head.index());
        }
    }
}

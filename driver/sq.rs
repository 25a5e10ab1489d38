// SPDX-License-Identifier: GPL-2.0

//! 3: the submission side of a queue: ring slot, tail, doorbell.
//!
//! NVMe Base 2.0, 3.3.1; PCIe Transport 1.0, 3.1.2.1 (tail doorbell); Base, 5.8 (shadow doorbells).

use crate::nvme::{
    command::Command,
    completion::advance_tail,
    shadow, //
};
use rnvme_abs::{
    dma::{
        Ring,
        Word, //
    },
    pci::Doorbell, //
};

/// A doorbell register, and its shadow where the controller reads one.
pub(crate) struct Bell<'b> {
    register: Doorbell<'b>,
    shadow: Option<(Word<'b>, Word<'b>)>,
}

impl<'b> Bell<'b> {
    pub(crate) fn new(register: Doorbell<'b>) -> Self {
        Self {
            register,
            shadow: None,
        }
    }

    /// Uses this pair of shadow and event index from now on, or the register alone.
    pub(crate) fn set_shadow(&mut self, shadow: Option<(Word<'b>, Word<'b>)>) {
        self.shadow = shadow;
    }

    /// Tells the controller of `value`: by the shadow alone while it looks there by itself, by the
    /// register where it asked to be woken. The exchange is the barrier between the two.
    #[inline(always)]
    pub(crate) fn ring(&mut self, value: u16) {
        if let Some((shadow, event)) = &self.shadow {
            let old = shadow.replace(u32::from(value));
            if !shadow::need_event(event.read() as u16, value, old as u16) {
                return;
            }
        }
        self.register.ring(u32::from(value));
    }
}

/// The submission side.
///
/// # Invariants
///
/// `tail` and `told` are less than `entries`, which is at most the number of entries of the ring.
pub(crate) struct Sq<'b> {
    ring: Ring<'b, Command>,
    entries: u32,
    tail: u16,
    told: u16,
    bell: Bell<'b>,
}

impl<'b> Sq<'b> {
    pub(crate) fn new(ring: Ring<'b, Command>, entries: u32, bell: Bell<'b>) -> Self {
        let entries = entries.min(ring.mask().saturating_add(1));
        Self {
            ring,
            entries,
            tail: 0,
            told: 0,
            bell,
        }
    }

    /// As new, for a controller that begins anew.
    pub(crate) fn reinit(&mut self, shadow: Option<(Word<'b>, Word<'b>)>) {
        self.tail = 0;
        self.told = 0;
        self.bell.set_shadow(shadow);
    }

    /// Where the controller sees the ring.
    pub(crate) fn dma(&self) -> u64 {
        self.ring.dma()
    }

    /// There is room: one entry less than there are is in use at most.
    #[inline(always)]
    pub(crate) fn push(&mut self, cmd: Command) {
        self.ring.put(u32::from(self.tail), cmd);
        self.tail = advance_tail(self.tail, self.entries);
    }

    #[inline(always)]
    pub(crate) fn ring(&mut self) {
        // At most `entries - 1` commands were pushed since, so equal means none.
        if self.tail != self.told {
            self.told = self.tail;
            self.bell.ring(self.tail);
        }
    }
}

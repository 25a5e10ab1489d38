// SPDX-License-Identifier: GPL-2.0

//! The slot table: which request a command identifier means, and who may take it.
//!
//! Pure: no kernel item, so that the host's tests can put it through every interleaving.
//!
//! | step | who | on one word |
//! |---|---|---|
//! | arm | the submitter, under the submission lock, its last access to the request | load, store `request \| generation` (release) |
//! | take | the consumer of the queue | load (acquire), compare, store `null \| generation + 1` |
//! | drain | the same consumer, with the device stopped | take, for whatever is there |
//!
//! There is no read-modify-write: arm always meets an empty word, since a tag comes back to blk-mq
//! only after its word was taken, and there is one consumer.
//!
//! An identifier is `index | generation << log2(table)`. Occupancy is what makes a completion right;
//! the generation makes a stale one recognisable, for as many reuses of a tag as it has values.

#[cfg(loom)]
use loom::sync::atomic::{
    AtomicPtr,
    Ordering, //
};

#[cfg(not(loom))]
use core::sync::atomic::{
    AtomicPtr,
    Ordering, //
};

use core::ptr::NonNull;

/// The low bits of a word that hold the generation: requests are aligned to more than that.
const GENERATION: usize = 0x3f;

/// The alignment that requests must have.
pub(crate) const ALIGN: usize = GENERATION + 1;

/// How identifiers of a table are made up.
#[derive(Copy, Clone)]
pub(crate) struct Cids {
    log2: u32,
    /// The bits of the index.
    mask: u16,
    /// The bits of the generation that fit into an identifier.
    generations: u16,
}

impl Cids {
    /// For a table of `1 << log2` words, at most 4096.
    pub(crate) const fn new(log2: u32) -> Self {
        let log2 = if log2 > 12 { 12 } else { log2 };
        let room = (1u32 << (16 - log2)) - 1;
        let generations = if room < GENERATION as u32 {
            room as u16
        } else {
            GENERATION as u16
        };
        Self {
            log2,
            mask: ((1u32 << log2) - 1) as u16,
            generations,
        }
    }

    /// The word that `cid` names.
    #[inline(always)]
    pub(crate) fn index(self, cid: u16) -> usize {
        (cid & self.mask) as usize
    }

    #[inline(always)]
    fn make(self, index: u16, word: usize) -> u16 {
        index | (word as u16 & self.generations).wrapping_shl(self.log2)
    }
}

/// One word of the table: the request of that tag, where the device may complete it.
pub(crate) struct Word<R>(AtomicPtr<R>);

impl<R> Word<R> {
    /// Empty, generation zero.
    pub(crate) fn new() -> Self {
        Self(AtomicPtr::new(core::ptr::null_mut()))
    }

    /// The identifier under which the next request is armed. To be called by the submitter.
    #[inline(always)]
    pub(crate) fn next_cid(&self, cids: Cids, index: u16) -> u16 {
        cids.make(index, self.0.load(Ordering::Relaxed).addr())
    }

    /// Gives `rq` to whoever takes the word. The caller does not touch the request afterwards.
    ///
    /// Release: pairs with the acquire in `take`, so that the taker sees what the submitter wrote
    /// into the request. To be called by the submitter, on an empty word.
    #[inline(always)]
    pub(crate) fn arm(&self, rq: NonNull<R>) {
        let word = self.0.load(Ordering::Relaxed);
        let armed = rq.as_ptr().map_addr(|a| a | (word.addr() & GENERATION));
        self.0.store(armed, Ordering::Release);
    }

    /// Takes the request that was armed under `cid`, if it is still there. To be called by the
    /// consumer only.
    #[inline(always)]
    pub(crate) fn take(&self, cids: Cids, cid: u16) -> Option<NonNull<R>> {
        let word = self.0.load(Ordering::Acquire);
        let index = cid & cids.mask;
        if cids.make(index, word.addr()) != cid {
            return None;
        }
        self.empty(word)
    }

    /// The request that `take` would take. To be called by the consumer only.
    #[cfg(CONFIG_FAIL_IO_TIMEOUT)]
    pub(crate) fn peek(&self, cids: Cids, cid: u16) -> Option<NonNull<R>> {
        let word = self.0.load(Ordering::Acquire);
        let index = cid & cids.mask;
        if cids.make(index, word.addr()) != cid {
            return None;
        }
        NonNull::new(word.map_addr(|a| a & !GENERATION))
    }

    /// Takes whatever is there. To be called by the consumer only.
    pub(crate) fn drain(&self) -> Option<NonNull<R>> {
        self.empty(self.0.load(Ordering::Acquire))
    }

    /// Relaxed: the next arm of this word comes after the tag went through blk-mq's bitmap.
    #[inline(always)]
    fn empty(&self, word: *mut R) -> Option<NonNull<R>> {
        let rq = NonNull::new(word.map_addr(|a| a & !GENERATION))?;
        let next = word.addr().wrapping_add(1) & GENERATION;
        self.0.store(
            core::ptr::null_mut::<R>().map_addr(|_| next),
            Ordering::Relaxed,
        );
        Some(rq)
    }

    /// The identifier of `rq` while it is armed here. For a look from outside: by the time the
    /// caller sees it, the request may have been taken.
    pub(crate) fn cid_of(&self, cids: Cids, index: u16, rq: NonNull<R>) -> Option<u16> {
        let word = self.0.load(Ordering::Relaxed);
        (word.addr() & !GENERATION == rq.as_ptr().addr()).then(|| cids.make(index, word.addr()))
    }

    /// Whether nothing is armed here, by a look from outside.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.load(Ordering::Relaxed).addr() & !GENERATION == 0
    }
}

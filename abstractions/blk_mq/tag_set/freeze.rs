// SPDX-License-Identifier: GPL-2.0

//! Freezing: no request is let in, and those that are inside run to their end.
//!
//! C: `blk_freeze_queue_start_non_owner` (block/blk-mq.c). Unlike requests that are held back by
//! quiescing, those that are kept out have no tag: a CPU can go offline meanwhile, which waits for the
//! requests of its queue (`blk_mq_hctx_notify_offline`), and so can the machine.

use super::{
    Inner,
    Switches,
    TagSet, //
};
use crate::{
    blk_mq::Operations,
    pci::Live, //
};
use core::ptr::NonNull;
use kernel::{
    bindings,
    prelude::*,
    time::Delta, //
};

impl<'b, T: Operations> TagSet<'b, T> {
    /// Lets no new request into the queues of the set, until [`unfreeze`](Self::unfreeze) or the end of
    /// the scope: whoever has one waits. Those inside run on, so the set must not be quiesced until
    /// [`is_frozen`](Self::is_frozen). A second call changes nothing. Process context.
    pub fn freeze(&self, at: Live<'b>) {
        let _ = at;
        let mut s = self.0.switches.lock();
        if !s.freed && !s.released {
            s.set(|s| s.frozen = true);
        }
    }

    /// Whether the set is frozen and no request is left inside. Process context.
    pub fn is_frozen(&self, at: Live<'b>) -> bool {
        let _ = at;
        let s = self.0.switches.lock();
        s.frozen && s.are_empty()
    }

    /// Requests are let in again. Process context.
    pub fn unfreeze(&self, at: Live<'b>) {
        let _ = at;
        self.0.unfreeze();
    }
}

impl<T: Operations> Inner<'_, T> {
    pub(super) fn unfreeze(&self) {
        self.switches.lock().set(|s| s.frozen = false);
    }

    /// Freezes the set for a resize, and waits until no request is inside. The end of the scope, which
    /// ends them, does not undo it.
    pub(super) fn freeze_for_resize(&self, at: Live<'_>) -> Result {
        {
            let mut s = self.switches.lock();
            if s.freed || s.released {
                return Err(ESHUTDOWN);
            }
            s.set(|s| s.resizing = true);
        }
        while !self.switches.lock().are_empty() {
            at.sleep(Delta::from_millis(1));
        }
        Ok(())
    }

    /// The resize is over.
    pub(super) fn unfreeze_resized(&self) {
        self.switches.lock().set(|s| s.resizing = false);
    }
}

impl Switches {
    fn are_frozen(&self) -> bool {
        self.frozen || self.resizing
    }

    /// Whether no request is inside of any queue, all being frozen.
    fn are_empty(&self) -> bool {
        self.queues.iter().all(|q| {
            // SAFETY: Allocated, by the invariant of `Switches`. Without a time to wait it only looks.
            unsafe { bindings::blk_mq_freeze_queue_wait_timeout(q.as_ptr(), 0) != 0 }
        })
    }

    /// Changes who wants the set frozen, and has the queues agree.
    fn set(&mut self, change: impl FnOnce(&mut Self)) {
        let were_frozen = self.are_frozen();
        change(self);
        for q in self.queues.iter() {
            match (were_frozen, self.are_frozen()) {
                // SAFETY: Allocated, by the invariant of `Switches`; another task may unfreeze it.
                (false, true) => unsafe { bindings::blk_freeze_queue_start_non_owner(q.as_ptr()) },
                // SAFETY: Allocated, and frozen once from here, by the invariant of `Switches`.
                (true, false) => unsafe { bindings::blk_mq_unfreeze_queue_non_owner(q.as_ptr()) },
                _ => {}
            }
        }
    }

    /// A queue has joined.
    pub(super) fn freeze_joined(&self, q: NonNull<bindings::request_queue>) {
        if self.are_frozen() {
            // SAFETY: The queue is allocated; another task may unfreeze it.
            unsafe { bindings::blk_freeze_queue_start_non_owner(q.as_ptr()) };
        }
    }

    /// A queue has left.
    pub(super) fn unfreeze_left(&self, q: NonNull<bindings::request_queue>) {
        if self.are_frozen() {
            // SAFETY: The queue is allocated, and was frozen once, by the invariant of `Switches`.
            unsafe { bindings::blk_mq_unfreeze_queue_non_owner(q.as_ptr()) };
        }
    }
}

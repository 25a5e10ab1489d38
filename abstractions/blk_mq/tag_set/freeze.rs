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
    bindings, //
};

impl<'b, T: Operations> TagSet<'b, T> {
    /// Lets no new request into the queues of the set, until [`unfreeze`](Self::unfreeze) or the end of
    /// the scope: whoever has one waits. Those inside run on, so the set must not be quiesced until
    /// [`is_frozen`](Self::is_frozen). A second call changes nothing. Process context.
    pub fn freeze(&self, at: Live<'b>) {
        let _ = at;
        let mut s = self.0.switches.lock();
        if s.freed || s.released || core::mem::replace(&mut s.frozen, true) {
            return;
        }
        for q in s.queues.iter() {
            // SAFETY: Allocated, by the invariant of `Switches`; another task may unfreeze it.
            unsafe { bindings::blk_freeze_queue_start_non_owner(q.as_ptr()) };
        }
    }

    /// Whether the set is frozen and no request is left inside. Process context.
    pub fn is_frozen(&self, at: Live<'b>) -> bool {
        let _ = at;
        let s = self.0.switches.lock();
        let is_empty = |q: &NonNull<bindings::request_queue>| {
            // SAFETY: Allocated, by the invariant of `Switches`. Without a time to wait it only looks.
            unsafe { bindings::blk_mq_freeze_queue_wait_timeout(q.as_ptr(), 0) != 0 }
        };
        s.frozen && s.queues.iter().all(is_empty)
    }

    /// Requests are let in again. Process context.
    pub fn unfreeze(&self, at: Live<'b>) {
        let _ = at;
        self.0.unfreeze();
    }
}

impl<T: Operations> Inner<'_, T> {
    pub(super) fn unfreeze(&self) {
        let mut s = self.switches.lock();
        if core::mem::replace(&mut s.frozen, false) {
            for q in s.queues.iter() {
                // SAFETY: Allocated, and frozen once from here, by the invariant of `Switches`.
                unsafe { bindings::blk_mq_unfreeze_queue_non_owner(q.as_ptr()) };
            }
        }
    }
}

impl Switches {
    /// A queue has joined.
    pub(super) fn freeze_joined(&self, q: NonNull<bindings::request_queue>) {
        if self.frozen {
            // SAFETY: The queue is allocated; another task may unfreeze it.
            unsafe { bindings::blk_freeze_queue_start_non_owner(q.as_ptr()) };
        }
    }

    /// A queue has left.
    pub(super) fn unfreeze_left(&self, q: NonNull<bindings::request_queue>) {
        if self.frozen {
            // SAFETY: The queue is allocated, and was frozen once, by the invariant of `Switches`.
            unsafe { bindings::blk_mq_unfreeze_queue_non_owner(q.as_ptr()) };
        }
    }
}

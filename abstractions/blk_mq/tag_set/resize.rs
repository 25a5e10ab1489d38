// SPDX-License-Identifier: GPL-2.0

//! Other queues, or fewer: the maps of tags are made anew, while nobody goes through them.
//!
//! C: `blk_mq_update_nr_hw_queues` (block/blk-mq.c), which frees the old maps without waiting for readers
//! of `blk_mq_tagset_busy_iter`; hence `maps-stay`.

use super::{
    Inner,
    TagSet, //
};
use crate::{
    blk_mq::{
        HwQueue,
        Operations, //
    },
    pci::Live, //
};
use kernel::{
    bindings,
    prelude::*,
    sync::Arc, //
};

/// Queues that are claimed for a set which is not made yet.
pub(super) struct Claims<'b, T: Operations>(pub(super) KVec<Arc<HwQueue<'b, T>>>);

impl<'b, T: Operations> Claims<'b, T> {
    pub(super) fn add(&mut self, q: &Arc<HwQueue<'b, T>>) -> Result {
        self.0.reserve(1, GFP_KERNEL)?;
        q.claimed.change(0, 1).map_err(|_| EBUSY)?;
        Ok(self.0.push(q.clone(), GFP_KERNEL)?)
    }

    /// The set is made.
    pub(super) fn keep(mut self) {
        self.0.clear();
    }
}

impl<T: Operations> Drop for Claims<'_, T> {
    fn drop(&mut self) {
        for q in self.0.iter() {
            q.claimed.set(0);
        }
    }
}

impl<'b, T: Operations> TagSet<'b, T> {
    /// Uses these queues from now on: the ones that the set has already first, in their order, then
    /// new ones. Returns how many are in use, which may be fewer than asked for when memory is short.
    /// Freezes and waits for all requests of the set, so the device must be working. Not from a timeout,
    /// which it waits for.
    ///
    /// # Errors
    ///
    /// `EAGAIN` while a disk of the set comes or goes: that may wait for what is only sent anew, so it is
    /// not waited for. `EINVAL` for queues in another order, `EBUSY` for one of another set; `ENOMEM`;
    /// `ESHUTDOWN` once the scope is ending.
    pub fn resize(
        &self,
        at: Live<'b>,
        queues: &[Arc<HwQueue<'b, T>>],
        first_vector: Option<u16>,
    ) -> Result<u32> {
        let nr = i32::try_from(queues.len())?;
        // One at a time, so that the number read back is this call's.
        let mut resizing = self.0.resizing.try_lock().ok_or(EAGAIN)?;
        let mut kept = self.0.queues.lock();
        for (i, q) in queues.iter().enumerate() {
            match kept.get(i) {
                Some(k) if Arc::ptr_eq(k, q) => {}
                Some(_) => return Err(EINVAL),
                None => {
                    // SAFETY: The set is allocated while the scope lives; its depth does not change.
                    let depth = unsafe { (*self.0.set.get()).queue_depth };
                    if q.slots.len() as u32 <= depth {
                        return Err(EINVAL);
                    }
                    kept.reserve(1, GFP_KERNEL)?;
                    q.claimed.change(0, 1).map_err(|_| EBUSY)?;
                    kept.push(q.clone(), GFP_KERNEL)?;
                }
            }
        }
        drop(kept);
        self.0.freeze_for_resize(at)?;
        self.0.shape.lock().0 = first_vector;
        at.scope().with_vectors(|| {
            // Who stops the device walks too: all requests have ended before this is taken, and no disk
            // holds blk-mq's lock against this, waiting for the last of its own.
            let _alone = self.0.walking.lock();
            // SAFETY: The set is allocated while the scope lives; `maps-stay`.
            unsafe { bindings::blk_mq_update_nr_hw_queues(self.0.set.get(), nr) }
        });
        self.0.unfreeze_resized();
        // SAFETY: As above; only this function changes it, under `resizing`.
        *resizing = unsafe { (*self.0.set.get()).nr_hw_queues };
        Ok(*resizing)
    }
}

impl<T: Operations> Inner<'_, T> {
    /// For who makes a request queue over the set, or destroys one: the number of queues does not change
    /// meanwhile (`maps-stay`).
    pub(crate) fn no_resize<R>(&self, f: impl FnOnce() -> R) -> R {
        let _held = self.resizing.lock();
        f()
    }

    /// For who goes through the tags of the set (`maps-stay`). Not for who waits for requests.
    pub(crate) fn walk<R>(&self, f: impl FnOnce() -> R) -> R {
        let _held = self.walking.lock();
        f()
    }
}

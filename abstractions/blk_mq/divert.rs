// SPDX-License-Identifier: GPL-2.0

//! The way out of a queue that the device has taken away: what was sent to it is sent anew, and by
//! then goes to a queue that there is.
//!
//! C: `blk_steal_bios` (block/blk-mq.c), `submit_bio_noacct` (block/blk-core.c).

use crate::{
    blk_mq::{
        pdu,
        request::{
            self,
            field, //
        },
        tag_set::Inner,
        HwQueue,
        Operations,
        TagSet, //
    },
    pci::Live,
    raw, //
};
use core::ptr::NonNull;
use kernel::bindings;

/// Bios that wait to be sent anew.
///
/// # Invariants
///
/// The list is of bios that nobody else has, linked by `bi_next`.
pub(crate) struct Diverted(bindings::bio_list);

// SAFETY: Bios may be submitted from any task.
unsafe impl Send for Diverted {}

impl Diverted {
    pub(crate) fn new() -> Self {
        Self(pin_init::zeroed())
    }

    /// Appends `other`, which becomes empty.
    fn append(&mut self, other: Self) {
        if other.0.head.is_null() {
            return;
        }
        if self.0.tail.is_null() {
            self.0.head = other.0.head;
        } else {
            // SAFETY: The last bio of the list, which is ours.
            unsafe { (*self.0.tail).bi_next = other.0.head };
        }
        self.0.tail = other.0.tail;
    }
}

impl<T: Operations> HwQueue<'_, T> {
    /// Keeps the bios of a request for [`TagSet::resubmit`], and ends it without them. A flush, which has
    /// none, a request of the driver's own and one that somebody else has cloned fail.
    ///
    /// # Safety
    ///
    /// blk-mq lends `rq`, not started, for this queue.
    #[cold]
    #[inline(never)]
    pub(crate) unsafe fn divert(&self, rq: NonNull<bindings::request>) -> bindings::blk_status_t {
        // SAFETY: By the contract of this function.
        unsafe { pdu::own::<T::Pdu>(rq) }.reset();
        // Whoever cloned a request (drivers/md/dm-rq.c) frees what the bios point to when it ends. The
        // flush machinery waits for the end of its own, too, and does not look at them.
        let is_clone =
            field!(rq, end_io).is_some() && field!(rq, rq_flags) & raw::rqf::FLUSH_SEQ == 0;
        if request::is_passthrough(rq) || is_clone || field!(rq, bio).is_null() {
            return raw::sts::IOERR;
        }
        let mut bios = Diverted::new();
        let queue = field!(rq, q);
        // SAFETY: The request is lent to us, so its bios are ours to take; the set of its queue is a set
        // of `T` that is not freed while it has requests. Without bios it ends without effect on them.
        unsafe {
            bindings::blk_steal_bios(&mut bios.0, rq.as_ptr());
            Inner::<'_, T>::of((*queue).tag_set).keep(bios);
            bindings::blk_mq_end_request(rq.as_ptr(), raw::sts::OK);
        }
        raw::sts::OK
    }
}

impl<'b, T: Operations> Inner<'b, T> {
    fn keep(&self, bios: Diverted) {
        self.diverted.lock().append(bios);
    }

    /// As [`TagSet::resubmit`].
    pub(crate) fn resubmit(&self) {
        let mut bios = core::mem::replace(&mut *self.diverted.lock(), Diverted::new());
        let mut next = bios.0.head;
        bios.0 = pin_init::zeroed();
        while let Some(bio) = NonNull::new(next) {
            // SAFETY: The list was ours alone; each bio is given away once. Whoever sent it keeps what it
            // is for open until it ends.
            unsafe {
                next = (*bio.as_ptr()).bi_next;
                (*bio.as_ptr()).bi_next = core::ptr::null_mut();
                bindings::submit_bio_noacct(bio.as_ptr());
            }
        }
    }
}

impl<'b, T: Operations> TagSet<'b, T> {
    /// Sends anew what queues with [`Accept::Elsewhere`](crate::blk_mq::Accept::Elsewhere) were given.
    /// May wait for tags, so for requests. The end of the scope does it, too.
    pub fn resubmit(&self, at: Live<'b>) {
        let _ = at;
        self.inner().resubmit();
    }
}

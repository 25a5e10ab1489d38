// SPDX-License-Identifier: GPL-2.0

//! From a completion to the end of a request.
//!
//! C: `blk_mq_complete_request_remote`, `blk_mq_end_request_batch` (block/blk-mq.c),
//! `blk_mq_add_to_batch` (include/linux/blk-mq.h).

use crate::{
    blk_mq::{
        pdu,
        request::{
            self,
            field,
            Ended, //
        },
        End,
        HwQueue,
        Operations,
        Sts, //
    },
    raw, //
};
use core::{
    marker::PhantomData,
    ptr::NonNull, //
};
use kernel::bindings;

/// What the driver has seen of a completion.
#[derive(Copy, Clone, PartialEq, Eq)]
pub enum Seen {
    /// Plain success: nothing is left to decide.
    Good,
    /// Anything else: [`Operations::finish`] decides.
    Other,
}

/// Requests that end together, in the batch of a caller or one of our own.
pub(crate) struct Batch {
    given: *mut bindings::io_comp_batch,
    ours: bindings::io_comp_batch,
}

impl Batch {
    /// Collects into `given`, a poller's, which ends it itself; or where it is null into a batch
    /// that [`end`](Self::end) ends.
    #[inline(always)]
    pub(crate) fn new(given: *mut bindings::io_comp_batch) -> Self {
        Self {
            given,
            ours: pin_init::zeroed(),
        }
    }

    /// Ends what was collected here.
    #[inline(always)]
    pub(crate) fn end(mut self) {
        if let Some(complete) = self
            .ours
            .complete
            .filter(|_| !self.ours.req_list.head.is_null())
        {
            // SAFETY: Set by `add`, with a list of requests of the same kind.
            unsafe { complete(&mut self.ours) };
        }
    }

    /// Adds `rq` where blk-mq allows it: the conditions of `blk_mq_add_to_batch`.
    ///
    /// # Safety
    ///
    /// The caller has `rq`, completed with success.
    #[inline(always)]
    unsafe fn add<T: Operations>(&mut self, rq: NonNull<bindings::request>) -> bool {
        let batch = if self.given.is_null() {
            &raw mut self.ours
        } else {
            self.given
        };
        let flags = field!(rq, rq_flags);
        if flags & raw::rqf::SCHED_TAGS != 0 || field!(rq, end_io).is_some() {
            return false;
        }
        let ours: unsafe extern "C" fn(*mut bindings::io_comp_batch) = complete_batch::<T>;
        // SAFETY: `batch` is ours, or the poller's for the time of this call.
        let b = unsafe { &mut *batch };
        match b.complete {
            None => b.complete = Some(ours),
            Some(c) if core::ptr::fn_addr_eq(c, ours) => {}
            Some(_) => return false,
        }
        b.need_ts |= flags & (raw::rqf::IO_STAT | raw::rqf::STATS | raw::rqf::USE_SCHED) != 0;
        // SAFETY: The caller has the request, so its list link is free; the list's tail is a request
        // that the batch has.
        unsafe {
            (*rq.as_ptr()).__bindgen_anon_1.rq_next = core::ptr::null_mut();
            let tail = b.req_list.tail;
            if tail.is_null() {
                b.req_list.head = rq.as_ptr();
            } else {
                (*tail).__bindgen_anon_1.rq_next = rq.as_ptr();
            }
        }
        b.req_list.tail = rq.as_ptr();
        true
    }
}

/// The right to take requests from the slots of one queue: lent to [`Operations::reap`].
///
/// It exists only where `one-consumer` holds, so taking needs no read-modify-write.
pub struct Taker<'r, 'q, T: Operations> {
    q: &'r HwQueue<'q, T>,
    batch: &'r mut Batch,
    taken: u32,
    bogus: u32,
    is_stopped: bool,
}

impl<'r, 'q, T: Operations> Taker<'r, 'q, T> {
    #[inline(always)]
    pub(crate) fn new(q: &'r HwQueue<'q, T>, batch: &'r mut Batch, is_stopped: bool) -> Self {
        Self {
            q,
            batch,
            taken: 0,
            bogus: 0,
            is_stopped,
        }
    }

    /// Whether the device is stopped: this is the last look before a drain, and the device is to be
    /// told nothing.
    #[inline(always)]
    pub fn is_stopped(&self) -> bool {
        self.is_stopped
    }

    /// Takes the request that `cid` names, shows its data to `see`, and completes it; whether there
    /// was one. Where there was none the completion is counted as bogus, and nothing happens.
    ///
    /// A driver may name identifiers of which the device has said nothing: that ends requests too
    /// early, as a lying device can.
    #[inline(always)]
    pub fn take(&mut self, cid: u16, see: impl FnOnce(&mut T::Pdu) -> Seen) -> bool {
        let word = self.q.slots.get(self.q.cids.index(cid));
        #[cfg(CONFIG_FAIL_IO_TIMEOUT)]
        if let Some(rq) = word.and_then(|w| w.peek(self.q.cids, cid)) {
            let queue = field!(rq, q);
            // SAFETY: Armed, so not freed (`request-stays`); we are the consumer.
            if unsafe { raw::rnvme_abs_fake_timeout(queue) } {
                return true;
            }
        }
        let Some(rq) = word.and_then(|w| w.take(self.q.cids, cid)) else {
            self.bogus = self.bogus.wrapping_add(1);
            return false;
        };
        self.taken = self.taken.wrapping_add(1);
        // SAFETY: `taken-once`: the request is ours since we took it, and stays so until it is
        // completed below.
        let seen = see(unsafe { pdu::driver(rq) });
        // SAFETY: As above.
        unsafe { self.q.complete(rq, seen == Seen::Good, self.batch) };
        true
    }

    /// How many completions there were, counted into the queue's statistics.
    #[inline(always)]
    pub(crate) fn found(self) -> u32 {
        self.q.stats.completed.add(u64::from(self.taken));
        if self.bogus != 0 {
            self.q.stats.bogus.add(u64::from(self.bogus));
        }
        self.taken.wrapping_add(self.bogus)
    }
}

impl<T: Operations> HwQueue<'_, T> {
    /// Completes a request that was just taken: on the CPU that blk-mq wants, in a batch if it can be.
    ///
    /// # Safety
    ///
    /// The caller has `rq`, taken from a slot of this queue, and gives it away.
    #[inline(always)]
    pub(crate) unsafe fn complete(
        &self,
        rq: NonNull<bindings::request>,
        good: bool,
        batch: &mut Batch,
    ) {
        // SAFETY: By the contract of this function.
        unsafe { pdu::own::<T::Pdu>(rq) }.good = good;
        // SAFETY: As above. Where it says true, the request is another CPU's from now on.
        if unsafe { bindings::blk_mq_complete_request_remote(rq.as_ptr()) } {
            return;
        }
        // SAFETY: As above; it said false, so the request is still ours.
        if !(good && unsafe { batch.add::<T>(rq) }) {
            // SAFETY: As above.
            unsafe { finish::<T>(rq) };
        }
    }

    /// Ends a request that was taken back from a stopped device.
    ///
    /// # Safety
    ///
    /// As for [`complete`](Self::complete).
    #[cold]
    pub(crate) unsafe fn cancel(&self, rq: NonNull<bindings::request>, why: Sts) {
        // SAFETY: By the contract of this function.
        unsafe { pdu::own::<T::Pdu>(rq) }.cancelled = why.raw();
        let mut none = Batch::new(core::ptr::null_mut());
        // SAFETY: As above.
        unsafe { self.complete(rq, false, &mut none) };
        none.end();
    }
}

/// The queue that a started request was given to.
///
/// # Safety
///
/// The caller keeps `rq` from ending for `'r`, and it is of a set of `T`.
#[inline(always)]
pub(crate) unsafe fn queue_of<'r, 'q, T: Operations>(
    rq: NonNull<bindings::request>,
) -> &'r HwQueue<'q, T> {
    let hctx = field!(rq, mq_hctx);
    // SAFETY: A request with a tag has a hardware context, whose `driver_data` `init_hctx` has set
    // to a queue that the set keeps until it is freed.
    unsafe { &*(*hctx).driver_data.cast::<HwQueue<'q, T>>() }
}

/// Ends one request: asks the driver, unmaps, ends or puts back.
///
/// # Safety
///
/// The caller has `rq`, completed, of a set of `T`, and gives it away.
pub(crate) unsafe fn finish<T: Operations>(rq: NonNull<bindings::request>) {
    // SAFETY: By the contract of this function.
    let q = unsafe { queue_of::<T>(rq) };
    // SAFETY: As above.
    let own = unsafe { pdu::own::<T::Pdu>(rq) };
    let end = if own.good && !request::is_passthrough(rq) {
        End::Ok
    } else {
        // SAFETY: As above; the request holds its queue's usage count.
        let ns = unsafe { request::ns::<T>(rq) };
        T::finish(
            q.data(),
            ns,
            &mut Ended {
                rq,
                _t: PhantomData,
            },
        )
    };
    // SAFETY: As above. The device said that it is done with the request, or is stopped.
    let own = unsafe { pdu::own::<T::Pdu>(rq) };
    // SAFETY: As above (`stopped-before-free`).
    unsafe { q.mapper.unmap(rq, own, q.mapper.must_unmap()) };
    let status = match end {
        End::Ok => raw::sts::OK,
        End::Err(s) => s.raw(),
        End::Retry => {
            own.good = false;
            own.cancelled = raw::sts::OK;
            // Put back, it must not be merged away: its header counts what became of it. Should the bit
            // be lost to a timeout that writes the flags at the same time, a later request has fewer
            // retries.
            // SAFETY: The request is ours, completed and unmapped, until it is put back; nothing of it or of
            // its queue is used after that.
            unsafe {
                (*rq.as_ptr()).rq_flags |= raw::rqf::DONTPREP;
                bindings::blk_mq_requeue_request(rq.as_ptr(), true);
            }
            return;
        }
    };
    own.reset();
    // SAFETY: The request is ours, completed, unmapped, and given away.
    unsafe { bindings::blk_mq_end_request(rq.as_ptr(), status) };
}

/// Ends a batch of requests that succeeded.
///
/// # Safety
///
/// `iob` has requests that were completed with success and added by `Batch::add::<T>`.
unsafe extern "C" fn complete_batch<T: Operations>(iob: *mut bindings::io_comp_batch) {
    // SAFETY: By the contract of this function.
    let mut next = unsafe { (*iob).req_list.head };
    // A poller's batch may hold requests of several devices; one's mostly come together.
    let mut of = core::ptr::null_mut();
    let mut must = true;
    while let Some(rq) = NonNull::new(next) {
        // SAFETY: The batch has the request.
        next = unsafe { (*rq.as_ptr()).__bindgen_anon_1.rq_next };
        // SAFETY: As above.
        let q = unsafe { queue_of::<T>(rq) };
        // SAFETY: As above.
        let own = unsafe { pdu::own::<T::Pdu>(rq) };
        if of != q.mapper.dev {
            of = q.mapper.dev;
            must = q.mapper.must_unmap();
        }
        // SAFETY: The device said that it is done with the request (`stopped-before-free`).
        unsafe { q.mapper.unmap(rq, own, must) };
        own.reset();
    }
    // SAFETY: All are completed, unmapped, and given away.
    unsafe { bindings::blk_mq_end_request_batch(iob) };
}

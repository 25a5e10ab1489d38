// SPDX-License-Identifier: GPL-2.0

//! From blk-mq to the device: one request, or a list of them.
//!
//! C: `queue_rq`, `queue_rqs`, `commit_rqs` of `struct blk_mq_ops`.

use crate::{
    blk_mq::{
        pdu,
        request::{
            self,
            field,
            Idle,
            Started, //
        },
        Accept,
        HwQueue,
        Operations,
        Refuse,
        Sts, //
    },
    raw, //
};
use core::{
    marker::PhantomData,
    ptr::NonNull, //
};
use kernel::bindings;

/// What no status is: the request is to go another way.
const DIVERT: bindings::blk_status_t = bindings::blk_status_t::MAX;

impl<T: Operations> HwQueue<'_, T> {
    /// Has the driver prepare a request, and starts it. What was mapped where the driver refuses is
    /// unmapped, and the request is as it was.
    ///
    /// # Safety
    ///
    /// blk-mq lends `rq`, not started, for this queue, within an RCU read section.
    #[inline(always)]
    unsafe fn start(&self, rq: NonNull<bindings::request>) -> Result<(), Refuse> {
        // SAFETY: The request holds its queue's usage count.
        let ns = unsafe { request::ns::<T>(rq) };
        let mut idle = Idle {
            rq,
            mapper: &self.mapper,
            _t: PhantomData,
        };
        if let Err(why) = T::prepare(self.data(), ns, &mut idle) {
            // SAFETY: By the contract of this function.
            unsafe { self.refuse(rq) };
            return Err(why);
        }
        // SAFETY: Not started, by the contract of this function.
        unsafe { bindings::blk_mq_start_request(rq.as_ptr()) };
        Ok(())
    }

    /// # Safety
    ///
    /// As for `start`.
    #[cold]
    #[inline(never)]
    unsafe fn refuse(&self, rq: NonNull<bindings::request>) {
        // SAFETY: blk-mq lends the request, by the contract of this function.
        let own = unsafe { pdu::own::<T::Pdu>(rq) };
        // SAFETY: As above; the device was not told of this mapping, and `mapped-once` says what is.
        unsafe { self.mapper.unmap(rq, own, self.mapper.must_unmap()) };
    }

    /// Gives a started request to the device. Nothing touches the request after this.
    ///
    /// # Safety
    ///
    /// `rq` is started, prepared by this queue, and given away. `sq` is this queue's.
    #[inline(always)]
    unsafe fn give(&self, sq: &mut T::Sq<'_>, rq: NonNull<bindings::request>) {
        let tag = field!(rq, tag) as u32;
        let Some(word) = self.slots.get(tag as usize) else {
            // The set has no more tags than the table has words: `TagSet::new`.
            return;
        };
        let cid = word.next_cid(self.cids, tag as u16);
        // SAFETY: The request holds its queue's usage count.
        let ns = unsafe { request::ns::<T>(rq) };
        let cmd = T::encode(
            ns,
            &Started {
                rq,
                _t: PhantomData,
            },
            cid,
        );
        // From here a device, even one that lies, may complete it (`slot-armed`). The word is empty:
        // the tag is this request's alone on this queue (`one-set`).
        word.arm(rq);
        T::push(sq, cmd);
    }

    /// Whether requests are taken, and if not what blk-mq is told.
    #[inline(always)]
    fn admit(&self) -> Result<(), bindings::blk_status_t> {
        const NOW: u32 = Accept::Now as u32;
        const LATER: u32 = Accept::Later as u32;
        const ELSEWHERE: u32 = Accept::Elsewhere as u32;
        match self.accepts.get() {
            NOW => Ok(()),
            LATER => Err(raw::sts::RESOURCE),
            ELSEWHERE => Err(DIVERT),
            _ => Err(raw::sts::IOERR),
        }
    }

    /// `queue_rq`.
    ///
    /// # Safety
    ///
    /// blk-mq lends `rq`, not started, for this queue, within an RCU read section.
    #[inline(always)]
    pub(crate) unsafe fn queue_rq(
        &self,
        rq: NonNull<bindings::request>,
        last: bool,
    ) -> bindings::blk_status_t {
        let started = self.admit().and_then(|()| {
            // SAFETY: By the contract of this function.
            let started = unsafe { self.start(rq) };
            started.map_err(|why| match why {
                Refuse::Busy => raw::sts::RESOURCE,
                Refuse::Fail(s) => s.raw(),
            })
        });
        if let Err(status) = started {
            if status == DIVERT {
                // SAFETY: Not started, by the contract of this function.
                return unsafe { self.divert(rq) };
            }
            if status != raw::sts::RESOURCE {
                // blk-mq ends it; its next user finds a clean header.
                // SAFETY: As above.
                unsafe { pdu::own::<T::Pdu>(rq) }.reset();
            }
            return status;
        }
        let mut sq = self.sq.lock();
        // SAFETY: Started by `start`.
        unsafe { self.give(&mut sq, rq) };
        if last {
            T::ring(&mut sq);
        }
        raw::sts::OK
    }

    /// `commit_rqs`: tells the device of what was pushed.
    pub(crate) fn commit(&self) {
        T::ring(&mut self.sq.lock());
    }

    /// Gives the device a list of started requests, and tells it once.
    ///
    /// # Safety
    ///
    /// All on the list, linked by `rq_next`, were started by this queue, and are given away.
    unsafe fn give_all(&self, mut next: *mut bindings::request) {
        let mut sq = self.sq.lock();
        while let Some(rq) = NonNull::new(next) {
            // Before it is given: then it may be gone.
            // SAFETY: By the contract of this function.
            next = unsafe { (*rq.as_ptr()).__bindgen_anon_1.rq_next };
            // SAFETY: As above.
            unsafe { self.give(&mut sq, rq) };
        }
        T::ring(&mut sq);
    }
}

/// A list of requests, linked by `rq_next`.
struct List {
    head: *mut bindings::request,
    tail: *mut bindings::request,
}

impl List {
    const fn new() -> Self {
        Self {
            head: core::ptr::null_mut(),
            tail: core::ptr::null_mut(),
        }
    }

    /// # Safety
    ///
    /// The caller has `rq`, and everything on the list.
    #[inline(always)]
    unsafe fn push(&mut self, rq: NonNull<bindings::request>) {
        // SAFETY: By the contract of this function.
        unsafe { (*rq.as_ptr()).__bindgen_anon_1.rq_next = core::ptr::null_mut() };
        match NonNull::new(self.tail) {
            // SAFETY: As above.
            Some(tail) => unsafe { (*tail.as_ptr()).__bindgen_anon_1.rq_next = rq.as_ptr() },
            None => self.head = rq.as_ptr(),
        }
        self.tail = rq.as_ptr();
    }
}

/// `queue_rqs`: prepares and starts all, then gives them to the device under one lock per queue.
/// What cannot be started stays on `list`, unstarted, and blk-mq queues it one by one.
///
/// # Safety
///
/// blk-mq lends a list of requests that are not started, all of one request queue of a set of `T`,
/// within an RCU read section.
pub(crate) unsafe fn queue_rqs<T: Operations>(list: &mut bindings::rq_list) {
    let mut left = List::new();
    let mut ready = List::new();
    let mut of: *mut bindings::blk_mq_hw_ctx = core::ptr::null_mut();
    let mut next = list.head;
    while let Some(rq) = NonNull::new(next) {
        // SAFETY: By the contract of this function.
        next = unsafe { (*rq.as_ptr()).__bindgen_anon_1.rq_next };
        let hctx = field!(rq, mq_hctx);
        if hctx != of {
            // SAFETY: As above.
            unsafe { flush::<T>(of, &mut ready) };
            of = hctx;
        }
        // SAFETY: As above.
        let q = unsafe { crate::blk_mq::complete::queue_of::<T>(rq) };
        // SAFETY: As above.
        if q.admit().is_ok() && unsafe { q.start(rq) }.is_ok() {
            // SAFETY: Started by us, not yet given.
            unsafe { ready.push(rq) };
        } else {
            // SAFETY: Lent, not started.
            unsafe { left.push(rq) };
        }
    }
    // SAFETY: As above.
    unsafe { flush::<T>(of, &mut ready) };
    list.head = left.head;
    list.tail = left.tail;
}

/// # Safety
///
/// The requests on `ready` were started by the queue of `hctx`, and are given away.
#[inline(always)]
unsafe fn flush<T: Operations>(hctx: *mut bindings::blk_mq_hw_ctx, ready: &mut List) {
    let List { head, .. } = core::mem::replace(ready, List::new());
    if !head.is_null() {
        // SAFETY: `init_hctx` has set it to a queue that the set keeps.
        let q = unsafe { &*(*hctx).driver_data.cast::<HwQueue<'_, T>>() };
        // SAFETY: By the contract of this function.
        unsafe { q.give_all(head) };
    }
}

// The statuses that `queue_rq` treats apart are what they are taken for.
const _: () = assert!(Sts::Resource as u8 == raw::sts::RESOURCE);

// SPDX-License-Identifier: GPL-2.0

//! What blk-mq calls: each recovers the types, calls safe code, translates the result.
//!
//! C: `struct blk_mq_ops`, include/linux/blk-mq.h.

use crate::{
    blk_mq::{
        complete,
        dispatch,
        pdu::Pdu,
        request::field,
        slots,
        tag_set::Inner,
        Eh,
        HwQueue,
        InFlight, //
        Operations,
    },
    pci::Live, //
};
use core::{
    marker::PhantomData,
    ptr::NonNull, //
};
use kernel::ffi::{
    c_int,
    c_uint,
    c_void, //
};
use kernel::{
    bindings,
    prelude::*,
    time::Delta, //
};

/// The callbacks of `T`: one constant per driver.
struct Ops<T>(PhantomData<T>);

impl<T: Operations> Ops<T> {
    const OPS: bindings::blk_mq_ops = bindings::blk_mq_ops {
        queue_rq: Some(queue_rq::<T>),
        commit_rqs: Some(commit_rqs::<T>),
        queue_rqs: Some(queue_rqs::<T>),
        timeout: Some(timeout::<T>),
        poll: Some(poll::<T>),
        complete: Some(complete::<T>),
        init_hctx: Some(init_hctx::<T>),
        init_request: Some(init_request),
        map_queues: Some(map_queues::<T>),
        ..pin_init::zeroed()
    };
}

/// The callbacks of `T`.
pub(crate) fn ops<T: Operations>() -> *const bindings::blk_mq_ops {
    &Ops::<T>::OPS
}

/// The size of a PDU, for `cmd_size`.
pub(crate) const fn pdu_bytes<T: Operations>() -> c_uint {
    size_of::<Pdu<T::Pdu>>() as c_uint
}

/// A time as jiffies for a request: at least one, since zero means the default.
pub(crate) fn jiffies(t: Delta) -> c_uint {
    let ms = t.as_millis().clamp(1, i64::from(i32::MAX)) as u32;
    let jiffies = kernel::time::msecs_to_jiffies(ms);
    c_uint::try_from(jiffies).unwrap_or(c_uint::MAX >> 1).max(1)
}

/// # Safety
///
/// `hctx` is of a set of `T`, initialised by `init_hctx`.
#[inline(always)]
unsafe fn queue<'r, 'b, T: Operations>(hctx: *mut bindings::blk_mq_hw_ctx) -> &'r HwQueue<'b, T> {
    // SAFETY: `init_hctx` has set it to a queue that the set keeps.
    unsafe { &*(*hctx).driver_data.cast() }
}

/// # Safety
///
/// Called by `blk_mq_dispatch_rq_list` or `__blk_mq_issue_directly`, in an RCU read section, with a
/// request that is not started and has a tag of `hctx`.
unsafe extern "C" fn queue_rq<T: Operations>(
    hctx: *mut bindings::blk_mq_hw_ctx,
    data: *const bindings::blk_mq_queue_data,
) -> bindings::blk_status_t {
    // SAFETY: By the contract of this function.
    let q = unsafe { queue::<T>(hctx) };
    // SAFETY: As above.
    let (rq, last) = unsafe { (NonNull::new_unchecked((*data).rq), (*data).last) };
    // SAFETY: As above.
    unsafe { q.queue_rq(rq, last) }
}

/// # Safety
///
/// Called by `__blk_mq_flush_plug_list`, in an RCU read section, with requests that are not started.
unsafe extern "C" fn queue_rqs<T: Operations>(list: *mut bindings::rq_list) {
    // SAFETY: By the contract of this function.
    unsafe { dispatch::queue_rqs::<T>(&mut *list) }
}

/// # Safety
///
/// Called by blk-mq with a context of a set of `T`.
unsafe extern "C" fn commit_rqs<T: Operations>(hctx: *mut bindings::blk_mq_hw_ctx) {
    // SAFETY: By the contract of this function.
    unsafe { queue::<T>(hctx) }.commit();
}

/// # Safety
///
/// Called by `blk_mq_complete_request` or its softirq, with a completed request of a set of `T` that
/// its completer gave away.
unsafe extern "C" fn complete<T: Operations>(rq: *mut bindings::request) {
    // SAFETY: By the contract of this function.
    unsafe { complete::finish::<T>(NonNull::new_unchecked(rq)) }
}

/// # Safety
///
/// Called by `blk_hctx_poll` with a context of a set of `T`; `iob` is null or the poller's.
unsafe extern "C" fn poll<T: Operations>(
    hctx: *mut bindings::blk_mq_hw_ctx,
    iob: *mut bindings::io_comp_batch,
) -> c_int {
    // SAFETY: By the contract of this function.
    unsafe { queue::<T>(hctx) }.poll(iob) as c_int
}

/// # Safety
///
/// Called by `blk_mq_rq_timed_out`, in process context, with a reference to `rq` held.
unsafe extern "C" fn timeout<T: Operations>(
    rq: *mut bindings::request,
) -> bindings::blk_eh_timer_return {
    // SAFETY: By the contract of this function.
    let rq = unsafe { NonNull::new_unchecked(rq) };
    let queue = field!(rq, q);
    // SAFETY: A request's queue and its set are valid while a reference is held.
    let inner = unsafe { Inner::<'_, T>::of((*queue).tag_set) };
    // SAFETY: As above.
    let q = unsafe { complete::queue_of::<T>(rq) };
    // SAFETY: The scope waits for timeouts: of a disk when it deletes it, of other queues before it destroys
    // any of those (`blk_sync_queue`).
    let at = unsafe { Live::new(inner.scope) };
    // SAFETY: The registration of the set keeps the controller; it has not ended.
    let ctrl = unsafe { inner.ctrl.as_ref() };
    // SAFETY: Started, since its time is up; blk-mq holds a reference.
    let rq = unsafe { InFlight::new(rq) };
    match T::timeout(ctrl, q, &rq, at) {
        Eh::Done => bindings::blk_eh_timer_return_BLK_EH_DONE,
        Eh::Rearm => bindings::blk_eh_timer_return_BLK_EH_RESET_TIMER,
    }
}

/// # Safety
///
/// Called by `blk_mq_init_hctx`, with the `driver_data` of a set of `T`.
unsafe extern "C" fn init_hctx<T: Operations>(
    hctx: *mut bindings::blk_mq_hw_ctx,
    data: *mut c_void,
    index: c_uint,
) -> c_int {
    // SAFETY: `TagSet::new` has set it; the set is not freed.
    let inner = unsafe { &*data.cast::<Inner<'_, T>>() };
    let Some(q) = inner.queue(index as usize) else {
        return EINVAL.to_errno();
    };
    // SAFETY: The context is being made.
    unsafe { (*hctx).driver_data = q.as_ptr().cast() };
    0
}

/// Requests must be aligned for the slot table; their PDUs are zeroed.
///
/// # Safety
///
/// Called by blk-mq for every request that it allocates: of the set, of a scheduler, for flushes.
unsafe extern "C" fn init_request(
    _set: *mut bindings::blk_mq_tag_set,
    rq: *mut bindings::request,
    _index: c_uint,
    _node: c_int,
) -> c_int {
    if rq.addr() % slots::ALIGN != 0 {
        return EINVAL.to_errno();
    }
    0
}

/// # Safety
///
/// Called by blk-mq when a set is made or resized, with a set of `T`.
unsafe extern "C" fn map_queues<T: Operations>(set: *mut bindings::blk_mq_tag_set) {
    // SAFETY: By the contract of this function.
    let inner = unsafe { Inner::<'_, T>::of(set) };
    let (first_vector, polled) = inner.shape();
    // SAFETY: blk-mq has set them before it calls.
    let (queues, maps) = unsafe { ((*set).nr_hw_queues, (*set).nr_maps) };
    let polled = polled.min(queues.saturating_sub(1));
    let woken = queues.saturating_sub(polled);
    // SAFETY: blk-mq lets this callback write the maps, and nobody else does meanwhile.
    let [default, read, poll] = unsafe { &mut (*set).map };
    default.nr_queues = woken;
    default.queue_offset = 0;
    match first_vector {
        // SAFETY: The device is bound and its vectors are allocated; the map is the set's.
        Some(v) => unsafe {
            bindings::blk_mq_map_hw_queues(default, inner.scope.as_ref().dev(), c_uint::from(v))
        },
        // SAFETY: The map is the set's.
        None => unsafe { bindings::blk_mq_map_queues(default) },
    }
    if maps == 3 {
        read.nr_queues = 0;
        poll.nr_queues = polled;
        poll.queue_offset = woken;
        if polled != 0 {
            // SAFETY: The map is the set's.
            unsafe { bindings::blk_mq_map_queues(poll) };
        }
    }
}

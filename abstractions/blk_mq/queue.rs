// SPDX-License-Identifier: GPL-2.0

//! Requests of the driver's own: over a queue without a disk.
//!
//! C: `blk_mq_alloc_queue`, `blk_mq_alloc_request`, `blk_execute_rq` (block/blk-mq.c).

use crate::{
    blk_mq::{
        complete,
        pdu,
        tag_set,
        trampolines,
        Operations,
        TagSet, //
    },
    pci::{
        scope::{
            Registration,
            Stage, //
        },
        Live, //
    },
    raw,
    Brand, //
};
use core::{
    marker::PhantomData,
    ptr::NonNull, //
};
use kernel::{
    bindings,
    error::{
        from_err_ptr,
        to_result, //
    },
    prelude::*,
    sync::Arc,
    time::Delta, //
};

/// Which tag a request of the driver's own gets.
#[derive(Copy, Clone, PartialEq, Eq)]
pub enum Tag {
    /// A free one, waiting for it.
    Wait,
    /// A free one, or `EAGAIN`.
    Now,
    /// One of those set aside, or `EAGAIN`: what must get through gets through.
    Reserved,
}

/// The longest time limit, 24 days: for a request that the device keeps until there is something to
/// tell.
pub const ENDLESS: Delta = Delta::from_millis(i32::MAX as i64);

/// The registration of a queue without a disk.
struct Entry<'b, T: Operations> {
    q: NonNull<bindings::request_queue>,
    set: Arc<tag_set::Inner<'b, T>>,
}

// SAFETY: A request queue may be used from any task.
unsafe impl<T: Operations> Send for Entry<'_, T> {}
// SAFETY: As above.
unsafe impl<T: Operations> Sync for Entry<'_, T> {}

impl<T: Operations> Registration for Entry<'_, T> {
    fn end(&self, stage: Stage, _gone: bool) {
        match stage {
            // A timeout may still be at work for a request that has ended, and use other queues. No
            // request is started any more, so none follows.
            // SAFETY: Allocated by `TagSet::queue`; process context.
            Stage::Detach => unsafe { bindings::blk_sync_queue(self.q.as_ptr()) },
            Stage::Destroy => destroy(&self.set, self.q),
            _ => {}
        }
    }
}

/// Destroys a queue that [`TagSet::queue`] has made; what was in flight has ended.
fn destroy<T: Operations>(set: &tag_set::Inner<'_, T>, q: NonNull<bindings::request_queue>) {
    set.leave(q);
    // SAFETY: Allocated by `TagSet::queue`; it leaves the set with this (`maps-stay`).
    set.no_resize(|| unsafe { bindings::blk_mq_destroy_queue(q.as_ptr()) });
    // SAFETY: The reference of the allocation.
    unsafe { bindings::blk_put_queue(q.as_ptr()) };
}

/// A request queue without a disk. A handle: the scope destroys the queue.
///
/// # Invariants
///
/// `q` is valid for as long as there is a `Live<'b>`.
pub struct Queue<'b, T: Operations> {
    q: NonNull<bindings::request_queue>,
    _t: PhantomData<(Brand<'b>, T)>,
}

// SAFETY: A request queue may be used from any task.
unsafe impl<T: Operations> Send for Queue<'_, T> {}
// SAFETY: As above.
unsafe impl<T: Operations> Sync for Queue<'_, T> {}

impl<'b, T: Operations> TagSet<'b, T> {
    /// Makes a request queue without a disk over this set. `ENOMEM`, or `ESHUTDOWN` once the scope
    /// is ending.
    pub fn queue(&self, at: Live<'b>) -> Result<Queue<'b, T>> {
        let (limits, data) = (core::ptr::null_mut(), core::ptr::null_mut());
        let alloc = || {
            // SAFETY: The set is allocated while the scope lives, and its maps stay (`maps-stay`).
            unsafe { bindings::blk_mq_alloc_queue(self.raw(), limits, data) }
        };
        let q = from_err_ptr(self.inner().no_resize(alloc))?;
        let q = NonNull::new(q).ok_or(ENOMEM)?;
        if let Err(e) = self.keep(at, q) {
            destroy(&self.inner(), q);
            return Err(e);
        }
        Ok(Queue { q, _t: PhantomData })
    }

    fn keep(&self, at: Live<'b>, q: NonNull<bindings::request_queue>) -> Result {
        let set = self.inner();
        set.join(q)?;
        let entry = Entry::<'b, T> { q, set };
        at.scope().register(Arc::new(entry, GFP_KERNEL)?)
    }
}

impl<'b, T: Operations> Queue<'b, T> {
    /// Allocates a request for a command that takes data to the device if `out`, from it otherwise;
    /// it times out after `timeout`, at most [`ENDLESS`]. Process context.
    ///
    /// # Errors
    ///
    /// `EAGAIN` where no tag is free and none is waited for, `ENODEV` once the queue is going.
    pub fn alloc(&self, at: Live<'b>, out: bool, tag: Tag, timeout: Delta) -> Result<Owned<'b, T>> {
        let op = if out {
            bindings::req_op_REQ_OP_DRV_OUT
        } else {
            bindings::req_op_REQ_OP_DRV_IN
        };
        let flags = match tag {
            Tag::Wait => 0,
            Tag::Now => bindings::BLK_MQ_REQ_NOWAIT,
            Tag::Reserved => bindings::BLK_MQ_REQ_NOWAIT | bindings::BLK_MQ_REQ_RESERVED,
        };
        // SAFETY: The queue is valid by the type invariant; a going one is refused.
        let rq = unsafe { bindings::blk_mq_alloc_request(self.q.as_ptr(), op, flags) };
        let rq = from_err_ptr(rq)?;
        let rq = NonNull::new(rq).ok_or(ENOMEM)?;
        // SAFETY: Just allocated, ours.
        unsafe { (*rq.as_ptr()).timeout = trampolines::jiffies(timeout) };
        // SAFETY: As above.
        unsafe { pdu::own::<T::Pdu>(rq) }.reset();
        // SAFETY: As above; the driver's data is `Zeroable`.
        unsafe { *pdu::driver::<T::Pdu>(rq) = pin_init::zeroed() };
        Ok(Owned {
            rq,
            at,
            _t: PhantomData,
        })
    }
}

/// A request that the driver owns: to be run, or freed by dropping it.
///
/// Leaking one loses its tag, and the end of the scope waits for it for ever.
pub struct Owned<'b, T: Operations> {
    rq: NonNull<bindings::request>,
    at: Live<'b>,
    _t: PhantomData<T>,
}

impl<'b, T: Operations> Owned<'b, T> {
    /// Runs `cmd` with `buf` as its data, and waits until it has ended: by the device, by its
    /// timeout, or by a drain. The driver's data of the request as [`Operations::finish`] left it.
    ///
    /// # Errors
    ///
    /// `EDEADLK` if the caller holds [`Stopped`](crate::dma::Stopped); `EINVAL` and `ENOMEM` if `buf`
    /// cannot be mapped, as a static of the module cannot; what `finish` made of it (`blk_status_to_errno`).
    pub fn run(self, cmd: &T::Cmd, buf: &mut [u8]) -> Result<T::Pdu> {
        if self.at.scope().holds_stopped() {
            return Err(EDEADLK);
        }
        if !buf.is_empty() {
            let len = u32::try_from(buf.len())?;
            // SAFETY: Looks at the address alone.
            if !unsafe { raw::rnvme_abs_has_pages(buf.as_ptr().cast()) } {
                return Err(EINVAL);
            }
            // SAFETY: The request is ours. The buffer has pages, as just checked, and is borrowed for longer
            // than the request runs: the wait below cannot be interrupted. Where it cannot be used for DMA,
            // the block layer copies (block/blk-map.c, `blk_rq_map_kern`).
            to_result(unsafe {
                bindings::blk_rq_map_kern(
                    self.rq.as_ptr(),
                    buf.as_mut_ptr().cast(),
                    len,
                    bindings::GFP_KERNEL,
                )
            })?;
        }
        // SAFETY: The request is ours.
        unsafe { pdu::own::<T::Pdu>(self.rq) }.cmd = core::ptr::from_ref(cmd).cast();
        // SAFETY: Ours, not started. After it returns the request has ended and is ours again.
        let status = unsafe { bindings::blk_execute_rq(self.rq.as_ptr(), false) };
        // SAFETY: As above.
        let pdu = unsafe { *pdu::driver::<T::Pdu>(self.rq) };
        // SAFETY: A function of the status alone.
        to_result(unsafe { bindings::blk_status_to_errno(status) })?;
        Ok(pdu)
    }

    /// Gives `cmd` to the device and goes on. What comes of it is for [`Operations::finish`] to see,
    /// and that it is over for [`Operations::over`]; then the request frees itself. No data. Does not
    /// sleep.
    ///
    /// # Errors
    ///
    /// `ENOMEM`: nothing was started.
    pub fn start(self, cmd: T::Cmd) -> Result {
        let cmd = KBox::into_raw(KBox::new(cmd, GFP_ATOMIC)?);
        let rq = self.rq;
        core::mem::forget(self);
        // SAFETY: The request is ours, not started; `cmd` lives until `ended` has freed it.
        unsafe {
            pdu::own::<T::Pdu>(rq).cmd = cmd.cast_const().cast();
            (*rq.as_ptr()).end_io = Some(ended::<T>);
            (*rq.as_ptr()).end_io_data = cmd.cast();
            bindings::blk_execute_rq_nowait(rq.as_ptr(), false);
        }
        Ok(())
    }
}

/// The end of a request that nobody waits for.
///
/// # Safety
///
/// Called by blk-mq for a request that `Owned::start` has started, in any context.
unsafe extern "C" fn ended<T: Operations>(
    rq: *mut bindings::request,
    _status: bindings::blk_status_t,
    _iob: *const bindings::io_comp_batch,
) -> bindings::rq_end_io_ret {
    // SAFETY: Set by `Owned::start`, not used any more.
    let cmd = unsafe { KBox::from_raw((*rq).end_io_data.cast::<T::Cmd>()) };
    // SAFETY: A request that ends is not null, and is kept until this returns.
    let q = unsafe { complete::queue_of::<T>(NonNull::new_unchecked(rq)) };
    T::over(q.data(), &cmd);
    bindings::rq_end_io_ret_RQ_END_IO_FREE
}

impl<T: Operations> Drop for Owned<'_, T> {
    fn drop(&mut self) {
        // SAFETY: The request is ours; it has not been started, or has ended.
        unsafe { bindings::blk_mq_free_request(self.rq.as_ptr()) };
    }
}

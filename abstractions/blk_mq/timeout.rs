// SPDX-License-Identifier: GPL-2.0

//! What a timeout may see of a request that is perhaps completing at the same moment.
//!
//! C: `timeout` of `struct blk_mq_ops`; block/blk-mq.c, `blk_mq_rq_timed_out`.

use crate::blk_mq::{
    complete,
    pdu,
    request::{
        field,
        Op, //
    },
    HwQueue,
    Operations, //
};
use core::{
    marker::PhantomData,
    ptr::NonNull, //
};
use kernel::bindings;

/// A request whose time is up. It is kept from being freed, not from being completed: there is no
/// access to its data, and no way to end it. Look at the queue, or stop the device and drain it.
///
/// # Invariants
///
/// blk-mq holds a reference to the request for as long as this exists.
pub struct TimedOut<'r, 'b, T: Operations> {
    pub(crate) rq: NonNull<bindings::request>,
    pub(crate) _t: PhantomData<(&'r (), &'b (), T)>,
}

impl<'b, T: Operations> TimedOut<'_, 'b, T> {
    fn q(&self) -> &HwQueue<'b, T> {
        // SAFETY: Kept from being freed by the type invariant.
        unsafe { complete::queue_of(self.rq) }
    }

    /// What it asks for.
    pub fn op(&self) -> Op {
        Op::of_raw(field!(self.rq, cmd_flags))
    }

    /// The first sector, in units of 512 bytes.
    pub fn sector(&self) -> u64 {
        field!(self.rq, __sector)
    }

    /// How many bytes it is about; fewer while it completes.
    pub fn bytes(&self) -> u32 {
        field!(self.rq, __data_len)
    }

    /// The identifier under which the device has it, or `None` if it has been taken.
    pub fn cid(&self) -> Option<u16> {
        let tag = field!(self.rq, tag);
        let q = self.q();
        let index = u16::try_from(tag).ok()?;
        q.slots
            .get(usize::from(index))?
            .cid_of(q.cids, index, self.rq)
    }

    /// Whether it is still with the device: started, and not completed.
    pub fn is_in_flight(&self) -> bool {
        field!(self.rq, state) == bindings::mq_rq_state_MQ_RQ_IN_FLIGHT
    }

    /// Marks it under its present identifier; whether it was not marked under it before.
    pub fn mark(&self) -> bool {
        let Some(cid) = self.cid() else {
            return false;
        };
        // SAFETY: Kept from being freed by the type invariant.
        let marked = unsafe { &pdu::shared::<T::Pdu>(self.rq).marked };
        let new = u32::from(cid).wrapping_add(1);
        let old = marked.get();
        old != new && marked.change(old, new).is_ok()
    }

    /// Whether it is the driver's own.
    pub fn is_passthrough(&self) -> bool {
        self.op().is_passthrough()
    }
}

// SPDX-License-Identifier: GPL-2.0

//! What may be seen of a request that is with the device, and perhaps completing at the same moment:
//! by its timeout, and by whoever looks over all of a set.
//!
//! C: `timeout` of `struct blk_mq_ops`; `blk_mq_tagset_busy_iter` (block/blk-mq-tag.c).

use crate::{
    blk_mq::{
        complete,
        pdu,
        request::{
            field,
            Op, //
        },
        HwQueue,
        Operations,
        TagSet, //
    },
    pci::Live,
    raw,
    Brand, //
};
use core::{
    marker::PhantomData,
    ptr::NonNull, //
};
use kernel::{
    bindings,
    ffi::c_void,
    time::Delta, //
};

/// A request that was given to the device. It is kept from being freed, not from being completed:
/// there is no access to its data, and no way to end it. Look at the queue, or stop the device and
/// drain it.
///
/// # Invariants
///
/// blk-mq holds a reference to the request for as long as this exists, and the request was started.
pub struct InFlight<'r, 'b, T: Operations> {
    rq: NonNull<bindings::request>,
    _t: PhantomData<(&'r (), Brand<'b>, T)>,
}

/// What a request can be marked as, once for each time that the device gets it.
#[derive(Copy, Clone, PartialEq, Eq)]
#[repr(u32)]
pub enum Mark {
    /// It was told of.
    Reported = 1 << 29,
    /// Its time is up.
    Overdue = 1 << 30,
    /// The device was asked to give it up.
    Aborted = 1 << 31,
}

impl<'b, T: Operations> InFlight<'_, 'b, T> {
    /// # Safety
    ///
    /// `rq` is a started request of a set of `T`, and a reference to it is held for as long as the
    /// value is used.
    pub(crate) unsafe fn new(rq: NonNull<bindings::request>) -> Self {
        // INVARIANT: By the contract of this function.
        Self {
            rq,
            _t: PhantomData,
        }
    }

    /// The queue that it was given to.
    pub fn queue(&self) -> &HwQueue<'b, T> {
        // SAFETY: The reference of the type invariant keeps `mq_hctx`, which only freeing the request
        // clears, and a count of its queue, so the context is neither freed nor made anew.
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

    /// How long ago it was given to the device, or its timeout was begun anew; in whole ticks of the
    /// kernel's clock.
    pub fn age(&self) -> Delta {
        // SAFETY: Kept from being freed by the type invariant.
        let ms = unsafe { raw::rnvme_abs_age_ms(self.rq.as_ptr()) };
        Delta::from_millis(i64::from(ms))
    }

    /// After how long it times out.
    pub fn timeout(&self) -> Delta {
        let jiffies = u64::from(field!(self.rq, timeout));
        // SAFETY: A conversion of units.
        let ms = unsafe { bindings::jiffies64_to_msecs(jiffies) };
        Delta::from_millis(ms as i64)
    }

    /// The identifier under which the device has it, or `None` if it has been taken.
    pub fn cid(&self) -> Option<u16> {
        let tag = field!(self.rq, tag);
        let q = self.queue();
        let index = u16::try_from(tag).ok()?;
        q.slots
            .get(usize::from(index))?
            .cid_of(q.cids, index, self.rq)
    }

    /// Whether it is still with the device: started, and not completed.
    pub fn is_in_flight(&self) -> bool {
        field!(self.rq, state) == bindings::mq_rq_state_MQ_RQ_IN_FLIGHT
    }

    /// Marks it under its present identifier; whether it was not marked so under it before. `false`
    /// if it has been taken.
    pub fn mark(&self, as_: Mark) -> bool {
        let Some(cid) = self.cid() else {
            return false;
        };
        // SAFETY: Kept from being freed by the type invariant.
        let marks = unsafe { &pdu::shared::<T::Pdu>(self.rq).marks };
        let fresh = u32::from(cid).wrapping_add(1);
        loop {
            let old = marks.get();
            let of_this_turn = if old & 0x1_ffff == fresh { old } else { fresh };
            if of_this_turn & as_ as u32 != 0 {
                return false;
            }
            if marks.change(old, of_this_turn | as_ as u32).is_ok() {
                return true;
            }
        }
    }

    /// Whether it is marked so under its present identifier.
    pub fn is_marked(&self, as_: Mark) -> bool {
        // SAFETY: Kept from being freed by the type invariant.
        let marks = unsafe { pdu::shared::<T::Pdu>(self.rq) }.marks.get();
        self.cid()
            .is_some_and(|cid| marks & 0x1_ffff == u32::from(cid).wrapping_add(1))
            && marks & as_ as u32 != 0
    }

    /// Whether it is the driver's own.
    pub fn is_passthrough(&self) -> bool {
        self.op().is_passthrough()
    }
}

impl<'b, T: Operations> TagSet<'b, T> {
    /// Shows `see` every request of the set that is with the device, those of closed queues too. They
    /// may complete meanwhile. `see` has no [`Live`], being `Send`; it must not wait for requests.
    pub fn each_in_flight<F>(&self, at: Live<'b>, mut see: F)
    where
        F: FnMut(&InFlight<'_, 'b, T>) + Send,
    {
        let _ = at;
        let see = (&raw mut see).cast::<c_void>();
        // SAFETY: The set is allocated while the scope lives, and its maps stay (`maps-stay`); `visit`
        // expects a closure of this type.
        self.inner().walk(|| unsafe {
            bindings::blk_mq_tagset_busy_iter(self.raw(), Some(visit::<T, F>), see)
        });
    }
}

/// # Safety
///
/// Called by `blk_mq_tagset_busy_iter` with a started request of a set of `T`, to which it holds a
/// reference, and with a pointer to an `F` that nobody else uses.
unsafe extern "C" fn visit<'b, T: Operations, F>(
    rq: *mut bindings::request,
    see: *mut c_void,
) -> bool
where
    F: FnMut(&InFlight<'_, 'b, T>) + Send,
{
    // SAFETY: By the contract of this function.
    let rq = unsafe { InFlight::new(NonNull::new_unchecked(rq)) };
    if rq.is_in_flight() && rq.cid().is_some() {
        // SAFETY: As above.
        unsafe { (*see.cast::<F>())(&rq) };
    }
    true
}

// SPDX-License-Identifier: GPL-2.0

//! What follows a `struct request` in memory: this crate's header and the driver's data.
//!
//! C: `cmd_size` of `struct blk_mq_tag_set`, `blk_mq_rq_to_pdu`.
//!
//! # Invariants
//!
//! - `pdu-zero`: all zeroes is a valid PDU, and blk-mq zeroes requests when it allocates them
//!   (block/blk-mq.c, `blk_mq_alloc_rqs`; block/blk-flush.c, `blk_alloc_flush_queue`).
//! - `pdu-parts`: [`Own`] and the driver's data are accessed by whoever has the request; [`Shared`]
//!   by atomics, by anybody who keeps the request from being freed.

use crate::{
    counter::State,
    dma::mapping::Mapping,
    raw, //
};
use core::ptr::NonNull;
use kernel::bindings;

/// The part that is seen from outside while the request may be completing on another CPU.
#[repr(C)]
pub(crate) struct Shared {
    /// The identifier that was marked, plus one, and above it as what.
    pub(crate) marks: State,
}

/// The part of whoever has the request.
#[repr(C)]
pub(crate) struct Own {
    pub(crate) map: Mapping,
    /// The command of a request of the driver's own, valid until its `end_io`.
    pub(crate) cmd: *const core::ffi::c_void,
    pub(crate) retries: u8,
    /// The driver has seen the request succeed.
    pub(crate) good: bool,
    /// `Sts` why the request was cancelled, or `OK`.
    pub(crate) cancelled: u8,
    pub(crate) pages: crate::dma::pages::List,
}

/// All of it.
#[repr(C)]
pub(crate) struct Pdu<P> {
    pub(crate) shared: Shared,
    pub(crate) own: Own,
    pub(crate) driver: P,
}

/// The PDU of a request.
#[inline(always)]
pub(crate) fn of<P>(rq: NonNull<bindings::request>) -> *mut Pdu<P> {
    const { assert!(align_of::<Pdu<P>>() <= 8) };
    // The PDU begins where the request ends (`blk_mq_rq_to_pdu`).
    rq.as_ptr().wrapping_add(1).cast()
}

/// This crate's part of the PDU of a request.
///
/// # Safety
///
/// The caller has the request: nobody else uses this part for `'r` (`pdu-parts`).
#[inline(always)]
pub(crate) unsafe fn own<'r, P>(rq: NonNull<bindings::request>) -> &'r mut Own {
    // SAFETY: The request was allocated with room for a `Pdu<P>`, valid by `pdu-zero`, exclusive by
    // the contract of this function.
    unsafe { &mut (*of::<P>(rq)).own }
}

/// The driver's part of the PDU of a request.
///
/// # Safety
///
/// As for [`own`].
#[inline(always)]
pub(crate) unsafe fn driver<'r, P>(rq: NonNull<bindings::request>) -> &'r mut P {
    // SAFETY: As in `own`; the driver's data is `Zeroable`.
    unsafe { &mut (*of::<P>(rq)).driver }
}

/// The shared part of the PDU of a request.
///
/// # Safety
///
/// The request is not freed for `'r`.
pub(crate) unsafe fn shared<'r, P>(rq: NonNull<bindings::request>) -> &'r Shared {
    // SAFETY: As in `own`, but shared: this part is accessed by atomics only.
    unsafe { &(*of::<P>(rq)).shared }
}

impl Own {
    /// Makes the header ready for the next use of the request. Its mapping is gone already.
    #[inline(always)]
    pub(crate) fn reset(&mut self) {
        self.retries = 0;
        self.good = false;
        self.cancelled = raw::sts::OK;
        self.cmd = core::ptr::null();
    }
}

// SPDX-License-Identifier: GPL-2.0

//! Views of a request, one per state. None of them is owned; each is lent for one callback.
//!
//! C: `struct request` and its inline accessors in `include/linux/blk-mq.h`.

use crate::{
    blk_mq::{
        pdu,
        Operations,
        Refuse,
        Sts, //
    },
    dma::{
        mapping::Mapper,
        DescriptorPages,
        Mapped, //
    },
    raw, //
};
use core::{
    marker::PhantomData,
    ptr::NonNull, //
};
use kernel::bindings;

/// What a request asks for: `enum req_op`, `include/linux/blk_types.h`.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Op {
    /// Read sectors.
    Read,
    /// Write sectors.
    Write,
    /// Make everything that was written durable.
    Flush,
    /// The content of sectors is no longer needed.
    Discard,
    /// Make sectors read as zeroes.
    WriteZeroes,
    /// A command of the driver's own, data to the host if any.
    DriverIn,
    /// A command of the driver's own, data to the device if any.
    DriverOut,
    /// Anything else, by its number.
    Other(u8),
}

impl Op {
    const READ: u32 = bindings::req_op_REQ_OP_READ;
    const WRITE: u32 = bindings::req_op_REQ_OP_WRITE;
    const FLUSH: u32 = bindings::req_op_REQ_OP_FLUSH;
    const DISCARD: u32 = bindings::req_op_REQ_OP_DISCARD;
    const WRITE_ZEROES: u32 = bindings::req_op_REQ_OP_WRITE_ZEROES;
    const DRV_IN: u32 = bindings::req_op_REQ_OP_DRV_IN;
    const DRV_OUT: u32 = bindings::req_op_REQ_OP_DRV_OUT;

    #[inline(always)]
    pub(crate) fn of_raw(cmd_flags: u32) -> Self {
        match cmd_flags & 0xff {
            Self::READ => Op::Read,
            Self::WRITE => Op::Write,
            Self::FLUSH => Op::Flush,
            Self::DISCARD => Op::Discard,
            Self::WRITE_ZEROES => Op::WriteZeroes,
            Self::DRV_IN => Op::DriverIn,
            Self::DRV_OUT => Op::DriverOut,
            other => Op::Other(other as u8),
        }
    }

    /// Whether requests of this kind can have data.
    #[inline(always)]
    fn may_have_data(self) -> bool {
        matches!(self, Op::Read | Op::Write | Op::DriverIn | Op::DriverOut)
    }

    /// Whether it is the driver's own.
    pub fn is_passthrough(self) -> bool {
        matches!(self, Op::DriverIn | Op::DriverOut)
    }
}

const FUA: u32 = 1 << bindings::req_flag_bits___REQ_FUA;
const NOUNMAP: u32 = 1 << bindings::req_flag_bits___REQ_NOUNMAP;
const RAHEAD: u32 = 1 << bindings::req_flag_bits___REQ_RAHEAD;
/// `REQ_FAILFAST_MASK`.
const FAILFAST: u32 = 1 << bindings::req_flag_bits___REQ_FAILFAST_DEV
    | 1 << bindings::req_flag_bits___REQ_FAILFAST_TRANSPORT
    | 1 << bindings::req_flag_bits___REQ_FAILFAST_DRIVER;

/// Reads a field of a request that is not freed meanwhile, once (`READ_ONCE`): fields change under
/// the timeout when a request completes.
macro_rules! field {
    ($rq:expr, $f:ident) => {{
        let rq: NonNull<bindings::request> = $rq;
        // SAFETY: The views and callers of this file are used while their request is not freed.
        unsafe { core::ptr::read_volatile(&raw const (*rq.as_ptr()).$f) }
    }};
}
pub(crate) use field;

/// Which way the data of a request goes (`rq_dma_dir`).
#[inline(always)]
pub(crate) fn direction(rq: NonNull<bindings::request>) -> bindings::dma_data_direction {
    if field!(rq, cmd_flags) & 1 != 0 {
        bindings::dma_data_direction::DMA_TO_DEVICE
    } else {
        bindings::dma_data_direction::DMA_FROM_DEVICE
    }
}

/// `blk_rq_is_passthrough`.
#[inline(always)]
pub(crate) fn is_passthrough(rq: NonNull<bindings::request>) -> bool {
    matches!(field!(rq, cmd_flags) & 0xff, Op::DRV_IN | Op::DRV_OUT)
}

/// The driver's data of the disk that a request is for, or `None` for a queue without a disk.
///
/// # Safety
///
/// The request is of a queue of a set of `T`, and holds its queue's usage count for `'r`.
#[inline(always)]
pub(crate) unsafe fn ns<'r, T: Operations>(rq: NonNull<bindings::request>) -> Option<&'r T::Ns> {
    let q = field!(rq, q);
    // SAFETY: A request's queue is valid while the request is. `queuedata` is null, or the `T::Ns`
    // that the disk keeps until its queue is frozen for good.
    unsafe { (*q).queuedata.cast::<T::Ns>().as_ref() }
}

macro_rules! accessors {
    ($view:ident) => {
        impl<T: Operations> $view<'_, T> {
            /// What it asks for.
            #[inline(always)]
            pub fn op(&self) -> Op {
                Op::of_raw(field!(self.rq, cmd_flags))
            }

            /// The first sector, in units of 512 bytes whatever the logical block.
            #[inline(always)]
            pub fn sector(&self) -> u64 {
                field!(self.rq, __sector)
            }

            /// How many bytes it is about.
            #[inline(always)]
            pub fn bytes(&self) -> u32 {
                field!(self.rq, __data_len)
            }
        }
    };
}

/// The command of a request of the driver's own.
///
/// # Safety
///
/// The request has not passed its `end_io`, and `cmd` is from its header.
#[inline]
unsafe fn command<'r, T: Operations>(cmd: *const core::ffi::c_void) -> Option<&'r T::Cmd> {
    // SAFETY: Null, or the `T::Cmd` that `Owned` keeps until `end_io`.
    unsafe { cmd.cast::<T::Cmd>().as_ref() }
}

/// A request that is not started: lent to [`Operations::prepare`].
///
/// # Invariants
///
/// Nobody else uses the request's PDU while this exists, and nothing is mapped yet but by it.
pub struct Idle<'r, T: Operations> {
    pub(crate) rq: NonNull<bindings::request>,
    pub(crate) mapper: &'r Mapper,
    pub(crate) _t: PhantomData<&'r mut T>,
}

accessors!(Idle);

impl<T: Operations> Idle<'_, T> {
    /// The driver's data of the request.
    #[inline(always)]
    pub fn pdu(&mut self) -> &mut T::Pdu {
        // SAFETY: Exclusive by the type invariant.
        unsafe { pdu::driver(self.rq) }
    }

    /// Whether it has data that [`map`](Self::map) would map. A discard counts as a segment and has
    /// none.
    #[inline(always)]
    pub fn has_data(&self) -> bool {
        self.op().may_have_data() && field!(self.rq, nr_phys_segments) != 0
    }

    /// Maps the data for the device.
    ///
    /// # Errors
    ///
    /// [`Refuse::Fail`] for an operation without data, or where it is mapped already.
    #[inline(always)]
    pub fn map(&mut self) -> Result<Mapped<'_>, Refuse> {
        // SAFETY: Exclusive by the type invariant.
        let own = unsafe { pdu::own::<T::Pdu>(self.rq) };
        if own.map.is_some() || !self.op().may_have_data() {
            return Err(Refuse::Fail(Sts::Invalid));
        }
        // SAFETY: As above, and nothing is mapped.
        unsafe { self.mapper.map(self.rq, own) }
    }

    /// The ranges of a discard, and pages to describe them in.
    pub fn ranges(&mut self) -> (Ranges<'_>, DescriptorPages<'_>) {
        // SAFETY: Exclusive by the type invariant.
        let own = unsafe { pdu::own::<T::Pdu>(self.rq) };
        (
            Ranges {
                bio: field!(self.rq, bio),
                _rq: PhantomData,
            },
            DescriptorPages {
                pools: self.mapper.pools,
                list: &mut own.pages,
            },
        )
    }

    /// The command, where the request is the driver's own.
    #[inline]
    pub fn passthrough(&self) -> Option<&T::Cmd> {
        // SAFETY: Exclusive by the type invariant; not ended.
        unsafe { command::<T>((*pdu::of::<T::Pdu>(self.rq)).own.cmd) }
    }
}

/// A range of a discard: first sector and number of sectors, of 512 bytes.
pub struct Range {
    /// The first sector.
    pub sector: u64,
    /// How many sectors.
    pub sectors: u32,
}

/// The ranges of a discard that was merged from several.
pub struct Ranges<'r> {
    bio: *mut bindings::bio,
    _rq: PhantomData<&'r ()>,
}

impl Iterator for Ranges<'_> {
    type Item = Range;

    fn next(&mut self) -> Option<Range> {
        let bio = NonNull::new(self.bio)?.as_ptr();
        // SAFETY: A bio of a request that is being prepared: these fields do not change.
        let (next, iter) = unsafe { ((*bio).bi_next, (*bio).bi_iter) };
        self.bio = next;
        Some(Range {
            sector: iter.bi_sector,
            sectors: iter.bi_size >> 9,
        })
    }
}

/// A request that is started and not yet visible to the device: lent to [`Operations::encode`].
///
/// # Invariants
///
/// Nobody else uses the request's PDU while this exists.
pub struct Started<'r, T: Operations> {
    pub(crate) rq: NonNull<bindings::request>,
    pub(crate) _t: PhantomData<&'r T>,
}

accessors!(Started);

impl<T: Operations> Started<'_, T> {
    /// The driver's data of the request.
    #[inline(always)]
    pub fn pdu(&self) -> &T::Pdu {
        // SAFETY: Nobody writes it while this exists, by the type invariant.
        unsafe { &(*pdu::of::<T::Pdu>(self.rq)).driver }
    }

    /// The command, where the request is the driver's own.
    #[inline(always)]
    pub fn passthrough(&self) -> Option<&T::Cmd> {
        // SAFETY: Exclusive by the type invariant; not ended.
        unsafe { command::<T>((*pdu::of::<T::Pdu>(self.rq)).own.cmd) }
    }

    /// Whether the data must be durable when the request completes (`REQ_FUA`).
    #[inline(always)]
    pub fn is_fua(&self) -> bool {
        field!(self.rq, cmd_flags) & FUA != 0
    }

    /// Whether sectors that are made zero must stay allocated (`REQ_NOUNMAP`).
    #[inline]
    pub fn must_stay_allocated(&self) -> bool {
        field!(self.rq, cmd_flags) & NOUNMAP != 0
    }

    /// Whether it is read ahead of need (`REQ_RAHEAD`).
    #[inline(always)]
    pub fn is_readahead(&self) -> bool {
        field!(self.rq, cmd_flags) & RAHEAD != 0
    }

    /// Whether it should fail rather than take long (`REQ_FAILFAST_DEV` and its like).
    #[inline(always)]
    pub fn is_failfast(&self) -> bool {
        field!(self.rq, cmd_flags) & FAILFAST != 0
    }
}

/// A request that the device is done with: lent to [`Operations::finish`]. Still mapped.
///
/// # Invariants
///
/// Nobody else uses the request's PDU while this exists.
pub struct Ended<'r, T: Operations> {
    pub(crate) rq: NonNull<bindings::request>,
    pub(crate) _t: PhantomData<&'r mut T>,
}

accessors!(Ended);

impl<T: Operations> Ended<'_, T> {
    /// The driver's data of the request.
    pub fn pdu(&mut self) -> &mut T::Pdu {
        // SAFETY: Exclusive by the type invariant.
        unsafe { pdu::driver(self.rq) }
    }

    /// How often it was put back before. A count of the driver's; zero for a new request.
    pub fn retries(&mut self) -> &mut u8 {
        // SAFETY: Exclusive by the type invariant.
        unsafe { &mut pdu::own::<T::Pdu>(self.rq).retries }
    }

    /// Whether it was taken back from a device that is stopped, rather than completed by it.
    pub fn is_cancelled(&self) -> bool {
        // SAFETY: Exclusive by the type invariant.
        unsafe { (*pdu::of::<T::Pdu>(self.rq)).own.cancelled != raw::sts::OK }
    }

    /// Whether it should fail rather than be retried (`blk_noretry_request`).
    pub fn is_failfast(&self) -> bool {
        field!(self.rq, cmd_flags) & FAILFAST != 0
    }

    /// The command, where the request is the driver's own.
    pub fn passthrough(&self) -> Option<&T::Cmd> {
        // SAFETY: Exclusive by the type invariant; not ended.
        unsafe { command::<T>((*pdu::of::<T::Pdu>(self.rq)).own.cmd) }
    }
}

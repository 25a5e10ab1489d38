// SPDX-License-Identifier: GPL-2.0

//! Block devices with several hardware queues: a layer over blk-mq in which every request that the
//! device was given ends exactly once.
//!
//! C header: [`include/linux/blk-mq.h`](srctree/include/linux/blk-mq.h)
//!
//! # The life of a request
//!
//! ```text
//!  queue_rq ─► Idle ──prepare──► Started ──encode──► slot ──reap──► Ended ──finish──► ended or requeued
//!              lent to the driver, never owned      │  ▲
//!                                                   │  └ the one consumer of the queue, or drain
//!                                                   └ look: timeout only looks, it ends nothing
//! ```
//!
//! | state | in words | who has it |
//! |---|---|---|
//! | [`Idle`] | not started; may be refused | the driver's [`prepare`](Operations::prepare), by `&mut` |
//! | [`Started`] | started, not yet visible to the device | the driver's [`encode`](Operations::encode), by `&` |
//! | in its slot | the device may complete it | nobody; the slot word of its tag names it |
//! | taken | completed or cancelled | whoever took it from the slot, once |
//! | [`Ended`] | being finished | the driver's [`finish`](Operations::finish), by `&mut` |
//!
//! The driver never owns a request, so it can neither lose one nor end it twice. A request of the
//! driver's own, an [`Owned`], is the exception: it is freed when it is dropped.
//!
//! # Invariants
//!
//! - `slot-armed`: a slot word is non-null iff a started request with that driver tag was armed
//!   and not yet taken.
//! - One consumer, defined in `hw_queue.rs`: at most one `&mut` to the completion side of a queue
//!   exists at a time.
//! - `taken-once`: words are taken by the consumer only, so an armed request is taken exactly once;
//!   what the device says of an empty word or another generation is counted and dropped.
//! - `request-stays`: from arm to take nothing frees or reuses the request: its tag, its reference
//!   and its queue's usage count are held (block/blk-mq.c, `blk_mq_free_request`).

mod complete;
mod disk;
mod dispatch;
mod divert;
mod hw_queue;
mod in_flight;
mod limits;
mod line;
mod operations;
pub(crate) mod pdu;
mod queue;
pub(crate) mod request;
mod slots;
mod status;
mod tag_set;
mod trampolines;

pub use self::complete::{
    Seen,
    Taker, //
};
pub use self::disk::{
    Disk,
    DiskAttribute,
    Remove, //
};
pub use self::hw_queue::{
    Accept,
    HwQueue,
    Stats, //
};
pub use self::in_flight::{InFlight, Mark};
pub use self::limits::Limits;
pub use self::operations::Operations;
pub use self::queue::{
    Owned,
    Queue,
    Tag,
    ENDLESS, //
};
pub use self::request::{
    Ended,
    Idle,
    Op,
    Range,
    Ranges,
    Started, //
};
pub use self::status::{
    Eh,
    End,
    Refuse,
    Sts, //
};
pub use self::tag_set::{
    Shape,
    TagSet, //
};

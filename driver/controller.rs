// SPDX-License-Identifier: GPL-2.0

//! A controller: what it is made of, and its state, which changes here and nowhere else.
//!
//! ```text
//! Ctrl ┬ shared     state and counts: plain, outlives the device, seen from every queue
//!      ├ registers  CAP, CC, CSTS, doorbells
//!      ├ admin ── admin_set ── admin_queue      commands that wait
//!      ├ io[] ─── io_set ───── disks            requests
//!      ├ device     rnvme<N> in its class
//!      └ works      reset, scan, events
//! ```
//!
//! What is set once is set during probe, in the order above, before anything that could read it
//! runs.

use crate::{
    events::{
        Inbox,
        Listener, //
    },
    namespace::Disks,
    nvme::{
        depth::QueueSize,
        identify::{
            CommandSetLimits,
            Controller, //
        },
        lifecycle::{
            self,
            Event,
            State, //
        },
        page::PageSize,
        queue_count::Plan, //
    },
    queues::Shadow,
    registers::Registers,
    Nvme, //
};
use kernel::{
    prelude::*,
    sync::{
        Arc,
        Mutex,
        SetOnce, //
    }, //
};
use rnvme_abs::{
    blk_mq::{
        HwQueue,
        Queue,
        TagSet, //
    },
    counter::{
        self,
        Counter, //
    },
    device::ClassDevice,
    work::Work, //
};

/// A queue pair.
pub(crate) type Hw<'b> = Arc<HwQueue<'b, Nvme>>;

/// What all contexts share of a queue pair.
pub(crate) struct QueueInfo {
    /// The queue identifier; 0 is the admin queue.
    pub(crate) qid: u16,
    /// The controller's page size.
    pub(crate) page: PageSize,
    /// The controller takes SGLs on this queue.
    pub(crate) has_sgl: bool,
    /// The controller's plain part.
    pub(crate) shared: Arc<Shared>,
}

/// The part of a controller that does not touch the device.
#[derive(Default)]
pub(crate) struct Shared {
    /// A [`State`] as a number.
    state: counter::State,
    /// Requests that were tried again.
    pub(crate) retries: Counter,
    /// Completions that were found without an interrupt, after a timeout.
    pub(crate) found_late: Counter,
    /// Resets that were begun.
    pub(crate) resets: Counter,
    /// What the controller said unasked.
    pub(crate) events: Inbox,
}

impl Shared {
    /// Where the controller is. Any context.
    pub(crate) fn state(&self) -> State {
        // Only states are stored.
        State::from_u8(self.state.get() as u8).unwrap_or(State::Dead)
    }

    /// Carries out `event`: the state entered, or `None` where the present one does not take it, and
    /// whoever brought it does not act. Any context.
    pub(crate) fn change(&self, event: Event) -> Option<State> {
        loop {
            let from = self.state();
            let to = lifecycle::next(from, event)?;
            let (from, to_raw) = (u32::from(from.to_u8()), u32::from(to.to_u8()));
            if self.state.change(from, to_raw).is_ok() {
                return Some(to);
            }
        }
    }
}

/// A controller.
#[pin_data]
pub(crate) struct Ctrl<'b> {
    pub(crate) shared: Arc<Shared>,
    pub(crate) registers: Registers<'b>,
    pub(crate) page: PageSize,
    /// The size of I/O queues.
    pub(crate) size: QueueSize,
    pub(crate) admin: Hw<'b>,
    pub(crate) admin_set: SetOnce<TagSet<'b, Nvme>>,
    pub(crate) admin_queue: SetOnce<Queue<'b, Nvme>>,
    pub(crate) identity: SetOnce<KBox<Controller>>,
    pub(crate) limits: SetOnce<CommandSetLimits>,
    pub(crate) shadow: SetOnce<Shadow<'b>>,
    pub(crate) plan: SetOnce<Plan>,
    pub(crate) io: SetOnce<KVec<Hw<'b>>>,
    pub(crate) io_set: SetOnce<TagSet<'b, Nvme>>,
    pub(crate) device: SetOnce<ClassDevice<'b>>,
    #[pin]
    pub(crate) disks: Mutex<Disks<'b>>,
    #[pin]
    pub(crate) vectors: Mutex<crate::queues::Interrupts<'b>>,
    /// Whether requests can reach the device and come back: 1 between a bring-up and a stop.
    pub(crate) works: counter::State,
    /// How many I/O queues the controller has open, the first ones.
    pub(crate) open_count: counter::State,
    /// How many of them CPUs use.
    pub(crate) used_count: counter::State,
    /// How often the controller was stopped.
    pub(crate) stops: counter::State,
    pub(crate) reset_work: Work<Ctrl<'b>>,
    pub(crate) scan_work: Work<Ctrl<'b>>,
    pub(crate) event_work: Work<Ctrl<'b>>,
    #[pin]
    pub(crate) listener: Mutex<Listener>,
}

impl<'b> Ctrl<'b> {
    /// The I/O queues; none before they are made.
    pub(crate) fn io_queues(&self) -> &[Hw<'b>] {
        self.io.as_ref().map_or(&[], |v| v.as_slice())
    }

    /// Whether requests can reach the device and come back.
    pub(crate) fn is_working(&self) -> bool {
        self.works.get() != 0
    }
}

// SPDX-License-Identifier: GPL-2.0

//! A controller: what it is made of, and its state, which changes here and nowhere else.
//!
//! ```text
//! Ctrl ┬ shared     state and counts: plain, outlives the device, seen from every queue
//!      ├ registers  CAP, CC, CSTS, doorbells
//!      ├ admin ── admin_set ── admin_queue      commands that wait
//!      ├ io[] ─── io_set ───── disks            requests
//!      ├ device     rnvme<N> in its class
//!      └ works      watch, reset, scan, events
//! ```
//!
//! What is set once is set during probe, in the order above, before anything that could read it
//! runs.

use crate::{
    events::{
        Inbox,
        Listener, //
    },
    journal::{
        Counts,
        Journal, //
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
    registers::Registers,
    settings::Settings,
    shadow::Shadow,
    watch::Watch,
    Nvme, //
};
use kernel::{
    prelude::*,
    sync::{
        Arc,
        Mutex,
        SetOnce, //
    },
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
    work::{
        Alarm,
        Work, //
    }, //
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
    /// How often completions were found of which no interrupt told.
    pub(crate) lost: Counter,
    /// Completions that a timer found, where interrupts keep getting lost.
    pub(crate) polled: Counter,
    /// Completions that told of an error.
    pub(crate) failed: Counter,
}

/// The part of a controller that does not touch the device.
pub(crate) struct Shared {
    /// A [`State`] as a number.
    state: counter::State,
    /// The watch sleeps: whoever sends something wakes it.
    pub(crate) asleep: counter::State,
    /// What wakes it.
    pub(crate) watch: SetOnce<Alarm>,
    /// When the controller was bound, and when the watch last saw that requests had succeeded: by
    /// [`counter::uptime_ms`].
    pub(crate) bound_ms: u64,
    pub(crate) last_good_ms: Counter,
    pub(crate) settings: Settings,
    /// Requests that were tried again.
    pub(crate) retries: Counter,
    /// Resets that were begun, by cause; attempts that failed, by what was the matter then; resets of
    /// the function that followed.
    pub(crate) resets: Counts,
    pub(crate) attempts: Counts,
    pub(crate) function_resets: Counter,
    /// When the last one had ended well, and how many in a row were followed by the next one without
    /// that a request had succeeded.
    pub(crate) back_ms: Counter,
    pub(crate) vain: counter::State,
    /// How many Aborts may still be sent; how many were, by cause, and how many were carried out.
    pub(crate) abort_room: counter::State,
    pub(crate) aborts: Counts,
    pub(crate) aborts_done: Counter,
    /// What the controller said unasked.
    pub(crate) events: Inbox,
}

impl Shared {
    /// Of a controller that is being bound.
    pub(crate) fn new() -> Self {
        let this = Self {
            state: counter::State::new(u32::from(State::New.to_u8())),
            asleep: counter::State::new(0),
            watch: SetOnce::new(),
            bound_ms: counter::uptime_ms(),
            last_good_ms: Counter::new(),
            settings: Settings::default(),
            retries: Counter::new(),
            resets: Counts::default(),
            attempts: Counts::default(),
            function_resets: Counter::new(),
            back_ms: Counter::new(),
            vain: counter::State::new(0),
            abort_room: counter::State::new(0),
            aborts: Counts::default(),
            aborts_done: Counter::new(),
            events: Inbox::default(),
        };
        this.last_good_ms.set(this.bound_ms);
        this
    }

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

/// What a controller said of itself, once it was asked again.
type Latest = Option<Arc<Controller>>;

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
    /// Its disks are still to be taken away, and whoever does that.
    pub(crate) left: counter::State,
    /// Whoever stops the controller, or lets requests flow to it.
    #[pin]
    pub(crate) stopping: Mutex<()>,
    /// Whether the controller was told to stop and did not, and its function was not reset since.
    pub(crate) stubborn: counter::State,
    /// Whether the last scan did not go through.
    pub(crate) scan_failed: counter::State,
    /// What the controller said of itself when it was last reset.
    #[pin]
    pub(crate) latest: Mutex<Latest>,
    #[pin]
    pub(crate) leaving: Mutex<()>,
    #[pin]
    pub(crate) watching: Mutex<Watch>,
    #[pin]
    pub(crate) journal: Mutex<Journal>,
    pub(crate) reset_work: Work<Ctrl<'b>>,
    pub(crate) spread_work: Work<Ctrl<'b>>,
    pub(crate) scan_work: Work<Ctrl<'b>>,
    pub(crate) watch_work: Work<Ctrl<'b>>,
    pub(crate) event_work: Work<Ctrl<'b>>,
    #[pin]
    pub(crate) listener: Mutex<Listener>,
}

impl<'b> Ctrl<'b> {
    /// The I/O queues; none before they are made.
    pub(crate) fn io_queues(&self) -> &[Hw<'b>] {
        self.io.as_ref().map_or(&[], |v| v.as_slice())
    }

    /// All queues, the admin queue first.
    pub(crate) fn queues(&self) -> impl Iterator<Item = &Hw<'b>> {
        // Named, since the prelude has another `chain`.
        Iterator::chain(core::iter::once(&self.admin), self.io_queues())
    }

    /// The vector of a queue; 0 where there is no plan yet.
    pub(crate) fn vector(&self, qid: u16) -> u16 {
        self.plan.as_ref().and_then(|p| p.vector(qid)).unwrap_or(0)
    }

    /// Whether handlers run for the interrupts of other queues too.
    pub(crate) fn shares_lines(&self) -> bool {
        self.plan.as_ref().is_none_or(|p| p.is_shared())
    }

    /// Whether requests can reach the device and come back.
    pub(crate) fn is_working(&self) -> bool {
        self.works.get() != 0
    }
}

// SPDX-License-Identifier: GPL-2.0

//! A tag set: hardware queues that share a way of handing out tags, and the queues over them.
//!
//! C: `struct blk_mq_tag_set`, `blk_mq_alloc_tag_set` (block/blk-mq.c).

mod freeze;
mod resize;

use self::resize::Claims;

use crate::{
    blk_mq::{
        divert::Diverted,
        trampolines,
        HwQueue,
        Operations, //
    },
    pci::{
        scope::{
            Registration,
            Scope,
            Stage, //
        },
        Live, //
    }, //
};
use core::ptr::NonNull;
use kernel::{
    bindings,
    error::to_result,
    new_mutex,
    new_spinlock,
    prelude::*,
    sync::{
        Arc,
        Mutex,
        SpinLock, //
    },
    time::Delta,
    types::Opaque, //
};

/// How a tag set is laid out.
pub struct Shape {
    /// Tags per hardware queue, at most the queue's ring less one.
    pub depth: u32,
    /// How many of them are set aside for [`Tag::Reserved`](crate::blk_mq::Tag::Reserved).
    pub reserved: u32,
    /// After how long a request times out, where it does not say so itself.
    pub timeout: Delta,
    /// Which vector the first queue has, where CPUs are to use the queue whose vector is near them;
    /// `None` to spread CPUs evenly.
    pub first_vector: Option<u16>,
    /// How many of the queues, the last ones, are polled.
    pub polled: u32,
}

/// What is switched by hand, and undone at the end.
///
/// # Invariants
///
/// All of `queues` are allocated request queues over the set; each is quiesced once iff `quiesced`, and
/// frozen once from here iff `frozen` or `resizing`.
struct Switches {
    queues: KVec<NonNull<bindings::request_queue>>,
    quiesced: bool,
    /// By the driver.
    frozen: bool,
    /// By a resize.
    resizing: bool,
    /// The end of the scope has released what was quiesced: it stays so.
    released: bool,
    freed: bool,
}

/// # Invariants
///
/// - `set` is allocated until `switches.freed`.
/// - `one-set`: a queue is in one set, once, so that a driver tag of it means one request.
/// - `ctrl` and `scope` are valid until the registration has ended.
/// - `queues` only grows, and keeps every queue that a hardware context may point to.
/// - `maps-stay`: the maps of tags are made anew under `resizing` and `walking` only; who goes through
///   them holds `walking`; who makes a request queue over the set, or destroys one, holds `resizing`.
#[pin_data]
pub(crate) struct Inner<'b, T: Operations> {
    #[pin]
    set: Opaque<bindings::blk_mq_tag_set>,
    #[pin]
    queues: Mutex<KVec<Arc<HwQueue<'b, T>>>>,
    #[pin]
    shape: Mutex<(Option<u16>, u32)>,
    /// How many queues are in use, as the last resize left it.
    #[pin]
    resizing: Mutex<u32>,
    /// Never held while requests are waited for.
    #[pin]
    walking: Mutex<()>,
    #[pin]
    switches: Mutex<Switches>,
    #[pin]
    pub(crate) diverted: SpinLock<Diverted>,
    pub(crate) ctrl: NonNull<T::Ctrl<'b>>,
    pub(crate) scope: NonNull<Scope<'b>>,
}

// SAFETY: The controller is `Send + Sync`, queues are, and the set is used under blk-mq's locks.
unsafe impl<T: Operations> Send for Inner<'_, T> {}
// SAFETY: As above.
unsafe impl<T: Operations> Sync for Inner<'_, T> {}

/// The registration of a set: it keeps the controller for timeouts.
struct Entry<'b, T: Operations> {
    inner: Arc<Inner<'b, T>>,
    _ctrl: Arc<T::Ctrl<'b>>,
}

/// A handle to a tag set; the scope frees the set.
pub struct TagSet<'b, T: Operations>(Arc<Inner<'b, T>>);

impl<'b, T: Operations> TagSet<'b, T> {
    /// Allocates a set over `queues`, all of them in use at first. Timeouts are `ctrl`'s.
    ///
    /// # Errors
    ///
    /// `EINVAL` if there is no queue, or one has fewer slots than `shape.depth` needs; `EBUSY` if a
    /// queue is in a set already; `ENOMEM`; `ESHUTDOWN` once the scope is ending.
    pub fn new(
        at: Live<'b>,
        ctrl: &Arc<T::Ctrl<'b>>,
        queues: &[Arc<HwQueue<'b, T>>],
        shape: &Shape,
    ) -> Result<Self> {
        let nr = u32::try_from(queues.len())?;
        if nr == 0
            || shape.depth == 0
            || queues.iter().any(|q| (q.slots.len() as u32) <= shape.depth)
        {
            return Err(EINVAL);
        }
        let mut kept = KVec::with_capacity(queues.len(), GFP_KERNEL)?;
        let mut claims = Claims(KVec::with_capacity(queues.len(), GFP_KERNEL)?);
        for q in queues {
            kept.push(q.clone(), GFP_KERNEL)?;
            claims.add(q)?;
        }
        let inner = Arc::pin_init(
            pin_init!(Inner {
                set: Opaque::new(pin_init::zeroed()),
                queues <- new_mutex!(kept),
                shape <- new_mutex!((shape.first_vector, shape.polled)),
                resizing <- new_mutex!(nr),
                walking <- new_mutex!(()),
                switches <- new_mutex!(Switches {
                    queues: KVec::new(),
                    quiesced: false,
                    frozen: false,
                    resizing: false,
                    released: false,
                    freed: true,
                }),
                diverted <- new_spinlock!(Diverted::new()),
                ctrl: NonNull::from(&**ctrl),
                scope: at.scope_ptr(),
            }),
            GFP_KERNEL,
        )?;
        let entry = Arc::new(
            Entry {
                inner: inner.clone(),
                _ctrl: ctrl.clone(),
            },
            GFP_KERNEL,
        )?;
        let which = Arc::as_ptr(&entry).cast::<()>();
        at.scope().register(entry)?;

        let set = inner.set.get();
        // SAFETY: Nobody else knows the set yet. blk-mq may lower depth and number of queues, for
        // instance in a crash kernel: both are right for us, as the tables are sized by the rings.
        let ret = at.scope().with_vectors(|| unsafe {
            (*set).ops = trampolines::ops::<T>();
            (*set).nr_hw_queues = nr;
            (*set).queue_depth = shape.depth;
            (*set).reserved_tags = shape.reserved;
            (*set).cmd_size = trampolines::pdu_bytes::<T>();
            (*set).numa_node = at.raw_node();
            (*set).timeout = trampolines::jiffies(shape.timeout);
            // Read and polled queues may come later; a set cannot grow maps.
            (*set).nr_maps = if shape.polled != 0 { 3 } else { 1 };
            (*set).driver_data = Arc::as_ptr(&inner).cast_mut().cast();
            bindings::blk_mq_alloc_tag_set(set)
        });
        if let Err(e) = to_result(ret) {
            at.scope().forget(which);
            return Err(e);
        }
        claims.keep();
        inner.switches.lock().freed = false;
        Ok(Self(inner))
    }

    /// No request is dispatched until [`unquiesce`](Self::unquiesce); the ones in dispatch have come
    /// through when this returns. A second call changes nothing.
    pub fn quiesce(&self, at: Live<'b>) {
        let _ = at;
        self.0.quiesce();
    }

    /// Requests are dispatched again.
    pub fn unquiesce(&self, at: Live<'b>) {
        let _ = at;
        self.0.unquiesce(false);
    }

    /// Waits until what was completed on other CPUs has ended or been put back.
    pub fn wait_completed(&self, at: Live<'b>) {
        let _ = at;
        self.0.wait_completed();
    }

    pub(crate) fn raw(&self) -> *mut bindings::blk_mq_tag_set {
        self.0.set.get()
    }

    pub(crate) fn inner(&self) -> Arc<Inner<'b, T>> {
        self.0.clone()
    }
}

impl<'b, T: Operations> Inner<'b, T> {
    /// The set of a request queue or hardware context of `T`.
    ///
    /// # Safety
    ///
    /// `set` is a set of `T`, not freed for `'r`.
    pub(crate) unsafe fn of<'r>(set: *mut bindings::blk_mq_tag_set) -> &'r Self {
        // SAFETY: `TagSet::new` has set it to the inner, which outlives the set.
        unsafe { &*(*set).driver_data.cast::<Self>() }
    }

    /// The queue with this index, if there is one.
    pub(crate) fn queue(&self, index: usize) -> Option<NonNull<HwQueue<'b, T>>> {
        self.queues.lock().get(index).map(|q| NonNull::from(&**q))
    }

    /// First vector and number of polled queues.
    pub(crate) fn shape(&self) -> (Option<u16>, u32) {
        *self.shape.lock()
    }

    /// Keeps a new request queue of the set in step with the others. One that joins while they are
    /// quiesced or frozen is too.
    pub(crate) fn join(&self, q: NonNull<bindings::request_queue>) -> Result {
        let room = self.switches.lock().queues.len().saturating_add(8);
        // Not under the lock: memory may have to be written out first, to a device that waits for it.
        let mut longer = KVec::with_capacity(room, GFP_KERNEL)?;
        let mut s = self.switches.lock();
        if s.queues.len() == s.queues.capacity() {
            if longer.capacity() <= s.queues.len() {
                return Err(EAGAIN);
            }
            for q in s.queues.iter() {
                longer.push(*q, GFP_ATOMIC)?;
            }
            core::mem::swap(&mut s.queues, &mut longer);
        }
        s.queues.push(q, GFP_ATOMIC)?;
        if s.quiesced {
            // SAFETY: The queue is allocated, over this set.
            unsafe { bindings::blk_mq_quiesce_queue_nowait(q.as_ptr()) };
        }
        s.freeze_joined(q);
        Ok(())
    }

    /// Lets a request queue go its own way, neither quiesced nor frozen. To be called before it is destroyed.
    pub(crate) fn leave(&self, q: NonNull<bindings::request_queue>) {
        let mut s = self.switches.lock();
        let Some(i) = s.queues.iter().position(|p| *p == q) else {
            return;
        };
        let _ = s.queues.remove(i);
        s.unfreeze_left(q);
        if s.quiesced {
            // SAFETY: The queue is allocated, and was quiesced once, by the invariant of `Switches`.
            unsafe { bindings::blk_mq_unquiesce_queue(q.as_ptr()) };
        }
    }

    fn quiesce(&self) {
        let mut s = self.switches.lock();
        if s.freed || s.released {
            return;
        }
        if !core::mem::replace(&mut s.quiesced, true) {
            for q in s.queues.iter() {
                // SAFETY: Allocated, by the invariant of `Switches`.
                unsafe { bindings::blk_mq_quiesce_queue_nowait(q.as_ptr()) };
            }
        }
        // Also the second time: a queue may have joined.
        // SAFETY: The set is allocated.
        unsafe { bindings::blk_mq_wait_quiesce_done(self.set.get()) };
    }

    fn unquiesce(&self, released: bool) {
        let mut s = self.switches.lock();
        s.released |= released;
        if core::mem::replace(&mut s.quiesced, false) {
            for q in s.queues.iter() {
                // SAFETY: Allocated, and quiesced once, by the invariant of `Switches`.
                unsafe { bindings::blk_mq_unquiesce_queue(q.as_ptr()) };
            }
        }
    }

    fn wait_completed(&self) {
        if self.switches.lock().freed {
            return;
        }
        // SAFETY: The set is allocated; `maps-stay`. Waits for completions that run on other CPUs, and
        // those do not wait.
        self.walk(|| unsafe { bindings::blk_mq_tagset_wait_completed_request(self.set.get()) });
    }
}

impl<'b, T: Operations> Registration for Entry<'b, T> {
    fn end(&self, stage: Stage, _gone: bool) {
        match stage {
            Stage::Silence => self.inner.quiesce(),
            Stage::Settle => self.inner.wait_completed(),
            Stage::Release => {
                // Nobody can freeze it after this.
                self.inner.unquiesce(true);
                self.inner.unfreeze();
                self.inner.resubmit();
            }
            Stage::Free => {
                if !core::mem::replace(&mut self.inner.switches.lock().freed, true) {
                    // SAFETY: Allocated; all queues over it are gone, in earlier stages.
                    unsafe { bindings::blk_mq_free_tag_set(self.inner.set.get()) };
                }
            }
            _ => {}
        }
    }
}

// SPDX-License-Identifier: GPL-2.0

//! Works: what a driver does later, in process context, and that ends with its scope.
//!
//! C header: [`include/linux/workqueue.h`](srctree/include/linux/workqueue.h)
//!
//! A [`Work`] is a field of what it works on. Arming it makes a registration that keeps its target
//! alive and knows how to run it; the field points there. The registration is disabled in step 6 of
//! the end of the scope, after which scheduling does nothing.
//!
//! What a work allocates waits for no I/O (`memalloc_noio_save`), whatever its flags.

use crate::{
    pci::{
        scope::{
            Registration,
            Scope,
            Stage, //
        },
        Live, //
    },
    raw, //
};
use core::{
    ffi::c_void,
    marker::PhantomData,
    ptr::NonNull, //
};
use kernel::{
    bindings,
    prelude::*,
    sync::{
        Arc,
        LockClassKey,
        SetOnce, //
    },
    time::Delta,
    types::Opaque, //
};

/// The workqueues of a driver: one that goes on whatever the other waits for. Both have a rescuer
/// (`WQ_MEM_RECLAIM`), since memory may be short until a device works again.
#[derive(Copy, Clone)]
pub(crate) struct Workqueues {
    first: *mut bindings::workqueue_struct,
    slow: *mut bindings::workqueue_struct,
}

impl Workqueues {
    pub(crate) const NONE: Self = Self {
        first: core::ptr::null_mut(),
        slow: core::ptr::null_mut(),
    };

    /// Makes them; they are to be destroyed.
    pub(crate) fn new(name: &'static CStr) -> Result<Self> {
        let make = |format: &'static CStr| {
            // SAFETY: The format takes one string, which is static.
            let wq = unsafe {
                bindings::alloc_workqueue_noprof(
                    format.as_char_ptr(),
                    raw::WQ_UNBOUND | raw::WQ_MEM_RECLAIM,
                    0,
                    name.as_char_ptr(),
                )
            };
            if wq.is_null() {
                Err(ENOMEM)
            } else {
                Ok(wq)
            }
        };
        let first = make(c"%s")?;
        let slow = make(c"%s_slow").inspect_err(|_| {
            // SAFETY: Just made.
            unsafe { bindings::destroy_workqueue(first) }
        })?;
        Ok(Self { first, slow })
    }

    /// # Safety
    ///
    /// Made by `new`; no work is queued or will be.
    pub(crate) unsafe fn destroy(self) {
        // SAFETY: By the contract of this function.
        unsafe {
            bindings::destroy_workqueue(self.slow);
            bindings::destroy_workqueue(self.first);
        }
    }
}

/// What a work is for the kernel. It lives as long as the registration or the [`Work`], whichever is
/// longer, so that scheduling has something to look at; once it is disabled it looks no further.
///
/// # Invariants
///
/// `work` is initialised; `entry` is the registration of the work, valid until it is disabled.
#[pin_data]
#[repr(C)]
struct Head {
    #[pin]
    work: Opaque<bindings::delayed_work>,
    queue: *mut bindings::workqueue_struct,
    entry: SetOnce<Target>,
}

/// The address of a registration.
#[derive(Copy, Clone)]
struct Target(NonNull<c_void>);

// SAFETY: An address; what is there is `Sync`.
unsafe impl Send for Target {}
// SAFETY: As above.
unsafe impl Sync for Target {}

// SAFETY: Works may be used from any context.
unsafe impl Send for Head {}
// SAFETY: As above.
unsafe impl Sync for Head {}

/// The registration of a work.
struct Entry<'b, C: Send + Sync> {
    head: Arc<Head>,
    target: Arc<C>,
    run: fn(&C, Live<'b>),
    scope: NonNull<Scope<'b>>,
}

// SAFETY: The target is `Send + Sync`; the scope is, too.
unsafe impl<C: Send + Sync> Send for Entry<'_, C> {}
// SAFETY: As above.
unsafe impl<C: Send + Sync> Sync for Entry<'_, C> {}

impl Head {
    fn schedule_after(&self, delay: Delta) -> bool {
        let ms = delay.as_millis().clamp(0, i64::from(i32::MAX)) as u32;
        // SAFETY: The work is initialised. The queue stays until the work is disabled, and is not
        // looked at afterwards (kernel/workqueue.c, `clear_pending_if_disabled`).
        unsafe {
            bindings::queue_delayed_work_on(
                raw::WORK_CPU_UNBOUND,
                self.queue,
                self.work.get(),
                kernel::time::msecs_to_jiffies(ms),
            )
        }
    }
}

/// What schedules a work from a place that has no way to what it works on: it may outlive both, and
/// does nothing then.
#[derive(Clone)]
pub struct Alarm(Arc<Head>);

impl Alarm {
    /// Runs the work soon, as [`Work::schedule`]. Any context.
    pub fn ring(&self) -> bool {
        self.0.schedule_after(Delta::ZERO)
    }

    /// Runs the work now where it was to run later, and soon otherwise. Any context.
    pub fn ring_now(&self) {
        // SAFETY: As in `Head::schedule_after`.
        unsafe {
            bindings::mod_delayed_work_on(raw::WORK_CPU_UNBOUND, self.0.queue, self.0.work.get(), 0)
        };
    }
}

/// A work of a `C`, as a field of it. Does nothing until it is armed.
pub struct Work<C> {
    head: SetOnce<Arc<Head>>,
    _c: PhantomData<fn(&C)>,
}

impl<C> Default for Work<C> {
    fn default() -> Self {
        Self::new()
    }
}

impl<C> Work<C> {
    /// Not armed.
    pub const fn new() -> Self {
        Self {
            head: SetOnce::new(),
            _c: PhantomData,
        }
    }

    /// Runs it soon, once, however often it is scheduled before it begins; whether it was not
    /// scheduled already. Any context. Does nothing before it is armed and once the scope is ending.
    pub fn schedule(&self) -> bool {
        self.schedule_after(Delta::ZERO)
    }

    /// As [`schedule`](Self::schedule), no sooner than after `delay`.
    pub fn schedule_after(&self, delay: Delta) -> bool {
        self.head
            .as_ref()
            .is_some_and(|head| head.schedule_after(delay))
    }

    /// What schedules it from elsewhere, once it is armed.
    pub fn alarm(&self) -> Option<Alarm> {
        self.head.as_ref().map(|head| Alarm(head.clone()))
    }

    /// Waits until it is neither scheduled nor running; a delay is cut short. Not from the work
    /// itself, nor with a lock that it takes.
    pub fn flush(&self, at: Live<'_>) {
        let _ = at;
        if let Some(head) = self.head.as_ref() {
            // SAFETY: The work is initialised; process context.
            unsafe { bindings::flush_delayed_work(head.work.get()) };
        }
    }
}

impl<'b> Live<'b> {
    /// Arms the work that `field` finds in `target`: when scheduled, `run` is called with the target.
    /// `class` is for lockdep, one per work: `static_lock_class!()`.
    ///
    /// # Errors
    ///
    /// `EBUSY` if it is armed, `ENOMEM`, `ESHUTDOWN` once the scope is ending.
    pub fn arm<C: Send + Sync + 'b>(
        self,
        target: &Arc<C>,
        field: fn(&C) -> &Work<C>,
        run: fn(&C, Live<'b>),
        class: Pin<&'static LockClassKey>,
    ) -> Result {
        self.arm_on(self.scope().works().first, target, field, run, class)
    }

    /// As [`arm`](Self::arm), for a work that waits for requests: it holds up no other that perhaps
    /// brings the device back.
    pub fn arm_slow<C: Send + Sync + 'b>(
        self,
        target: &Arc<C>,
        field: fn(&C) -> &Work<C>,
        run: fn(&C, Live<'b>),
        class: Pin<&'static LockClassKey>,
    ) -> Result {
        self.arm_on(self.scope().works().slow, target, field, run, class)
    }

    fn arm_on<C: Send + Sync + 'b>(
        self,
        queue: *mut bindings::workqueue_struct,
        target: &Arc<C>,
        field: fn(&C) -> &Work<C>,
        run: fn(&C, Live<'b>),
        class: Pin<&'static LockClassKey>,
    ) -> Result {
        let scope = self.scope();
        let head = Arc::pin_init(
            pin_init!(Head {
                work <- Opaque::ffi_init(|w| {
                    // SAFETY: The work is pinned, and nobody uses it yet.
                    unsafe { raw::rnvme_abs_init_work(w, trampoline::<C>, class.as_ptr()) }
                }),
                queue,
                entry: SetOnce::new(),
            }),
            GFP_KERNEL,
        )?;
        let entry = Arc::new(
            Entry::<'b, C> {
                head: head.clone(),
                target: target.clone(),
                run,
                scope: self.scope_ptr(),
            },
            GFP_KERNEL,
        )?;
        let which = Arc::as_ptr(&entry);
        // INVARIANT: The scope keeps the registration until it has disabled the work.
        head.entry.populate(Target(NonNull::from(&*entry).cast()));
        scope.register(entry)?;
        if !field(target).head.populate(head) {
            // Nobody can have scheduled it.
            scope.forget(which.cast());
            return Err(EBUSY);
        }
        Ok(())
    }
}

impl<C: Send + Sync> Registration for Entry<'_, C> {
    fn end(&self, stage: Stage, _gone: bool) {
        if stage == Stage::Detach {
            // Waits for a run that is under way; from now on scheduling does nothing.
            // SAFETY: The work is initialised; process context, not from the work.
            unsafe { bindings::disable_delayed_work_sync(self.head.work.get()) };
        }
    }
}

/// # Safety
///
/// Called by the workqueue with the work of the `Head` of an `Entry<C>` that is not disabled.
unsafe extern "C" fn trampoline<C: Send + Sync>(work: *mut bindings::work_struct) {
    // SAFETY: `work` is the first field of a `delayed_work`, and that the first field of a `Head`.
    let head = unsafe { &*work.cast::<Head>() };
    let Some(Target(entry)) = head.entry.copy() else {
        return;
    };
    // SAFETY: Valid by the invariant of `Head`: disabling waits for this call.
    let entry = unsafe { entry.cast::<Entry<'_, C>>().as_ref() };
    // SAFETY: The scope waits for works before it ends what they work on.
    let at = unsafe { Live::new(entry.scope) };
    // Memory may have to be written out first, to the disk that this is to bring back.
    // SAFETY: Changes this task only, and is undone below, in the same task.
    let flags = unsafe { raw::rnvme_abs_noio_save() };
    (entry.run)(&entry.target, at);
    // SAFETY: What it was above.
    unsafe { raw::rnvme_abs_noio_restore(flags) };
}

// SPDX-License-Identifier: GPL-2.0

//! Works: what a driver does later, in process context, and that ends with its scope.
//!
//! C header: [`include/linux/workqueue.h`](srctree/include/linux/workqueue.h)
//!
//! A [`Work`] is a field of what it works on. Arming it makes a registration that keeps its target
//! alive and knows how to run it; the field points there. The registration is disabled in step 6 of
//! the end of the scope, after which scheduling does nothing.

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
    marker::PhantomData,
    ptr::NonNull,
    sync::atomic::{
        AtomicPtr,
        Ordering, //
    }, //
};
use kernel::{
    bindings,
    prelude::*,
    sync::Arc,
    time::Delta,
    types::Opaque, //
};

/// The part of a registration that does not depend on its target.
#[pin_data]
#[repr(C)]
struct Head {
    #[pin]
    work: Opaque<bindings::delayed_work>,
    queue: *mut bindings::workqueue_struct,
}

/// The registration of a work.
///
/// # Invariants
///
/// `head` is the first field, and its work is initialised; `target` is dropped after the work was
/// disabled.
#[pin_data]
#[repr(C)]
struct Entry<'b, C: Send + Sync> {
    #[pin]
    head: Head,
    target: Arc<C>,
    field: fn(&C) -> &Work<C>,
    run: fn(&C, Live<'b>),
    scope: NonNull<Scope<'b>>,
}

// SAFETY: The target is `Send + Sync`; works may be used from any context.
unsafe impl<C: Send + Sync> Send for Entry<'_, C> {}
// SAFETY: As above.
unsafe impl<C: Send + Sync> Sync for Entry<'_, C> {}

/// A work of a `C`, as a field of it. Does nothing until it is armed.
///
/// # Invariants
///
/// The pointer is null or to the head of a registration, which stays until every callback that could
/// schedule has returned.
pub struct Work<C> {
    head: AtomicPtr<Head>,
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
            head: AtomicPtr::new(core::ptr::null_mut()),
            _c: PhantomData,
        }
    }

    fn head(&self) -> Option<&Head> {
        // Acquire: pairs with the release that publishes an initialised work.
        // SAFETY: Valid by the type invariant.
        unsafe { self.head.load(Ordering::Acquire).as_ref() }
    }

    /// Runs it soon, once, however often it is scheduled before it begins; whether it was not
    /// scheduled already. Any context. Does nothing before it is armed and once the scope is ending.
    pub fn schedule(&self) -> bool {
        self.schedule_after(Delta::ZERO)
    }

    /// As [`schedule`](Self::schedule), no sooner than after `delay`.
    pub fn schedule_after(&self, delay: Delta) -> bool {
        let Some(head) = self.head() else {
            return false;
        };
        let ms = delay.as_millis().clamp(0, i64::from(i32::MAX)) as u32;
        // SAFETY: The work is initialised, the queue stays while a driver is bound.
        unsafe {
            bindings::queue_delayed_work_on(
                raw::WORK_CPU_UNBOUND,
                head.queue,
                head.work.get(),
                kernel::time::msecs_to_jiffies(ms),
            )
        }
    }

    /// Waits until it is neither scheduled nor running; a delay is cut short. Not from the work
    /// itself, nor with a lock that it takes.
    pub fn flush(&self, at: Live<'_>) {
        let _ = at;
        if let Some(head) = self.head() {
            // SAFETY: The work is initialised; process context.
            unsafe { bindings::flush_delayed_work(head.work.get()) };
        }
    }
}

impl<'b> Live<'b> {
    /// Arms the work that `field` finds in `target`: when scheduled, `run` is called with the target.
    ///
    /// # Errors
    ///
    /// `EBUSY` if it is armed, `ENOMEM`, `ESHUTDOWN` once the scope is ending.
    pub fn arm<C: Send + Sync + 'b>(
        self,
        target: &Arc<C>,
        field: fn(&C) -> &Work<C>,
        run: fn(&C, Live<'b>),
    ) -> Result {
        let scope = self.scope();
        let entry = Arc::pin_init(
            pin_init!(Entry {
                head <- pin_init!(Head {
                    work <- Opaque::ffi_init(|w| {
                        // SAFETY: The work is pinned, and nobody uses it yet.
                        unsafe { raw::rnvme_abs_init_work(w, trampoline::<C>) }
                    }),
                    queue: scope.works(),
                }),
                target: target.clone(),
                field,
                run,
                scope: self.scope_ptr(),
            }),
            GFP_KERNEL,
        )?;
        let head = NonNull::from(&entry.head);
        let which = Arc::as_ptr(&entry).cast::<()>();
        scope.register(entry)?;
        // INVARIANT: The registration is in the scope.
        // Release: pairs with the acquire in `head`.
        let armed = field(target).head.compare_exchange(
            core::ptr::null_mut(),
            head.as_ptr(),
            Ordering::Release,
            Ordering::Relaxed,
        );
        if armed.is_err() {
            scope.forget(which);
            return Err(EBUSY);
        }
        Ok(())
    }
}

impl<C: Send + Sync> Registration for Entry<'_, C> {
    fn end(&self, stage: Stage, _gone: bool) {
        match stage {
            Stage::Detach => {
                // Waits for a run that is under way; from now on scheduling does nothing.
                // SAFETY: The work is initialised; process context, not from the work.
                unsafe { bindings::disable_delayed_work_sync(self.head.work.get()) };
            }
            Stage::Free => {
                // All callbacks have returned; only the target's destructor could still schedule.
                let field = (self.field)(&self.target);
                let me = core::ptr::from_ref(&self.head).cast_mut();
                let _ = field.head.compare_exchange(
                    me,
                    core::ptr::null_mut(),
                    Ordering::Relaxed,
                    Ordering::Relaxed,
                );
            }
            _ => {}
        }
    }
}

/// # Safety
///
/// Called by the workqueue with the work of an `Entry<C>`.
unsafe extern "C" fn trampoline<C: Send + Sync>(work: *mut bindings::work_struct) {
    // SAFETY: `work` is the first field of a `delayed_work`, that of `Head`, that of `Entry`.
    let entry = unsafe { &*work.cast::<Entry<'_, C>>() };
    // SAFETY: The scope waits for works before it ends what they work on.
    let at = unsafe { Live::new(entry.scope) };
    (entry.run)(&entry.target, at);
}

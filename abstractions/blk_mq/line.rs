// SPDX-License-Identifier: GPL-2.0

//! How a queue hears of completions: attaching it to an interrupt, and the handlers.
//!
//! C: `request_threaded_irq`, `free_irq`, `disable_irq` (kernel/irq/manage.c).

use crate::{
    blk_mq::{
        HwQueue,
        Operations, //
    },
    pci::{
        Kind,
        Line,
        Live, //
    },
    raw, //
};
use kernel::ffi::{
    c_int,
    c_uint,
    c_void, //
};
use kernel::{
    bindings,
    error::to_result,
    prelude::*,
    str::CString,
    sync::Arc, //
};

/// What a queue is attached to.
///
/// # Invariants
///
/// In `Own` and `Shared` an action is registered for `irq` whose cookie is the queue.
pub(crate) enum LineState {
    /// Nothing.
    Detached,
    /// Nothing, for good: the scope is ending.
    Closed,
    /// An interrupt that only this queue uses.
    Own {
        /// Its number.
        irq: c_uint,
        /// Its name, which the kernel points to.
        _name: CString,
    },
    /// An interrupt that others use too.
    Shared {
        /// Its number.
        irq: c_uint,
        /// Its name, which the kernel points to.
        _name: CString,
    },
    /// Tasks that poll.
    Polled,
}

/// A held completion lock, interrupts off.
struct CqLocked<'a> {
    lock: *mut bindings::spinlock_t,
    flags: usize,
    _q: core::marker::PhantomData<&'a ()>,
}

impl<'a> CqLocked<'a> {
    fn new<T: Operations>(q: &'a HwQueue<'_, T>) -> Self {
        let lock = q.cq_lock.get();
        Self {
            lock,
            // SAFETY: The lock was initialised with the queue.
            flags: unsafe { raw::rnvme_abs_lock_irqsave(lock) },
            _q: core::marker::PhantomData,
        }
    }
}

impl Drop for CqLocked<'_> {
    fn drop(&mut self) {
        // SAFETY: Taken by `new`, on this CPU.
        unsafe { raw::rnvme_abs_unlock_irqrestore(self.lock, self.flags) };
    }
}

impl<'b, T: Operations> HwQueue<'b, T> {
    /// Attaches the queue to `line`, under `name` in `/proc/interrupts`. Process context.
    ///
    /// A vector of its own has one queue; the INTx line is shared always.
    ///
    /// # Errors
    ///
    /// `EBUSY` if a line is attached, or somebody else has the vector, or the scope is ending; `EINVAL` if there is no such
    /// vector; what `request_threaded_irq` says.
    pub fn attach(self: &Arc<Self>, at: Live<'b>, line: Line<'_, 'b>, name: CString) -> Result {
        let mut state = self.line.lock();
        if !matches!(*state, LineState::Detached) {
            return Err(EBUSY);
        }
        let (vectors, index, shared) = match line {
            Line::Polled => {
                let _held = CqLocked::new(self);
                *state = LineState::Polled;
                self.polled.set(1);
                return Ok(());
            }
            Line::Own(v, i) => (v, i, v.kind() == Kind::Intx),
            Line::Shared(v, i) => (v, i, true),
        };
        if index >= vectors.count() {
            return Err(EINVAL);
        }
        let mut hardware = at.scope().hardware.lock();
        // SAFETY: The device is valid and bound.
        let irq = unsafe { bindings::pci_irq_vector(at.scope().pdev(), c_uint::from(index)) };
        to_result(irq)?;
        let irq = irq as c_uint;
        let (handler, flags): (
            unsafe extern "C" fn(c_int, *mut c_void) -> bindings::irqreturn_t,
            u32,
        ) = if shared {
            (shared_handler::<T>, bindings::IRQF_SHARED)
        } else {
            (own_handler::<T>, 0)
        };
        let cookie = Arc::as_ptr(self).cast_mut().cast::<c_void>();
        // SAFETY: The name is kept in the state and the queue by the scope until `free_irq`. The
        // handler expects a queue of `T` as its cookie.
        to_result(unsafe {
            bindings::request_threaded_irq(
                irq,
                Some(handler),
                None,
                flags as usize,
                name.as_char_ptr(),
                cookie,
            )
        })?;
        hardware.lines = hardware.lines.saturating_add(1);
        // INVARIANT: The action is registered.
        *state = if shared {
            LineState::Shared { irq, _name: name }
        } else {
            LineState::Own { irq, _name: name }
        };
        Ok(())
    }

    /// Detaches the queue from its line, if any. Waits for a running handler. Process context.
    pub fn detach(&self, at: Live<'b>) {
        let _ = at;
        self.detach_locked(&mut self.line.lock());
    }

    pub(crate) fn detach_locked(&self, state: &mut LineState) {
        match core::mem::replace(state, LineState::Detached) {
            LineState::Detached => {}
            LineState::Closed => *state = LineState::Closed,
            LineState::Polled => {
                let _held = CqLocked::new(self);
                self.polled.set(0);
            }
            LineState::Own { irq, _name } | LineState::Shared { irq, _name } => {
                let cookie = core::ptr::from_ref(self).cast_mut().cast::<c_void>();
                // SAFETY: Registered with this cookie, by the invariant of `LineState`. The name is
                // dropped after this.
                unsafe { bindings::free_irq(irq, cookie) };
                // SAFETY: The scope is valid while values with its `'b` are used.
                let scope = unsafe { self.scope.as_ref() };
                let mut hardware = scope.hardware.lock();
                hardware.lines = hardware.lines.saturating_sub(1);
            }
        }
    }

    /// Runs `f` as the consumer, whatever the line.
    pub(crate) fn with_consumer<R>(
        &self,
        line: &mut LineState,
        f: impl FnOnce(&Self, &mut T::Cq<'b>) -> R,
    ) -> R {
        match line {
            LineState::Detached | LineState::Closed => {
                // SAFETY: `one-consumer` (d): the line mutex is held, as `line` shows.
                f(self, unsafe { &mut *self.cq.get() })
            }
            LineState::Own { irq, .. } => {
                // SAFETY: A registered interrupt; process context. Waits for the handler.
                unsafe { bindings::disable_irq(*irq) };
                // SAFETY: `one-consumer` (b).
                let r = f(self, unsafe { &mut *self.cq.get() });
                // SAFETY: Pairs with the call above.
                unsafe { bindings::enable_irq(*irq) };
                r
            }
            LineState::Shared { .. } | LineState::Polled => {
                let _held = CqLocked::new(self);
                // SAFETY: `one-consumer` (c).
                f(self, unsafe { &mut *self.cq.get() })
            }
        }
    }

    /// Reaps a polled queue into `iob`; how many completions there were.
    pub(crate) fn poll(&self, iob: *mut bindings::io_comp_batch) -> u32 {
        if self.polled.get() == 0 {
            return 0;
        }
        let _held = CqLocked::new(self);
        if self.polled.get() == 0 {
            return 0;
        }
        // SAFETY: `one-consumer` (c): polled, and the completion lock is held.
        self.consume(unsafe { &mut *self.cq.get() }, iob)
    }

    #[inline(always)]
    fn count_interrupt(&self, found: u32) -> bindings::irqreturn_t {
        if found == 0 {
            self.stats.spurious.bump();
            // Not ours: only so can the kernel tell a storm.
            return bindings::irqreturn::IRQ_NONE;
        }
        self.stats.interrupts.bump();
        bindings::irqreturn::IRQ_HANDLED
    }
}

/// # Safety
///
/// Called by the kernel for an unshared action whose cookie is a `HwQueue<T>`.
unsafe extern "C" fn own_handler<T: Operations>(
    _irq: c_int,
    cookie: *mut c_void,
) -> bindings::irqreturn_t {
    // SAFETY: The scope keeps the queue until the action is freed.
    let q = unsafe { &*cookie.cast::<HwQueue<'_, T>>() };
    // SAFETY: `one-consumer` (a).
    let found = q.consume(unsafe { &mut *q.cq.get() }, core::ptr::null_mut());
    q.count_interrupt(found)
}

/// # Safety
///
/// Called by the kernel for an action whose cookie is a `HwQueue<T>`.
unsafe extern "C" fn shared_handler<T: Operations>(
    _irq: c_int,
    cookie: *mut c_void,
) -> bindings::irqreturn_t {
    // SAFETY: The scope keeps the queue until the action is freed.
    let q = unsafe { &*cookie.cast::<HwQueue<'_, T>>() };
    let held = CqLocked::new(q);
    // SAFETY: `one-consumer` (c): shared, and the completion lock is held.
    let found = q.consume(unsafe { &mut *q.cq.get() }, core::ptr::null_mut());
    drop(held);
    q.count_interrupt(found)
}

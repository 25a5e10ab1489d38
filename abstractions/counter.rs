// SPDX-License-Identifier: GPL-2.0

//! Counters and flags that one side writes and any side reads, without a lock.

use core::sync::atomic::{
    AtomicU32,
    AtomicU64,
    Ordering, //
};

/// A counter for statistics. Relaxed: it orders nothing and guards nothing.
///
/// [`bump`](Self::bump) is a load and a store, not a read-modify-write: where several CPUs bump one
/// counter at the same time, some of the bumps may be lost. Give each writer its own.
#[derive(Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Zero.
    pub const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Adds one. Any context.
    #[inline(always)]
    pub fn bump(&self) {
        self.add(1);
    }

    /// Adds `n`, wrapping. Any context.
    #[inline(always)]
    pub fn add(&self, n: u64) {
        let v = self.0.load(Ordering::Relaxed);
        self.0.store(v.wrapping_add(n), Ordering::Relaxed);
    }

    /// Sets it. Any context.
    #[inline(always)]
    pub fn set(&self, v: u64) {
        self.0.store(v, Ordering::Relaxed);
    }

    /// The value now. Any context.
    #[inline(always)]
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A small state that several contexts change: atomic exchange, compare and exchange.
///
/// Every access is acquire, release or both, so what was written before a state was set is seen by
/// whoever reads that state.
#[derive(Default)]
pub struct State(AtomicU32);

impl State {
    /// A state with this value.
    pub const fn new(v: u32) -> Self {
        Self(AtomicU32::new(v))
    }

    /// The value now (acquire). Any context.
    #[inline]
    pub fn get(&self) -> u32 {
        self.0.load(Ordering::Acquire)
    }

    /// Sets the value (release). Any context.
    #[inline]
    pub fn set(&self, v: u32) {
        self.0.store(v, Ordering::Release);
    }

    /// Sets `to` where the value is `from`; the value found in `Err` otherwise. Any context.
    #[inline]
    pub fn change(&self, from: u32, to: u32) -> Result<(), u32> {
        self.0
            .compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire)
            .map(|_| ())
    }

    /// Takes one off where the value is above zero; whether it did. Any context.
    #[inline]
    pub fn take_one(&self) -> bool {
        self.0
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |v| v.checked_sub(1))
            .is_ok()
    }

    /// Adds one, saturating. Any context.
    #[inline]
    pub fn put_one(&self) {
        let _ = self
            .0
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |v| v.checked_add(1));
    }
}

/// Milliseconds since the machine was started, without the time that it was suspended. Any context.
/// C: `ktime_get`.
pub fn uptime_ms() -> u64 {
    // SAFETY: No preconditions.
    let ns = unsafe { kernel::bindings::ktime_get() };
    (ns as u64) / 1_000_000
}

/// Whether a message of a kind that may come often should be printed now: twenty in five seconds.
/// Any context. C: `___ratelimit`, lib/ratelimit.c.
pub fn may_print() -> bool {
    // SAFETY: No preconditions.
    unsafe { crate::raw::rnvme_abs_may_print() }
}

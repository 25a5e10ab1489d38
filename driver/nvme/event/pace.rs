// SPDX-License-Identifier: GPL-2.0
//! How often a controller is listened to: one that talks all the time is heard once in a while.
//!
//! Up to [`EVENTS_MAX`] events within [`PERIOD_MS`] are heard as they come. With one more a storm
//! begins: the next one is asked for after a pause of that length only, and so on, until nothing
//! came for as long again.

/// How many events are heard at once.
pub(crate) const EVENTS_MAX: u32 = 16;

/// Within which time, and how long a pause is.
pub(crate) const PERIOD_MS: i64 = 1000;

/// What an event makes of the weather.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Storm {
    /// It is calm.
    No,
    /// A storm begins with this one.
    Begins,
    /// One goes on.
    GoesOn,
    /// One was over before this one.
    Over,
}

/// When events came. Times are of a clock that does not go back, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pace {
    /// When the period began.
    since_ms: i64,
    /// Events in it.
    count: u32,
    /// When the next event may be asked for.
    until_ms: i64,
    /// Whether there is a storm.
    is_storm: bool,
}

impl Pace {
    /// An event came at `now_ms`.
    pub(crate) fn event(&mut self, now_ms: i64) -> Storm {
        let mut storm = Storm::No;
        if self.is_storm {
            if now_ms.saturating_sub(self.until_ms) < PERIOD_MS {
                self.until_ms = now_ms.saturating_add(PERIOD_MS);
                return Storm::GoesOn;
            }
            self.is_storm = false;
            storm = Storm::Over;
        }
        if now_ms.saturating_sub(self.since_ms) >= PERIOD_MS || storm == Storm::Over {
            self.since_ms = now_ms;
            self.count = 0;
        }
        self.count = self.count.saturating_add(1);
        if self.count > EVENTS_MAX {
            self.is_storm = true;
            self.until_ms = now_ms.saturating_add(PERIOD_MS);
            return Storm::Begins;
        }
        storm
    }

    /// For how long the next event must not be asked for yet; 0 for not at all.
    pub(crate) const fn wait_ms(&self, now_ms: i64) -> i64 {
        let wait_ms = self.until_ms.saturating_sub(now_ms);
        if wait_ms < 0 {
            0
        } else {
            wait_ms
        }
    }
}

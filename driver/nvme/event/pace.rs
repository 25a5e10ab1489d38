// SPDX-License-Identifier: GPL-2.0
//! How often a controller is listened to: one that talks all the time is heard once in a while, and
//! quoted less often.
//!
//! Up to [`EVENTS_MAX`] events within [`PERIOD_MS`] are heard as they come. With one more a storm
//! begins: the next one is asked for after [`PAUSE_MS`] only, and so on, until nothing came for a
//! whole period.

use super::Action;

/// How many events are heard at once.
pub(crate) const EVENTS_MAX: u32 = 16;

/// Within which time.
pub(crate) const PERIOD_MS: i64 = 1000;

/// How long a pause is: four events a second are heard in a storm.
pub(crate) const PAUSE_MS: i64 = 250;

/// How many events are quoted in the log within [`SAID_PERIOD_MS`].
pub(crate) const SAID_MAX: u32 = 20;

/// How many health warnings are, which must not be lost among messages of other kinds: they have this
/// limit of their own, and no storm silences them.
pub(crate) const HEALTH_SAID_MAX: u32 = 8;

/// Within which time.
pub(crate) const SAID_PERIOD_MS: i64 = 10_000;

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

/// How many events were quoted, and since when they are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Said {
    /// When the period began.
    since_ms: i64,
    /// Events quoted in it.
    count: u32,
}

impl Said {
    /// Whether one more is quoted where at most `max` are; counted.
    fn one_more(&mut self, now_ms: i64, max: u32) -> bool {
        if now_ms.saturating_sub(self.since_ms) >= SAID_PERIOD_MS {
            *self = Self {
                since_ms: now_ms,
                count: 0,
            };
        }
        if self.count >= max {
            return false;
        }
        self.count = self.count.saturating_add(1);
        true
    }
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
    /// Health warnings.
    health: Said,
    /// All others.
    others: Said,
}

impl Pace {
    /// An event came at `now_ms`.
    pub(crate) fn event(&mut self, now_ms: i64) -> Storm {
        let mut storm = Storm::No;
        if self.is_storm {
            if now_ms.saturating_sub(self.until_ms) < PERIOD_MS {
                self.until_ms = now_ms.saturating_add(PAUSE_MS);
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
            self.until_ms = now_ms.saturating_add(PAUSE_MS);
            return Storm::Begins;
        }
        storm
    }

    /// Whether an event that came at `now_ms`, and is answered by `action`, is quoted; counted.
    pub(crate) fn may_say(&mut self, now_ms: i64, action: Action) -> bool {
        if action == Action::ReadHealth {
            self.health.one_more(now_ms, HEALTH_SAID_MAX)
        } else {
            !self.is_storm && self.others.one_more(now_ms, SAID_MAX)
        }
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

// SPDX-License-Identifier: GPL-2.0
//! Queues as the device keeps them, and what the values of doorbells must obey.
//!
//! Base 3.3.1 (queue setup), PCIe 3.1.2 (doorbells).

use crate::data::Range;
use crate::sqe::Cqe;
use std::collections::{HashMap, VecDeque};
use std::time::Duration;

/// Guest addresses of a doorbell's shadow and of its event index.
pub type Shadow = (u64, u64);

/// How many identifiers of ended commands are remembered. With fewer than a tag has generations none of them can be on its way
/// again: one that a driver is about to use is no stale one, and nothing tells it from a right one.
const ENDED_MAX: usize = 48;

/// Positions from `from` to `to` in a ring.
fn distance(from: u32, to: u32, entries: u32) -> u32 {
    (to + entries - from) % entries
}

/// A command that the host takes for unanswered.
#[derive(Default)]
pub struct Flight {
    /// What it may write to.
    pub writes: Vec<Range>,
    /// What it may read from.
    pub reads: Vec<Range>,
}

/// A submission queue.
pub struct Sq {
    pub base: u64,
    pub entries: u32,
    pub head: u32,
    pub tail: u32,
    pub cqid: u16,
    /// The head that the host was told last.
    pub told_head: u32,
    pub flights: HashMap<u16, Flight>,
    /// Identifiers of commands that have ended, the oldest first.
    pub ended: VecDeque<u16>,
    pub shadow: Option<Shadow>,
}

impl Sq {
    pub fn new(base: u64, entries: u32, cqid: u16) -> Self {
        Self {
            base,
            entries,
            head: 0,
            tail: 0,
            cqid,
            told_head: 0,
            flights: HashMap::new(),
            ended: VecDeque::new(),
            shadow: None,
        }
    }

    /// Takes a new tail, unless it breaks the rules.
    pub fn set_tail(&mut self, tail: u32) -> Result<(), String> {
        if tail >= self.entries {
            return Err(format!("tail {tail} of {} entries", self.entries));
        }
        let there = distance(self.told_head, self.tail, self.entries);
        if distance(self.told_head, tail, self.entries) < there {
            return Err(format!(
                "tail goes from {} to {tail}, back or beyond head {}",
                self.tail, self.told_head
            ));
        }
        self.tail = tail;
        Ok(())
    }

    /// Where the next command lies, if there is one; it is taken.
    pub fn next(&mut self) -> Option<u64> {
        if self.head == self.tail {
            return None;
        }
        let at = self.base + u64::from(self.head) * 64;
        self.head = (self.head + 1) % self.entries;
        Some(at)
    }

    /// The host is told that a command has ended.
    pub fn end(&mut self, cid: u16) {
        if self.flights.remove(&cid).is_some() {
            self.ended.push_back(cid);
            if self.ended.len() > ENDED_MAX {
                self.ended.pop_front();
            }
        }
    }

    pub fn memory(&self) -> Range {
        (self.base, u64::from(self.entries) * 64)
    }
}

/// A completion on its way.
#[derive(Clone, Debug)]
pub struct Posting {
    pub cqe: Cqe,
    /// The submission queue in truth.
    pub qid: u16,
    pub sq_head: Option<u16>,
    /// The wrong phase, for so long or for good.
    pub phase: Option<Option<Duration>>,
    pub rewrite: Option<u16>,
    pub is_silent: bool,
}

/// A completion queue.
pub struct Cq {
    pub base: u64,
    pub entries: u32,
    pub head: u32,
    pub tail: u32,
    pub phase: bool,
    pub vector: Option<u16>,
    /// What found no room.
    pub waiting: VecDeque<Posting>,
    /// An interrupt is owed.
    pub is_due: bool,
    pub shadow: Option<Shadow>,
}

impl Cq {
    pub fn new(base: u64, entries: u32, vector: Option<u16>) -> Self {
        Self {
            base,
            entries,
            head: 0,
            tail: 0,
            phase: true,
            vector,
            waiting: VecDeque::new(),
            is_due: false,
            shadow: None,
        }
    }

    /// Takes a new head, unless it breaks the rules.
    pub fn set_head(&mut self, head: u32) -> Result<(), String> {
        if head >= self.entries {
            return Err(format!("head {head} of {} entries", self.entries));
        }
        let posted = distance(self.head, self.tail, self.entries);
        if distance(self.head, head, self.entries) > posted {
            return Err(format!(
                "head goes from {} to {head}, back or beyond tail {}",
                self.head, self.tail
            ));
        }
        self.head = head;
        Ok(())
    }

    pub fn is_full(&self) -> bool {
        (self.tail + 1) % self.entries == self.head
    }

    /// The address and phase of the next entry, which is taken.
    pub fn next(&mut self) -> (u64, bool) {
        let found = (self.base + u64::from(self.tail) * 16, self.phase);
        self.tail += 1;
        if self.tail == self.entries {
            self.tail = 0;
            self.phase = !self.phase;
        }
        found
    }

    pub fn memory(&self) -> Range {
        (self.base, u64::from(self.entries) * 16)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tail_goes_forward_to_just_before_the_head_that_was_told() {
        let mut sq = Sq::new(0, 4, 0);
        assert!(sq.set_tail(4).is_err());
        sq.set_tail(3).unwrap();
        assert!(sq.set_tail(0).is_err(), "four commands in four entries");
        assert!(sq.set_tail(2).is_err(), "backwards");
        assert_eq!(
            [sq.next(), sq.next(), sq.next(), sq.next()],
            [Some(0), Some(64), Some(128), None]
        );
        assert!(sq.set_tail(0).is_err(), "nobody was told of a head");
        sq.told_head = 3;
        sq.set_tail(2).unwrap();
        assert_eq!([sq.next(), sq.next()], [Some(192), Some(0)]);
    }

    #[test]
    fn a_head_goes_forward_to_the_tail() {
        let mut cq = Cq::new(0x1000, 4, None);
        assert!(cq.set_head(1).is_err(), "nothing was posted");
        assert_eq!(
            [cq.next(), cq.next(), cq.next()],
            [(0x1000, true), (0x1010, true), (0x1020, true)]
        );
        assert!(cq.is_full());
        cq.set_head(2).unwrap();
        assert!(cq.set_head(1).is_err(), "backwards");
        assert!(cq.set_head(0).is_err(), "beyond the tail");
        assert_eq!([cq.next(), cq.next()], [(0x1030, true), (0x1000, false)]);
        assert!(cq.set_head(4).is_err());
    }

    #[test]
    fn ended_commands_are_remembered_and_forgotten() {
        let mut sq = Sq::new(0, 4, 0);
        sq.end(1);
        assert!(sq.ended.is_empty(), "it was not in flight");
        for cid in 0..300 {
            sq.flights.insert(cid, Flight::default());
            sq.end(cid);
        }
        assert_eq!((sq.ended.len(), sq.ended[0]), (ENDED_MAX, 252));
    }
}

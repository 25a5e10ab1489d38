// SPDX-License-Identifier: GPL-2.0
//! Which commands a lie is for, and how often.

use crate::driver::nvme::opcode;
use crate::sqe::Sqe;
use crate::words::{number, small};

/// The names of commands, with their queue's kind and opcode.
const NAMES: [(&str, bool, u8); 16] = [
    ("delete-sq", true, opcode::DELETE_IO_SQ),
    ("create-sq", true, opcode::CREATE_IO_SQ),
    ("get-log", true, opcode::GET_LOG_PAGE),
    ("delete-cq", true, opcode::DELETE_IO_CQ),
    ("create-cq", true, opcode::CREATE_IO_CQ),
    ("identify", true, opcode::IDENTIFY),
    ("abort", true, opcode::ABORT),
    ("set-features", true, opcode::SET_FEATURES),
    ("get-features", true, opcode::GET_FEATURES),
    ("async-event", true, opcode::ASYNC_EVENT),
    ("doorbell-buffer", true, opcode::DOORBELL_BUFFER),
    ("flush", false, opcode::FLUSH),
    ("write", false, opcode::WRITE),
    ("read", false, opcode::READ),
    ("write-zeroes", false, opcode::WRITE_ZEROES),
    ("dsm", false, opcode::DATASET_MANAGEMENT),
];

/// The name of a command, as `op=` takes it.
pub fn name_of(is_admin: bool, opcode: u8) -> Option<&'static str> {
    let found = NAMES
        .iter()
        .find(|(_, a, o)| *a == is_admin && *o == opcode);
    found.map(|(name, _, _)| *name)
}

/// A part of a match: all of them must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// A command by name: of which kind of queue, and its opcode.
    Named(bool, u8),
    /// An opcode on any queue.
    Opcode(u8),
    Admin,
    Io,
    Queue(u16),
    Nsid(u32),
    /// A read or write that touches these blocks.
    Blocks(u64, u64),
    /// The low byte of CDW10: CNS, feature or log page.
    Selector(u8),
}

impl Part {
    fn holds(self, qid: u16, sqe: &Sqe) -> bool {
        match self {
            Self::Named(is_admin, opcode) => (qid == 0) == is_admin && sqe.opcode() == opcode,
            Self::Opcode(opcode) => sqe.opcode() == opcode,
            Self::Admin => qid == 0,
            Self::Io => qid != 0,
            Self::Queue(wanted) => qid == wanted,
            Self::Nsid(wanted) => sqe.nsid() == wanted,
            Self::Blocks(first, last) => {
                let moves = matches!(
                    sqe.opcode(),
                    opcode::READ | opcode::WRITE | opcode::WRITE_ZEROES
                );
                let begin = sqe.start_lba();
                let end = begin.saturating_add(u64::from(sqe.length_blocks()));
                qid != 0 && moves && begin <= last && end > first
            }
            Self::Selector(wanted) => qid == 0 && sqe.dw(10) as u8 == wanted,
        }
    }
}

/// Which commands, and of those how many: skip `after`, take each `every`-th, at most `first`, by
/// `chance`.
#[derive(Clone, Debug, PartialEq)]
pub struct Matcher {
    parts: Vec<Part>,
    after: u64,
    every: u64,
    first: u64,
    /// Of 2^32.
    chance: u64,
    random: Random,
    seen: u64,
    taken: u64,
}

impl Default for Matcher {
    fn default() -> Self {
        Self {
            parts: Vec::new(),
            after: 0,
            every: 1,
            first: u64::MAX,
            chance: 1 << 32,
            random: Random::new(1),
            seen: 0,
            taken: 0,
        }
    }
}

impl Matcher {
    /// Takes a `KEY=VALUE`; `Ok(false)` if it is none of a match.
    pub fn take(&mut self, key: &str, value: &str) -> Result<bool, String> {
        let part = match key {
            "op" => match NAMES.iter().find(|(name, _, _)| *name == value) {
                Some(&(_, is_admin, opcode)) => Part::Named(is_admin, opcode),
                None => Part::Opcode(small(value).map_err(|_| format!("no command '{value}'"))?),
            },
            "queue" => match value {
                "admin" => Part::Admin,
                "io" => Part::Io,
                _ => Part::Queue(small(value)?),
            },
            "nsid" => Part::Nsid(small(value)?),
            "lba" => {
                let (first, last) = value.split_once('-').unwrap_or((value, value));
                Part::Blocks(number(first)?, number(last)?)
            }
            "cns" | "fid" | "lid" => Part::Selector(small(value)?),
            "after" => return number(value).map(|n| self.after = n).and(Ok(true)),
            "first" => return number(value).map(|n| self.first = n).and(Ok(true)),
            "seed" => {
                self.random = Random::new(number(value)?);
                return Ok(true);
            }
            "every" => {
                self.every = number(value)?;
                if self.every == 0 {
                    return Err("every=0 is never".into());
                }
                return Ok(true);
            }
            // The n-th only.
            "nth" => {
                self.after = number(value)?.checked_sub(1).ok_or("they count from 1")?;
                self.first = 1;
                return Ok(true);
            }
            "chance" => {
                let share: f64 = value
                    .parse()
                    .map_err(|_| format!("'{value}' is no share"))?;
                if !(0.0..=1.0).contains(&share) {
                    return Err("chance is between 0 and 1".into());
                }
                self.chance = (share * (1u64 << 32) as f64) as u64;
                return Ok(true);
            }
            _ => return Ok(false),
        };
        self.parts.push(part);
        Ok(true)
    }

    /// Whether a command is one of them; counts.
    pub fn takes(&mut self, qid: u16, sqe: &Sqe) -> bool {
        if !self.parts.iter().all(|p| p.holds(qid, sqe)) {
            return false;
        }
        self.seen += 1;
        if self.seen <= self.after
            || (self.seen - self.after) % self.every != 0
            || self.taken >= self.first
            || (self.chance < 1 << 32 && u64::from(self.random.next()) >= self.chance)
        {
            return false;
        }
        self.taken += 1;
        true
    }

    /// How often it has matched.
    pub fn taken(&self) -> u64 {
        self.taken
    }
}

/// Numbers that a seed decides (xorshift64*).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        // Zero would stay zero; neighbouring seeds must not begin alike.
        Self(seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn next(&mut self) -> u32 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32) as u32
    }

    /// Below `n`, which is not zero.
    pub fn below(&mut self, n: u32) -> u32 {
        ((u64::from(self.next()) * u64::from(n)) >> 32) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::driver::nvme::{
        admin::Cns,
        command::Command,
        io::{Blocks, Fua},
    };

    fn matcher(line: &str) -> Matcher {
        let mut m = Matcher::default();
        for word in line.split_whitespace() {
            let (key, value) = word.split_once('=').unwrap();
            assert_eq!(m.take(key, value), Ok(true));
        }
        m
    }

    fn read(lba: u64, blocks: u32) -> Sqe {
        Sqe::from(Command::read(
            1,
            lba,
            Blocks::new(blocks).unwrap(),
            Fua::Off,
        ))
    }

    #[test]
    fn a_name_is_of_one_kind_of_queue() {
        let identify = Sqe::from(Command::identify(Cns::CONTROLLER, 0, 0));
        assert!(matcher("op=identify").takes(0, &identify));
        assert!(!matcher("op=identify").takes(1, &identify));
        assert!(matcher("op=identify cns=1").takes(0, &identify));
        assert!(!matcher("op=identify cns=2").takes(0, &identify));
        assert!(matcher("op=0x06").takes(1, &identify));
        assert!(!matcher("queue=io").takes(0, &identify));
        assert!(matcher("queue=3").takes(3, &identify));
    }

    #[test]
    fn a_range_of_blocks_is_met_by_any_overlap() {
        let mut m = matcher("lba=100-199");
        assert!(m.takes(1, &read(96, 8)) && m.takes(1, &read(199, 1)));
        assert!(!m.takes(1, &read(92, 8)) && !m.takes(1, &read(200, 1)));
        assert!(!m.takes(0, &read(100, 1)));
    }

    #[test]
    fn counts_say_which_of_the_matches() {
        let taken = |line: &str| -> Vec<u32> {
            let mut m = matcher(line);
            (1..=12).filter(|_| m.takes(1, &read(0, 1))).collect()
        };
        assert_eq!(taken("nth=3"), [3]);
        assert_eq!(taken("every=4"), [4, 8, 12]);
        assert_eq!(taken("after=2 first=3"), [3, 4, 5]);
        assert_eq!(taken("after=1 every=3 first=2"), [4, 7]);
        assert_eq!(taken("chance=0"), [0; 0]);
        assert_eq!(taken("chance=0.5 seed=9"), taken("chance=0.5 seed=9"));
        assert_eq!(taken("first=0"), [0; 0]);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for (key, value) in [
            ("op", "jump"),
            ("every", "0"),
            ("nth", "0"),
            ("chance", "2"),
            ("lba", "a-b"),
            ("queue", "70000"),
        ] {
            assert!(
                Matcher::default().take(key, value).is_err(),
                "{key}={value}"
            );
        }
        assert_eq!(Matcher::default().take("colour", "red"), Ok(false));
    }
}

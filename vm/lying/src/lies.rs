// SPDX-License-Identifier: GPL-2.0
//! All lies that are to be told: rules about commands, and what is wrong with registers, Identify data
//! and interrupts. Honest by default. The model asks here, and knows nothing of how a lie is chosen.

use crate::action::{Action, Cid, Irq, Plan};
use crate::driver::nvme::reg::Cap;
use crate::matcher::{Matcher, Random};
use crate::patch::Patch;
use crate::sqe::Sqe;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// What happens when something is asked for that takes time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Answer {
    /// At once.
    #[default]
    Honest,
    After(Duration),
    Never,
    /// CSTS.CFS instead.
    Fatal,
    /// Registers read all ones instead.
    Ones,
}

/// A rule: these commands, this lie.
pub struct Rule {
    pub text: String,
    matcher: Matcher,
    action: Action,
}

/// When registers read all ones.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ones {
    pub is_on: bool,
    /// The configuration space, too: the link is down.
    pub has_config: bool,
    pub until: Option<Instant>,
    /// Begins after so many reads of registers.
    pub after_reads: Option<u64>,
    /// Ends after so many.
    pub reads_left: Option<u64>,
}

/// Faults that a driver must survive, chosen by a seed.
struct Dice {
    random: Random,
    /// One command of so many.
    one_in: u32,
}

/// All of them.
#[derive(Default)]
pub struct Lies {
    rules: Vec<Rule>,
    dice: Option<Dice>,
    pub enable: Answer,
    pub disable: Answer,
    pub shutdown: Answer,
    /// Bits of CAP: mask and value.
    pub cap: Vec<(u64, u64)>,
    pub version: Option<u32>,
    pub patches: Vec<Patch>,
    pub ones: Ones,
    /// The function has left for good: all ones until the client is gone, whatever is said.
    pub is_gone: bool,
    pub muted: BTreeSet<u16>,
    /// How often each was told; not forgotten by `honest`.
    pub told: BTreeMap<&'static str, u64>,
}

impl Lies {
    /// Back to the truth.
    pub fn forget(&mut self) {
        let told = std::mem::take(&mut self.told);
        *self = Self {
            told,
            is_gone: self.is_gone,
            ..Self::default()
        };
    }

    pub fn tell(&mut self, what: &'static str) {
        *self.told.entry(what).or_default() += 1;
    }

    pub fn add(&mut self, text: &str, matcher: Matcher, action: Action) {
        self.rules.push(Rule {
            text: text.to_owned(),
            matcher,
            action,
        });
    }

    pub fn roll(&mut self, seed: u64, one_in: u32) {
        self.dice = (one_in > 0).then(|| Dice {
            random: Random::new(seed),
            one_in,
        });
    }

    /// What is to be done to a command, and the lines to carry out.
    pub fn decide(&mut self, qid: u16, sqe: &Sqe) -> (Plan, Vec<String>) {
        let (mut plan, mut lines) = (Plan::default(), Vec::new());
        // The common case costs nothing.
        if self.rules.is_empty() && self.dice.is_none() {
            return (plan, lines);
        }
        for rule in &mut self.rules {
            if rule.matcher.takes(qid, sqe) {
                plan.add(&rule.action);
                if let Action::Do(line) = &rule.action {
                    lines.push(line.clone());
                }
                *self.told.entry(rule.action.name()).or_default() += 1;
            }
        }
        if qid != 0 {
            if let Some(dice) = &mut self.dice {
                if dice.random.below(dice.one_in) == 0 {
                    let action = dice.roll();
                    plan.add(&action);
                    if let Action::Do(line) = &action {
                        lines.push(line.clone());
                    }
                    *self.told.entry("random").or_default() += 1;
                    *self.told.entry(action.name()).or_default() += 1;
                }
            }
        }
        (plan, lines)
    }

    pub fn rules(&self) -> impl Iterator<Item = String> + '_ {
        let line = |r: &Rule| format!("{} (told {} times)", r.text, r.matcher.taken());
        self.rules.iter().map(line)
    }

    /// CAP as it is told.
    pub fn cap(&self, honest: Cap) -> Cap {
        let told = self.cap.iter();
        Cap(told.fold(honest.0, |cap, (mask, value)| cap & !mask | value & mask))
    }

    /// Whether a read of a register gives all ones; counts it.
    pub fn reads_ones(&mut self) -> bool {
        if self.is_gone {
            return true;
        }
        if let Some(left) = &mut self.ones.after_reads {
            if *left > 0 {
                *left -= 1;
                return false;
            }
            self.ones.after_reads = None;
            self.ones.is_on = true;
        }
        if !self.is_away() {
            return false;
        }
        if let Some(left) = &mut self.ones.reads_left {
            if *left == 0 {
                self.ones = Ones::default();
                return false;
            }
            *left -= 1;
        }
        self.tell("ones");
        true
    }

    /// Whether the function is off the bus: writes vanish, nothing is answered.
    pub fn is_away(&mut self) -> bool {
        if self.ones.until.is_some_and(|end| Instant::now() >= end) {
            self.ones = Ones::default();
        }
        self.ones.is_on || self.is_gone
    }

    /// Whether the configuration space is off the bus, too.
    pub fn hides_config(&mut self) -> bool {
        self.is_gone || (self.is_away() && self.ones.has_config)
    }

    /// The function leaves.
    pub fn leave(&mut self) {
        if !std::mem::replace(&mut self.is_gone, true) {
            self.tell("gone");
        }
    }
}

impl Dice {
    /// A fault that a driver must survive with no error seen by the application, as long as aborts,
    /// resets and retries work. The dearer ones are rarer.
    fn roll(&mut self) -> Action {
        let ms = Duration::from_millis;
        match self.random.below(100) {
            0..=14 => Action::Delay(ms(u64::from(1 + self.random.below(400)))),
            15..=17 => Action::Rewrite(self.passing()),
            18..=19 => Action::Phase(Some(ms(u64::from(1 + self.random.below(20))))),
            20..=34 => Action::Duplicate(1 + self.random.below(3)),
            35..=49 => Action::Phantom(self.nobody()),
            50..=64 => Action::Irq(Irq::Lost),
            65..=69 => Action::Irq(Irq::Storm(1 + self.random.below(50))),
            70..=74 => Action::Irq(Irq::Early(ms(u64::from(1 + self.random.below(10))))),
            75..=84 => Action::Reorder(2 + self.random.below(6) as usize),
            85..=92 => Action::Status(self.passing()),
            93..=95 => Action::Drop,
            96 => Action::Cid(self.nobody()),
            97..=98 => Action::Do("cfs".into()),
            // So short that it may be taken for a moment, and not for the end.
            _ => Action::Do(format!("ones for={}", 2 + self.random.below(10))),
        }
    }

    /// Internal error; command interrupted; namespace not ready: all to be tried again.
    fn passing(&mut self) -> u16 {
        [0x06, 0x21, 0x82][self.random.below(3) as usize]
    }

    /// An identifier that no command in flight has.
    fn nobody(&mut self) -> Cid {
        [Cid::Stale, Cid::Beyond][self.random.below(2) as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::driver::nvme::command::Command;
    use crate::driver::nvme::io::{Blocks, Fua};

    fn read() -> Sqe {
        Sqe::from(Command::read(1, 0, Blocks::ONE, Fua::Off))
    }

    #[test]
    fn a_seed_decides_all() {
        let plans = |seed| {
            let mut lies = Lies::default();
            lies.roll(seed, 3);
            (0..200)
                .map(|_| lies.decide(1, &read()))
                .collect::<Vec<_>>()
        };
        assert_eq!(plans(7), plans(7));
        assert_ne!(plans(7), plans(8));
    }

    #[test]
    fn dice_leave_admin_commands_alone() {
        let mut lies = Lies::default();
        lies.roll(1, 1);
        assert_eq!(lies.decide(0, &read()), (Plan::default(), vec![]));
        assert_ne!(lies.decide(1, &read()), (Plan::default(), vec![]));
    }

    #[test]
    fn the_truth_is_told_again_and_what_was_told_is_not_forgotten() {
        let mut lies = Lies::default();
        lies.add("drop", Matcher::default(), Action::Drop);
        lies.cap.push((0xffff, 0));
        assert!(lies.decide(1, &read()).0.is_dropped);
        assert_eq!(lies.cap(Cap(0x1ffff)).0, 0x10000);
        lies.forget();
        assert_eq!(lies.decide(1, &read()).0, Plan::default());
        assert_eq!(lies.cap(Cap(0x1ffff)).0, 0x1ffff);
        assert_eq!(lies.told.get("drop"), Some(&1));
    }

    #[test]
    fn ones_begin_and_end_by_count() {
        let mut lies = Lies::default();
        lies.ones.after_reads = Some(2);
        lies.ones.reads_left = Some(3);
        let seen: Vec<bool> = (0..8).map(|_| lies.reads_ones()).collect();
        assert_eq!(seen, [false, false, true, true, true, false, false, false]);
    }
}

// SPDX-License-Identifier: GPL-2.0
//! A line of the language, carried out. README.md lists them.

use crate::action::Action;
use crate::controller::Controller;
use crate::driver::nvme::admin::LogPage;
use crate::driver::nvme::completion::AsyncEvent;
use crate::identify::NSID_MAX;
use crate::lies::{Answer, Ones};
use crate::matcher::Matcher;
use crate::namespace::Namespace;
use crate::patch;
use crate::timers::Task;
use crate::words::{number, small, split};
use std::time::{Duration, Instant};

/// What a line answers.
pub type Reply = Result<Vec<String>, String>;

/// Bits of CAP by name: lowest bit and width.
const CAP_FIELDS: [(&str, u32, u32); 7] = [
    ("mqes", 0, 16),
    ("cqr", 16, 1),
    ("to", 24, 8),
    ("dstrd", 32, 4),
    ("css", 37, 8),
    ("mpsmin", 48, 4),
    ("mpsmax", 52, 4),
];

fn millis(text: &str) -> Result<Duration, String> {
    Ok(Duration::from_millis(u64::from(small::<u32>(text)?)))
}

fn answer(word: Option<&&str>) -> Result<Answer, String> {
    Ok(match word.copied() {
        None | Some("honest") => Answer::Honest,
        Some("never") => Answer::Never,
        Some("cfs") => Answer::Fatal,
        Some("ones") => Answer::Ones,
        Some(time) => Answer::After(millis(time)?),
    })
}

impl Controller {
    /// Carries out a line.
    pub fn obey(&mut self, line: &str) -> Reply {
        let line = line.split('#').next().unwrap_or_default().trim();
        let words: Vec<&str> = line.split_whitespace().collect();
        let Some((&verb, rest)) = words.split_first() else {
            return Ok(Vec::new());
        };
        let done = Ok(Vec::new());
        match verb {
            "honest" => self.be_honest(),
            "enable" => self.lies.enable = answer(rest.first())?,
            "disable" => self.lies.disable = answer(rest.first())?,
            "shutdown" => self.lies.shutdown = answer(rest.first())?,
            "cfs" => match rest.first() {
                None => self.become_fatal(),
                Some(time) => self.timers.add(millis(time)?, Task::Fatal),
            },
            "ones" => self.lies.ones = ones(rest)?,
            "paused" => self.pause(one(rest)? == "on"),
            "gone" => match rest.first() {
                None => self.lies.leave(),
                Some(time) => self.timers.add(millis(time)?, Task::Leave),
            },
            "cap" => self.set_cap(rest)?,
            "version" => self.lies.version = Some(small(one(rest)?)?),
            "identify" => {
                let (target, fields) = rest.split_first().ok_or("identify what?")?;
                self.lies.patches.extend(patch::parse(target, fields)?);
            }
            "when" => self.add_when(line)?,
            "release" => {
                let last_first = rest.contains(&"reversed");
                let most = rest.iter().find(|w| **w != "reversed");
                let most = most.map_or(Ok(usize::MAX), |n| small(n))?;
                let count = self.release(most, last_first);
                return Ok(vec![format!("released={count}")]);
            }
            "raise" => {
                let left = rest.get(1).map_or(Ok(1), |n| small(n))?;
                let vector = small(rest.first().ok_or("raise which vector?")?)?;
                self.raise(vector);
                if left > 1 {
                    let next = Task::Raise {
                        vector,
                        left: left - 1,
                    };
                    self.timers.add(Duration::from_millis(1), next);
                }
            }
            "mute" => match one(rest)? {
                "all" => self.lies.muted.extend(0..self.host.vectors()),
                vector => {
                    self.lies.muted.insert(small(vector)?);
                }
            },
            "unmute" => {
                for vector in std::mem::take(&mut self.lies.muted) {
                    self.raise(vector);
                }
            }
            "random" => {
                let seed = number(rest.first().ok_or("random SEED ONE-IN")?)?;
                let one_in = rest.get(1).map_or(Ok(100), |n| small(n))?;
                self.lies.roll(seed, one_in);
            }
            "queues" => {
                let most = self.cqs.len() as u16 - 1;
                self.setup.queues = small::<u16>(one(rest)?)?.clamp(1, most);
            }
            "mdts" => self.setup.mdts = small::<u8>(one(rest)?)?.min(9),
            "shadow" => self.setup.has_shadow = one(rest)? == "on",
            "namespace" => self.add_namespace(rest)?,
            "resize" | "format" | "attach" | "detach" | "remove" => self.change(verb, rest)?,
            "health" => {
                self.events.warning = small(one(rest)?)?;
                let information = if self.events.warning & 2 != 0 { 1 } else { 0 };
                self.event(AsyncEvent::HEALTH, information, LogPage::HEALTH);
            }
            "event" => {
                let byte = |n: usize| {
                    rest.get(n)
                        .ok_or("event TYPE INFO PAGE")
                        .map(|w| small::<u8>(w))
                };
                self.event(byte(0)??, byte(1)??, LogPage(byte(2)??));
            }
            "stats" => return Ok(self.report()),
            "breaches" => return Ok(self.breaches.latest.clone()),
            "rules" => return Ok(self.lies.rules().collect()),
            _ => self.add_rule(line, &words)?,
        }
        done
    }

    /// Counts, as `NAME=COUNT`; lies that were told as `told-NAME=COUNT`.
    fn report(&self) -> Vec<String> {
        let mut lines = self.stats.lines();
        let flying: usize = self.sqs.iter().flatten().map(|sq| sq.flights.len()).sum();
        let queues = self.sqs.iter().skip(1).flatten().count();
        lines.push(format!("breaches={}", self.breaches.count));
        lines.push(format!("in-flight={flying}"));
        lines.push(format!("kept={}", self.pending.len()));
        lines.push(format!("io-queues={queues}"));
        lines.push(format!("ready={}", u32::from(self.is_ready())));
        lines.extend(
            self.lies
                .told
                .iter()
                .map(|(name, n)| format!("told-{name}={n}")),
        );
        lines
    }

    fn set_cap(&mut self, words: &[&str]) -> Result<(), String> {
        for word in words {
            let (name, value) = word.split_once('=').ok_or("cap FIELD=VALUE…")?;
            let found = CAP_FIELDS.iter().find(|(n, _, _)| *n == name);
            let (_, low, width) = found.ok_or_else(|| format!("CAP has no '{name}' here"))?;
            let value = number(value)?;
            if value >> width != 0 {
                return Err(format!("{word}: the field has {width} bits"));
            }
            self.lies
                .cap
                .push((((1 << width) - 1) << low, value << low));
        }
        self.lies.tell("cap");
        Ok(())
    }

    /// `ACTION[=VALUE] [MATCH…]`.
    fn add_rule(&mut self, line: &str, words: &[&str]) -> Result<(), String> {
        let (name, value) = split(words[0]);
        let action = Action::parse(name, value)?.ok_or_else(|| format!("no word '{name}'"))?;
        let matcher = matcher(&words[1..])?;
        self.lies.add(line, matcher, action);
        Ok(())
    }

    /// `when MATCH… do LINE`.
    fn add_when(&mut self, line: &str) -> Result<(), String> {
        let (head, task) = line.split_once(" do ").ok_or("when MATCH… do LINE")?;
        let words: Vec<&str> = head.split_whitespace().skip(1).collect();
        let matcher = matcher(&words)?;
        let verb = task.split_whitespace().next().unwrap_or_default();
        // What may be carried out in the middle of a command.
        const ALLOWED: [&str; 9] = [
            "cfs", "ones", "gone", "raise", "mute", "unmute", "enable", "disable", "event",
        ];
        if !ALLOWED.contains(&verb) {
            return Err(format!("'{verb}' cannot be done by a command"));
        }
        self.lies.add(line, matcher, Action::Do(task.to_owned()));
        Ok(())
    }

    /// `namespace NSID size=… [block=512|4096] [file=…]`.
    fn add_namespace(&mut self, words: &[&str]) -> Result<(), String> {
        let (first, rest) = words.split_first().ok_or("namespace NSID size=…")?;
        let nsid = small::<u32>(first)?;
        if nsid == 0 || nsid > NSID_MAX || self.namespaces.contains_key(&nsid) {
            return Err(format!("namespace {nsid} cannot be made"));
        }
        let (mut bytes, mut log2, mut file) = (0, 9, None);
        for word in rest {
            match word.split_once('=') {
                Some(("size", value)) => bytes = number(value)?,
                Some(("block", value)) => log2 = block_log2(value)?,
                Some(("file", value)) => file = Some(std::path::Path::new(value)),
                _ => return Err(format!("a namespace has no '{word}'")),
            }
        }
        let made = Namespace::new(bytes >> log2, log2, file).map_err(|e| e.to_string())?;
        self.namespaces.insert(nsid, made);
        self.changed(nsid);
        Ok(())
    }

    /// Changes a namespace while the host looks on.
    fn change(&mut self, verb: &str, words: &[&str]) -> Result<(), String> {
        let nsid = small::<u32>(words.first().ok_or("which namespace?")?)?;
        if verb == "remove" {
            self.namespaces.remove(&nsid).ok_or("there is none")?;
            self.changed(nsid);
            return Ok(());
        }
        let ns = self.namespaces.get_mut(&nsid).ok_or("there is none")?;
        let value = words.get(1).ok_or("a value is missing");
        ns.was_changed = true;
        match verb {
            "resize" => {
                let blocks = number(value?)? >> ns.lba_log2;
                ns.resize(blocks).map_err(|e| e.to_string())?;
            }
            "format" => {
                let log2 = block_log2(value?)?;
                ns.format(log2).map_err(|e| e.to_string())?;
            }
            _ => ns.is_attached = verb == "attach",
        }
        self.changed(nsid);
        Ok(())
    }

    fn changed(&mut self, nsid: u32) {
        self.events.changed(nsid);
        let info = AsyncEvent::NAMESPACES_CHANGED;
        self.event(AsyncEvent::NOTICE, info, LogPage::CHANGED_NAMESPACES);
    }
}

fn one<'a>(words: &[&'a str]) -> Result<&'a str, String> {
    match words {
        [word] => Ok(word),
        _ => Err("one value is needed".into()),
    }
}

fn matcher(words: &[&str]) -> Result<Matcher, String> {
    let mut matcher = Matcher::default();
    for word in words {
        let (key, value) = word
            .split_once('=')
            .ok_or_else(|| format!("'{word}' has no value"))?;
        if !matcher.take(key, value)? {
            return Err(format!("no match '{key}'"));
        }
    }
    Ok(matcher)
}

fn block_log2(text: &str) -> Result<u8, String> {
    match text {
        "512" => Ok(9),
        "4096" => Ok(12),
        _ => Err(format!("blocks have 512 or 4096 bytes, not {text}")),
    }
}

/// `ones [config] [for=MS] [after=READS] [reads=N] | ones off`.
fn ones(words: &[&str]) -> Result<Ones, String> {
    let mut found = Ones {
        is_on: true,
        ..Ones::default()
    };
    for word in words {
        match split(word) {
            ("off", None) => return Ok(Ones::default()),
            ("config", None) => found.has_config = true,
            ("for", Some(time)) => found.until = Some(Instant::now() + millis(time)?),
            ("after", Some(n)) => (found.after_reads, found.is_on) = (Some(number(n)?), false),
            ("reads", Some(n)) => found.reads_left = Some(number(n)?),
            _ => return Err(format!("ones has no '{word}'")),
        }
    }
    Ok(found)
}

// SPDX-License-Identifier: GPL-2.0
//! What can be done to a command, and what all lies about one command come to.

use crate::words::{small, status};
use std::time::Duration;

/// A command identifier that is not the right one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cid {
    /// Of a command that ended long ago.
    Stale,
    /// With the most significant bits set, beyond any slot.
    Beyond,
    /// Of another command in flight, or the next number.
    Other,
    Value(u16),
}

/// What becomes of the interrupt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Irq {
    Lost,
    /// Before the completion, which comes so much later.
    Early(Duration),
    Twice,
    /// So many more, a millisecond apart.
    Storm(u32),
}

/// One thing that is done to a command.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    Drop,
    Delay(Duration),
    Hold,
    Status(u16),
    Dw0(u32),
    Duplicate(u32),
    Reorder(usize),
    Cid(Cid),
    /// One more completion, before the right one.
    Phantom(Cid),
    /// The wrong phase, for good or for so long.
    Phase(Option<Duration>),
    SqHead(u16),
    SqId(u16),
    Rewrite(u16),
    Irq(Irq),
    /// Writes a marker to the data buffer, so long after completion.
    LateWrite(Duration),
    /// Writes so many bytes of marker beyond the data buffer.
    Overrun(u64),
    /// A line of the language.
    Do(String),
}

fn millis(text: &str) -> Result<Duration, String> {
    Ok(Duration::from_millis(u64::from(small::<u32>(text)?)))
}

fn cid(text: &str) -> Result<Cid, String> {
    Ok(match text {
        "stale" => Cid::Stale,
        "beyond" => Cid::Beyond,
        "other" => Cid::Other,
        _ => Cid::Value(small(text)?),
    })
}

fn irq(text: &str) -> Result<Irq, String> {
    let (word, value) = text.split_once(':').unwrap_or((text, ""));
    let or = |default: &'static str| if value.is_empty() { default } else { value }.to_owned();
    Ok(match word {
        "lost" => Irq::Lost,
        "early" => Irq::Early(millis(&or("5"))?),
        "twice" => Irq::Twice,
        "storm" => Irq::Storm(small(&or("100"))?),
        _ => return Err(format!("irq is lost, early, twice or storm, not '{word}'")),
    })
}

impl Action {
    /// `Ok(None)` if there is no action of that name.
    pub fn parse(name: &str, value: Option<&str>) -> Result<Option<Self>, String> {
        let needed = || value.ok_or_else(|| format!("{name} needs a value"));
        Ok(Some(match name {
            "drop" => Self::Drop,
            "hold" => Self::Hold,
            "delay" => Self::Delay(millis(needed()?)?),
            "status" => Self::Status(status(needed()?)?),
            "dw0" => Self::Dw0(small(needed()?)?),
            "duplicate" => Self::Duplicate(small(value.unwrap_or("1"))?),
            "reorder" => Self::Reorder(small::<u32>(value.unwrap_or("2"))?.clamp(2, 64) as usize),
            "cid" => Self::Cid(cid(needed()?)?),
            "phantom" => Self::Phantom(cid(value.unwrap_or("stale"))?),
            "phase" => Self::Phase(value.map(millis).transpose()?),
            "sqhead" => Self::SqHead(small(needed()?)?),
            "sqid" => Self::SqId(small(needed()?)?),
            "rewrite" => Self::Rewrite(status(value.unwrap_or("0/6"))?),
            "irq" => Self::Irq(irq(needed()?)?),
            "late-write" => Self::LateWrite(millis(value.unwrap_or("1"))?),
            "overrun" => Self::Overrun(u64::from(small::<u32>(needed()?)?)),
            _ => return Ok(None),
        }))
    }

    /// The word that it is counted under.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Drop => "drop",
            Self::Delay(_) => "delay",
            Self::Hold => "hold",
            Self::Status(_) => "status",
            Self::Dw0(_) => "dw0",
            Self::Duplicate(_) => "duplicate",
            Self::Reorder(_) => "reorder",
            Self::Cid(_) => "cid",
            Self::Phantom(_) => "phantom",
            Self::Phase(_) => "phase",
            Self::SqHead(_) => "sqhead",
            Self::SqId(_) => "sqid",
            Self::Rewrite(_) => "rewrite",
            Self::Irq(_) => "irq",
            Self::LateWrite(_) => "late-write",
            Self::Overrun(_) => "overrun",
            Self::Do(_) => "when",
        }
    }
}

/// What all lies about one command come to. All of it unset: the truth.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    pub is_dropped: bool,
    pub is_held: bool,
    pub delay: Option<Duration>,
    pub reorder: Option<usize>,
    pub status: Option<u16>,
    pub dw0: Option<u32>,
    pub duplicates: u32,
    pub cid: Option<Cid>,
    pub phantom: Option<Cid>,
    /// The wrong phase, for so long; `Some(None)` for good.
    pub phase: Option<Option<Duration>>,
    pub sq_head: Option<u16>,
    pub sqid: Option<u16>,
    pub rewrite: Option<u16>,
    pub irq: Option<Irq>,
    pub late_write: Option<Duration>,
    pub overrun_bytes: u64,
}

impl Plan {
    /// Adds an action; `Do` is not one about the command itself.
    pub fn add(&mut self, action: &Action) {
        match *action {
            Action::Drop => self.is_dropped = true,
            Action::Hold => self.is_held = true,
            Action::Delay(time) => self.delay = Some(time),
            Action::Reorder(n) => self.reorder = Some(n),
            Action::Status(status) => self.status = Some(status),
            Action::Dw0(value) => self.dw0 = Some(value),
            Action::Duplicate(n) => self.duplicates = n,
            Action::Cid(cid) => self.cid = Some(cid),
            Action::Phantom(cid) => self.phantom = Some(cid),
            Action::Phase(time) => self.phase = Some(time),
            Action::SqHead(head) => self.sq_head = Some(head),
            Action::SqId(sqid) => self.sqid = Some(sqid),
            Action::Rewrite(status) => self.rewrite = Some(status),
            Action::Irq(irq) => self.irq = Some(irq),
            Action::LateWrite(time) => self.late_write = Some(time),
            Action::Overrun(bytes) => self.overrun_bytes = bytes,
            Action::Do(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_action_is_counted_under_the_word_it_is_asked_for_by() {
        for (word, value) in [
            ("drop", None),
            ("hold", None),
            ("delay", Some("5")),
            ("status", Some("2/0x81/dnr")),
            ("dw0", Some("0")),
            ("duplicate", None),
            ("reorder", Some("4")),
            ("cid", Some("other")),
            ("phantom", Some("beyond")),
            ("phase", None),
            ("sqhead", Some("65535")),
            ("sqid", Some("9")),
            ("rewrite", None),
            ("irq", Some("storm:7")),
            ("late-write", None),
            ("overrun", Some("512")),
        ] {
            let action = Action::parse(word, value).unwrap().unwrap();
            assert_eq!(action.name(), word);
            let mut plan = Plan::default();
            plan.add(&action);
            assert_ne!(plan, Plan::default(), "{word}");
        }
        assert_eq!(Action::parse("sing", None), Ok(None));
        assert!(Action::parse("delay", None).is_err());
        assert!(Action::parse("irq", Some("late")).is_err());
    }
}

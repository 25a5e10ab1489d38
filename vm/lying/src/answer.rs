// SPDX-License-Identifier: GPL-2.0
//! Completions and interrupts, and the lies about them.
//!
//! Base 3.3.3.2 (completion queue entry).

use crate::action::{Cid, Irq, Plan};
use crate::controller::Controller;
use crate::queue::Posting;
use crate::sqe::Cqe;
use crate::timers::Task;
use std::time::Duration;

/// How often a status is changed while it is posted.
const REWRITES: u32 = 400;

impl Controller {
    /// Answers a command, as planned.
    pub fn answer(&mut self, qid: u16, cid: u16, status: u16, dw0: u32, plan: &Plan) {
        let vector = self.vector_of(qid);
        if let Some(lie) = plan.phantom {
            if let Some(wrong) = self.wrong_cid(qid, cid, lie) {
                self.post(qid, wrong, 0, 0, &Plan::default());
            }
        }
        let told = plan
            .cid
            .and_then(|lie| self.wrong_cid(qid, cid, lie))
            .unwrap_or(cid);
        for _ in 0..=plan.duplicates {
            self.post(qid, told, status, plan.dw0.unwrap_or(dw0), plan);
        }
        let Some(vector) = vector else { return };
        let ms = Duration::from_millis(1);
        match plan.irq {
            Some(Irq::Twice) => self.timers.add(ms, Task::Raise { vector, left: 1 }),
            Some(Irq::Storm(left)) => self.timers.add(ms, Task::Raise { vector, left }),
            _ => {}
        }
    }

    /// An identifier that is not this command's, if there is such a one.
    fn wrong_cid(&self, qid: u16, cid: u16, lie: Cid) -> Option<u16> {
        let sq = self.sqs[usize::from(qid)].as_ref()?;
        match lie {
            Cid::Value(value) => Some(value),
            Cid::Beyond => Some(cid | 0x0fff),
            Cid::Stale => sq
                .ended
                .iter()
                .copied()
                .find(|c| !sq.flights.contains_key(c)),
            Cid::Other => {
                let other = sq.flights.keys().copied().find(|c| *c != cid);
                Some(other.unwrap_or(cid.wrapping_add(1)))
            }
        }
    }

    fn post(&mut self, qid: u16, cid: u16, status: u16, dw0: u32, plan: &Plan) {
        let cqe = Cqe {
            dw0,
            dw1: 0,
            sq_head: 0,
            sqid: plan.sqid.unwrap_or(qid),
            cid,
            status,
        };
        let posting = Posting {
            cqe,
            qid,
            sq_head: plan.sq_head,
            phase: plan.phase,
            rewrite: plan.rewrite,
            is_silent: matches!(plan.irq, Some(Irq::Lost)),
        };
        let Some(cqid) = self.sqs[usize::from(qid)].as_ref().map(|sq| sq.cqid) else {
            return;
        };
        if let Some(cq) = &mut self.cqs[usize::from(cqid)] {
            cq.waiting.push_back(posting);
        }
        self.post_waiting(cqid);
    }

    /// Posts what has found no room so far, as far as there is room now.
    pub fn post_waiting(&mut self, cqid: u16) {
        loop {
            let Some(cq) = &mut self.cqs[usize::from(cqid)] else {
                return;
            };
            if cq.waiting.is_empty() {
                return;
            }
            if cq.is_full() {
                self.look_at_head(cqid);
                match &self.cqs[usize::from(cqid)] {
                    Some(cq) if !cq.is_full() => continue,
                    _ => return,
                }
            }
            let Some(posting) = cq.waiting.pop_front() else {
                return;
            };
            self.write_entry(cqid, posting);
        }
    }

    fn write_entry(&mut self, cqid: u16, posting: Posting) {
        // As an event after the host has turned away from a controller that it shut down.
        if !self.host.is_bus_master() {
            return;
        }
        let Some(sq) = &mut self.sqs[usize::from(posting.qid)] else {
            return;
        };
        sq.told_head = sq.head;
        let mut cqe = posting.cqe;
        cqe.sq_head = posting.sq_head.unwrap_or(sq.head as u16);
        // What the host cannot see, it cannot take for an end.
        if posting.phase != Some(None) {
            sq.end(cqe.cid);
        }
        let Some(cq) = &mut self.cqs[usize::from(cqid)] else {
            return;
        };
        let (at, phase) = cq.next();
        let told = phase ^ posting.phase.is_some();
        let written = self.host.memory.write(at, &cqe.front());
        if written
            .and_then(|()| self.host.memory.store(at + 12, cqe.last(told)))
            .is_err()
        {
            self.breaches.add(format!(
                "completion queue {cqid} lies outside of mapped memory: {at:#x}"
            ));
            return;
        }
        self.stats.completions += 1;
        if !posting.is_silent {
            cq.is_due = true;
        }
        if let Some(Some(time)) = posting.phase {
            let (at, value) = (at + 12, cqe.last(phase));
            let vector = cq.vector;
            self.timers.add(time, Task::Word { at, value, vector });
        }
        if let Some(status) = posting.rewrite {
            self.rewrite(at + 12, cqe, status, phase);
        }
    }

    /// Changes the status of an entry again and again, while the host may be reading it.
    fn rewrite(&mut self, at: u64, cqe: Cqe, status: u16, phase: bool) {
        self.flush_interrupts();
        let other = Cqe { status, ..cqe };
        for _ in 0..REWRITES {
            let _ = self.host.memory.store(at, other.last(phase));
            std::thread::yield_now();
            let _ = self.host.memory.store(at, cqe.last(phase));
        }
    }

    /// The vector that completions of a submission queue raise.
    pub fn vector_of(&self, qid: u16) -> Option<u16> {
        let sq = self.sqs[usize::from(qid)].as_ref()?;
        self.cqs[usize::from(sq.cqid)].as_ref()?.vector
    }

    /// Raises a vector, unless it is muted.
    pub fn raise(&mut self, vector: u16) {
        if self.lies.muted.contains(&vector) {
            self.lies.tell("mute");
            return;
        }
        if self.host.is_bus_master() && !self.lies.is_away() && self.host.raise(vector) {
            self.stats.interrupts += 1;
        }
    }

    /// Raises the interrupts that are owed, one for each queue.
    pub fn flush_interrupts(&mut self) {
        for index in 0..self.cqs.len() {
            if let Some(cq) = &mut self.cqs[index] {
                if std::mem::take(&mut cq.is_due) {
                    if let Some(vector) = cq.vector {
                        self.raise(vector);
                    }
                }
            }
        }
    }
}

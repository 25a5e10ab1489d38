// SPDX-License-Identifier: GPL-2.0
//! A command on its way through the device: taken, perhaps kept for a while, carried out, answered.

use crate::action::{Irq, Plan};
use crate::controller::Controller;
use crate::data::{Range, Walk};
use crate::matcher;
use crate::queue::Flight;
use crate::sqe::Sqe;
use std::time::{Duration, Instant};

/// How long a command waits for others to be reordered with.
const REORDER_WAIT: Duration = Duration::from_millis(20);

/// When a command goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// When it is released.
    Held,
    At(Instant),
    /// When there are so many, or at that time.
    Together(usize, Instant),
}

/// A command that was taken and has not been answered.
pub struct Pending {
    pub qid: u16,
    pub sqe: Sqe,
    pub plan: Plan,
    /// The memory of its data, or the status of a pointer that cannot be followed.
    pub ranges: Result<Vec<Range>, u16>,
    pub due: Due,
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done {
        status: u16,
        dw0: u32,
    },
    /// It is answered when something happens.
    Later,
}

impl Outcome {
    pub const OK: Self = Self::Done { status: 0, dw0: 0 };

    /// Generic status, not to be tried again.
    pub fn refused(code: u16) -> Self {
        Self::Done {
            status: code | 1 << 14,
            dw0: 0,
        }
    }
}

fn overlap(a: &[Range], b: &[Range]) -> bool {
    a.iter().any(|(x, n)| {
        b.iter()
            .any(|(y, m)| *x < y.saturating_add(*m) && *y < x.saturating_add(*n))
    })
}

impl Controller {
    pub fn breach(&mut self, qid: u16, sqe: &Sqe, what: &str) {
        let name = match matcher::name_of(qid == 0, sqe.opcode()) {
            Some(name) => name.to_owned(),
            None => format!("opcode {:#04x}", sqe.opcode()),
        };
        let cid = sqe.cid();
        self.breaches
            .add(format!("queue {qid}: {name}, cid {cid:#06x}: {what}"));
    }

    /// Takes a command.
    pub fn begin(&mut self, qid: u16, sqe: Sqe) {
        self.stats.command(qid == 0, sqe.opcode());
        for what in crate::rules::broken(qid, &sqe) {
            self.breach(qid, &sqe, &what);
        }
        let ranges = self.follow(qid, &sqe);
        self.check_memory(qid, &sqe, ranges.as_deref().unwrap_or(&[]));
        let (plan, lines) = self.lies.decide(qid, &sqe);
        for line in lines {
            // It was looked at when the rule was made.
            let _ = self.obey(&line);
        }
        // A line may have taken the device away in the middle of this.
        if !self.is_ready() || self.lies.is_away() {
            return;
        }
        let now = Instant::now();
        let due = if plan.is_held {
            Due::Held
        } else if let Some(time) = plan.delay {
            Due::At(now + time)
        } else if let Some(n) = plan.reorder {
            Due::Together(n, now + REORDER_WAIT)
        } else if let Some(Irq::Early(time)) = plan.irq {
            if let Some(vector) = self.vector_of(qid) {
                self.raise(vector);
            }
            Due::At(now + time)
        } else {
            let (plan, ranges) = (plan, ranges);
            return self.finish(Pending {
                qid,
                sqe,
                plan,
                ranges,
                due: Due::Held,
            });
        };
        self.pending.push(Pending {
            qid,
            sqe,
            plan,
            ranges,
            due,
        });
        if let Due::Together(..) = due {
            self.run_pending();
        }
    }

    fn follow(&mut self, qid: u16, sqe: &Sqe) -> Result<Vec<Range>, u16> {
        let bytes = self.data_bytes(qid, sqe);
        let page = self.page_bytes();
        let memory = &self.host.memory;
        let mut read = |at: u64, data: &mut [u8]| memory.read(at, data).is_ok();
        let mut walk = Walk::new(&mut read, page);
        let ranges = walk.follow(sqe, bytes);
        let breaches = std::mem::take(&mut walk.breaches);
        for what in breaches {
            self.breach(qid, sqe, &what);
        }
        ranges
    }

    /// The rules about memory and identifiers that are in use; then the command is in flight.
    fn check_memory(&mut self, qid: u16, sqe: &Sqe, ranges: &[Range]) {
        let writes = self.writes_memory(qid, sqe);
        let mut broken = Vec::new();
        for sq in self.sqs.iter().flatten() {
            if overlap(ranges, &[sq.memory()]) {
                broken.push("data in the memory of a submission queue");
            }
            for flight in sq.flights.values() {
                if overlap(ranges, &flight.writes) || (writes && overlap(ranges, &flight.reads)) {
                    broken.push("data in the memory of a command in flight");
                }
            }
        }
        for cq in self.cqs.iter().flatten() {
            if overlap(ranges, &[cq.memory()]) {
                broken.push("data in the memory of a completion queue");
            }
        }
        let flight = match writes {
            true => Flight {
                writes: ranges.to_vec(),
                reads: Vec::new(),
            },
            false => Flight {
                writes: Vec::new(),
                reads: ranges.to_vec(),
            },
        };
        if let Some(sq) = &mut self.sqs[usize::from(qid)] {
            if sq.flights.insert(sqe.cid(), flight).is_some() {
                broken.push("the identifier of a command in flight");
            }
        }
        for what in broken {
            self.breach(qid, sqe, what);
        }
    }

    /// Carries a command out and answers it.
    fn finish(&mut self, work: Pending) {
        let outcome = match (work.plan.status, &work.ranges) {
            (Some(status), _) => Outcome::Done { status, dw0: 0 },
            (None, Err(code)) => Outcome::refused(*code),
            (None, Ok(ranges)) => match work.qid {
                0 => self.run_admin(&work.sqe, ranges),
                _ => self.run_io(work.qid, &work.sqe, ranges),
            },
        };
        let Outcome::Done { status, dw0 } = outcome else {
            return;
        };
        if work.plan.is_dropped {
            return;
        }
        if work.plan.overrun_bytes > 0 {
            self.overrun(&work);
        }
        self.answer(work.qid, work.sqe.cid(), status, dw0, &work.plan);
        if let (Some(after), Ok(ranges)) = (work.plan.late_write, work.ranges) {
            self.timers
                .add(after, crate::timers::Task::Marker { ranges });
        }
    }

    /// Writes a marker just beyond the data.
    fn overrun(&mut self, work: &Pending) {
        if let Some((at, bytes)) = work.ranges.as_ref().ok().and_then(|r| r.last()) {
            self.mark(&[(at + bytes, work.plan.overrun_bytes)]);
        }
    }

    /// Writes "LIES" all over some memory.
    pub fn mark(&mut self, ranges: &[Range]) {
        for &(at, bytes) in ranges {
            let marker: Vec<u8> = b"LIES"
                .iter()
                .copied()
                .cycle()
                .take(bytes as usize)
                .collect();
            let _ = self.host.memory.write(at, &marker);
        }
    }

    /// Answers what is due.
    pub fn run_pending(&mut self) {
        if self.pending.is_empty() || self.lies.is_away() {
            return;
        }
        let now = Instant::now();
        let together: Vec<_> = self
            .pending
            .iter()
            .filter_map(|p| match p.due {
                Due::Together(n, end) => Some((n, end)),
                _ => None,
            })
            .collect();
        let is_group_due = together
            .iter()
            .any(|(n, end)| together.len() >= *n || *end <= now);
        let (due, later) = std::mem::take(&mut self.pending)
            .into_iter()
            .partition(|p| match p.due {
                Due::Held => false,
                Due::At(time) => time <= now,
                Due::Together(..) => is_group_due,
            });
        self.pending = later;
        let mut due: Vec<Pending> = due;
        // The last one first; what has a time, in the order of time.
        due.reverse();
        due.sort_by_key(|p| match p.due {
            Due::At(time) => Some(time),
            _ => None,
        });
        self.finish_all(due);
    }

    fn finish_all(&mut self, works: Vec<Pending>) {
        for work in works {
            // An earlier one may have changed the queues.
            if self.is_ready() && self.sqs[usize::from(work.qid)].is_some() {
                self.finish(work);
            }
        }
    }

    /// Lets held commands go on, the first or the last ones first; how many.
    pub fn release(&mut self, most: usize, last_first: bool) -> usize {
        let (mut held, others): (Vec<_>, Vec<_>) = std::mem::take(&mut self.pending)
            .into_iter()
            .partition(|p| p.due == Due::Held);
        self.pending = others;
        if last_first {
            held.reverse();
        }
        let rest = held.split_off(held.len().min(most));
        self.pending.extend(rest);
        let count = held.len();
        self.finish_all(held);
        count
    }

    /// Takes a pending command out, to be aborted.
    pub fn take_pending(&mut self, qid: u16, cid: u16) -> Option<Pending> {
        let found = |p: &Pending| p.qid == qid && p.sqe.cid() == cid;
        let at = self.pending.iter().position(found)?;
        Some(self.pending.remove(at))
    }

    /// When something is due next.
    pub fn next_due(&self) -> Option<Instant> {
        if self.lies.ones.is_on || self.lies.is_gone {
            // Nothing is answered before it is back.
            return self
                .timers
                .next()
                .into_iter()
                .chain(self.lies.ones.until)
                .min();
        }
        let pending = self.pending.iter().filter_map(|p| match p.due {
            Due::Held => None,
            Due::At(time) | Due::Together(_, time) => Some(time),
        });
        pending.chain(self.timers.next()).min()
    }
}

// SPDX-License-Identifier: GPL-2.0
//! Doorbells, written or in shadow, and what they set in motion.
//!
//! PCIe 3.1.2 (doorbells), Base annex B.5 (shadow doorbells).

use crate::controller::Controller;
use crate::driver::nvme::command::Command;
use crate::driver::nvme::page::PageSize;
use crate::driver::nvme::reg::{Side, DOORBELLS};
use crate::driver::nvme::shadow;
use crate::queue::Shadow;
use crate::sqe::Sqe;

impl Controller {
    /// A write to a doorbell.
    pub fn doorbell(&mut self, offset: u64, value: u32) {
        self.stats.doorbells += 1;
        let stride = u64::from(self.cap().doorbell_stride());
        let from = offset - DOORBELLS as u64;
        let (qid, side) = match from / stride {
            index if index % 2 == 0 => (index / 2, Side::Sq),
            index => (index / 2, Side::Cq),
        };
        if from % stride != 0 {
            return self
                .breaches
                .add(format!("doorbell at {offset:#x} of stride {stride}"));
        }
        let what = match side {
            Side::Sq => format!("tail doorbell of queue {qid}"),
            Side::Cq => format!("head doorbell of queue {qid}"),
        };
        if !self.is_ready() {
            // A broken controller may still be talked to; the host has not seen it yet.
            if !self.is_broken() {
                self.breaches.add(format!("{what} written before ready"));
            }
            return;
        }
        if !self.host.is_bus_master() {
            return self
                .breaches
                .add(format!("{what} written without bus mastering"));
        }
        if value > 0xffff {
            self.breaches
                .add(format!("reserved bits of the {what}: {value:#x}"));
        }
        let exists = match side {
            Side::Sq => self.sq(qid).is_some(),
            Side::Cq => self.cq(qid).is_some(),
        };
        if !exists {
            return self.breaches.add(format!("{what}, which does not exist"));
        }
        // With a shadow the memory says where it is; the write only wakes.
        let value = match self.shadow_of(qid as u16, side) {
            Some((at, _)) => self.host.memory.load(at).unwrap_or(value),
            None => value & 0xffff,
        };
        match side {
            Side::Sq => self.take_tail(qid as u16, value, &what),
            Side::Cq => self.take_head(qid as u16, value, &what),
        }
    }

    fn sq(&mut self, qid: u64) -> Option<&mut crate::queue::Sq> {
        self.sqs.get_mut(qid as usize)?.as_mut()
    }

    fn cq(&mut self, qid: u64) -> Option<&mut crate::queue::Cq> {
        self.cqs.get_mut(qid as usize)?.as_mut()
    }

    fn shadow_of(&mut self, qid: u16, side: Side) -> Option<Shadow> {
        match side {
            Side::Sq => self.sq(qid.into())?.shadow,
            Side::Cq => self.cq(qid.into())?.shadow,
        }
    }

    /// Where the shadow and the event index of a doorbell lie. The admin queue has none.
    pub fn shadow_address(&self, qid: u16, side: Side) -> Option<Shadow> {
        let (shadow, events) = self.shadow?;
        let stride = self.cap().doorbell_stride();
        let page = PageSize::new(self.page_bytes().trailing_zeros() as u8)?;
        let at = shadow::slot_offset(stride, qid, side, page)? as u64;
        (qid != 0).then_some((shadow + at, events + at))
    }

    fn take_tail(&mut self, qid: u16, tail: u32, what: &str) {
        let is_shadow = self.shadow_of(qid, Side::Sq).is_some();
        let Some(sq) = self.sq(qid.into()) else {
            return;
        };
        if tail == sq.tail && !is_shadow {
            self.breaches.add(format!("{what} does not move: {tail}"));
            return;
        }
        if let Err(why) = sq.set_tail(tail) {
            return self.breaches.add(format!("{what}: {why}"));
        }
        self.run_queue(qid);
    }

    fn take_head(&mut self, qid: u16, head: u32, what: &str) {
        let is_shadow = self.shadow_of(qid, Side::Cq).is_some();
        let Some(cq) = self.cq(qid.into()) else {
            return;
        };
        if head == cq.head && !is_shadow {
            self.breaches.add(format!("{what} does not move: {head}"));
            return;
        }
        if let Err(why) = cq.set_head(head) {
            return self.breaches.add(format!("{what}: {why}"));
        }
        self.post_waiting(qid);
    }

    /// Brings the head of a completion queue up to its shadow.
    pub fn look_at_head(&mut self, qid: u16) {
        let Some((at, event)) = self.shadow_of(qid, Side::Cq) else {
            return;
        };
        while let Ok(head) = self.host.memory.load(at) {
            let Some(cq) = self.cq(qid.into()) else {
                return;
            };
            if head != cq.head {
                if let Err(why) = cq.set_head(head) {
                    return self
                        .breaches
                        .add(format!("shadow head of queue {qid}: {why}"));
                }
            }
            // Wake me when it moves on from here; it may have moved before it saw that.
            let _ = self.host.memory.store(event, head);
            if self.host.memory.load(at) == Ok(head) {
                return;
            }
        }
    }

    /// Takes commands until there is none; a queue with a shadow is then told where to wake it.
    fn run_queue(&mut self, qid: u16) {
        loop {
            self.run_entries(qid);
            let Some((at, event)) = self.shadow_of(qid, Side::Sq) else {
                return;
            };
            let Some(tail) = self.sq(qid.into()).map(|sq| sq.tail) else {
                return;
            };
            let _ = self.host.memory.store(event, tail);
            // The host may have gone on before it saw that.
            match self.host.memory.load(at) {
                Ok(new) if new != tail => {
                    let Some(sq) = self.sq(qid.into()) else {
                        return;
                    };
                    if let Err(why) = sq.set_tail(new) {
                        return self
                            .breaches
                            .add(format!("shadow tail of queue {qid}: {why}"));
                    }
                }
                _ => return,
            }
        }
    }

    fn run_entries(&mut self, qid: u16) {
        // A command may disable what it came from.
        while self.is_ready() && !self.lies.is_away() {
            let Some(at) = self.sq(qid.into()).and_then(|sq| sq.next()) else {
                return;
            };
            let mut raw = [0; Command::BYTES];
            if self.host.memory.read(at, &mut raw).is_err() {
                self.breaches.add(format!(
                    "queue {qid} lies outside of mapped memory: {at:#x}"
                ));
                return;
            }
            self.begin(qid, Sqe::parse(&raw));
        }
    }
}

// SPDX-License-Identifier: GPL-2.0
//! Admin commands: queues, Abort, Identify, shadow doorbells.
//!
//! Base 5 (admin command set).

use crate::action::Plan;
use crate::controller::Controller;
use crate::data::Range;
use crate::driver::nvme::opcode as op;
use crate::driver::nvme::reg::Side;
use crate::events::log_bytes;
use crate::features;
use crate::pending::Outcome;
use crate::queue::{Cq, Sq};
use crate::sqe::Sqe;

/// Generic status codes.
const INVALID_OPCODE: u16 = 0x01;
const INVALID_FIELD: u16 = 0x02;
const TRANSFER_ERROR: u16 = 0x04;
/// Command Abort Requested.
const ABORTED: u16 = 0x07;
/// Command specific status codes, with their type.
const CQ_INVALID: u16 = 0x100;
const QID_INVALID: u16 = 0x101;
const SIZE_INVALID: u16 = 0x102;
const VECTOR_INVALID: u16 = 0x108;
const DELETION_INVALID: u16 = 0x10c;

/// Abort commands at once (ACL), counted from one.
pub const ABORTS_MAX: usize = 4;

impl Controller {
    /// Bytes of data of a command, either way.
    pub fn data_bytes(&self, qid: u16, sqe: &Sqe) -> u64 {
        if qid != 0 {
            return self.io_bytes(sqe);
        }
        match sqe.opcode() {
            op::IDENTIFY => 4096,
            op::GET_LOG_PAGE => log_bytes(sqe),
            op::SET_FEATURES | op::GET_FEATURES => features::data_bytes(sqe.dw(10) as u8),
            _ => 0,
        }
    }

    /// Whether a command writes to its data.
    pub fn writes_memory(&self, qid: u16, sqe: &Sqe) -> bool {
        match qid {
            0 => matches!(
                sqe.opcode(),
                op::IDENTIFY | op::GET_LOG_PAGE | op::GET_FEATURES
            ),
            _ => sqe.opcode() == op::READ,
        }
    }

    pub fn run_admin(&mut self, sqe: &Sqe, ranges: &[Range]) -> Outcome {
        match sqe.opcode() {
            op::DELETE_IO_SQ => self.delete_sq(sqe),
            op::CREATE_IO_SQ => self.create_sq(sqe),
            op::DELETE_IO_CQ => self.delete_cq(sqe),
            op::CREATE_IO_CQ => self.create_cq(sqe),
            op::GET_LOG_PAGE => self.get_log_page(sqe, ranges),
            op::IDENTIFY => self.run_identify(sqe, ranges),
            op::ABORT => self.abort(sqe),
            op::SET_FEATURES => self.set_features(sqe),
            op::GET_FEATURES => self.get_features(sqe, ranges),
            op::ASYNC_EVENT => self.request_event(sqe),
            op::DOORBELL_BUFFER => self.configure_shadow(sqe),
            _ => Outcome::refused(INVALID_OPCODE),
        }
    }

    fn run_identify(&mut self, sqe: &Sqe, ranges: &[Range]) -> Outcome {
        let (cns, csi) = (sqe.dw(10) as u8, (sqe.dw(11) >> 24) as u8);
        match self.identify(cns, csi, sqe.nsid()) {
            Ok(data) => match self.host.send(ranges, &data) {
                Ok(()) => Outcome::OK,
                Err(at) => {
                    self.breach(
                        0,
                        sqe,
                        &format!("data outside of mapped memory: {:#x}", at.0),
                    );
                    Outcome::refused(TRANSFER_ERROR)
                }
            },
            Err(code) => Outcome::refused(code),
        }
    }

    /// Refuses a command whose fields are wrong, which is the driver's fault.
    fn fault(&mut self, sqe: &Sqe, what: &str, status: u16) -> Outcome {
        self.breach(0, sqe, what);
        Outcome::refused(status)
    }

    /// The identifier and the entries that a command to create a queue names, checked alike for both.
    fn check_queue(
        &mut self,
        sqe: &Sqe,
        is_taken: bool,
        granted: u16,
    ) -> Result<(u16, u32), Outcome> {
        let (qid, size_z) = (sqe.dw(10) as u16, sqe.dw(10) >> 16);
        if qid == 0 || qid > self.setup.queues || is_taken {
            return Err(self.fault(sqe, &format!("queue identifier {qid}"), QID_INVALID));
        }
        if qid > granted {
            return Err(self.fault(
                sqe,
                &format!("queue {qid} of {granted} that were granted"),
                QID_INVALID,
            ));
        }
        if size_z == 0 || size_z > u32::from(self.setup.mqes_z) {
            return Err(self.fault(
                sqe,
                &format!("a queue of {} entries", size_z + 1),
                SIZE_INVALID,
            ));
        }
        let (base, _) = sqe.prps();
        if sqe.dw(11) & 1 == 0 {
            return Err(self.fault(
                sqe,
                "a queue in pieces, which CAP.CQR excludes",
                INVALID_FIELD,
            ));
        }
        if base & (self.page_bytes() - 1) != 0 || base == 0 {
            return Err(self.fault(sqe, &format!("a queue at {base:#x}"), 0x13));
        }
        let bytes = u64::from(size_z + 1)
            * if sqe.opcode() == op::CREATE_IO_SQ {
                64
            } else {
                16
            };
        let sqs = self.sqs.iter().flatten().map(Sq::memory);
        let mut used = sqs.chain(self.cqs.iter().flatten().map(Cq::memory));
        if used.any(|(at, n)| at < base + bytes && base < at + n) {
            return Err(self.fault(sqe, "a queue in the memory of another", INVALID_FIELD));
        }
        Ok((qid, size_z + 1))
    }

    fn create_cq(&mut self, sqe: &Sqe) -> Outcome {
        let is_taken = self
            .cqs
            .get(usize::from(sqe.dw(10) as u16))
            .is_some_and(Option::is_some);
        let granted = self.features.granted.map_or(u16::MAX, |(_, cqs)| cqs);
        let (qid, entries) = match self.check_queue(sqe, is_taken, granted) {
            Ok(found) => found,
            Err(refusal) => return refusal,
        };
        let vector = (sqe.dw(11) >> 16) as u16;
        let has_interrupts = sqe.dw(11) & 2 != 0;
        if has_interrupts && vector >= self.host.vectors() {
            return self.fault(sqe, &format!("vector {vector}"), VECTOR_INVALID);
        }
        let vector = has_interrupts.then_some(vector);
        let mut cq = Cq::new(sqe.prps().0, entries, vector);
        cq.shadow = self.shadow_address(qid, Side::Cq);
        self.cqs[usize::from(qid)] = Some(cq);
        Outcome::OK
    }

    fn create_sq(&mut self, sqe: &Sqe) -> Outcome {
        let is_taken = self
            .sqs
            .get(usize::from(sqe.dw(10) as u16))
            .is_some_and(Option::is_some);
        let granted = self.features.granted.map_or(u16::MAX, |(sqs, _)| sqs);
        let (qid, entries) = match self.check_queue(sqe, is_taken, granted) {
            Ok(found) => found,
            Err(refusal) => return refusal,
        };
        let cqid = (sqe.dw(11) >> 16) as u16;
        if cqid == 0 || self.cqs.get(usize::from(cqid)).is_none_or(Option::is_none) {
            return self.fault(sqe, &format!("completion queue {cqid}"), CQ_INVALID);
        }
        let mut sq = Sq::new(sqe.prps().0, entries, cqid);
        sq.shadow = self.shadow_address(qid, Side::Sq);
        self.sqs[usize::from(qid)] = Some(sq);
        Outcome::OK
    }

    fn delete_sq(&mut self, sqe: &Sqe) -> Outcome {
        let qid = sqe.dw(10) as u16;
        if qid == 0 || self.sqs.get(usize::from(qid)).is_none_or(Option::is_none) {
            return self.fault(sqe, &format!("queue {qid} does not exist"), QID_INVALID);
        }
        // What it has is aborted first.
        let aborted: Vec<_> = self
            .pending
            .iter()
            .filter(|p| p.qid == qid)
            .map(|p| p.sqe.cid())
            .collect();
        for cid in aborted {
            self.take_pending(qid, cid);
            self.answer(qid, cid, 0x08, 0, &Plan::default());
        }
        // What was posted stays; what waits for room goes with its queue.
        self.sqs[usize::from(qid)] = None;
        Outcome::OK
    }

    fn delete_cq(&mut self, sqe: &Sqe) -> Outcome {
        let qid = sqe.dw(10) as u16;
        if qid == 0 || self.cqs.get(usize::from(qid)).is_none_or(Option::is_none) {
            return self.fault(sqe, &format!("queue {qid} does not exist"), QID_INVALID);
        }
        if self.sqs.iter().flatten().any(|sq| sq.cqid == qid) {
            return self.fault(
                sqe,
                "a submission queue still completes into it",
                DELETION_INVALID,
            );
        }
        self.cqs[usize::from(qid)] = None;
        Outcome::OK
    }

    /// Abort: what is still here can be, the rest has gone its way.
    fn abort(&mut self, sqe: &Sqe) -> Outcome {
        let (sqid, cid) = (sqe.dw(10) as u16, (sqe.dw(10) >> 16) as u16);
        let others = self
            .pending
            .iter()
            .filter(|p| p.qid == 0 && p.sqe.opcode() == op::ABORT);
        if others.count() >= ABORTS_MAX {
            // Command specific: abort command limit exceeded.
            return self.fault(sqe, "more aborts than ACL allows", 0x103);
        }
        if self.sqs.get(usize::from(sqid)).is_none_or(Option::is_none) {
            return self.fault(
                sqe,
                &format!("abort in queue {sqid}, which does not exist"),
                INVALID_FIELD,
            );
        }
        let is_found =
            self.take_pending(sqid, cid).is_some() || (sqid == 0 && self.take_event_request(cid));
        if is_found {
            self.stats.aborts_done += 1;
            self.answer(sqid, cid, ABORTED, 0, &Plan::default());
        }
        Outcome::Done {
            status: 0,
            dw0: u32::from(!is_found),
        }
    }

    fn configure_shadow(&mut self, sqe: &Sqe) -> Outcome {
        if !self.setup.has_shadow {
            return self.fault(sqe, "shadow doorbells are not offered", INVALID_OPCODE);
        }
        let (shadow, events) = sqe.prps();
        let offset = self.page_bytes() - 1;
        if (shadow | events) & offset != 0 || shadow == events {
            return self.fault(
                sqe,
                &format!("shadow doorbells at {shadow:#x} and {events:#x}"),
                INVALID_FIELD,
            );
        }
        self.shadow = Some((shadow, events));
        for qid in 1..=self.setup.queues {
            let (sq, cq) = (
                self.shadow_address(qid, Side::Sq),
                self.shadow_address(qid, Side::Cq),
            );
            if let Some(queue) = &mut self.sqs[usize::from(qid)] {
                queue.shadow = sq;
            }
            if let Some(queue) = &mut self.cqs[usize::from(qid)] {
                queue.shadow = cq;
            }
        }
        Outcome::OK
    }
}

// SPDX-License-Identifier: GPL-2.0
//! I/O commands.
//!
//! NVM 3 (the commands), Base 7.1 (Flush).

use crate::controller::Controller;
use crate::data::Range;
use crate::driver::nvme::admin::NSID_ALL;
use crate::driver::nvme::io::DsmRange;
use crate::driver::nvme::opcode as op;
use crate::pending::Outcome;
use crate::sqe::Sqe;
use crate::sys::Way;
use zerocopy::FromBytes as _;

const INVALID_OPCODE: u16 = 0x01;
const INVALID_FIELD: u16 = 0x02;
const TRANSFER_ERROR: u16 = 0x04;
const LBA_OUT_OF_RANGE: u16 = 0x80;
/// Media errors, with their type: write fault, unrecovered read error.
const WRITE_FAULT: u16 = 0x280;
const READ_ERROR: u16 = 0x281;

impl Controller {
    /// Bytes of data of an I/O command.
    pub fn io_bytes(&self, sqe: &Sqe) -> u64 {
        match sqe.opcode() {
            op::READ | op::WRITE => {
                let log2 = self.attached(sqe.nsid()).map_or(9, |ns| ns.lba_log2);
                u64::from(sqe.length_blocks()) << log2
            }
            op::DATASET_MANAGEMENT => u64::from((sqe.dw(10) & 0xff) + 1) * DsmRange::BYTES as u64,
            _ => 0,
        }
    }

    pub fn run_io(&mut self, qid: u16, sqe: &Sqe, ranges: &[Range]) -> Outcome {
        let nsid = sqe.nsid();
        if sqe.opcode() == op::FLUSH && nsid == NSID_ALL {
            return Outcome::OK;
        }
        if let Err(code) = self.attached(nsid) {
            // It may have been there when the command was sent.
            if !self.namespaces.contains_key(&nsid) {
                self.breach(qid, sqe, &format!("nsid {nsid:#x}"));
            }
            return Outcome::refused(code);
        }
        match sqe.opcode() {
            op::FLUSH => Outcome::OK,
            op::READ | op::WRITE => self.move_data(qid, sqe, ranges),
            op::WRITE_ZEROES => {
                let (lba, blocks) = (sqe.start_lba(), u64::from(sqe.length_blocks()));
                if let Some(refusal) = self.check_blocks(qid, sqe, lba, blocks) {
                    return refusal;
                }
                self.zero(nsid, lba, blocks)
            }
            op::DATASET_MANAGEMENT => self.deallocate(qid, sqe, ranges),
            _ => Outcome::refused(INVALID_OPCODE),
        }
    }

    /// Refuses what lies beyond the end.
    fn check_blocks(&mut self, qid: u16, sqe: &Sqe, lba: u64, blocks: u64) -> Option<Outcome> {
        let ns = self.namespaces.get(&sqe.nsid())?;
        if ns.has(lba, blocks) {
            return None;
        }
        if !ns.was_changed && self.lies.patches.is_empty() {
            let what = format!("{blocks} blocks at LBA {lba} of {}", ns.blocks);
            self.breach(qid, sqe, &what);
        }
        Some(Outcome::refused(LBA_OUT_OF_RANGE))
    }

    fn move_data(&mut self, qid: u16, sqe: &Sqe, ranges: &[Range]) -> Outcome {
        let (lba, blocks) = (sqe.start_lba(), u64::from(sqe.length_blocks()));
        let bytes = self.io_bytes(sqe);
        let mdts = self.setup.mdts;
        if mdts != 0 && bytes > 4096 << mdts && self.lies.patches.is_empty() {
            self.breach(
                qid,
                sqe,
                &format!("{bytes} bytes, more than MDTS {mdts} allows"),
            );
            return Outcome::refused(INVALID_FIELD);
        }
        if let Some(refusal) = self.check_blocks(qid, sqe, lba, blocks) {
            return refusal;
        }
        let is_read = sqe.opcode() == op::READ;
        let pieces = match self.host.pieces(ranges, is_read) {
            Ok(pieces) => pieces,
            Err(at) => {
                self.breach(
                    qid,
                    sqe,
                    &format!("data outside of mapped memory: {:#x}", at.0),
                );
                return Outcome::refused(TRANSFER_ERROR);
            }
        };
        let (way, error) = match is_read {
            true => (Way::FileToMemory, READ_ERROR),
            false => (Way::MemoryToFile, WRITE_FAULT),
        };
        match self.namespaces[&sqe.nsid()].transfer(way, lba, &pieces) {
            Ok(()) => Outcome::OK,
            Err(_) => Outcome::refused(error),
        }
    }

    fn zero(&mut self, nsid: u32, lba: u64, blocks: u64) -> Outcome {
        match self.namespaces[&nsid].zero(lba, blocks) {
            Ok(()) => Outcome::OK,
            Err(_) => Outcome::refused(WRITE_FAULT),
        }
    }

    /// Dataset Management: deallocated blocks read as zeroes.
    fn deallocate(&mut self, qid: u16, sqe: &Sqe, ranges: &[Range]) -> Outcome {
        let Ok(data) = self.host.receive(ranges) else {
            self.breach(qid, sqe, "ranges outside of mapped memory");
            return Outcome::refused(TRANSFER_ERROR);
        };
        // Other attributes are hints.
        if sqe.dw(11) & 4 == 0 {
            return Outcome::OK;
        }
        for raw in data.chunks_exact(DsmRange::BYTES) {
            let Ok(range) = DsmRange::read_from_bytes(raw) else {
                continue;
            };
            let (lba, blocks) = (range.start_lba(), u64::from(range.length_blocks()));
            if let Some(refusal) = self.check_blocks(qid, sqe, lba, blocks) {
                return refusal;
            }
            if self.zero(sqe.nsid(), lba, blocks) != Outcome::OK {
                return Outcome::refused(WRITE_FAULT);
            }
        }
        Outcome::OK
    }
}

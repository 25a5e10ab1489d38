// SPDX-License-Identifier: GPL-2.0
//! A command as the device reads it: the driver's own wire type, and its dwords by number.

use crate::driver::nvme::command::Command;
use std::ops::Deref;
use zerocopy::{FromBytes as _, IntoBytes as _};

/// A submission queue entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sqe(Command);

impl Sqe {
    pub fn parse(raw: &[u8; Command::BYTES]) -> Self {
        Self(Command::read_from_bytes(raw).expect("a command has 64 bytes"))
    }

    /// CDW `n`, 0 to 15.
    pub fn dw(&self, n: usize) -> u32 {
        let at = n * 4;
        let raw = &self.0.as_bytes()[at..at + 4];
        u32::from_le_bytes([raw[0], raw[1], raw[2], raw[3]])
    }

    /// The metadata pointer.
    pub fn metadata(&self) -> u64 {
        u64::from(self.dw(4)) | u64::from(self.dw(5)) << 32
    }

    /// CDW0 15:08: bits of FUSE, reserved ones, PSDT.
    pub fn flags(&self) -> u8 {
        (self.dw(0) >> 8) as u8
    }

    /// PSDT: 0 for PRPs, else an SGL.
    pub fn is_sgl(&self) -> bool {
        self.flags() >> 6 != 0
    }
}

impl From<Command> for Sqe {
    fn from(command: Command) -> Self {
        Self(command)
    }
}

impl Deref for Sqe {
    type Target = Command;
    fn deref(&self) -> &Command {
        &self.0
    }
}

/// A completion queue entry in the making; the driver's type only reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cqe {
    pub dw0: u32,
    pub dw1: u32,
    pub sq_head: u16,
    pub sqid: u16,
    pub cid: u16,
    /// Without its phase bit.
    pub status: u16,
}

impl Cqe {
    /// DW0 to DW2 as they lie in memory.
    pub fn front(&self) -> [u8; 12] {
        let mut raw = [0; 12];
        raw[..4].copy_from_slice(&self.dw0.to_le_bytes());
        raw[4..8].copy_from_slice(&self.dw1.to_le_bytes());
        raw[8..10].copy_from_slice(&self.sq_head.to_le_bytes());
        raw[10..].copy_from_slice(&self.sqid.to_le_bytes());
        raw
    }

    /// DW3 with a phase.
    pub fn last(&self, phase: bool) -> u32 {
        u32::from(self.cid) | u32::from(phase) << 16 | u32::from(self.status) << 17
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::driver::nvme::admin::Cns;
    use crate::driver::nvme::completion::{Completion, Head};

    #[test]
    fn dwords_are_those_of_the_wire() {
        let sqe = Sqe::from(
            Command::identify(Cns::NAMESPACE, 5, 7)
                .with_cid(0x1234)
                .with_prps(1 << 32, 2),
        );
        assert_eq!(sqe.dw(0), 0x1234_0006);
        assert_eq!((sqe.dw(1), sqe.dw(6), sqe.dw(7), sqe.dw(8)), (5, 0, 1, 2));
        assert_eq!(sqe.dw(10), 0x0007_0000);
        assert!(!sqe.is_sgl());
        assert!(Sqe::from(Command::identify(Cns::NAMESPACE, 5, 7).with_sgl_block(0, 1)).is_sgl());
    }

    #[test]
    fn the_driver_reads_what_the_device_writes() {
        let cqe = Cqe {
            dw0: 1,
            dw1: 2,
            sq_head: 3,
            sqid: 4,
            cid: 0xabcd,
            status: 0x4281,
        };
        let mut raw = [0; 16];
        raw[..12].copy_from_slice(&cqe.front());
        raw[12..].copy_from_slice(&cqe.last(true).to_le_bytes());
        let read = Completion::read_from_bytes(&raw[..]).unwrap();
        assert_eq!(
            (read.dw0(), read.dw1(), read.sq_head(), read.sqid()),
            (1, 2, 3, 4)
        );
        assert_eq!(read.last().cid(), 0xabcd);
        assert_eq!(read.last().status().bits(), 0x4281);
        assert!(Head::START.is_new(read.last()));
    }
}

// SPDX-License-Identifier: GPL-2.0
//! Opcodes and their names for the log.
//!
//! Base 5 (opcodes for admin commands), Base 7 (I/O commands), NVM 3.2 (opcodes for NVM commands).

/// Admin: Delete I/O Submission Queue.
pub(crate) const DELETE_IO_SQ: u8 = 0x00;
/// Admin: Create I/O Submission Queue.
pub(crate) const CREATE_IO_SQ: u8 = 0x01;
/// Admin: Get Log Page.
pub(crate) const GET_LOG_PAGE: u8 = 0x02;
/// Admin: Delete I/O Completion Queue.
pub(crate) const DELETE_IO_CQ: u8 = 0x04;
/// Admin: Create I/O Completion Queue.
pub(crate) const CREATE_IO_CQ: u8 = 0x05;
/// Admin: Identify.
pub(crate) const IDENTIFY: u8 = 0x06;
/// Admin: Abort.
pub(crate) const ABORT: u8 = 0x08;
/// Admin: Set Features.
pub(crate) const SET_FEATURES: u8 = 0x09;
/// Admin: Get Features.
pub(crate) const GET_FEATURES: u8 = 0x0a;
/// Admin: Asynchronous Event Request.
pub(crate) const ASYNC_EVENT: u8 = 0x0c;
/// Admin: Doorbell Buffer Config.
pub(crate) const DOORBELL_BUFFER: u8 = 0x7c;

/// NVM: Flush.
pub(crate) const FLUSH: u8 = 0x00;
/// NVM: Write.
pub(crate) const WRITE: u8 = 0x01;
/// NVM: Read.
pub(crate) const READ: u8 = 0x02;
/// NVM: Write Zeroes.
pub(crate) const WRITE_ZEROES: u8 = 0x08;
/// NVM: Dataset Management.
pub(crate) const DATASET_MANAGEMENT: u8 = 0x09;

/// Which of the two command sets an opcode belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Set {
    /// Commands of the admin queue.
    Admin,
    /// Commands of the I/O queues.
    Io,
}

/// The name of an opcode; what the specification leaves open is named as such.
pub(crate) const fn name(set: Set, opcode: u8) -> &'static str {
    match set {
        Set::Admin => admin_name(opcode),
        Set::Io => io_name(opcode),
    }
}

/// The name of an admin opcode.
const fn admin_name(opcode: u8) -> &'static str {
    match opcode {
        DELETE_IO_SQ => "delete submission queue",
        CREATE_IO_SQ => "create submission queue",
        GET_LOG_PAGE => "get log page",
        DELETE_IO_CQ => "delete completion queue",
        CREATE_IO_CQ => "create completion queue",
        IDENTIFY => "identify",
        ABORT => "abort",
        SET_FEATURES => "set features",
        GET_FEATURES => "get features",
        ASYNC_EVENT => "asynchronous event request",
        0x0d => "namespace management",
        0x10 => "firmware commit",
        0x11 => "firmware image download",
        0x14 => "device self-test",
        0x15 => "namespace attachment",
        0x18 => "keep alive",
        0x19 => "directive send",
        0x1a => "directive receive",
        0x1c => "virtualization management",
        0x1d => "management interface send",
        0x1e => "management interface receive",
        0x20 => "capacity management",
        0x24 => "lockdown",
        DOORBELL_BUFFER => "doorbell buffer config",
        0x7f => "fabrics command",
        0x80 => "format nvm",
        0x81 => "security send",
        0x82 => "security receive",
        0x84 => "sanitize",
        0x86 => "get lba status",
        0xc0..=0xff => "vendor-specific admin command",
        _ => "unknown admin command",
    }
}

/// The name of an I/O opcode.
const fn io_name(opcode: u8) -> &'static str {
    match opcode {
        FLUSH => "flush",
        WRITE => "write",
        READ => "read",
        0x04 => "write uncorrectable",
        0x05 => "compare",
        WRITE_ZEROES => "write zeroes",
        DATASET_MANAGEMENT => "dataset management",
        0x0c => "verify",
        0x0d => "reservation register",
        0x0e => "reservation report",
        0x11 => "reservation acquire",
        0x12 => "i/o management receive",
        0x15 => "reservation release",
        0x18 => "cancel",
        0x19 => "copy",
        0x1d => "i/o management send",
        0x79 => "zone management send",
        0x7a => "zone management receive",
        0x7d => "zone append",
        0x80..=0xff => "vendor-specific i/o command",
        _ => "unknown i/o command",
    }
}

// SPDX-License-Identifier: GPL-2.0
//! Status codes in words.
//!
//! Base 3.3.3.2.1 (status code tables: generic, command specific, media, path), NVM 3.1.

use super::Status;

/// Type and code in words.
pub(super) const fn describe(code_type: u8, code: u8) -> &'static str {
    match code_type {
        Status::GENERIC => generic(code),
        Status::SPECIFIC => specific(code),
        Status::MEDIA => media(code),
        Status::PATH => path(code),
        Status::VENDOR => "vendor-specific status",
        _ => "status of a reserved type",
    }
}

/// Type 0h.
const fn generic(code: u8) -> &'static str {
    match code {
        0x00 => "success",
        0x01 => "invalid opcode",
        0x02 => "invalid field in command",
        0x03 => "command id conflict",
        0x04 => "data transfer error",
        0x05 => "aborted, power is being lost",
        0x06 => "internal device error",
        0x07 => "aborted on request",
        0x08 => "aborted, submission queue deleted",
        0x09 => "aborted, fused command failed",
        0x0a => "aborted, fused command missing",
        0x0b => "invalid namespace or format",
        0x0c => "command sequence error",
        0x0d => "invalid sgl segment descriptor",
        0x0e => "invalid number of sgl descriptors",
        0x0f => "invalid length of data sgl",
        0x10 => "invalid length of metadata sgl",
        0x11 => "invalid type of sgl descriptor",
        0x12 => "invalid use of controller memory buffer",
        0x13 => "invalid prp offset",
        0x14 => "atomic write unit exceeded",
        0x15 => "operation denied",
        0x16 => "invalid sgl offset",
        0x18 => "inconsistent host identifier",
        0x19 => "keep alive timer expired",
        0x1a => "invalid keep alive timeout",
        0x1b => "aborted, preempted by a reservation",
        0x1c => "sanitize failed",
        0x1d => "sanitize in progress",
        0x1e => "invalid granularity of sgl data block",
        0x1f => "command not supported for queue in controller memory buffer",
        0x20 => "namespace is write protected",
        0x21 => "command interrupted",
        0x22 => "transient transport error",
        0x23 => "prohibited by lockdown",
        0x24 => "admin command needs a ready medium",
        0x80 => "lba out of range",
        0x81 => "capacity exceeded",
        0x82 => "namespace not ready",
        0x83 => "reservation conflict",
        0x84 => "format in progress",
        0x85 => "invalid value size",
        0x86 => "invalid key size",
        0x87 => "key does not exist",
        0x88 => "unrecovered error",
        0x89 => "key exists",
        0xc0..=0xff => "vendor-specific generic status",
        _ => "unknown generic status",
    }
}

/// Type 1h.
const fn specific(code: u8) -> &'static str {
    match code {
        0x00 => "invalid completion queue",
        0x01 => "invalid queue identifier",
        0x02 => "invalid queue size",
        0x03 => "abort command limit exceeded",
        0x05 => "asynchronous event request limit exceeded",
        0x06 => "invalid firmware slot",
        0x07 => "invalid firmware image",
        0x08 => "invalid interrupt vector",
        0x09 => "invalid log page",
        0x0a => "invalid format",
        0x0b => "firmware activation needs a conventional reset",
        0x0c => "invalid queue deletion",
        0x0d => "feature identifier cannot be saved",
        0x0e => "feature cannot be changed",
        0x0f => "feature is not specific to a namespace",
        0x10 => "firmware activation needs a subsystem reset",
        0x11 => "firmware activation needs a controller reset",
        0x12 => "firmware activation would take too long",
        0x13 => "firmware activation prohibited",
        0x14 => "overlapping range",
        0x15 => "insufficient capacity for the namespace",
        0x16 => "namespace identifier unavailable",
        0x18 => "namespace already attached",
        0x19 => "namespace is private",
        0x1a => "namespace not attached",
        0x1b => "thin provisioning not supported",
        0x1c => "invalid controller list",
        0x1d => "device self-test in progress",
        0x1e => "boot partition write prohibited",
        0x1f => "invalid controller identifier",
        0x20 => "invalid secondary controller state",
        0x21 => "invalid number of controller resources",
        0x22 => "invalid resource identifier",
        0x23 => "sanitize prohibited while persistent memory is enabled",
        0x24 => "invalid ana group identifier",
        0x25 => "ana attach failed",
        0x26 => "insufficient capacity",
        0x27 => "namespace attachment limit exceeded",
        0x28 => "prohibition of command not supported",
        0x29 => "command set not supported",
        0x2a => "command set combination rejected",
        0x2b => "command set not enabled",
        0x2c => "command set combination in use",
        0x2d => "invalid command set",
        0x2e => "identifier unavailable",
        0x80 => "conflicting attributes",
        0x81 => "invalid protection information",
        0x82 => "write to read only range",
        0x83 => "command size limit exceeded",
        0xb8 => "zone boundary error",
        0xb9 => "zone is full",
        0xba => "zone is read only",
        0xbb => "zone is offline",
        0xbc => "invalid zone write",
        0xbd => "too many active zones",
        0xbe => "too many open zones",
        0xbf => "invalid zone state transition",
        0xc0..=0xff => "vendor-specific command status",
        _ => "unknown command-specific status",
    }
}

/// Type 2h.
const fn media(code: u8) -> &'static str {
    match code {
        0x80 => "write fault",
        0x81 => "unrecovered read error",
        0x82 => "guard check failed",
        0x83 => "application tag check failed",
        0x84 => "reference tag check failed",
        0x85 => "compare failed",
        0x86 => "access denied",
        0x87 => "deallocated or unwritten block",
        0x88 => "storage tag check failed",
        0xc0..=0xff => "vendor-specific media error",
        _ => "unknown media error",
    }
}

/// Type 3h.
const fn path(code: u8) -> &'static str {
    match code {
        0x00 => "internal path error",
        0x01 => "asymmetric access persistent loss",
        0x02 => "asymmetric access inaccessible",
        0x03 => "asymmetric access transition",
        0x60 => "controller pathing error",
        0x70 => "host pathing error",
        0x71 => "aborted by the host",
        0xc0..=0xff => "vendor-specific path status",
        _ => "unknown path status",
    }
}

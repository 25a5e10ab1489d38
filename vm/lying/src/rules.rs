// SPDX-License-Identifier: GPL-2.0
//! What the fields of a command must obey; broken rules as sentences.
//!
//! Base 3.3.3.1 (common command format), 5 (admin commands), NVM 3 (I/O commands).

use crate::driver::nvme::opcode as op;
use crate::sqe::Sqe;

/// FUSE and the reserved bits between it and PSDT.
const FLAGS_RESERVED: u8 = 0x3f;

/// Masks of reserved bits in CDW10 to CDW15.
type Reserved = [u32; 6];

const ALL: u32 = u32::MAX;

/// Reserved bits of admin commands, and whether a namespace may be named.
fn admin(opcode: u8) -> Option<(Reserved, bool)> {
    Some(match opcode {
        op::DELETE_IO_SQ | op::DELETE_IO_CQ => ([0xffff_0000, ALL, ALL, ALL, ALL, ALL], false),
        op::CREATE_IO_SQ => ([0, 0xfff8, 0xffff_0000, ALL, ALL, ALL], false),
        op::CREATE_IO_CQ => ([0, 0xfffc, ALL, ALL, ALL, ALL], false),
        op::GET_LOG_PAGE => ([0, 0, 0, 0, 0x007f_ff80, ALL], true),
        op::IDENTIFY => ([0xff00, 0x00ff_0000, ALL, ALL, 0xffff_ff80, ALL], true),
        op::ABORT => ([0, ALL, ALL, ALL, ALL, ALL], false),
        op::SET_FEATURES => ([0x7fff_ff00, 0, 0, 0, 0xffff_ff80, 0], true),
        op::GET_FEATURES => ([0xffff_f800, 0, ALL, ALL, 0xffff_ff80, ALL], true),
        op::ASYNC_EVENT => ([ALL; 6], false),
        op::DOORBELL_BUFFER => ([ALL; 6], false),
        _ => return None,
    })
}

/// Reserved bits of I/O commands, without metadata and protection information.
fn io(opcode: u8) -> Option<Reserved> {
    Some(match opcode {
        op::FLUSH => [ALL; 6],
        op::READ | op::WRITE => [0, 0, 0x3fff_0000, 0xffff_ff00, ALL, ALL],
        op::WRITE_ZEROES => [0, 0, 0x3dff_0000, ALL, ALL, ALL],
        op::DATASET_MANAGEMENT => [0xffff_ff00, 0xffff_fff8, ALL, ALL, ALL, ALL],
        _ => return None,
    })
}

/// Whether a command moves no data, so that its data pointer is reserved.
fn has_no_data(qid: u16, opcode: u8) -> bool {
    match qid {
        0 => matches!(
            opcode,
            op::DELETE_IO_SQ | op::DELETE_IO_CQ | op::ABORT | op::ASYNC_EVENT
        ),
        _ => matches!(opcode, op::FLUSH | op::WRITE_ZEROES),
    }
}

/// The rules that a command breaks, whatever the state of the controller.
pub fn broken(qid: u16, sqe: &Sqe) -> Vec<String> {
    let mut found = Vec::new();
    let is_admin = qid == 0;
    let known = match is_admin {
        true => admin(sqe.opcode()),
        false => io(sqe.opcode()).map(|r| (r, true)),
    };
    if sqe.flags() & FLAGS_RESERVED != 0 {
        found.push(format!("flags {:#04x}", sqe.flags()));
    }
    if is_admin && sqe.is_sgl() {
        found.push("an admin command with an sgl".into());
    }
    // What nobody knows comes from a program, not from the driver.
    let Some((reserved, has_nsid)) = known else {
        return found;
    };
    for (n, mask) in reserved.iter().enumerate() {
        let value = sqe.dw(10 + n) & mask;
        if value != 0 {
            found.push(format!("reserved bits {value:#x} of cdw{}", 10 + n));
        }
    }
    for n in [2, 3] {
        if sqe.dw(n) != 0 {
            found.push(format!("cdw{n} is {:#x}", sqe.dw(n)));
        }
    }
    if sqe.metadata() != 0 {
        found.push(format!("metadata pointer is {:#x}", sqe.metadata()));
    }
    if !has_nsid && sqe.nsid() != 0 {
        found.push(format!("nsid is {:#x} and has no meaning", sqe.nsid()));
    }
    if has_no_data(qid, sqe.opcode()) && sqe.prps() != (0, 0) {
        found.push("a data pointer without data".into());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::driver::nvme::admin::{Cns, Feature, Interrupts, LogPage, Priority, Retain};
    use crate::driver::nvme::command::Command;
    use crate::driver::nvme::depth::QueueSize;
    use crate::driver::nvme::io::{Blocks, Fua, Zeroes};

    fn is_clean(qid: u16, command: Command) {
        assert_eq!(broken(qid, &Sqe::from(command)), Vec::<String>::new());
    }

    #[test]
    fn what_the_driver_builds_breaks_no_rule() {
        let size = QueueSize::new(1024).unwrap();
        is_clean(0, Command::identify(Cns::NAMESPACE, 5, 7));
        is_clean(0, Command::set_queue_count(64, 64));
        is_clean(
            0,
            Command::set_features(Feature::ASYNC_EVENTS, 0, 0xffff_ffff),
        );
        is_clean(
            0,
            Command::create_io_cq(3, size, 0x1000, Interrupts::Vector(3)),
        );
        is_clean(
            0,
            Command::create_io_sq(3, size, 0x1000, 3, Priority::Medium),
        );
        is_clean(0, Command::delete_io_sq(3));
        is_clean(0, Command::abort(3, 0xffff));
        is_clean(0, Command::async_event_request());
        is_clean(
            0,
            Command::get_log_page(LogPage::HEALTH, !0, 128, 0, Retain::Keep),
        );
        is_clean(0, Command::doorbell_buffer_config(0x1000, 0x2000));
        is_clean(
            1,
            Command::read(1, !0, Blocks::ONE, Fua::On).with_prps(1 << 63, 4096),
        );
        is_clean(
            1,
            Command::write(1, !0, Blocks::ONE, Fua::On).with_sgl_block(4096, 512),
        );
        is_clean(
            1,
            Command::write_zeroes(1, 5, Blocks::ONE, Zeroes::Deallocate, Fua::On),
        );
        is_clean(1, Command::flush(1));
        is_clean(1, Command::deallocate(1, 256).unwrap().with_prps(0x1000, 0));
    }

    #[test]
    fn broken_rules_are_named() {
        let says = |qid, command, words: &str| {
            let found = broken(qid, &Sqe::from(command));
            assert!(found.iter().any(|f| f.contains(words)), "{found:?}");
        };
        says(1, Command::flush(1).with_prps(1, 0), "without data");
        says(0, Command::delete_io_sq(1).with_nsid(1), "has no meaning");
        says(
            0,
            Command::identify(Cns::NAMESPACE, 1, 0).with_sgl_block(0, 1),
            "with an sgl",
        );
        // A read's FUA bit is none of flush.
        let mut raw = [0u8; 64];
        raw[48 + 3] = 0x40;
        assert!(broken(1, &Sqe::parse(&raw))[0].contains("cdw12"));
        raw = [0; 64];
        (raw[0], raw[1], raw[8], raw[16]) = (op::READ, 1, 1, 1);
        assert_eq!(broken(1, &Sqe::parse(&raw)).len(), 3);
    }
}

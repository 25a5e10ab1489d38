// SPDX-License-Identifier: GPL-2.0

//! 5: status → done, retry or error; and words for the log.
//!
//! NVMe Base 2.0, 3.3.3.2.1 (status field).

use crate::{
    controller::QueueInfo,
    namespace::Ns,
    nvme::{
        lifecycle::{
            Admission,
            State, //
        },
        opcode,
        status::{
            BlockError,
            Status,
            Verdict, //
        }, //
    },
    Nvme, //
};
use kernel::prelude::*;
use rnvme_abs::{
    blk_mq::{
        End,
        Ended,
        Op,
        Sts, //
    },
    counter, //
};

pub(crate) fn finish(q: &QueueInfo, ns: Option<&Ns>, rq: &mut Ended<'_, Nvme>) -> End {
    if rq.is_cancelled() {
        return cancelled(q, rq);
    }
    let status = Status::from_bits(rq.pdu().status);
    if !status.is_success() {
        q.failed.bump();
    }
    if rq.passthrough().is_some() {
        ended(q, rq, status.is_success());
        // Whoever sent it reads the status; that it was answered is all there is to say here.
        return End::Ok;
    }
    match status.verdict() {
        Verdict::Success => End::Ok,
        Verdict::Retry(error) => {
            if may_retry(q, rq) {
                return End::Retry;
            }
            report(ns, rq, status);
            End::Err(block_status(error))
        }
        Verdict::Fail(error) => {
            report(ns, rq, status);
            End::Err(block_status(error))
        }
    }
}

/// A request that was taken back: tried again, unless nobody would answer.
fn cancelled(q: &QueueInfo, rq: &mut Ended<'_, Nvme>) -> End {
    rq.pdu().status = Status::ABORTED_BY_HOST.bits();
    if rq.passthrough().is_some() {
        ended(q, rq, false);
        return End::Err(Sts::Io);
    }
    let state = q.shared.state();
    if state == State::Deleting || state.admission() == Admission::Fail {
        return End::Err(Sts::Io);
    }
    if may_retry(q, rq) {
        End::Retry
    } else {
        End::Err(Sts::Io)
    }
}

/// A command of our own has ended. Nobody waits for some of them: who asked is told here.
fn ended(q: &QueueInfo, rq: &mut Ended<'_, Nvme>, is_answered: bool) {
    let result = rq.pdu().result;
    match rq.passthrough().map(|cmd| cmd.opcode()) {
        Some(opcode::ABORT) => q.shared.abort_answered(result, is_answered),
        Some(opcode::ASYNC_EVENT) if !rq.is_cancelled() => q.shared.events.put(rq.pdu()),
        _ => {}
    }
}

/// Whether to try again; counted. At once: controllers name a delay only where they are asked to (Host
/// Behavior Support), and they are not.
fn may_retry(q: &QueueInfo, rq: &mut Ended<'_, Nvme>) -> bool {
    if rq.is_failfast() || u32::from(*rq.retries()) >= q.shared.settings.max_retries.get() {
        return false;
    }
    *rq.retries() = rq.retries().saturating_add(1);
    q.shared.retries.bump();
    true
}

/// One line for a request that failed: what, where, why, and how often it was tried.
#[cold]
fn report(ns: Option<&Ns>, rq: &mut Ended<'_, Nvme>, status: Status) {
    let Some(ns) = ns else {
        return;
    };
    ns.errors.bump();
    if !counter::may_print() {
        return;
    }
    let what = match rq.op() {
        Op::Read => "read",
        Op::Write => "write",
        Op::Flush => "flush",
        Op::Discard => "discard",
        Op::WriteZeroes => "write zeroes",
        _ => "command",
    };
    let attempt = u32::from(*rq.retries()).saturating_add(1);
    let blocks = rq.bytes().checked_shr(u32::from(ns.lba_log2)).unwrap_or(0);
    let lba = ns.lba(rq.sector());
    let (instance, nsid) = (ns.instance, ns.nsid);
    pr_err!("rnvme{instance}n{nsid}: {what} of {blocks} blocks at LBA {lba} failed: {status}; attempt {attempt}\n");
}

fn block_status(e: BlockError) -> Sts {
    match e {
        BlockError::NotSupported => Sts::NotSupported,
        BlockError::Timeout => Sts::Timeout,
        BlockError::NoSpace => Sts::NoSpace,
        BlockError::Transport => Sts::Transport,
        BlockError::Target => Sts::Target,
        BlockError::Reservation => Sts::Reservation,
        BlockError::Medium => Sts::Medium,
        BlockError::Protection => Sts::Protection,
        // Zoned namespaces are not offered as disks.
        BlockError::Io | BlockError::ZoneActive | BlockError::ZoneOpen => Sts::Io,
    }
}

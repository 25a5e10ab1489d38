// SPDX-License-Identifier: GPL-2.0

//! What the block layer asks of us: who answers, one line each.

use crate::{
    controller::{
        Ctrl,
        QueueInfo, //
    },
    cq::Cq,
    encode,
    events,
    finish,
    namespace::Ns,
    nvme::command::Command,
    prepare,
    sq::Sq,
    sysfs,
    timeout,
    Nvme, //
};
use kernel::prelude::*;
use rnvme_abs::{
    blk_mq::{
        DiskAttribute,
        Eh,
        End,
        Ended,
        HwQueue,
        Idle,
        InFlight, //
        Operations,
        Refuse,
        Started,
        Taker,
    },
    pci::Live, //
};

/// What we keep of a request.
#[derive(Copy, Clone, Zeroable)]
pub(crate) struct Pdu {
    /// PRP entries 1 and 2; or where `sgl_bytes` is not zero, where the data begins.
    pub(crate) prp: (u64, u64),
    /// The length of data that lies in one piece and is described as such, or zero.
    pub(crate) sgl_bytes: u32,
    /// Dwords 0 and 1 of the completion.
    pub(crate) result: u64,
    /// Ranges of a Dataset Management command.
    pub(crate) ranges: u32,
    /// The status, without the phase.
    pub(crate) status: u16,
}

impl Operations for Nvme {
    type Ctrl<'b> = Ctrl<'b>;
    type Queue<'b> = QueueInfo;
    type Sq<'b> = Sq<'b>;
    type Cq<'b> = Cq<'b>;
    type Ns = Ns;
    type Pdu = Pdu;
    type Cmd = Command;

    const DISK_ATTRIBUTES: &'static [DiskAttribute<Self>] = sysfs::DISK;

    #[inline(always)]
    fn prepare(q: &QueueInfo, ns: Option<&Ns>, rq: &mut Idle<'_, Self>) -> Result<(), Refuse> {
        prepare::prepare(q, ns, rq)
    }

    #[inline(always)]
    fn encode(ns: Option<&Ns>, rq: &Started<'_, Self>, cid: u16) -> Command {
        encode::encode(ns, rq).with_cid(cid)
    }

    #[inline(always)]
    fn push(sq: &mut Sq<'_>, cmd: Command) {
        sq.push(cmd);
    }

    #[inline(always)]
    fn ring(sq: &mut Sq<'_>) {
        sq.ring();
    }

    #[inline(always)]
    fn reap(cq: &mut Cq<'_>, out: &mut Taker<'_, '_, Self>) {
        cq.reap(out);
    }

    fn finish(q: &QueueInfo, ns: Option<&Ns>, rq: &mut Ended<'_, Self>) -> End {
        finish::finish(q, ns, rq)
    }

    fn over(q: &QueueInfo, cmd: &Command) {
        events::over(q, cmd);
    }

    fn timeout<'b>(
        ctrl: &Ctrl<'b>,
        q: &HwQueue<'b, Self>,
        rq: &InFlight<'_, 'b, Self>,
        at: Live<'b>,
    ) -> Eh {
        timeout::timeout(ctrl, q, rq, at)
    }
}

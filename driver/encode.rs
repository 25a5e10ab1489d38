// SPDX-License-Identifier: GPL-2.0

//! 2: operation → command. Pure.
//!
//! NVM Command Set 1.0, 3.2.

use crate::{
    namespace::Ns,
    nvme::{
        command::Command,
        io::{
            Blocks,
            Fua,
            Zeroes, //
        }, //
    },
    Nvme, //
};
use rnvme_abs::blk_mq::{
    Op,
    Started, //
};

#[inline(always)]
pub(crate) fn encode(ns: Option<&Ns>, rq: &Started<'_, Nvme>) -> Command {
    let (Some(ns), op @ (Op::Read | Op::Write)) = (ns, rq.op()) else {
        return encode_other(ns, rq);
    };
    let lba = ns.lba(rq.sector());
    let fua = Fua::from_bool(rq.is_fua());
    let blocks = blocks(ns, rq);
    let cmd = match op {
        Op::Write => Command::write(ns.nsid, lba, blocks, fua),
        _ => Command::read(ns.nsid, lba, blocks, fua),
    };
    let pdu = rq.pdu();
    match pdu.sgl_bytes {
        0 => cmd.with_prps(pdu.prp.0, pdu.prp.1),
        len => cmd.with_sgl_block(pdu.prp.0, len),
    }
}

/// `prepare` has seen that there is a number of blocks.
#[inline(always)]
fn blocks(ns: &Ns, rq: &Started<'_, Nvme>) -> Blocks {
    Blocks::from_bytes(rq.bytes(), ns.lba_log2).unwrap_or(Blocks::ONE)
}

#[cold]
#[inline(never)]
fn encode_other(ns: Option<&Ns>, rq: &Started<'_, Nvme>) -> Command {
    let (prp1, prp2) = rq.pdu().prp;
    if let Some(cmd) = rq.passthrough() {
        return if prp1 == 0 {
            *cmd
        } else {
            cmd.with_prps(prp1, prp2)
        };
    }
    let nsid = ns.map_or(0, |ns| ns.nsid);
    match (rq.op(), ns) {
        (Op::Discard, Some(_)) => {
            let n = rq.pdu().ranges;
            // `prepare` has made between one and 256 of them.
            Command::deallocate(nsid, n)
                .unwrap_or(Command::flush(nsid))
                .with_prps(prp1, prp2)
        }
        (Op::WriteZeroes, Some(ns)) => {
            let zeroes = match rq.must_stay_allocated() || !ns.zeroes_may_deallocate {
                true => Zeroes::Keep,
                false => Zeroes::Deallocate,
            };
            let lba = ns.lba(rq.sector());
            Command::write_zeroes(
                nsid,
                lba,
                blocks(ns, rq),
                zeroes,
                Fua::from_bool(rq.is_fua()),
            )
        }
        _ => Command::flush(nsid),
    }
}

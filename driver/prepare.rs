// SPDX-License-Identifier: GPL-2.0

//! 1: is a request valid; its data as PRPs.
//!
//! NVMe Base 2.0, 4.1.1 (PRPs); NVM Command Set 1.0, 3.2.3 (Dataset Management ranges).

use crate::{
    controller::QueueInfo,
    log::Unmapped,
    namespace::Ns,
    nvme::{
        io::{
            Blocks,
            DsmRange, //
        },
        page::PageSize,
        prp::{
            self,
            Builder,
            ListSink,
            PrpError, //
        }, //
    },
    Nvme, //
};
use kernel::prelude::*;
use rnvme_abs::{
    blk_mq::{
        Idle,
        Op,
        Refuse,
        Sts, //
    },
    counter,
    dma::{
        DescriptorPages,
        Mapped,
        DESCRIPTOR_BYTES, //
    }, //
};

/// The most PRP entries of a transfer: five list pages, each but the last with a link.
const ENTRIES_MAX: u32 = 2048 + 1;

#[inline(always)]
pub(crate) fn prepare(
    q: &QueueInfo,
    ns: Option<&Ns>,
    rq: &mut Idle<'_, Nvme>,
) -> Result<(), Refuse> {
    q.shared.keep_watch();
    match (rq.op(), ns) {
        (Op::Read | Op::Write, Some(ns)) => {
            if Blocks::from_bytes(rq.bytes(), ns.lba_log2).is_none() {
                return Err(Refuse::Fail(Sts::Invalid));
            }
            map(q, rq)
        }
        (op, ns) => prepare_other(q, op, ns, rq),
    }
}

#[cold]
#[inline(never)]
fn prepare_other(
    q: &QueueInfo,
    op: Op,
    ns: Option<&Ns>,
    rq: &mut Idle<'_, Nvme>,
) -> Result<(), Refuse> {
    if op.is_passthrough() {
        return match (rq.passthrough().is_some(), rq.has_data()) {
            (false, _) => Err(Refuse::Fail(Sts::Invalid)),
            (true, true) => map(q, rq),
            (true, false) => {
                let pdu = rq.pdu();
                pdu.prp = (0, 0);
                pdu.sgl_bytes = 0;
                Ok(())
            }
        };
    }
    match (op, ns) {
        (Op::Flush, Some(_)) => Ok(()),
        (Op::WriteZeroes, Some(ns)) => Blocks::from_bytes(rq.bytes(), ns.lba_log2)
            .map(|_| ())
            .ok_or(Refuse::Fail(Sts::Invalid)),
        (Op::Discard, Some(ns)) => ranges(ns, rq),
        _ => Err(Refuse::Fail(Sts::NotSupported)),
    }
}

/// Maps the data of a request and describes it by PRPs.
#[inline(always)]
fn map(q: &QueueInfo, rq: &mut Idle<'_, Nvme>) -> Result<(), Refuse> {
    let bytes = rq.bytes();
    let mut sgl_bytes = 0;
    let prp = match rq.map()? {
        Mapped::One { dma, len, pages } => match prp::one_segment(q.page, dma, len) {
            Some(prp) => prp,
            // More than two pages in one piece: said in one line, where the controller takes it.
            None if q.has_sgl => {
                sgl_bytes = len;
                (dma, 0)
            }
            None => list(q.page, bytes, core::iter::once(Ok((dma, len))), pages)?,
        },
        Mapped::Each(segments, pages) => list(q.page, bytes, segments, pages)?,
    };
    let pdu = rq.pdu();
    pdu.prp = prp;
    pdu.sgl_bytes = sgl_bytes;
    Ok(())
}

#[inline(never)]
fn list(
    page: PageSize,
    bytes: u32,
    segments: impl Iterator<Item = Result<(u64, u32), Refuse>>,
    pages: DescriptorPages<'_>,
) -> Result<(u64, u64), Refuse> {
    let mut sink = Lists {
        pages,
        // However the data lies, the first page has an entry of its own.
        entries: u64::from(bytes)
            .wrapping_add(page.mask())
            .wrapping_shr(u32::from(page.log2())) as usize,
        is_whole: true,
    };
    let mut builder = Builder::new(page, ENTRIES_MAX);
    for segment in segments {
        let (dma, len) = segment?;
        builder.push(dma, len, &mut sink).map_err(refused)?;
    }
    match builder.finish() {
        Some(prps) if sink.is_whole => Ok((prps.prp1, prps.prp2)),
        Some(_) => Err(refused(PrpError::TooLong(ENTRIES_MAX))),
        None => Err(refused(PrpError::NoSegment)),
    }
}

/// Descriptor pages as PRP lists: little endian.
struct Lists<'a> {
    pages: DescriptorPages<'a>,
    /// How many entries there can be at most.
    entries: usize,
    /// All entries were written.
    is_whole: bool,
}

impl ListSink for Lists<'_> {
    type Error = Refuse;

    fn page(&mut self) -> Result<u64, Refuse> {
        self.pages.next_page(self.entries)
    }

    fn put(&mut self, page: u32, index: usize, entry: u64) {
        self.is_whole &= self.pages.put(page, index, entry.to_le());
    }
}

/// The block layer is told limits under which none of this happens but a lack of memory.
#[cold]
fn refused(e: PrpError<Refuse>) -> Refuse {
    if let PrpError::Sink(why) = e {
        return why;
    }
    if counter::may_print() {
        pr_err!(
            "a request cannot be described to the controller: {}\n",
            Unmapped(e)
        );
    }
    Refuse::Fail(Sts::Io)
}

/// The ranges of a discard, in a descriptor page.
fn ranges(ns: &Ns, rq: &mut Idle<'_, Nvme>) -> Result<(), Refuse> {
    let (ranges, mut pages) = rq.ranges();
    let dma = pages.next_page(DESCRIPTOR_BYTES / 8)?;
    let mut n: u32 = 0;
    for r in ranges {
        let at = (n as usize).wrapping_mul(2);
        let range = DsmRange::new(ns.lba(r.sector), ns.lba(u64::from(r.sectors)) as u32);
        let [low, high] = range.words();
        if !(pages.put(0, at, low) && pages.put(0, at.wrapping_add(1), high)) {
            return Err(Refuse::Fail(Sts::Io));
        }
        n = n.wrapping_add(1);
    }
    if n == 0 {
        return Err(Refuse::Fail(Sts::Io));
    }
    let pdu = rq.pdu();
    pdu.prp = (dma, 0);
    pdu.ranges = n;
    Ok(())
}

// SPDX-License-Identifier: GPL-2.0

//! One namespace: what Identify says of it → limits → disk.
//!
//! NVM Command Set 1.0, 4.1.5.1 (Identify Namespace); NVMe Base 2.0, 5.17.2.3 (descriptor list).

use crate::{
    admin,
    controller::Ctrl,
    nvme::{
        admin::Cns,
        command::Command,
        identify::{
            Controller,
            Ids,
            Namespace,
            NamespaceError,
            Text, //
        },
        io::{
            Blocks,
            DsmRange, //
        },
        reg::Vs, //
    },
    Nvme, //
};
use kernel::{
    prelude::*,
    str::CString,
    sync::Arc, //
};
use rnvme_abs::{
    blk_mq::{
        Disk,
        Limits, //
    },
    counter::Counter,
    pci::Live, //
};

/// The largest transfer that five list pages describe, in bytes.
const TRANSFER_BYTES_MAX: u64 = 8 << 20;

/// The disks of a controller.
pub(crate) type Disks<'b> = KVec<Disk<'b, Nvme>>;

/// The command set that we speak: CSI 00h, NVM.
const CSI_NVM: u8 = 0;

/// What a request must know of its namespace, and what a user may.
pub(crate) struct Ns {
    /// The number of the controller.
    pub(crate) instance: u32,
    /// The namespace identifier.
    pub(crate) nsid: u32,
    /// The logical block: 9 to 12.
    pub(crate) lba_log2: u8,
    /// Zeroed blocks may be deallocated.
    pub(crate) zeroes_may_deallocate: bool,
    /// What identifies it for ever.
    pub(crate) ids: Ids,
    /// Whether these are all that it has.
    has_all_ids: bool,
    /// The controller, for namespaces without an identifier of their own.
    pub(crate) origin: Origin,
    /// Requests that failed.
    pub(crate) errors: Counter,
}

/// What identifies a controller.
pub(crate) struct Origin {
    pub(crate) vid: u16,
    pub(crate) serial: Text<20>,
    pub(crate) model: Text<40>,
}

impl Ns {
    /// Sectors of 512 bytes as logical blocks.
    #[inline(always)]
    pub(crate) fn lba(&self, sectors: u64) -> u64 {
        // Nine to twelve, so the shift is zero to three; the mask says so to the compiler.
        sectors >> (self.lba_log2.wrapping_sub(9) & 7)
    }
}

/// What a namespace is found to be.
pub(crate) struct Found {
    pub(crate) namespace: Namespace,
    pub(crate) ids: Ids,
    /// Whether the identifiers are all that it has: the list of them made sense.
    has_all_ids: bool,
}

/// In what a namespace is not any more what its disk was made of.
#[derive(Copy, Clone, PartialEq, Eq)]
pub(crate) enum Difference {
    /// At most in what can be changed in place.
    None,
    /// In the size of its blocks.
    Format,
    /// In what identifies it: it is another one.
    Identity,
}

impl Ns {
    /// Compares a namespace with what was found under its number.
    pub(crate) fn difference(&self, found: &Found) -> Difference {
        let whole = self.has_all_ids && found.has_all_ids;
        if self.ids.contradict(&found.ids, whole) {
            Difference::Identity
        } else if self.lba_log2 != found.namespace.lba_log2() {
            Difference::Format
        } else {
            Difference::None
        }
    }
}

impl<'b> Ctrl<'b> {
    /// Asks what namespace `nsid` is. `Ok(None)` if it is none that we can serve, with the reason in
    /// the log; an error where the controller did not answer.
    pub(crate) fn identify_namespace(&self, at: Live<'b>, nsid: u32) -> Result<Option<Found>> {
        let mut data = admin::buffer()?;
        let (status, _) = self.run(at, &Command::identify(Cns::NAMESPACE, nsid, 0), &mut data)?;
        if !status.is_success() {
            dev_warn!(at.device(), "namespace {nsid}: identify failed: {status}\n");
            // Only what would be said again means that there is none.
            return if status.dnr() { Ok(None) } else { Err(EIO) };
        }
        let namespace = match Namespace::parse(&data) {
            Ok(n) => n,
            Err(NamespaceError::Inactive) => {
                // Without a list all are asked, and this is how one says that it is not there.
                if self.registers.version() >= Vs::V1_1 {
                    dev_warn!(
                        at.device(),
                        "namespace {nsid} is not used: it is listed as active, and has no blocks\n"
                    );
                }
                return Ok(None);
            }
            Err(e) => {
                dev_warn!(at.device(), "namespace {nsid} is not used: {e}\n");
                return Ok(None);
            }
        };
        let (ids, has_all_ids) = self.descriptors(at, nsid)?;
        let ids = ids.or_namespace(&namespace);
        if let Some(csi) = ids.csi.filter(|csi| *csi != CSI_NVM) {
            dev_warn!(
                at.device(),
                "namespace {nsid} is not used: command set {csi:#x}\n"
            );
            return Ok(None);
        }
        Ok(Some(Found {
            namespace,
            ids,
            has_all_ids,
        }))
    }

    /// The identification descriptors of a namespace, none where there are none to have; and whether
    /// these are all.
    fn descriptors(&self, at: Live<'b>, nsid: u32) -> Result<(Ids, bool)> {
        if self.registers.version() < Vs::V1_3 {
            return Ok((Ids::default(), true));
        }
        let mut data = admin::buffer()?;
        let (status, _) = self.run(at, &Command::identify(Cns::DESCRIPTORS, nsid, 0), &mut data)?;
        if !status.is_success() {
            return Ok((Ids::default(), false));
        }
        match Ids::parse(&data) {
            Ok(ids) => Ok((ids, true)),
            Err(e) => {
                dev_warn!(
                    at.device(),
                    "namespace {nsid}: identification makes no sense: {e}\n"
                );
                Ok((Ids::default(), false))
            }
        }
    }

    /// The limits of a disk, by what the controller said last.
    pub(crate) fn limits_of(&self, at: Live<'b>, n: &Namespace) -> Result<Limits> {
        let latest = self.latest.lock().clone();
        let first = self.identity.as_ref().map(|c| &**c);
        Ok(limits(
            at,
            self,
            latest.as_deref().or(first).ok_or(ENODEV)?,
            n,
        ))
    }

    /// Makes and adds the disk of a namespace.
    pub(crate) fn make_disk(&self, at: Live<'b>, nsid: u32, found: Found) -> Result {
        let set = self.io_set.as_ref().ok_or(ENODEV)?;
        let device = self.device.as_ref().ok_or(ENODEV)?;
        let identity = self.identity.as_ref().ok_or(ENODEV)?;
        let n = &found.namespace;
        let limits = self.limits_of(at, n)?;
        let ns = Arc::new(
            Ns {
                instance: at.instance(),
                nsid,
                lba_log2: n.lba_log2(),
                zeroes_may_deallocate: zeroes_may_deallocate(n),
                ids: found.ids,
                has_all_ids: found.has_all_ids,
                origin: Origin {
                    vid: identity.vid(),
                    serial: *identity.serial(),
                    model: *identity.model(),
                },
                errors: Counter::new(),
            },
            GFP_KERNEL,
        )?;
        let name = CString::try_from_fmt(fmt!("rnvme{}n{}", at.instance(), nsid))?;
        let mut disks = self.disks.lock();
        disks.reserve(1, GFP_KERNEL)?;
        drop(disks);
        let disk = Disk::new(at, set, &name, &limits, ns)?;
        disk.set_read_only(at, n.is_read_only());
        disk.set_timeout(at, self.shared.settings.io_timeout.seconds());
        if let Err(e) = disk.add(at, device, n.sectors()) {
            dev_err!(
                at.device(),
                "namespace {nsid}: its disk could not be added\n"
            );
            disk.remove(at, rnvme_abs::blk_mq::Remove::Gone);
            return Err(e);
        }
        disks = self.disks.lock();
        disks.push(disk, GFP_KERNEL)?;
        Ok(())
    }
}

/// What the controller, the namespace and the DMA layer allow.
fn limits(at: Live<'_>, ctrl: &Ctrl<'_>, c: &Controller, n: &Namespace) -> Limits {
    let stated = ctrl.limits.as_ref().copied().unwrap_or_default();
    let page_min_log2 = ctrl.registers.cap.page_min_log2();
    let block = n.lba_bytes();
    let bytes = c
        .transfer_bytes_max()
        .unwrap_or(TRANSFER_BYTES_MAX)
        .min(TRANSFER_BYTES_MAX)
        .min(at.dma_optimal_bytes().min(at.dma_max_bytes()) as u64)
        // A command counts up to 65536 blocks.
        .min(u64::from(Blocks::MAX).saturating_mul(u64::from(block)))
        .max(u64::from(block));
    let max_sectors = (bytes >> 9) as u32;
    let optimal = n.optimal();
    let preferred = optimal.map_or(block, |o| o.write_granularity_bytes.max(block));
    // What file systems take for a block must be written whole or not at all.
    let atomic = n
        .atomic_power_fail_blocks()
        .unwrap_or(c.atomic_power_fail_blocks())
        .saturating_mul(block);
    let zeroes = match (
        c.has_write_zeroes(),
        stated.write_zeroes_bytes(page_min_log2),
    ) {
        (false, _) => 0,
        (true, None) => max_sectors,
        (true, Some(bytes)) => (bytes.min(TRANSFER_BYTES_MAX) >> 9) as u32,
    };
    let range_sectors = stated
        .range_blocks()
        .map_or(u32::MAX, |b| b.saturating_mul(block >> 9));
    let ranges = stated.ranges().map_or(DsmRange::MAX as u16, u16::from);
    let discard = c.has_deallocate();
    Limits {
        logical_block_bytes: block,
        physical_block_bytes: power_of_two(preferred.min(atomic), block),
        io_min_bytes: power_of_two(preferred, block),
        // One block means that there is no such size.
        io_opt_bytes: optimal
            .map(|o| o.write_size_bytes)
            .filter(|bytes| *bytes > block)
            .unwrap_or(0),
        max_sectors,
        // A page each, and one more where the first does not begin on a page.
        max_segments: (max_sectors >> 3).saturating_add(1).min(256) as u16,
        virt_boundary_mask: ctrl.page.mask(),
        dma_alignment_mask: 3,
        max_discard_sectors: if discard { range_sectors } else { 0 },
        max_discard_segments: if discard { ranges } else { 1 },
        discard_granularity_bytes: if discard {
            optimal.map_or(block, |o| {
                o.deallocate_granularity_bytes
                    .max(o.deallocate_alignment_bytes)
                    .max(block)
            })
        } else {
            0
        },
        max_write_zeroes_sectors: zeroes,
        max_write_zeroes_unmap_sectors: if zeroes_may_deallocate(n) { zeroes } else { 0 },
        chunk_sectors: n.boundary_blocks().map_or(0, |b| {
            let sectors = u32::from(b).saturating_mul(block >> 9);
            if sectors.is_power_of_two() {
                sectors
            } else {
                0
            }
        }),
        has_write_cache: c.has_write_cache(),
        has_fua: c.has_write_cache(),
        is_polled: false,
    }
}

/// Whether zeroed blocks may be deallocated: the namespace says so, and that they then read as zeroes.
fn zeroes_may_deallocate(n: &Namespace) -> bool {
    n.zeroes_may_deallocate() && n.reads_zero_after_deallocate()
}

/// What the block layer takes for a block: a power of two, at most a page.
fn power_of_two(bytes: u32, or: u32) -> u32 {
    if bytes.is_power_of_two() && bytes <= kernel::page::PAGE_SIZE as u32 {
        bytes
    } else {
        or
    }
}

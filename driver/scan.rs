// SPDX-License-Identifier: GPL-2.0

//! Which namespaces exist, and the disks that come, go and change with them.
//!
//! | found | what becomes of the disk |
//! |---|---|
//! | not on the list, or "no such namespace" | it goes: I/O ends with errors at once |
//! | another size, other limits | changed in place; requests wait for the moment that limits take |
//! | another block size | it goes, a new one of the same name comes |
//! | other identifiers | likewise |
//! | no answer, a list that makes no sense | it stays as it is |
//!
//! A format erases, so whoever has the old disk open, a mounted file system for instance, must hear
//! of it; and requests under way count in blocks of the old size. Hence another disk, and no change in
//! place.
//!
//! NVMe Base 2.0, 5.17.2.2 (Active Namespace ID list).

use crate::{
    admin,
    controller::Ctrl,
    namespace::Difference,
    nvme::{
        admin::Cns,
        command::Command,
        identify,
        lifecycle::State,
        reg::Vs, //
    }, //
};
use kernel::prelude::*;
use rnvme_abs::{
    blk_mq::Remove,
    pci::Live, //
};

/// How many namespaces of a controller are looked at: names and memory are the host's.
const NAMESPACES_MAX: usize = 1024;

impl<'b> Ctrl<'b> {
    /// The work: looks which namespaces there are, and makes disks agree.
    pub(crate) fn scan(&self, at: Live<'b>) {
        // Until it is over.
        self.scan_failed.set(1);
        if self.open_count.get() == 0 || !self.is_scannable() {
            return;
        }
        match self.active(at) {
            Ok((list, is_whole)) => {
                // What is not on half a list may be on the other half.
                if is_whole {
                    self.remove_others(at, &list);
                }
                let mut is_in_vain = !is_whole;
                for nsid in list.iter() {
                    if !self.is_scannable() {
                        // It is being reset, and looked at again afterwards; or removed.
                        return;
                    }
                    if self.look_at(at, *nsid).is_err() && self.is_scannable() {
                        is_in_vain = true;
                        dev_err!(at.device(), "namespace {nsid} could not be looked at\n");
                    }
                }
                self.scan_failed.set(u32::from(is_in_vain));
                if list.is_empty() {
                    dev_info!(at.device(), "no namespace is active\n");
                }
            }
            Err(_) if self.is_scannable() => {
                dev_err!(at.device(), "the active namespaces are not known\n");
            }
            Err(_) => {}
        }
    }

    /// Whether disks may come and go: not while it is being reset, nor while it is being removed.
    fn is_scannable(&self) -> bool {
        self.shared.state() == State::Live
    }

    /// A user asks for a scan, and waits for its end. `EIO` where the controller is given up or did not
    /// tell, `EBUSY` where it cannot be looked at now.
    pub(crate) fn scan_now(&self, at: Live<'b>) -> Result {
        self.scan_work.schedule();
        self.scan_work.flush(at);
        match self.shared.state() {
            State::Live if self.scan_failed.get() == 0 => Ok(()),
            State::Live | State::Dead => Err(EIO),
            _ => Err(EBUSY),
        }
    }

    /// The identifiers of active namespaces, ascending, and whether these are all.
    fn active(&self, at: Live<'b>) -> Result<(KVec<u32>, bool)> {
        let nn = self.identity.as_ref().map_or(0, |c| c.nn());
        let mut all = KVec::new();
        if self.registers.version() < Vs::V1_1 {
            // There is no list: each may exist, and those that do not say so.
            for nsid in 1..=nn.min(NAMESPACES_MAX as u32) {
                all.push(nsid, GFP_KERNEL)?;
            }
            return Ok((all, true));
        }
        let mut data = admin::buffer()?;
        let mut after = 0;
        loop {
            let cmd = Command::identify(Cns::ACTIVE_LIST, after, 0);
            self.must(at, &cmd, &mut data)?;
            let mut count = 0usize;
            for nsid in identify::active_list(&data, after, nn) {
                match nsid {
                    Ok(nsid) => {
                        if all.len() >= NAMESPACES_MAX {
                            dev_warn!(at.device(), "only {NAMESPACES_MAX} namespaces are used\n");
                            return Ok((all, false));
                        }
                        all.push(nsid, GFP_KERNEL)?;
                        after = nsid;
                        count = count.saturating_add(1);
                    }
                    Err(e) => {
                        dev_warn!(at.device(), "the namespace list makes no sense: {e}\n");
                        return Ok((all, false));
                    }
                }
            }
            if count < identify::ACTIVE_LIST_ENTRIES {
                return Ok((all, true));
            }
        }
    }

    /// Removes the disks of namespaces that are not on the list.
    fn remove_others(&self, at: Live<'b>, list: &[u32]) {
        loop {
            let disk = {
                let mut disks = self.disks.lock();
                let gone = disks
                    .iter()
                    .position(|d| list.binary_search(&d.ns().nsid).is_err());
                gone.and_then(|i| disks.remove(i).ok())
            };
            // Not under the lock: it waits for requests.
            let Some(disk) = disk else { return };
            dev_info!(at.device(), "namespace {} is gone\n", disk.ns().nsid);
            disk.remove(at, Remove::Gone);
        }
    }

    /// Makes a disk of a namespace that has none, and changes the one that it has where it differs.
    fn look_at(&self, at: Live<'b>, nsid: u32) -> Result {
        let Some(found) = self.identify_namespace(at, nsid)? else {
            self.remove_one(at, nsid);
            return Ok(());
        };
        let difference = self
            .disks
            .lock()
            .iter()
            .find(|d| d.ns().nsid == nsid)
            .map(|d| d.ns().difference(&found));
        match difference {
            Some(Difference::None) => self.resize(at, nsid, &found.namespace),
            Some(Difference::Format) => {
                dev_info!(
                    at.device(),
                    "namespace {nsid} was formatted, its blocks are of {} bytes: a new disk takes its place\n",
                    found.namespace.lba_bytes()
                );
                self.remove_one(at, nsid);
                self.make_disk(at, nsid, found)
            }
            Some(Difference::Identity) => {
                dev_info!(
                    at.device(),
                    "namespace {nsid} is another one, it has other identifiers: a new disk takes its place\n"
                );
                self.remove_one(at, nsid);
                self.make_disk(at, nsid, found)
            }
            None => self.make_disk(at, nsid, found),
        }
    }

    /// Gives a disk its size and limits anew.
    fn resize(&self, at: Live<'b>, nsid: u32, n: &identify::Namespace) -> Result {
        let limits = self.limits_of(at, n)?;
        let Some(disk) = self.take_disk(nsid) else {
            return Ok(());
        };
        // Not under the lock: it waits for requests. Only the scan takes disks out, one at a time.
        let result = disk.set_limits(at, &limits);
        disk.set_sectors(at, n.sectors());
        disk.set_read_only(at, n.is_read_only());
        disk.set_timeout(at, self.shared.settings.io_timeout.seconds());
        // There was room for it before. Whoever takes all disks away waits for the scan first.
        let _ = self.disks.lock().push(disk, GFP_KERNEL);
        result
    }

    fn take_disk(&self, nsid: u32) -> Option<rnvme_abs::blk_mq::Disk<'b, crate::Nvme>> {
        let mut disks = self.disks.lock();
        let at = disks.iter().position(|d| d.ns().nsid == nsid)?;
        disks.remove(at).ok()
    }

    fn remove_one(&self, at: Live<'b>, nsid: u32) {
        if let Some(disk) = self.take_disk(nsid) {
            disk.remove(at, Remove::Gone);
        }
    }
}

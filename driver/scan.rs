// SPDX-License-Identifier: GPL-2.0

//! Which namespaces exist, and the disks that come, go and change with them.
//!
//! NVMe Base 2.0, 5.17.2.2 (Active Namespace ID list).

use crate::{
    admin,
    controller::Ctrl,
    namespace,
    nvme::{
        admin::Cns,
        command::Command,
        identify,
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
        if self.open_count.get() == 0 || !self.is_working() {
            return;
        }
        // Here, and not in the reset: it waits for requests, which another reset may have to free.
        self.use_open_queues(at);
        match self.active(at) {
            Ok((list, is_whole)) => {
                // What is not on half a list may be on the other half.
                if is_whole {
                    self.remove_others(at, &list);
                }
                for nsid in list.iter() {
                    if self.look_at(at, *nsid).is_err() {
                        dev_err!(at.device(), "namespace {nsid} could not be looked at\n");
                    }
                }
                if list.is_empty() {
                    dev_info!(at.device(), "no namespace is active\n");
                }
            }
            Err(_) => dev_err!(at.device(), "the active namespaces are not known\n"),
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
        let n = &found.namespace;
        let same_format = self
            .disks
            .lock()
            .iter()
            .find(|d| d.ns().nsid == nsid)
            .map(|d| d.ns().lba_log2 == n.lba_log2());
        match same_format {
            Some(true) => self.resize(at, nsid, n),
            Some(false) => {
                // Requests under way count in blocks of the old size: another disk takes its place.
                self.remove_one(at, nsid);
                self.make_disk(at, nsid, found)
            }
            None => self.make_disk(at, nsid, found),
        }
    }

    /// Gives a disk its size and limits anew.
    fn resize(&self, at: Live<'b>, nsid: u32, n: &identify::Namespace) -> Result {
        let identity = self.identity.as_ref().ok_or(ENODEV)?;
        let limits = namespace::limits(at, self, identity, n);
        let taken = self.take_disk(nsid);
        let Some(disk) = taken else { return Ok(()) };
        // Not under the lock: it waits for requests. Only the scan takes disks out, one at a time.
        let result = disk.set_limits(at, &limits);
        disk.set_sectors(at, n.sectors());
        disk.set_read_only(at, n.is_read_only());
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

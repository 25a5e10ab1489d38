// SPDX-License-Identifier: GPL-2.0
//! Identify data: the truth, and then what is to be told instead.
//!
//! Base 5.17 (Identify), NVM 4.1.5.

use crate::admin::ABORTS_MAX;
use crate::controller::Controller;
use crate::driver::nvme::admin::{Cns, NSID_ALL};
use crate::driver::nvme::identify::raw::{RawController, RawNamespace};
use crate::driver::nvme::identify::{ACTIVE_LIST_ENTRIES, BYTES};
use crate::events::REQUESTS_MAX;
use crate::namespace::Namespace;
use std::mem::offset_of;

const INVALID_FIELD: u16 = 0x02;
const INVALID_NAMESPACE: u16 = 0x0b;

/// The largest identifier that a namespace may have (NN).
pub const NSID_MAX: u32 = 64;

/// The formats that each namespace can have, by the logarithm of their blocks.
pub const FORMATS: [u8; 2] = [9, 12];

/// Our part of an EUI-64, with the bit that says that nobody registered it.
const EUI: [u8; 5] = [0x02, 0x4c, 0x49, 0x45, 0x53];

fn put(data: &mut [u8], at: usize, value: &[u8]) {
    data[at..at + value.len()].copy_from_slice(value);
}

/// Text, padded with spaces as the specification wants it.
fn put_text(data: &mut [u8], at: usize, room: usize, text: &str) {
    data[at..at + room].fill(b' ');
    let text = &text.as_bytes()[..text.len().min(room)];
    put(data, at, text);
}

impl Controller {
    /// What Identify returns, or a status code.
    pub fn identify(&mut self, cns: u8, csi: u8, nsid: u32) -> Result<Vec<u8>, u16> {
        let mut data = self.honest_identify(cns, csi, nsid)?;
        let patches = std::mem::take(&mut self.lies.patches);
        for patch in &patches {
            if patch.apply(cns, nsid, &mut data) {
                self.lies.tell("identify");
            }
        }
        self.lies.patches = patches;
        Ok(data)
    }

    fn honest_identify(&self, cns: u8, csi: u8, nsid: u32) -> Result<Vec<u8>, u16> {
        let mut data = vec![0; BYTES];
        match Cns(cns) {
            Cns::NAMESPACE => self.identify_namespace(nsid, &mut data)?,
            Cns::CONTROLLER => self.identify_controller(&mut data),
            Cns::ACTIVE_LIST => {
                if nsid >= 0xffff_fffe {
                    return Err(INVALID_NAMESPACE);
                }
                let attached = self.namespaces.iter().filter(|(_, ns)| ns.is_attached);
                let listed = attached.map(|(n, _)| *n).filter(|n| *n > nsid);
                for (room, n) in data
                    .chunks_exact_mut(4)
                    .zip(listed.take(ACTIVE_LIST_ENTRIES))
                {
                    room.copy_from_slice(&n.to_le_bytes());
                }
            }
            Cns::DESCRIPTORS => {
                self.attached(nsid)?;
                // EUI-64, then the command set.
                put(&mut data, 0, &[1, 8]);
                put(&mut data, 4, &self.eui64(nsid));
                put(&mut data, 12, &[4, 1]);
            }
            // Nothing is said of the NVM command set beyond the old structures.
            Cns::NAMESPACE_CSI if csi == 0 => {
                self.attached(nsid)?;
            }
            Cns::CONTROLLER_CSI if csi == 0 => {}
            _ => return Err(INVALID_FIELD),
        }
        Ok(data)
    }

    /// The namespace of that number, if it is attached.
    pub fn attached(&self, nsid: u32) -> Result<&Namespace, u16> {
        let found = self.namespaces.get(&nsid).filter(|ns| ns.is_attached);
        found.ok_or(INVALID_NAMESPACE)
    }

    /// An identifier made of the serial number and the number of the namespace.
    fn eui64(&self, nsid: u32) -> [u8; 8] {
        let sum = self
            .setup
            .serial
            .bytes()
            .fold(7u16, |s, b| s.wrapping_mul(31) ^ u16::from(b));
        let mut eui = [0; 8];
        eui[..5].copy_from_slice(&EUI);
        eui[5..7].copy_from_slice(&sum.to_be_bytes());
        eui[7] = nsid as u8;
        eui
    }

    fn identify_namespace(&self, nsid: u32, data: &mut [u8]) -> Result<(), u16> {
        if nsid == 0 || nsid > NSID_MAX && nsid != NSID_ALL {
            return Err(INVALID_NAMESPACE);
        }
        put(
            data,
            offset_of!(RawNamespace, nlbaf),
            &[FORMATS.len() as u8 - 1],
        );
        for (index, log2) in FORMATS.iter().enumerate() {
            put(
                data,
                offset_of!(RawNamespace, lbaf) + index * 4 + 2,
                &[*log2],
            );
        }
        // One that is not attached is all zeroes; for all of them, what they have in common.
        let Ok(ns) = self.attached(nsid) else {
            if nsid != NSID_ALL {
                data.fill(0);
            }
            return Ok(());
        };
        for at in [
            offset_of!(RawNamespace, nsze),
            offset_of!(RawNamespace, ncap),
            offset_of!(RawNamespace, nuse),
        ] {
            put(data, at, &ns.blocks.to_le_bytes());
        }
        let format = FORMATS.iter().position(|f| *f == ns.lba_log2).unwrap_or(0);
        put(data, offset_of!(RawNamespace, flbas), &[format as u8]);
        // Deallocated blocks read as zeroes, and Write Zeroes may deallocate.
        put(data, offset_of!(RawNamespace, dlfeat), &[9]);
        put(data, offset_of!(RawNamespace, eui64), &self.eui64(nsid));
        Ok(())
    }

    fn identify_controller(&self, data: &mut [u8]) {
        let mut field = |at: usize, value: &[u8]| put(data, at, value);
        field(offset_of!(RawController, vid), &0x1234u16.to_le_bytes());
        field(offset_of!(RawController, ssvid), &0x1234u16.to_le_bytes());
        field(offset_of!(RawController, mdts), &[self.setup.mdts]);
        field(
            offset_of!(RawController, ver),
            &0x0001_0400u32.to_le_bytes(),
        );
        // Notices of namespaces that changed.
        field(offset_of!(RawController, oaes), &(1u32 << 8).to_le_bytes());
        field(offset_of!(RawController, cntrltype), &[1]);
        let oacs = u16::from(self.setup.has_shadow) << 8;
        field(offset_of!(RawController, oacs), &oacs.to_le_bytes());
        field(offset_of!(RawController, acl), &[ABORTS_MAX as u8 - 1]);
        field(offset_of!(RawController, aerl), &[REQUESTS_MAX as u8 - 1]);
        // One firmware slot, read-only.
        field(offset_of!(RawController, frmw), &[3]);
        // Log pages longer than 4 KiB, and offsets in them.
        field(offset_of!(RawController, lpa), &[4]);
        field(offset_of!(RawController, wctemp), &350u16.to_le_bytes());
        field(offset_of!(RawController, cctemp), &370u16.to_le_bytes());
        field(offset_of!(RawController, sqes), &[0x66]);
        field(offset_of!(RawController, cqes), &[0x44]);
        field(offset_of!(RawController, nn), &NSID_MAX.to_le_bytes());
        // Dataset Management and Write Zeroes.
        field(offset_of!(RawController, oncs), &0x0cu16.to_le_bytes());
        // A volatile write cache; Flush takes all namespaces.
        field(offset_of!(RawController, vwc), &[7]);
        // SGLs without a rule of alignment.
        field(offset_of!(RawController, sgls), &1u32.to_le_bytes());
        put_text(data, offset_of!(RawController, sn), 20, &self.setup.serial);
        put_text(
            data,
            offset_of!(RawController, mn),
            40,
            "Lying NVMe controller",
        );
        put_text(data, offset_of!(RawController, fr), 8, "1");
        let name = format!(
            "nqn.2014-08.org.nvmexpress:uuid:lying-{}",
            self.setup.serial
        );
        put(
            data,
            offset_of!(RawController, subnqn),
            &name.as_bytes()[..name.len().min(255)],
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::breach::Breaches;
    use crate::controller::Setup;
    use crate::driver::nvme::identify::{active_list, Controller as Read, Ids};
    use crate::host::Host;

    fn device() -> Controller {
        let setup = Setup {
            serial: "lying0".into(),
            queues: 8,
            mqes_z: 1023,
            mdts: 7,
            has_shadow: false,
        };
        let mut made = Controller::new(setup, Host::new(9), Breaches::new("test", None));
        for (nsid, log2) in [(1, 9), (3, 12)] {
            let ns = Namespace::new(1000, log2, None).unwrap();
            made.namespaces.insert(nsid, ns);
        }
        made
    }

    #[test]
    fn the_driver_accepts_the_truth() {
        let mut device = device();
        let data = device.identify(1, 0, 0).unwrap();
        let read = Read::parse(&data, 12).unwrap();
        assert_eq!(read.nn(), NSID_MAX);
        assert!(read.has_write_cache() && read.has_deallocate() && read.has_sgl());
        assert!(!read.has_doorbell_buffer());
        for (nsid, log2) in [(1, 9), (3, 12)] {
            let data = device.identify(0, 0, nsid).unwrap();
            let read = crate::driver::nvme::identify::Namespace::parse(&data).unwrap();
            assert_eq!(read.lba_log2(), log2);
            let ids = Ids::parse(&device.identify(3, 0, nsid).unwrap()).unwrap();
            assert_eq!(ids.eui64, read.eui64());
        }
        assert!(device.identify(0, 0, 65).is_err());
        assert!(device.identify(0, 0, 2).unwrap().iter().all(|b| *b == 0));
    }

    #[test]
    fn the_list_has_what_is_attached_above_a_number() {
        let mut device = device();
        let list = |d: &mut Controller, after| -> Vec<u32> {
            let data = d.identify(2, 0, after).unwrap();
            active_list(&data, after, NSID_MAX)
                .map(|n| n.unwrap())
                .collect()
        };
        assert_eq!(list(&mut device, 0), [1, 3]);
        assert_eq!(list(&mut device, 1), [3]);
        device.namespaces.get_mut(&1).unwrap().is_attached = false;
        assert_eq!(list(&mut device, 0), [3]);
    }

    #[test]
    fn a_lie_is_told_and_counted() {
        let mut device = device();
        device.lies.patches = crate::patch::parse("namespace=1", &["lbads=8"]).unwrap();
        let data = device.identify(0, 0, 1).unwrap();
        assert!(crate::driver::nvme::identify::Namespace::parse(&data).is_err());
        assert_eq!(device.lies.told.get("identify"), Some(&1));
    }
}

// SPDX-License-Identifier: GPL-2.0
//! Identify data with other values in it: any field by the specification's name, any byte by offset.

use crate::driver::nvme::admin::Cns;
use crate::driver::nvme::identify::raw::{RawController, RawNamespace};
use crate::words::{bytes, number};
use std::mem::offset_of;

/// A field: name, offset, bytes.
type Field = (&'static str, usize, usize);

const fn bytes_of<T, F>(_: fn(&T) -> &F) -> usize {
    size_of::<F>()
}

macro_rules! fields {
    ($raw:ident: $($name:ident)*) => {
        [$((stringify!($name), offset_of!($raw, $name), bytes_of(|r: &$raw| &r.$name)),)*]
    };
}

/// The field of Identify Controller that has this name.
fn controller_field(name: &str) -> Option<Field> {
    let all = fields!(RawController: vid ssvid sn mn fr rab ieee cmic mdts cntlid ver rtd3r rtd3e oaes
        ctratt rrls cntrltype fguid crdt oacs acl aerl frmw lpa elpe npss avscc apsta wctemp cctemp
        mtfa hmpre hmmin tnvmcap unvmcap rpmbs edstt dsto fwug kas hctma mntmt mxtmt sanicap sqes cqes
        maxcmd nn oncs fuses fna vwc awun awupf icsvscc nwpc acwu ocfs sgls mnan subnqn);
    all.into_iter().find(|(n, _, _)| *n == name)
}

/// The field of Identify Namespace that has this name; `lbads` and `ms` are those of format 0.
fn namespace_field(name: &str) -> Option<Field> {
    let all = fields!(RawNamespace: nsze ncap nuse nsfeat nlbaf flbas mc dpc dps nmic rescap fpi dlfeat
        nawun nawupf nacwu nabsn nabo nabspf noiob nvmcap npwg npwa npdg npda nows mssrl mcl msrc
        nulbaf anagrpid nsattr nvmsetid endgid nguid eui64 lbaf);
    let lbaf = offset_of!(RawNamespace, lbaf);
    match name {
        "ms" => Some(("ms", lbaf, 2)),
        "lbads" => Some(("lbads", lbaf + 2, 1)),
        _ => all.into_iter().find(|(n, _, _)| *n == name),
    }
}

/// Bytes to put into what one kind of Identify returns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patch {
    cns: u8,
    /// For this namespace; for all without.
    nsid: Option<u32>,
    offset: usize,
    bytes: Vec<u8>,
    /// All else is zeroed.
    is_whole: bool,
}

impl Patch {
    pub fn apply(&self, cns: u8, nsid: u32, data: &mut [u8]) -> bool {
        if self.cns != cns || self.nsid.is_some_and(|n| n != nsid) {
            return false;
        }
        if self.is_whole {
            data.fill(0);
        }
        if let Some(room) = data.get_mut(self.offset..self.offset + self.bytes.len()) {
            room.copy_from_slice(&self.bytes);
        }
        true
    }
}

/// The patches of a line: `controller FIELD=VALUE…`, `namespace[=NSID] FIELD=VALUE…`,
/// `list=NSID,…`, `descriptors=HEX`, `cns=N @OFFSET=HEX…`.
pub fn parse(target: &str, words: &[&str]) -> Result<Vec<Patch>, String> {
    let (name, value) = crate::words::split(target);
    let whole = |cns: Cns, bytes| Patch {
        cns: cns.0,
        nsid: None,
        offset: 0,
        bytes,
        is_whole: true,
    };
    let (cns, nsid) = match (name, value) {
        ("controller", None) => (Cns::CONTROLLER.0, None),
        ("namespace", nsid) => (Cns::NAMESPACE.0, nsid.map(crate::words::small).transpose()?),
        ("cns", Some(cns)) => (crate::words::small(cns)?, None),
        ("list", Some(list)) => {
            let mut data = Vec::new();
            for nsid in list.split(',') {
                data.extend_from_slice(&crate::words::small::<u32>(nsid)?.to_le_bytes());
            }
            return Ok(vec![whole(Cns::ACTIVE_LIST, data)]);
        }
        ("descriptors", Some(hex)) => return Ok(vec![whole(Cns::DESCRIPTORS, bytes(hex)?)]),
        _ => return Err(format!("identify has no '{target}'")),
    };
    if words.is_empty() {
        return Err("identify needs a field".into());
    }
    words.iter().map(|w| field(w, cns, nsid)).collect()
}

fn field(word: &str, cns: u8, nsid: Option<u32>) -> Result<Patch, String> {
    let (name, value) = word
        .split_once('=')
        .ok_or_else(|| format!("'{word}' has no value"))?;
    if let Some(offset) = name.strip_prefix('@') {
        let (offset, bytes) = (number(offset)?, bytes(value)?);
        if offset + bytes.len() as u64 > 4096 {
            return Err(format!("{word} lies beyond the data"));
        }
        return Ok(Patch {
            cns,
            nsid,
            offset: offset as usize,
            bytes,
            is_whole: false,
        });
    }
    let found = match cns {
        0 => namespace_field(name),
        1 => controller_field(name),
        _ => None,
    };
    let (_, offset, width) = found.ok_or_else(|| format!("no field '{name}'"))?;
    let value = number(value)?;
    if width < 8 && value >> (width * 8) != 0 {
        return Err(format!("{word}: the field has {width} bytes"));
    }
    let mut bytes = vec![0; width];
    let low = value.to_le_bytes();
    let some = width.min(8);
    bytes[..some].copy_from_slice(&low[..some]);
    Ok(Patch {
        cns,
        nsid,
        offset,
        bytes,
        is_whole: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::driver::nvme::identify::{Controller, Namespace};

    #[test]
    fn fields_are_found_by_name() {
        let mut data = vec![0; 4096];
        for patch in parse("controller", &["mdts=5", "nn=0x01020304", "@0=ff"]).unwrap() {
            assert!(patch.apply(1, 0, &mut data));
            assert!(!patch.apply(0, 0, &mut data));
        }
        assert_eq!((data[77], data[0]), (5, 0xff));
        assert_eq!(&data[516..520], &[4, 3, 2, 1]);
        assert!(Controller::parse(&data, 12).is_err());
    }

    #[test]
    fn a_namespace_may_be_meant_alone() {
        let mut data = vec![0; 4096];
        for patch in parse("namespace=2", &["nsze=2^63", "lbads=255"]).unwrap() {
            assert!(!patch.apply(0, 1, &mut data));
            assert!(patch.apply(0, 2, &mut data));
        }
        assert_eq!((data[7], data[130]), (0x80, 255));
        assert!(Namespace::parse(&data).is_err());
    }

    #[test]
    fn lists_are_replaced_as_a_whole() {
        let mut data = vec![0xee; 4096];
        assert!(parse("list=3,1", &[]).unwrap()[0].apply(2, 0, &mut data));
        assert_eq!(&data[..12], &[3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for (target, words) in [
            ("controller", &["mdts=256"][..]),
            ("controller", &["nsze=1"]),
            ("controller", &[]),
            ("namespace=x", &["nsze=1"]),
            ("cns=1", &["@4096=00"]),
            ("device", &["x=1"]),
        ] {
            assert!(parse(target, words).is_err(), "{target} {words:?}");
        }
    }
}

// SPDX-License-Identifier: GPL-2.0
//! Identify structures as they lie in memory. Names are the specification's; nothing is checked.

use zerocopy::little_endian::{
    U16,
    U32,
    U64, //
};
use zerocopy_derive::{
    FromBytes,
    Immutable,
    KnownLayout, //
};

/// Identify Controller (Base 5.17.2.1, figure 275).
#[derive(FromBytes, Immutable, KnownLayout)]
#[repr(C)]
#[allow(clippy::missing_docs_in_private_items)]
pub(crate) struct RawController {
    pub(crate) vid: U16,
    pub(crate) ssvid: U16,
    pub(crate) sn: [u8; 20],
    pub(crate) mn: [u8; 40],
    pub(crate) fr: [u8; 8],
    pub(crate) rab: u8,
    pub(crate) ieee: [u8; 3],
    pub(crate) cmic: u8,
    pub(crate) mdts: u8,
    pub(crate) cntlid: U16,
    pub(crate) ver: U32,
    pub(crate) rtd3r: U32,
    pub(crate) rtd3e: U32,
    pub(crate) oaes: U32,
    pub(crate) ctratt: U32,
    pub(crate) rrls: U16,
    pub(crate) reserved102: [u8; 9],
    pub(crate) cntrltype: u8,
    pub(crate) fguid: [u8; 16],
    pub(crate) crdt: [U16; 3],
    pub(crate) reserved134: [u8; 122],
    pub(crate) oacs: U16,
    pub(crate) acl: u8,
    pub(crate) aerl: u8,
    pub(crate) frmw: u8,
    pub(crate) lpa: u8,
    pub(crate) elpe: u8,
    pub(crate) npss: u8,
    pub(crate) avscc: u8,
    pub(crate) apsta: u8,
    pub(crate) wctemp: U16,
    pub(crate) cctemp: U16,
    pub(crate) mtfa: U16,
    pub(crate) hmpre: U32,
    pub(crate) hmmin: U32,
    pub(crate) tnvmcap: [u8; 16],
    pub(crate) unvmcap: [u8; 16],
    pub(crate) rpmbs: U32,
    pub(crate) edstt: U16,
    pub(crate) dsto: u8,
    pub(crate) fwug: u8,
    pub(crate) kas: U16,
    pub(crate) hctma: U16,
    pub(crate) mntmt: U16,
    pub(crate) mxtmt: U16,
    pub(crate) sanicap: U32,
    pub(crate) reserved332: [u8; 180],
    pub(crate) sqes: u8,
    pub(crate) cqes: u8,
    pub(crate) maxcmd: U16,
    pub(crate) nn: U32,
    pub(crate) oncs: U16,
    pub(crate) fuses: U16,
    pub(crate) fna: u8,
    pub(crate) vwc: u8,
    pub(crate) awun: U16,
    pub(crate) awupf: U16,
    pub(crate) icsvscc: u8,
    pub(crate) nwpc: u8,
    pub(crate) acwu: U16,
    pub(crate) ocfs: U16,
    pub(crate) sgls: U32,
    pub(crate) mnan: U32,
    pub(crate) reserved544: [u8; 224],
    pub(crate) subnqn: [u8; 256],
    pub(crate) reserved1024: [u8; 3072],
}

const _: () = assert!(size_of::<RawController>() == super::BYTES);

/// Identify Namespace of the NVM command set (NVM 4.1.5.1).
#[derive(FromBytes, Immutable, KnownLayout)]
#[repr(C)]
#[allow(clippy::missing_docs_in_private_items)]
pub(crate) struct RawNamespace {
    pub(crate) nsze: U64,
    pub(crate) ncap: U64,
    pub(crate) nuse: U64,
    pub(crate) nsfeat: u8,
    pub(crate) nlbaf: u8,
    pub(crate) flbas: u8,
    pub(crate) mc: u8,
    pub(crate) dpc: u8,
    pub(crate) dps: u8,
    pub(crate) nmic: u8,
    pub(crate) rescap: u8,
    pub(crate) fpi: u8,
    pub(crate) dlfeat: u8,
    pub(crate) nawun: U16,
    pub(crate) nawupf: U16,
    pub(crate) nacwu: U16,
    pub(crate) nabsn: U16,
    pub(crate) nabo: U16,
    pub(crate) nabspf: U16,
    pub(crate) noiob: U16,
    pub(crate) nvmcap: [u8; 16],
    pub(crate) npwg: U16,
    pub(crate) npwa: U16,
    pub(crate) npdg: U16,
    pub(crate) npda: U16,
    pub(crate) nows: U16,
    pub(crate) mssrl: U16,
    pub(crate) mcl: U32,
    pub(crate) msrc: u8,
    pub(crate) reserved81: u8,
    pub(crate) nulbaf: u8,
    pub(crate) reserved83: [u8; 9],
    pub(crate) anagrpid: U32,
    pub(crate) reserved96: [u8; 3],
    pub(crate) nsattr: u8,
    pub(crate) nvmsetid: U16,
    pub(crate) endgid: U16,
    pub(crate) nguid: [u8; 16],
    pub(crate) eui64: [u8; 8],
    pub(crate) lbaf: [U32; 64],
    pub(crate) vendor: [u8; 3712],
}

const _: () = assert!(size_of::<RawNamespace>() == super::BYTES);

// SPDX-License-Identifier: GPL-2.0
//! Sizes and field offsets of the structures, against the tables of the specification.
//! seen to fail: OACS and ACL, KAS and HCTMA, NCAP and NUSE exchanged.

use crate::driver::nvme::command::Command;
use crate::driver::nvme::completion::Completion;
use crate::driver::nvme::identify::raw::{RawController, RawNamespace};
use crate::driver::nvme::io::DsmRange;
use std::mem::{align_of, offset_of, size_of};

/// Asserts that each field lies where the specification says.
macro_rules! offsets {
    ($t:ty: $($field:ident $at:literal),+ $(,)?) => {
        $(assert_eq!(offset_of!($t, $field), $at, stringify!($field));)+
    };
}

#[test]
fn entries_have_the_sizes_that_cc_announces() {
    assert_eq!(size_of::<Command>(), 64);
    assert_eq!(size_of::<Completion>(), 16);
    assert_eq!(size_of::<DsmRange>(), 16);
    assert_eq!(align_of::<Command>(), 8);
}

#[test]
fn identify_structures_have_4096_bytes() {
    assert_eq!(size_of::<RawController>(), 4096);
    assert_eq!(size_of::<RawNamespace>(), 4096);
}

#[test]
fn identify_controller_fields_lie_where_base_figure_275_says() {
    offsets!(RawController:
        vid 0, ssvid 2, sn 4, mn 24, fr 64, rab 72, ieee 73, cmic 76, mdts 77, cntlid 78,
        ver 80, rtd3r 84, rtd3e 88, oaes 92, ctratt 96, rrls 100, cntrltype 111, fguid 112,
        crdt 128, oacs 256, acl 258, aerl 259, frmw 260, lpa 261, elpe 262, npss 263,
        avscc 264, apsta 265, wctemp 266, cctemp 268, mtfa 270, hmpre 272, hmmin 276,
        tnvmcap 280, unvmcap 296, rpmbs 312, edstt 316, dsto 318, fwug 319, kas 320,
        hctma 322, mntmt 324, mxtmt 326, sanicap 328, sqes 512, cqes 513, maxcmd 514,
        nn 516, oncs 520, fuses 522, fna 524, vwc 525, awun 526, awupf 528, icsvscc 530,
        nwpc 531, acwu 532, ocfs 534, sgls 536, mnan 540, subnqn 768,
    );
}

#[test]
fn identify_namespace_fields_lie_where_the_nvm_command_set_says() {
    offsets!(RawNamespace:
        nsze 0, ncap 8, nuse 16, nsfeat 24, nlbaf 25, flbas 26, mc 27, dpc 28, dps 29,
        nmic 30, rescap 31, fpi 32, dlfeat 33, nawun 34, nawupf 36, nacwu 38, nabsn 40,
        nabo 42, nabspf 44, noiob 46, nvmcap 48, npwg 64, npwa 66, npdg 68, npda 70,
        nows 72, mssrl 74, mcl 76, msrc 80, nulbaf 82, anagrpid 92, nsattr 99,
        nvmsetid 100, endgid 102, nguid 104, eui64 120, lbaf 128, vendor 384,
    );
}

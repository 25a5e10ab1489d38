// SPDX-License-Identifier: GPL-2.0
//! Identify Namespace: formats, sizes and limits, and any bytes.
//! seen to fail: `index <= formats`; the upper bits of FLBAS ignored, or used with 16 formats;
//! LBADS 8 or 13 accepted; no limit of the size; metadata accepted; NPWG without NSFEAT.

use crate::driver::nvme::identify::{Namespace, NamespaceError};
use proptest::prelude::*;

/// An Identify Namespace structure of 1000h blocks in one format of 512 bytes, changed by these.
fn parse(changes: &[(usize, &[u8])]) -> Result<Namespace, NamespaceError> {
    let mut data = [0u8; 4096];
    data[1] = 0x10;
    data[128 + 2] = 9;
    for (at, bytes) in changes {
        data[*at..*at + bytes.len()].copy_from_slice(bytes);
    }
    Namespace::parse(&data)
}

/// The bytes of an LBA format.
fn format(metadata: u16, lba_log2: u8) -> [u8; 4] {
    let [low, high] = metadata.to_le_bytes();
    [low, high, lba_log2, 0]
}

#[test]
fn a_plain_namespace_has_its_size() {
    let namespace = parse(&[(8, &[5]), (16, &[3])]).unwrap();
    assert_eq!(namespace.blocks(), 0x1000);
    assert_eq!(namespace.capacity_blocks(), 5);
    assert_eq!(namespace.used_blocks(), 3);
    assert_eq!(namespace.sectors(), 0x1000);
    assert_eq!((namespace.lba_log2(), namespace.lba_bytes()), (9, 512));
    assert_eq!(namespace.sectors_per_block_log2(), 0);
}

#[test]
fn only_blocks_of_512_to_4096_bytes_are_accepted() {
    for lba_log2 in 0..=255 {
        let got = parse(&[(128, &format(0, lba_log2))]);
        match lba_log2 {
            9..=12 => {
                let namespace = got.unwrap();
                assert_eq!(namespace.lba_bytes(), 1 << lba_log2);
                assert_eq!(namespace.sectors(), 0x1000 << (lba_log2 - 9));
                assert_eq!(namespace.sectors_per_block_log2(), lba_log2 - 9);
            }
            _ => assert_eq!(got, Err(NamespaceError::Lbads(lba_log2))),
        }
    }
}

#[test]
fn a_format_that_does_not_exist_is_refused() {
    for nlbaf in 0..16u8 {
        for index in 0..16u8 {
            let mut formats = [0u8; 64];
            for entry in formats.chunks_exact_mut(4) {
                entry.copy_from_slice(&format(0, 12));
            }
            let got = parse(&[(25, &[nlbaf]), (26, &[index]), (128, &formats)]);
            if index <= nlbaf {
                assert_eq!(got.unwrap().lba_log2(), 12);
            } else {
                let formats = nlbaf + 1;
                assert_eq!(got, Err(NamespaceError::Flbas { index, formats }));
            }
        }
    }
}

#[test]
fn the_upper_bits_of_the_index_count_with_more_than_16_formats_only() {
    // Index 17: lower half 1, upper half 1 at bit 5.
    let at_17 = (128 + 17 * 4, &format(0, 12)[..]);
    let at_1 = (128 + 4, &format(0, 11)[..]);
    let with = |nlbaf: u8, nulbaf: u8| {
        parse(&[(25, &[nlbaf]), (82, &[nulbaf]), (26, &[0x21]), at_17, at_1]).map(|n| n.lba_log2())
    };
    assert_eq!(with(17, 0), Ok(12));
    assert_eq!(with(15, 0), Ok(11));
    assert_eq!(with(15, 2), Ok(12));
    assert_eq!(
        with(16, 0),
        Err(NamespaceError::Flbas {
            index: 17,
            formats: 17
        })
    );
    // Index 63 is the last there is, whatever NLBAF says.
    let last = (128 + 63 * 4, &format(0, 10)[..]);
    let got = parse(&[(25, &[255]), (82, &[255]), (26, &[0x6f]), last]);
    assert_eq!(got.map(|n| n.lba_log2()), Ok(10));
}

#[test]
fn metadata_and_protection_are_refused_by_name() {
    let got = parse(&[(128, &format(8, 9))]);
    assert_eq!(got, Err(NamespaceError::Ms(8)));
    assert_eq!(parse(&[(29, &[2])]), Err(NamespaceError::Dps(2)));
    // Bit 3 alone says where protection information would be.
    assert!(parse(&[(29, &[8])]).is_ok());
    let text = NamespaceError::Ms(8).to_string();
    assert_eq!(text, "metadata of 8 bytes per block is not supported");
}

#[test]
fn sizes_up_to_a_signed_offset_are_accepted() {
    let with = |nsze: u64, lba_log2| {
        parse(&[(0, &nsze.to_le_bytes()), (128, &format(0, lba_log2))]).map(|n| n.sectors())
    };
    let most = (i64::MAX as u64) / 512;
    assert_eq!(with(most, 9), Ok(most));
    let refused = |blocks, lba_bytes| Err(NamespaceError::Nsze { blocks, lba_bytes });
    assert_eq!(with(most + 1, 9), refused(most + 1, 512));
    assert_eq!(with(u64::MAX, 12), refused(u64::MAX, 4096));
    assert_eq!(with(u64::MAX / 8 + 2, 12), refused(u64::MAX / 8 + 2, 4096));
    assert_eq!(with(most / 8, 12), Ok(most / 8 * 8));
    assert_eq!(with(0, 9), Err(NamespaceError::Inactive));
}

#[test]
fn features_are_one_bit_each() {
    let namespace = parse(&[(24, &[1]), (30, &[1]), (31, &[0x85]), (99, &[1])]).unwrap();
    assert!(namespace.is_thin() && namespace.is_shared() && namespace.is_read_only());
    assert_eq!(namespace.rescap(), 0x85);
    let namespace = parse(&[(24, &[0xfe]), (30, &[0xfe]), (99, &[0xfe])]).unwrap();
    assert!(!namespace.is_thin() && !namespace.is_shared() && !namespace.is_read_only());
    for (dlfeat, zero, deallocate) in [
        (0, false, false),
        (1, true, false),
        (9, true, true),
        (10, false, true),
    ] {
        let namespace = parse(&[(33, &[dlfeat])]).unwrap();
        assert_eq!(namespace.reads_zero_after_deallocate(), zero);
        assert_eq!(namespace.zeroes_may_deallocate(), deallocate);
    }
}

#[test]
fn what_the_namespace_likes_counts_only_if_it_says_so() {
    let sizes: &[u8] = &[7, 0, 6, 0, 5, 0, 4, 0, 0xff, 0xff];
    assert_eq!(parse(&[(64, sizes)]).unwrap().optimal(), None);
    let four_k = format(0, 12);
    let optimal = parse(&[(24, &[0x10]), (64, sizes), (128, &four_k)])
        .unwrap()
        .optimal()
        .unwrap();
    assert_eq!(optimal.write_granularity_bytes, 8 * 4096);
    assert_eq!(optimal.write_alignment_bytes, 7 * 4096);
    assert_eq!(optimal.deallocate_granularity_bytes, 6 * 4096);
    assert_eq!(optimal.deallocate_alignment_bytes, 5 * 4096);
    assert_eq!(optimal.write_size_bytes, 65536 * 4096);
    let namespace = parse(&[(36, &[7]), (46, &[0, 1])]).unwrap();
    assert_eq!(namespace.atomic_power_fail_blocks(), None);
    assert_eq!(namespace.boundary_blocks(), Some(256));
    let namespace = parse(&[(24, &[2]), (36, &[7])]).unwrap();
    assert_eq!(namespace.atomic_power_fail_blocks(), Some(8));
    assert_eq!(namespace.boundary_blocks(), None);
}

#[test]
fn identifiers_of_zeroes_are_none() {
    let namespace = parse(&[]).unwrap();
    assert_eq!((namespace.nguid(), namespace.eui64()), (None, None));
    let namespace = parse(&[(104, &[1; 16]), (120, &[2; 8])]).unwrap();
    assert_eq!(
        (namespace.nguid(), namespace.eui64()),
        (Some([1; 16]), Some([2; 8]))
    );
}

#[test]
fn bytes_of_a_device_that_is_gone_or_silent_are_refused() {
    assert_eq!(
        Namespace::parse(&[0xff; 4096]),
        Err(NamespaceError::Ms(0xffff))
    );
    assert_eq!(Namespace::parse(&[0; 4096]), Err(NamespaceError::Inactive));
    assert_eq!(Namespace::parse(&[0; 100]), Err(NamespaceError::Short(100)));
}

proptest! {
    #[test]
    fn any_bytes_give_a_disk_that_can_exist_or_an_error(
        mut data in prop::collection::vec(any::<u8>(), 4096),
        lba_log2 in 8u8..14,
        honest: bool,
    ) {
        if honest {
            (data[25], data[26], data[29], data[82]) = (0, 0, 0, 0);
            data[128..132].copy_from_slice(&format(0, lba_log2));
            data[7] = 0;
        }
        if let Ok(namespace) = Namespace::parse(&data) {
            prop_assert!((9..=12).contains(&namespace.lba_log2()));
            prop_assert!(namespace.sectors() > 0);
            prop_assert!(namespace.sectors().checked_mul(512).is_some_and(|bytes| bytes <= i64::MAX as u64));
            prop_assert_eq!(namespace.sectors() >> namespace.sectors_per_block_log2(), namespace.blocks());
            if let Some(optimal) = namespace.optimal() {
                prop_assert!(optimal.write_granularity_bytes >= namespace.lba_bytes());
            }
        }
    }
}

// SPDX-License-Identifier: GPL-2.0
//! The active namespace list and the descriptor list: honest ones, lying ones, any bytes.
//! seen to fail: `nsid < before` for `nsid <= before`; NN not looked at; the end at zero missed;
//! a descriptor's length not compared with what is left; the active list going on after an error.

use crate::driver::nvme::identify::{
    active_list, descriptors, Descriptor, DescriptorError, Ids, ListError, Namespace,
    ACTIVE_LIST_ENTRIES,
};
use proptest::prelude::*;

/// A list page with these identifiers.
fn page(nsids: &[u32]) -> [u8; 4096] {
    let mut data = [0; 4096];
    for (to, nsid) in data.chunks_exact_mut(4).zip(nsids) {
        to.copy_from_slice(&nsid.to_le_bytes());
    }
    data
}

#[test]
fn identifiers_come_in_order_up_to_the_first_zero() {
    let got: Vec<_> = active_list(&page(&[1, 3, 256, 0, 7]), 0, 256).collect();
    assert_eq!(got, [Ok(1), Ok(3), Ok(256)]);
    assert_eq!(active_list(&page(&[]), 0, 256).count(), 0);
}

#[test]
fn a_full_page_has_1024_identifiers() {
    let nsids: Vec<u32> = (1..=1024).collect();
    let got: Result<Vec<u32>, _> = active_list(&page(&nsids), 0, 5000).collect();
    assert_eq!(got, Ok(nsids));
    assert_eq!(ACTIVE_LIST_ENTRIES, 1024);
    let longer = [1u8; 8192];
    assert!(active_list(&longer, 0, u32::MAX).count() <= 1024);
}

#[test]
fn an_identifier_that_does_not_ascend_is_a_lie_and_ends_the_list() {
    let order = |before, nsid| Err(ListError::Order { before, nsid });
    let got: Vec<_> = active_list(&page(&[1, 2, 2, 3]), 0, 9).collect();
    assert_eq!(got, [Ok(1), Ok(2), order(2, 2)]);
    let got: Vec<_> = active_list(&page(&[5, 4, 6]), 0, 9).collect();
    assert_eq!(got, [Ok(5), order(5, 4)]);
    let got: Vec<_> = active_list(&page(&[3, 4]), 3, 9).collect();
    assert_eq!(got, [order(3, 3)]);
}

#[test]
fn an_identifier_above_nn_is_a_lie() {
    let got: Vec<_> = active_list(&page(&[1, 10]), 0, 9).collect();
    assert_eq!(got, [Ok(1), Err(ListError::AboveNn { nsid: 10, nn: 9 })]);
    let broadcast = active_list(&page(&[u32::MAX]), 0, 256).next();
    let text = broadcast.unwrap().unwrap_err().to_string();
    assert_eq!(
        text,
        "active list names namespace 4294967295, but nn is 256"
    );
}

/// A descriptor of this type.
fn descriptor(nidt: u8, id: &[u8]) -> Vec<u8> {
    let mut out = vec![nidt, id.len() as u8, 0, 0];
    out.extend_from_slice(id);
    out
}

#[test]
fn descriptors_are_told_apart_by_type() {
    let mut data = [
        descriptor(1, &[1; 8]),
        descriptor(2, &[2; 16]),
        descriptor(3, &[3; 16]),
        descriptor(4, &[2]),
        descriptor(9, &[1, 2, 3]),
    ]
    .concat();
    data.resize(4096, 0);
    let got: Vec<_> = descriptors(&data).map(Result::unwrap).collect();
    let want = [
        Descriptor::Eui64([1; 8]),
        Descriptor::Nguid([2; 16]),
        Descriptor::Uuid([3; 16]),
        Descriptor::Csi(2),
        Descriptor::Other(9),
    ];
    assert_eq!(got, want);
    let ids = Ids::parse(&data).unwrap();
    assert_eq!(ids.eui64, Some([1; 8]));
    assert_eq!(ids.nguid, Some([2; 16]));
    assert_eq!(ids.uuid, Some([3; 16]));
    assert_eq!(ids.csi, Some(2));
}

#[test]
fn a_type_or_length_of_zero_ends_the_list() {
    let data = [descriptor(0, &[9; 4]), descriptor(1, &[1; 8])].concat();
    assert_eq!(descriptors(&data).count(), 0);
    let data = [descriptor(1, &[]), descriptor(1, &[1; 8])].concat();
    assert_eq!(descriptors(&data).count(), 0);
}

#[test]
fn a_length_that_does_not_fit_the_type_is_a_lie_and_ends_the_list() {
    for (nidt, bytes) in [(1, 7), (1, 9), (2, 8), (3, 15), (4, 2)] {
        let data = [
            descriptor(nidt, &vec![1; bytes.into()]),
            descriptor(4, &[0]),
        ]
        .concat();
        let got: Vec<_> = descriptors(&data).collect();
        assert_eq!(got, [Err(DescriptorError::Length { nidt, bytes })]);
        assert!(Ids::parse(&data).is_err());
    }
}

#[test]
fn a_descriptor_beyond_the_end_is_a_lie() {
    let mut data = [descriptor(2, &[2; 16]), descriptor(3, &[3; 16])].concat();
    data.pop();
    let got: Vec<_> = descriptors(&data).collect();
    let overrun = DescriptorError::Overrun {
        offset: 20,
        bytes: 16,
    };
    assert_eq!(got, [Ok(Descriptor::Nguid([2; 16])), Err(overrun)]);
    let text = overrun.to_string();
    assert_eq!(
        text,
        "namespace descriptor of 16 bytes at offset 20 goes beyond the data"
    );
    // A rest too short for a header is the end, not a lie.
    assert_eq!(descriptors(&[1, 8, 0]).count(), 0);
}

#[test]
fn the_first_identifier_that_is_not_zero_counts() {
    let data = [
        descriptor(2, &[0; 16]),
        descriptor(2, &[5; 16]),
        descriptor(2, &[6; 16]),
    ]
    .concat();
    assert_eq!(Ids::parse(&data).unwrap().nguid, Some([5; 16]));
}

#[test]
fn identify_namespace_fills_in_what_the_list_did_not_say() {
    let mut data = [0u8; 4096];
    (data[1], data[130]) = (1, 9);
    data[104..120].fill(7);
    data[120..128].fill(8);
    let namespace = Namespace::parse(&data).unwrap();
    let ids = Ids::parse(&descriptor(2, &[5; 16]))
        .unwrap()
        .or_namespace(&namespace);
    assert_eq!(
        (ids.nguid, ids.eui64, ids.uuid),
        (Some([5; 16]), Some([8; 8]), None)
    );
}

#[test]
fn identifiers_contradict_where_both_are_known() {
    let (a, b) = (Some([1; 16]), Some([2; 16]));
    let ids = |uuid, nguid| Ids {
        uuid,
        nguid,
        ..Ids::default()
    };
    for whole in [false, true] {
        assert!(!ids(a, None).contradict(&ids(a, None), whole));
        assert!(ids(a, None).contradict(&ids(b, None), whole));
        assert!(ids(a, a).contradict(&ids(a, b), whole));
        // What is missing from a list that could not be read is not gone.
        assert_eq!(ids(a, None).contradict(&ids(None, None), whole), whole);
        assert_eq!(ids(None, a).contradict(&ids(a, None), whole), whole);
        assert!(!ids(None, None).contradict(&ids(None, None), whole));
    }
    let eui64 = |byte| Ids {
        eui64: Some([byte; 8]),
        ..Ids::default()
    };
    assert!(eui64(1).contradict(&eui64(2), false));
}

proptest! {
    #[test]
    fn any_list_is_ascending_and_within_nn(
        data in prop::collection::vec(any::<u8>(), 0..5000),
        after: u32,
        nn: u32,
    ) {
        let mut before = after;
        let mut ended = false;
        for nsid in active_list(&data, after, nn) {
            prop_assert!(!ended, "the list goes on after an error");
            match nsid {
                Ok(nsid) => {
                    prop_assert!(before < nsid && nsid <= nn);
                    before = nsid;
                }
                Err(_) => ended = true,
            }
        }
    }

    #[test]
    fn ascending_lists_are_read_whole(mut nsids in prop::collection::vec(1u32.., 0..1024)) {
        nsids.sort_unstable();
        nsids.dedup();
        let got: Result<Vec<u32>, _> = active_list(&page(&nsids), 0, u32::MAX).collect();
        prop_assert_eq!(got, Ok(nsids));
    }

    #[test]
    fn any_descriptors_end(data in prop::collection::vec(0u8..20, 0..4096)) {
        let mut used = 0;
        let mut ended = false;
        for descriptor in descriptors(&data) {
            prop_assert!(!ended, "the list goes on after an error");
            ended = descriptor.is_err();
            used += 5;
        }
        prop_assert!(ended || used <= data.len() + 4);
        let _ = Ids::parse(&data);
    }

    #[test]
    fn descriptors_are_read_back(ids in prop::collection::vec((5u8.., prop::collection::vec(any::<u8>(), 1..255)), 0..12)) {
        let data: Vec<u8> = ids.iter().flat_map(|(nidt, id)| descriptor(*nidt, id)).collect();
        let got: Vec<_> = descriptors(&data).collect();
        let want: Vec<_> = ids.iter().map(|(nidt, _)| Ok(Descriptor::Other(*nidt))).collect();
        prop_assert_eq!(got, want);
    }
}

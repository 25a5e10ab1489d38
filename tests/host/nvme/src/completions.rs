// SPDX-License-Identifier: GPL-2.0
//! Completion entries, the phase rule, head and tail going round.
//! seen to fail: phase taken from bit 15; the phase not flipped at the wrap; `next > entries` for
//! `next >= entries`; status shifted by 16.

use crate::driver::nvme::completion::{
    advance_tail, AsyncEvent, Completion, Head, LastDword, Phase,
};
use proptest::prelude::*;
use zerocopy::FromBytes;

#[test]
fn an_entry_is_read_field_by_field() {
    let bytes: [u8; 16] = [
        0x01, 0x02, 0x03, 0x04, // DW0
        0x05, 0x06, 0x07, 0x08, // DW1
        0x34, 0x12, // SQ head
        0x78, 0x56, // SQ identifier
        0xcd, 0xab, // CID
        0x03, 0xc2, // phase 1, code 1, type 1, M and DNR
    ];
    let entry = Completion::read_from_bytes(&bytes).unwrap();
    assert_eq!(entry.dw0(), 0x0403_0201);
    assert_eq!(entry.dw1(), 0x0807_0605);
    assert_eq!(entry.result(), 0x0807_0605_0403_0201);
    assert_eq!(entry.sq_head(), 0x1234);
    assert_eq!(entry.sqid(), 0x5678);
    assert_eq!(entry.last().cid(), 0xabcd);
    assert_eq!(entry.last().phase(), Phase::FIRST);
    let status = entry.last().status();
    assert_eq!((status.code_type(), status.code()), (1, 1));
    assert!(status.more() && status.dnr());
}

#[test]
fn a_zeroed_ring_has_nothing_new() {
    assert!(!Head::START.is_new(LastDword(0)));
    assert!(Head::START.is_new(LastDword(1 << 16)));
}

/// A device that writes completions into a ring, and a consumer that reads them.
fn runs(entries: u32, bursts: &[u32]) {
    let mut ring = vec![LastDword(0); entries as usize];
    let (mut head, mut produced, mut consumed) = (Head::START, 0u32, 0u32);
    for &burst in bursts {
        // One entry stays free, as the submission side guarantees.
        for _ in 0..burst.min(entries - 1) {
            let pass = produced / entries;
            let phase = if pass % 2 == 0 { 1 << 16 } else { 0 };
            ring[(produced % entries) as usize] = LastDword(phase | produced & 0xffff);
            produced += 1;
        }
        loop {
            assert!(u32::from(head.index()) < entries);
            let entry = ring[usize::from(head.index())];
            if !head.is_new(entry) {
                break;
            }
            assert_eq!(u32::from(entry.cid()), consumed & 0xffff);
            consumed += 1;
            assert!(consumed <= produced, "an old entry was taken for a new one");
            head = head.advance(entries);
        }
        assert_eq!(consumed, produced, "a new entry was not seen");
        assert_eq!(u32::from(head.index()), produced % entries);
    }
}

#[test]
fn the_largest_ring_goes_round() {
    runs(65536, &[65535, 2, 65535, 3]);
}

#[test]
fn tail_of_the_largest_ring_goes_round() {
    assert_eq!(advance_tail(65534, 65536), 65535);
    assert_eq!(advance_tail(65535, 65536), 0);
}

#[test]
fn an_event_names_type_information_and_log() {
    let event = AsyncEvent(0x0004_0002);
    assert_eq!(event.kind(), AsyncEvent::NOTICE);
    assert_eq!(event.info(), AsyncEvent::NAMESPACES_CHANGED);
    assert_eq!(event.log_page(), 4);
    assert_eq!(AsyncEvent(0xfff8).kind(), 0);
}

proptest! {
    #[test]
    fn every_entry_is_seen_once_and_in_order(
        entries in 2u32..70,
        bursts in prop::collection::vec(0u32..70, 1..40),
    ) {
        runs(entries, &bursts);
    }

    #[test]
    fn tail_visits_every_slot_and_stays_inside(entries in 2u32..=4096) {
        let mut tail = 0;
        for step in 1..=entries {
            tail = advance_tail(tail, entries);
            prop_assert_eq!(u32::from(tail), step % entries);
        }
    }

    #[test]
    fn a_position_beyond_the_ring_comes_back_inside(tail: u16, entries in 2u32..=65536) {
        prop_assert!(u32::from(advance_tail(tail, entries)) < entries);
    }

    #[test]
    fn the_three_parts_of_the_last_dword_are_apart(cid: u16, phase: bool, status in 0u16..0x8000) {
        let last = LastDword(u32::from(cid) | u32::from(phase) << 16 | u32::from(status) << 17);
        prop_assert_eq!(last.cid(), cid);
        prop_assert_eq!(last.phase() == Phase::FIRST, phase);
        prop_assert_eq!(last.status().bits(), status);
    }
}

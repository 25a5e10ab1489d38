// SPDX-License-Identifier: GPL-2.0
//! The event index rule and the places of shadow values.
//! seen to fail: `<=` for `<` in need_event; the index compared without the minus one; stride
//! ignored in the slot offset; a slot that crosses the end of the page accepted.

use crate::driver::nvme::page::PageSize;
use crate::driver::nvme::reg::Side;
use crate::driver::nvme::shadow::{need_event, slot_offset};
use proptest::prelude::*;

/// The rule in words: the index is one of the positions that were left behind.
fn passed(event_idx: u16, new: u16, old: u16) -> bool {
    let mut at = old;
    while at != new {
        if at == event_idx {
            return true;
        }
        at = at.wrapping_add(1);
    }
    false
}

#[test]
fn the_doorbell_is_needed_when_the_index_was_passed() {
    assert!(need_event(0, 1, 0));
    assert!(!need_event(1, 1, 0));
    assert!(!need_event(5, 5, 5));
    assert!(need_event(0xffff, 1, 0xfffe));
    assert!(!need_event(2, 1, 0xfffe));
}

#[test]
fn the_rule_holds_for_every_small_step_round_the_wrap() {
    for old in 0xfff0..=0xffffu16 {
        for step in 0..32 {
            let new = old.wrapping_add(step);
            for index in 0xffe0..=0xffffu16 {
                for event_idx in [index, index.wrapping_add(0x40)] {
                    let got = need_event(event_idx, new, old);
                    assert_eq!(got, passed(event_idx, new, old), "{event_idx} {new} {old}");
                }
            }
        }
    }
}

#[test]
fn slots_lie_as_doorbells_do() {
    let page = PageSize::DEFAULT;
    assert_eq!(slot_offset(4, 0, Side::Sq, page), Some(0));
    assert_eq!(slot_offset(4, 0, Side::Cq, page), Some(4));
    assert_eq!(slot_offset(4, 3, Side::Sq, page), Some(24));
    assert_eq!(slot_offset(16, 3, Side::Cq, page), Some(112));
}

#[test]
fn queues_that_do_not_fit_the_page_have_no_slot() {
    let page = PageSize::DEFAULT;
    assert_eq!(slot_offset(4, 511, Side::Cq, page), Some(4092));
    assert_eq!(slot_offset(4, 512, Side::Sq, page), None);
    assert_eq!(slot_offset(131_072, 0, Side::Sq, page), Some(0));
    assert_eq!(slot_offset(131_072, 0, Side::Cq, page), None);
    // Not what a device can have, but no reason to accept half a slot.
    assert_eq!(slot_offset(4094, 0, Side::Cq, page), None);
}

proptest! {
    #[test]
    fn the_rule_is_whether_the_index_was_passed(event_idx: u16, new: u16, old: u16) {
        prop_assert_eq!(need_event(event_idx, new, old), passed(event_idx, new, old));
    }

    #[test]
    fn a_slot_is_inside_the_page(stride: u32, qid: u16, cq: bool, log2 in 12u8..=16) {
        let page = PageSize::new(log2).unwrap();
        let side = if cq { Side::Cq } else { Side::Sq };
        let place = (u64::from(qid) * 2 + u64::from(cq)) * u64::from(stride);
        let want = (place + 4 <= page.bytes()).then_some(place);
        prop_assert_eq!(slot_offset(stride, qid, side, page).map(|at| at as u64), want);
    }
}

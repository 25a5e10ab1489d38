// SPDX-License-Identifier: GPL-2.0
//! Registers: each field against a value composed by hand, and doorbells for every stride.
//! seen to fail: TO read from bit 23; DSTRD taken as bytes; MPS not reduced by 12; SHN at bit 13;
//! a doorbell offset without the 1000h; the admin queue's pair counted as an I/O queue's.

use crate::driver::nvme::page::PageSize;
use crate::driver::nvme::reg::{
    doorbell_offset, io_queues_in_bar, Aqa, Cap, Cc, Csts, Shutdown, Side, Vs,
};
use proptest::prelude::*;

/// What QEMU 11 says: MQES 2047, CQR, TO 15, CSS NVM and all and admin-only bit clear, MPSMAX 4.
const QEMU: Cap = Cap(0x0040_0060_0f01_07ff | 1 << 43);

#[test]
fn fields_of_cap_lie_where_the_specification_says() {
    assert_eq!(Cap(0xffff).max_entries(), 65536);
    assert_eq!(Cap(0xffff).max_entries_z(), 65535);
    assert!(Cap(1 << 16).needs_contiguous_queues());
    assert_eq!(Cap(0x0f << 24).timeout_ms(), 7500);
    assert_eq!(Cap(0xff << 24).timeout_ms(), 127_500);
    assert_eq!(Cap(5 << 32).doorbell_stride(), 128);
    assert!(Cap(1 << 36).supports_subsystem_reset());
    assert!(Cap(1 << 37).supports_nvm_css());
    assert!(Cap(1 << 43).supports_all_css());
    assert!(Cap(1 << 44).is_admin_only());
    assert_eq!(Cap(2 << 48).page_min_log2(), 14);
    assert_eq!(Cap(15 << 52).page_max_log2(), 27);
    assert!(Cap(1 << 59).has_ready_timeouts());
    assert!(Cap(1 << 60).has_ready_timeouts());
}

#[test]
fn fields_of_cap_do_not_reach_into_each_other() {
    let field = |low: u32, width: u32| Cap(!((1u64 << width) - 1 << low));
    assert_eq!(field(0, 16).max_entries(), 1);
    assert!(!field(16, 1).needs_contiguous_queues());
    assert_eq!(field(24, 8).timeout_ms(), 500);
    assert_eq!(field(32, 4).doorbell_stride(), 4);
    assert!(!field(36, 1).supports_subsystem_reset());
    assert!(!field(37, 1).supports_nvm_css());
    assert!(!field(43, 1).supports_all_css());
    assert!(!field(44, 1).is_admin_only());
    assert_eq!(field(48, 4).page_min_log2(), 12);
    assert_eq!(field(52, 4).page_max_log2(), 12);
    assert!(!field(59, 2).has_ready_timeouts());
}

#[test]
fn a_timeout_is_never_zero_and_crto_can_only_raise_it() {
    assert_eq!(Cap(0).timeout_ms(), 500);
    let cap = Cap(4 << 24 | 1 << 59);
    assert_eq!(cap.ready_timeout_ms(2), 2000);
    assert_eq!(cap.ready_timeout_ms(9), 4500);
    assert_eq!(cap.ready_timeout_ms(u32::MAX), 2000);
    assert_eq!(Cap(4 << 24).ready_timeout_ms(9), 2000);
}

#[test]
fn the_page_is_4_kib_or_the_smallest_that_the_device_can() {
    assert_eq!(QEMU.page_size(), Some(PageSize::DEFAULT));
    assert_eq!(Cap(4 << 48 | 4 << 52).page_size(), PageSize::new(16));
    assert_eq!(Cap(5 << 48 | 5 << 52).page_size(), None);
    assert_eq!(Cap(1 << 48).page_size(), None);
}

#[test]
fn page_sizes_are_4_to_64_kib() {
    for log2 in 0..=255 {
        let page = PageSize::new(log2);
        assert_eq!(page.is_some(), (12..=16).contains(&log2));
        if let Some(page) = page {
            assert_eq!(page.bytes(), 1 << log2);
            assert_eq!(page.mask(), page.bytes() - 1);
            assert_eq!(page.entries() as u64, page.bytes() / 8);
        }
    }
}

#[test]
fn cc_enables_with_entry_sizes_page_and_command_set() {
    let page = PageSize::DEFAULT;
    assert_eq!(Cc::enabled(page, Cap(1 << 37)).0, 0x0046_0001);
    assert_eq!(Cc::enabled(page, QEMU).0, 0x0046_0061);
    let page = PageSize::new(16).unwrap();
    assert_eq!(Cc::enabled(page, Cap(1 << 37)).0, 0x0046_0201);
    assert!(Cc::enabled(page, QEMU).is_enabled());
    assert!(!Cc::DISABLED.is_enabled());
}

#[test]
fn cc_changes_one_field_at_a_time() {
    let on = Cc::enabled(PageSize::DEFAULT, QEMU);
    assert_eq!(on.without_enable().0, on.0 - 1);
    assert_eq!(on.with_shutdown(Shutdown::Normal).0, on.0 | 0x4000);
    let abrupt = on.with_shutdown(Shutdown::Abrupt);
    assert_eq!(abrupt.0, on.0 | 0x8000);
    assert_eq!(abrupt.with_shutdown(Shutdown::Normal).0, on.0 | 0x4000);
}

#[test]
fn csts_bits_lie_where_the_specification_says() {
    assert!(Csts(1).is_ready() && !Csts(!1).is_ready());
    assert!(Csts(2).is_fatal() && !Csts(!2).is_fatal());
    for (shst, complete) in [(0, false), (1, false), (2, true), (3, false)] {
        assert_eq!(Csts(shst << 2).is_shutdown_complete(), complete);
        assert_eq!(Csts(!12 | shst << 2).is_shutdown_complete(), complete);
    }
    assert!(Csts(16).is_subsystem_reset() && !Csts(!16).is_subsystem_reset());
    assert!(Csts(32).is_paused() && !Csts(!32).is_paused());
}

#[test]
fn all_ones_means_gone() {
    assert!(Csts(u32::MAX).is_gone() && !Csts(u32::MAX - 1).is_gone());
    assert!(Cap(u64::MAX).is_gone() && !Cap(u64::MAX >> 1).is_gone());
}

#[test]
fn admin_queues_have_2_to_4096_entries() {
    assert_eq!(Aqa::new(32), Some(Aqa(0x001f_001f)));
    assert_eq!(Aqa::new(4096), Some(Aqa(0x0fff_0fff)));
    assert_eq!(Aqa::new(2), Some(Aqa(0x0001_0001)));
    assert_eq!(Aqa::new(1), None);
    assert_eq!(Aqa::new(4097), None);
}

#[test]
fn versions_are_shown_and_compared() {
    assert_eq!(Vs(0x0002_0001).to_string(), "2.0.1");
    assert_eq!(Vs(0x0001_0400).to_string(), "1.4.0");
    assert!(Vs::V1_3 > Vs(0x0001_0201));
    assert!(Vs(0x0002_0000) > Vs::V1_3);
}

#[test]
fn doorbells_lie_where_the_stride_puts_them() {
    assert_eq!(doorbell_offset(4, 0, Side::Sq), Some(0x1000));
    assert_eq!(doorbell_offset(4, 0, Side::Cq), Some(0x1004));
    assert_eq!(doorbell_offset(4, 1, Side::Sq), Some(0x1008));
    assert_eq!(doorbell_offset(64, 3, Side::Cq), Some(0x1000 + 7 * 64));
}

#[test]
fn a_bar_holds_a_pair_for_the_admin_queue_and_one_for_each_io_queue() {
    assert_eq!(io_queues_in_bar(0x1000, 4), 0);
    assert_eq!(io_queues_in_bar(0x1008, 4), 0);
    assert_eq!(io_queues_in_bar(0x1010, 4), 1);
    assert_eq!(io_queues_in_bar(0x2000, 4), 511);
    assert_eq!(io_queues_in_bar(0, 4), 0);
    assert_eq!(io_queues_in_bar(0x2000, 0), 0);
}

proptest! {
    #[test]
    fn every_doorbell_of_a_counted_queue_is_inside_the_bar(
        bar in 0usize..0x20_0000,
        dstrd in 0u64..16,
        qid in 1u16..,
    ) {
        let stride = Cap(dstrd << 32).doorbell_stride();
        let fits = u32::from(qid) <= io_queues_in_bar(bar, stride);
        let inside = doorbell_offset(stride, qid, Side::Cq)
            .is_some_and(|at| at + stride as usize <= bar);
        prop_assert_eq!(fits, inside);
    }

    #[test]
    fn doorbells_are_a_stride_apart_or_refused(stride: u32, qid: u16) {
        let sq = doorbell_offset(stride, qid, Side::Sq);
        let cq = doorbell_offset(stride, qid, Side::Cq);
        let want = 0x1000 + 2 * u64::from(qid) * u64::from(stride);
        if let Some(at) = sq {
            prop_assert_eq!(at as u64, want);
        }
        if let (Some(sq), Some(cq)) = (sq, cq) {
            prop_assert_eq!(cq - sq, stride as usize);
        }
        prop_assert_eq!(sq.is_none(), 2 * u64::from(qid) * u64::from(stride) > u32::MAX.into());
    }

    #[test]
    fn no_value_of_a_register_breaks_a_getter(cap: u64, csts: u32, crto: u32) {
        let cap = Cap(cap);
        prop_assert!((500..=127_500).contains(&cap.timeout_ms()));
        prop_assert!((500..=32_767_500).contains(&cap.ready_timeout_ms(crto)));
        prop_assert!(cap.doorbell_stride().is_power_of_two());
        prop_assert!((4..=131_072).contains(&cap.doorbell_stride()));
        prop_assert!((12..=27).contains(&cap.page_min_log2()));
        prop_assert!((12..=27).contains(&cap.page_max_log2()));
        prop_assert_eq!(Csts(csts).is_ready(), csts % 2 == 1);
    }
}

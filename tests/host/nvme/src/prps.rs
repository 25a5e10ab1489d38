// SPDX-License-Identifier: GPL-2.0
//! PRPs against an independent walker that reads them like a device.
//! seen to fail: a page that chains one entry too early; the entry that makes room for the link lost;
//! the link in the wrong page; no check of a middle segment's start, or of its end; `one_segment`
//! one byte off at one page, and at two.

use crate::driver::nvme::page::PageSize;
use crate::driver::nvme::prp::{build, entries, list_pages, one_segment, Builder, PrpError, Prps};
use crate::walker::{cut, walk, Memory, LISTS, POISON};
use proptest::prelude::*;

/// Builds PRPs and checks that a device finds the same memory behind them.
fn check(page: PageSize, segments: &[(u64, u32)]) {
    let mut memory = Memory::new(page, usize::MAX);
    let prps = build(page, u32::MAX, segments.iter().copied(), &mut memory).unwrap();
    let bytes = segments.iter().map(|&(_, len)| u64::from(len)).sum();
    let want = cut(page, segments);
    assert_eq!(walk(page, prps, bytes, &memory), want);
    let count = entries(page, segments[0].0, bytes);
    assert_eq!(count, want.len() as u64);
    assert_eq!(list_pages(page, count), memory.pages.len() as u64);
}

/// `count` pages that are not neighbours, the first used from `offset` on, the last up to
/// `end` bytes.
fn scattered(page: PageSize, count: u64, offset: u64, end: u64) -> Vec<(u64, u32)> {
    (0..count)
        .map(|n| {
            let base = 0x1_0000_0000 + n * 3 * page.bytes();
            let from = if n == 0 { offset } else { 0 };
            let to = if n + 1 == count {
                end.max(from + 1)
            } else {
                page.bytes()
            };
            (base + from, (to - from) as u32)
        })
        .collect()
}

#[test]
fn one_page_needs_prp1_alone() {
    let mut memory = Memory::new(PageSize::DEFAULT, 0);
    let prps = build(PageSize::DEFAULT, 8, [(0x1200, 0xe00)], &mut memory);
    assert_eq!(
        prps,
        Ok(Prps {
            prp1: 0x1200,
            prp2: 0,
            pages: 0
        })
    );
}

#[test]
fn two_pages_need_no_list() {
    let mut memory = Memory::new(PageSize::DEFAULT, 0);
    let prps = build(
        PageSize::DEFAULT,
        8,
        [(0x1200, 0xe00), (0x9000, 4)],
        &mut memory,
    );
    assert_eq!(
        prps,
        Ok(Prps {
            prp1: 0x1200,
            prp2: 0x9000,
            pages: 0
        })
    );
}

#[test]
fn three_pages_need_a_list_of_two() {
    let mut memory = Memory::new(PageSize::DEFAULT, 1);
    let prps = build(PageSize::DEFAULT, 8, [(0x1ffc, 0x1005)], &mut memory);
    assert_eq!(
        prps,
        Ok(Prps {
            prp1: 0x1ffc,
            prp2: LISTS,
            pages: 1
        })
    );
    assert_eq!(memory.pages[0].1[..3], [0x2000, 0x3000, POISON]);
}

#[test]
fn every_number_of_pages_up_to_three_lists_is_read_back() {
    for count in 1..=1600 {
        check(
            PageSize::DEFAULT,
            &scattered(PageSize::DEFAULT, count, 0, 4096),
        );
    }
}

#[test]
fn a_page_of_which_all_entries_are_used_does_not_chain() {
    // 1 + 512: the list fills its page; one more needs a second page for the last two.
    for (count, pages) in [
        (513, 1),
        (514, 2),
        (1024, 2),
        (1025, 3),
        (1535, 3),
        (1536, 4),
    ] {
        let mut memory = Memory::new(PageSize::DEFAULT, usize::MAX);
        let segments = scattered(PageSize::DEFAULT, count, 0, 4096);
        build(PageSize::DEFAULT, u32::MAX, segments, &mut memory).unwrap();
        assert_eq!(memory.pages.len(), pages, "{count} entries");
    }
}

#[test]
fn larger_pages_are_read_back_too() {
    for log2 in 12..=16 {
        let page = PageSize::new(log2).unwrap();
        let full = page.entries() as u64;
        for count in [1, 2, 3, full, full + 1, full + 2, 2 * full, 2 * full + 1] {
            check(page, &scattered(page, count, page.bytes() - 4, 1));
            check(page, &scattered(page, count, 4, page.bytes()));
        }
    }
}

#[test]
fn what_breaks_the_rules_is_named() {
    let page = PageSize::DEFAULT;
    let try_with = |limit, segments: &[(u64, u32)]| {
        let mut memory = Memory::new(page, 1);
        build(page, limit, segments.iter().copied(), &mut memory).unwrap_err()
    };
    assert_eq!(try_with(9, &[]), PrpError::NoSegment);
    assert_eq!(try_with(9, &[(0x1000, 0)]), PrpError::Length(0x1000));
    assert_eq!(try_with(9, &[(0x1002, 8)]), PrpError::Dword(0x1002));
    assert_eq!(
        try_with(9, &[(0x1000, 4096), (0x3004, 8)]),
        PrpError::Start(0x3004)
    );
    assert_eq!(
        try_with(9, &[(0x1000, 8), (0x3000, 8)]),
        PrpError::End(0x1008)
    );
    assert_eq!(
        try_with(9, &[(u64::MAX - 3, 5)]),
        PrpError::Wraps(u64::MAX - 3)
    );
    assert_eq!(try_with(2, &[(0x1000, 8193)]), PrpError::TooLong(2));
    assert_eq!(try_with(9, &[(0, 515 * 4096)]), PrpError::TooLong(9));
    assert_eq!(
        try_with(999, &[(0, 515 * 4096)]),
        PrpError::Sink("none left")
    );
    let text = try_with(9, &[(0x1000, 8), (0x3000, 8)]).to_string();
    assert_eq!(text, "segment ends at 0x1008, inside a page");
}

#[test]
fn the_last_page_of_the_address_space_can_be_used() {
    let last = u64::MAX - 4095;
    let mut memory = Memory::new(PageSize::DEFAULT, 0);
    let prps = build(PageSize::DEFAULT, 8, [(last - 4096, 8192)], &mut memory);
    assert_eq!(
        prps,
        Ok(Prps {
            prp1: last - 4096,
            prp2: last,
            pages: 0
        })
    );
    let mut memory = Memory::new(PageSize::DEFAULT, 0);
    let prps = build(PageSize::DEFAULT, 8, [(last, 4096)], &mut memory);
    assert_eq!(
        prps,
        Ok(Prps {
            prp1: last,
            prp2: 0,
            pages: 0
        })
    );
}

#[test]
fn running_out_of_list_pages_is_an_error_at_each_of_them() {
    let segments = scattered(PageSize::DEFAULT, 1600, 0, 4096);
    for limit in 0.. {
        let mut memory = Memory::new(PageSize::DEFAULT, limit);
        match build(
            PageSize::DEFAULT,
            u32::MAX,
            segments.iter().copied(),
            &mut memory,
        ) {
            Err(error) => assert_eq!(
                (error, memory.pages.len()),
                (PrpError::Sink("none left"), limit)
            ),
            Ok(prps) => {
                assert_eq!((limit, prps.pages), (4, 4));
                break;
            }
        }
    }
}

/// Segments that keep the rules: page numbers and counts, an offset at the start, a rest at the
/// end.
fn lawful(page: PageSize) -> impl Strategy<Value = Vec<(u64, u32)>> {
    let size = page.bytes();
    let runs = prop::collection::vec(
        (1u64..1 << 36, prop_oneof![4 => 1u64..4, 1 => 1u64..600]),
        1..60,
    );
    (runs, 0..size / 4, 0..size).prop_map(move |(runs, first, cut)| {
        let last = runs.len() - 1;
        let mut segments: Vec<(u64, u32)> = runs
            .iter()
            .map(|&(number, pages)| (number * size, (pages * size) as u32))
            .collect();
        segments[0].0 += first * 4;
        segments[0].1 -= (first * 4) as u32;
        segments[last].1 -= (cut.min(u64::from(segments[last].1) - 1)) as u32;
        segments
    })
}

proptest! {
    #[test]
    fn lawful_segments_are_read_back(
        (log2, segments) in (12u8..=16).prop_flat_map(|log2| {
            (Just(log2), lawful(PageSize::new(log2).unwrap()))
        }),
    ) {
        check(PageSize::new(log2).unwrap(), &segments);
    }

    #[test]
    fn whatever_is_accepted_is_read_back(
        segments in prop::collection::vec(
            (
                prop_oneof![any::<u64>(), (0u64..99).prop_map(|n| n << 12), (0u64..9999).prop_map(|n| n << 2)],
                prop_oneof![0u32..0x40_0000, (0u32..9).prop_map(|n| n << 12)],
            ),
            1..5,
        ),
    ) {
        let page = PageSize::DEFAULT;
        let mut memory = Memory::new(page, 3);
        if let Ok(prps) = build(page, 1025, segments.iter().copied(), &mut memory) {
            let bytes = segments.iter().map(|&(_, len)| u64::from(len)).sum();
            prop_assert_eq!(walk(page, prps, bytes, &memory), cut(page, &segments));
        }
    }

    #[test]
    fn the_short_cut_agrees_with_the_long_way(
        addr in prop_oneof![any::<u64>(), (0u64..0x4000).prop_map(|n| u64::MAX - n), 0u64..0x4000],
        len in prop_oneof![any::<u32>(), 0u32..0x3000],
        log2 in 12u8..=16,
    ) {
        let page = PageSize::new(log2).unwrap();
        let mut memory = Memory::new(page, 0);
        let long = build(page, 2, [(addr, len)], &mut memory).ok();
        prop_assert_eq!(one_segment(page, addr, len), long.map(|prps| (prps.prp1, prps.prp2)));
    }

    #[test]
    fn list_pages_hold_their_entries_and_one_fewer_would_not(count in 3u64..200_000) {
        let held = |pages: u64| pages * 511 + 1;
        let pages = list_pages(PageSize::DEFAULT, count);
        prop_assert!(held(pages) >= count - 1);
        prop_assert!(pages == 1 || held(pages - 1) < count - 1);
    }
}

#[test]
fn the_short_cut_agrees_with_the_long_way_around_one_and_two_pages() {
    let page = PageSize::DEFAULT;
    for offset in 0..=4096u32 {
        let lens = [4096, 8192].map(|end: u32| end.saturating_sub(offset));
        for len in lens.iter().flat_map(|&len| len.saturating_sub(5)..=len + 5) {
            let addr = 0x8000 + u64::from(offset);
            let mut memory = Memory::new(page, 0);
            let long = build(page, 2, [(addr, len)], &mut memory).ok();
            let long = long.map(|prps| (prps.prp1, prps.prp2));
            assert_eq!(one_segment(page, addr, len), long, "{addr:#x} {len}");
        }
    }
}

#[test]
fn a_builder_without_segments_gives_nothing() {
    assert_eq!(Builder::new(PageSize::DEFAULT, 8).finish(), None);
    assert_eq!(list_pages(PageSize::DEFAULT, 0), 0);
    assert_eq!(list_pages(PageSize::DEFAULT, 2), 0);
    assert_eq!(
        entries(PageSize::DEFAULT, u64::MAX, u64::MAX),
        u64::MAX >> 12
    );
}

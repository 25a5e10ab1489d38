// SPDX-License-Identifier: GPL-2.0
//! PRPs against an independent walker that reads them like a device.
//! seen to fail: a full page that always chains; a link one entry too early; the entry that makes
//! room for the link lost; PRP2 as a list for exactly two pages; no check of a middle segment's
//! start, or of its end; `one_segment` allowing one byte more.

use crate::driver::nvme::page::PageSize;
use crate::driver::nvme::prp::{
    build, entries, list_pages, one_segment, Builder, ListSink, PrpError, Prps,
};
use proptest::prelude::*;
use std::collections::HashMap;

/// What a list entry holds before it is written; no test uses it as an address.
const POISON: u64 = 0xdead_dead_dead_dead;
/// Bus address of the first list page; the others lie apart, in descending order.
const LISTS: u64 = 0x7fff_ff00_0000;

/// List pages in a memory of their own.
struct Memory {
    page: PageSize,
    /// Address and entries of each page, in the order taken.
    pages: Vec<(u64, Vec<u64>)>,
    /// Pages that can be taken.
    limit: usize,
}

impl Memory {
    fn new(page: PageSize, limit: usize) -> Self {
        Self {
            page,
            pages: Vec::new(),
            limit,
        }
    }
}

impl ListSink for Memory {
    type Error = &'static str;

    fn page(&mut self) -> Result<u64, Self::Error> {
        if self.pages.len() == self.limit {
            return Err("none left");
        }
        let address = LISTS - self.pages.len() as u64 * 2 * self.page.bytes();
        self.pages.push((address, vec![POISON; self.page.entries()]));
        Ok(address)
    }

    fn put(&mut self, page: u32, index: usize, entry: u64) {
        let newest = self.pages.len() - 1;
        let page = page as usize;
        assert!(page == newest || page + 1 == newest, "page {page} of {newest}");
        self.pages[page].1[index] = entry;
    }
}

/// Reads PRPs as Base 4.1.1 tells a device to, and returns the pieces of memory that they name.
fn walk(page: PageSize, prps: Prps, bytes: u64, memory: &Memory) -> Vec<(u64, u64)> {
    let size = page.bytes();
    let lists: HashMap<u64, &Vec<u64>> = memory.pages.iter().map(|(at, list)| (*at, list)).collect();
    assert_eq!(prps.prp1 % 4, 0, "prp1 is not dword aligned");
    let mut left = bytes;
    let mut pieces = Vec::new();
    let mut take = |at: u64, room: u64, left: &mut u64| {
        let piece = room.min(*left);
        pieces.push((at, piece));
        *left -= piece;
    };
    take(prps.prp1, size - prps.prp1 % size, &mut left);
    let data = |entry: u64| {
        assert_ne!(entry, POISON, "an entry that was never written");
        assert_eq!(entry % size, 0, "an entry inside a page");
        entry
    };
    if left == 0 {
        assert_eq!(prps.prp2, 0, "prp2 is reserved for one page");
    } else if left <= size {
        take(data(prps.prp2), size, &mut left);
    } else {
        let (mut list, mut index, mut visited) = (lists[&prps.prp2], 0, 1);
        while left > 0 {
            let entry = list[index];
            if index + 1 == list.len() && left > size {
                list = lists[&entry];
                (index, visited) = (0, visited + 1);
                continue;
            }
            take(data(entry), size, &mut left);
            index += 1;
        }
        assert_eq!(visited, memory.pages.len(), "list pages taken but not used");
        let unwritten = list[index..].iter().all(|&entry| entry == POISON);
        assert!(unwritten, "entries written beyond the end");
    }
    assert_eq!(prps.pages as usize, memory.pages.len());
    pieces
}

/// The same pieces, made of the segments: cut at page boundaries.
fn cut(page: PageSize, segments: &[(u64, u32)]) -> Vec<(u64, u64)> {
    let size = page.bytes();
    let mut pieces = Vec::new();
    for &(start, len) in segments {
        let (mut at, mut left) = (start, u64::from(len));
        while left > 0 {
            let piece = (size - at % size).min(left);
            pieces.push((at, piece));
            at = at.wrapping_add(piece);
            left -= piece;
        }
    }
    pieces
}

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
            let to = if n + 1 == count { end.max(from + 1) } else { page.bytes() };
            (base + from, (to - from) as u32)
        })
        .collect()
}

#[test]
fn one_page_needs_prp1_alone() {
    let mut memory = Memory::new(PageSize::DEFAULT, 0);
    let prps = build(PageSize::DEFAULT, 8, [(0x1200, 0xe00)], &mut memory);
    assert_eq!(prps, Ok(Prps { prp1: 0x1200, prp2: 0, pages: 0 }));
}

#[test]
fn two_pages_need_no_list() {
    let mut memory = Memory::new(PageSize::DEFAULT, 0);
    let prps = build(PageSize::DEFAULT, 8, [(0x1200, 0xe00), (0x9000, 4)], &mut memory);
    assert_eq!(prps, Ok(Prps { prp1: 0x1200, prp2: 0x9000, pages: 0 }));
}

#[test]
fn three_pages_need_a_list_of_two() {
    let mut memory = Memory::new(PageSize::DEFAULT, 1);
    let prps = build(PageSize::DEFAULT, 8, [(0x1ffc, 0x1005)], &mut memory);
    assert_eq!(prps, Ok(Prps { prp1: 0x1ffc, prp2: LISTS, pages: 1 }));
    assert_eq!(memory.pages[0].1[..3], [0x2000, 0x3000, POISON]);
}

#[test]
fn every_number_of_pages_up_to_three_lists_is_read_back() {
    for count in 1..=1600 {
        check(PageSize::DEFAULT, &scattered(PageSize::DEFAULT, count, 0, 4096));
    }
}

#[test]
fn a_page_of_which_all_entries_are_used_does_not_chain() {
    // 1 + 512: the list fills its page; one more needs a second page for the last two.
    for (count, pages) in [(513, 1), (514, 2), (1024, 2), (1025, 3), (1535, 3), (1536, 4)] {
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
    assert_eq!(try_with(9, &[(0x1000, 4096), (0x3004, 8)]), PrpError::Start(0x3004));
    assert_eq!(try_with(9, &[(0x1000, 8), (0x3000, 8)]), PrpError::End(0x1008));
    assert_eq!(try_with(9, &[(u64::MAX - 3, 5)]), PrpError::Wraps(u64::MAX - 3));
    assert_eq!(try_with(2, &[(0x1000, 8193)]), PrpError::TooLong(2));
    assert_eq!(try_with(9, &[(0, 515 * 4096)]), PrpError::TooLong(9));
    assert_eq!(try_with(999, &[(0, 515 * 4096)]), PrpError::Sink("none left"));
    let text = try_with(9, &[(0x1000, 8), (0x3000, 8)]).to_string();
    assert_eq!(text, "segment ends at 0x1008, inside a page");
}

#[test]
fn the_last_page_of_the_address_space_can_be_used() {
    let last = u64::MAX - 4095;
    let mut memory = Memory::new(PageSize::DEFAULT, 0);
    let prps = build(PageSize::DEFAULT, 8, [(last - 4096, 8192)], &mut memory);
    assert_eq!(prps, Ok(Prps { prp1: last - 4096, prp2: last, pages: 0 }));
    let mut memory = Memory::new(PageSize::DEFAULT, 0);
    let prps = build(PageSize::DEFAULT, 8, [(last, 4096)], &mut memory);
    assert_eq!(prps, Ok(Prps { prp1: last, prp2: 0, pages: 0 }));
}

#[test]
fn running_out_of_list_pages_is_an_error_at_each_of_them() {
    let segments = scattered(PageSize::DEFAULT, 1600, 0, 4096);
    for limit in 0.. {
        let mut memory = Memory::new(PageSize::DEFAULT, limit);
        match build(PageSize::DEFAULT, u32::MAX, segments.iter().copied(), &mut memory) {
            Err(error) => assert_eq!((error, memory.pages.len()), (PrpError::Sink("none left"), limit)),
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
    let runs = prop::collection::vec((1u64..1 << 36, prop_oneof![4 => 1u64..4, 1 => 1u64..600]), 1..60);
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

    #[test]
    fn the_short_cut_is_exact_around_two_pages(offset in 0u64..1024, extra in 0u32..8) {
        let addr = 0x8000 + offset * 4;
        let room = 8192 - offset as u32 * 4;
        let len = room - 4 + extra;
        let got = one_segment(PageSize::DEFAULT, addr, len);
        prop_assert_eq!(got.is_some(), len <= room);
    }
}

#[test]
fn a_builder_without_segments_gives_nothing() {
    assert_eq!(Builder::new(PageSize::DEFAULT, 8).finish(), None);
    assert_eq!(list_pages(PageSize::DEFAULT, 0), 0);
    assert_eq!(list_pages(PageSize::DEFAULT, 2), 0);
    assert_eq!(entries(PageSize::DEFAULT, u64::MAX, u64::MAX), u64::MAX >> 12);
}

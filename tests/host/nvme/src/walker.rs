// SPDX-License-Identifier: GPL-2.0
//! Memory for list pages, and a walker that reads PRPs like a device. It shares no code with what
//! builds them.

use crate::driver::nvme::page::PageSize;
use crate::driver::nvme::prp::{ListSink, Prps};
use std::collections::HashMap;

/// What a list entry holds before it is written; no test uses it as an address.
pub(crate) const POISON: u64 = 0xdead_dead_dead_dead;
/// Bus address of the first list page; the others lie apart, in descending order.
pub(crate) const LISTS: u64 = 0x7fff_ff00_0000;

/// List pages in a memory of their own.
pub(crate) struct Memory {
    page: PageSize,
    /// Address and entries of each page, in the order taken.
    pub(crate) pages: Vec<(u64, Vec<u64>)>,
    /// Pages that can be taken.
    limit: usize,
}

impl Memory {
    pub(crate) fn new(page: PageSize, limit: usize) -> Self {
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
        self.pages
            .push((address, vec![POISON; self.page.entries()]));
        Ok(address)
    }

    fn put(&mut self, page: u32, index: usize, entry: u64) {
        let newest = self.pages.len() - 1;
        let page = page as usize;
        assert!(
            page == newest || page + 1 == newest,
            "page {page} of {newest}"
        );
        self.pages[page].1[index] = entry;
    }
}

/// Reads PRPs as Base 4.1.1 tells a device to, and returns the pieces of memory that they name.
pub(crate) fn walk(page: PageSize, prps: Prps, bytes: u64, memory: &Memory) -> Vec<(u64, u64)> {
    let size = page.bytes();
    let lists: HashMap<u64, &Vec<u64>> =
        memory.pages.iter().map(|(at, list)| (*at, list)).collect();
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
pub(crate) fn cut(page: PageSize, segments: &[(u64, u32)]) -> Vec<(u64, u64)> {
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

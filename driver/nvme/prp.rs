// SPDX-License-Identifier: GPL-2.0
//! Data segments to PRP entries.
//!
//! ```text
//! one page      PRP1 ─▶ data                    PRP2 = 0
//! two pages     PRP1 ─▶ data                    PRP2 ─▶ data
//! more          PRP1 ─▶ data                    PRP2 ─▶ list page ┬─▶ data
//!                                                                 ├─▶ …
//!                                              (last entry, if    └─▶ list page ─▶ …
//!                                               more follow)
//! ```
//!
//! Only PRP1 may point into the middle of a page, and only the last entry's page may be used in
//! part. A list page whose entries are all used exactly does not chain. Base 4.1.1.
//!
//! The hot path is [`one_segment`]. The general path is a [`Builder`] that is fed the segments
//! in order and writes list pages through a [`ListSink`], which the caller lends for each call.

use super::page::PageSize;
use core::fmt;

/// Where list pages come from and go to. It decides nothing.
pub(crate) trait ListSink {
    /// Why there is no page.
    type Error;

    /// Takes one more list page of [`PageSize::bytes`] bytes, aligned to its size; returns its
    /// bus address. Pages are numbered from 0 in the order in which they are taken.
    fn page(&mut self) -> Result<u64, Self::Error>;

    /// Stores `entry` (in the CPU's byte order) as entry `index` of page number `page`.
    ///
    /// `index` is less than [`PageSize::entries`]; `page` is the page taken last or, for the
    /// link only, the one before it.
    fn put(&mut self, page: u32, index: usize, entry: u64);
}

/// PRP1 and PRP2 of a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Prps {
    /// PRP entry 1.
    pub(crate) prp1: u64,
    /// PRP entry 2: zero, an address, or that of the first list page.
    pub(crate) prp2: u64,
    /// List pages in use.
    pub(crate) pages: u32,
}

/// Why segments are not PRPs. All but [`PrpError::Sink`] are the host's own mistakes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PrpError<E> {
    /// There is no segment.
    NoSegment,
    /// A segment of no bytes. Carries its address.
    Length(u64),
    /// The first segment does not start on a dword. Carries its address.
    Dword(u64),
    /// A later segment does not start on a page boundary. Carries its address.
    Start(u64),
    /// A segment after which another one follows does not end on a page boundary. Carries the
    /// address of its end.
    End(u64),
    /// A segment goes beyond the end of the address space. Carries its address.
    Wraps(u64),
    /// The transfer needs more entries than the limit. Carries the limit.
    TooLong(u32),
    /// No list page.
    Sink(E),
}

impl<E: fmt::Display> fmt::Display for PrpError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSegment => write!(f, "transfer without a segment"),
            Self::Length(at) => write!(f, "segment of 0 bytes at {at:#x}"),
            Self::Dword(at) => write!(f, "first segment at {at:#x} is not dword aligned"),
            Self::Start(at) => write!(f, "segment at {at:#x} does not start on a page"),
            Self::End(at) => write!(f, "segment ends at {at:#x}, inside a page"),
            Self::Wraps(at) => write!(f, "segment at {at:#x} goes beyond the address space"),
            Self::TooLong(limit) => write!(f, "transfer needs more than {limit} prp entries"),
            Self::Sink(error) => write!(f, "no prp list page: {error}"),
        }
    }
}

/// PRP1 and PRP2 of a transfer of one segment that touches at most two pages.
///
/// `None` if it touches more, is empty, wraps, or does not start on a dword; the [`Builder`]
/// then says which.
#[inline]
pub(crate) const fn one_segment(page: PageSize, addr: u64, len: u32) -> Option<(u64, u64)> {
    if len == 0 || addr & 3 != 0 {
        return None;
    }
    let in_page = addr & page.mask();
    // At most 2^16 + 2^32, so it does not wrap.
    let span = in_page.wrapping_add(len as u64);
    if span <= page.bytes() {
        return Some((addr, 0));
    }
    if span > page.bytes().wrapping_mul(2) {
        return None;
    }
    match addr.wrapping_sub(in_page).checked_add(page.bytes()) {
        Some(second) => Some((addr, second)),
        None => None,
    }
}

/// PRP entries of a contiguous transfer: the pages that it touches. Exact for one segment, and
/// for several that keep the rules above and whose first starts at this offset.
pub(crate) const fn entries(page: PageSize, offset: u64, len: u64) -> u64 {
    let span = (offset & page.mask()).saturating_add(len);
    span.saturating_add(page.mask()) >> page.log2()
}

/// List pages that `entries` PRP entries need, PRP1's included; zero up to two entries.
///
/// Each page but the last gives one of its entries to the link.
pub(crate) const fn list_pages(page: PageSize, entries: u64) -> u64 {
    if entries <= 2 {
        return 0;
    }
    let per_page = page.entries() as u64;
    // n pages hold n × (per_page - 1) + 1 entries, PRP1 is in none of them.
    let held = per_page.wrapping_sub(1);
    match entries
        .saturating_add(per_page)
        .wrapping_sub(4)
        .checked_div(held)
    {
        Some(pages) => pages,
        None => 0,
    }
}

/// Turns segments into PRPs, one at a time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Builder {
    /// The page size that the device was told.
    page: PageSize,
    /// No more entries than this.
    limit: u32,
    /// Entries so far, PRP1's included.
    count: u32,
    /// PRP entry 1.
    prp1: u64,
    /// The second entry, until a third makes a list of it; then the first list page.
    prp2: u64,
    /// List pages so far.
    pages: u32,
    /// Entries used in the newest list page.
    used: usize,
    /// The entry written last, which moves to the next page if it must make room for a link.
    last: u64,
    /// Where the segment before ended.
    end: u64,
}

impl Builder {
    /// A transfer without segments yet, of at most `limit` PRP entries.
    pub(crate) const fn new(page: PageSize, limit: u32) -> Self {
        Self {
            page,
            limit,
            count: 0,
            prp1: 0,
            prp2: 0,
            pages: 0,
            used: 0,
            last: 0,
            end: 0,
        }
    }

    /// Adds a segment: `len` bytes at bus address `addr`. Segments come in the order of the
    /// data. After an error the transfer is void; pages taken stay the sink's.
    pub(crate) fn push<S: ListSink>(
        &mut self,
        addr: u64,
        len: u32,
        sink: &mut S,
    ) -> Result<(), PrpError<S::Error>> {
        let mask = self.page.mask();
        if len == 0 {
            return Err(PrpError::Length(addr));
        }
        if self.count == 0 {
            if addr & 3 != 0 {
                return Err(PrpError::Dword(addr));
            }
        } else {
            if self.end & mask != 0 {
                return Err(PrpError::End(self.end));
            }
            if addr & mask != 0 {
                return Err(PrpError::Start(addr));
            }
        }
        // The last byte must exist; a segment may end exactly at the end of the address space.
        let Some(last_byte) = addr.checked_add(u64::from(len.wrapping_sub(1))) else {
            return Err(PrpError::Wraps(addr));
        };
        self.end = last_byte.wrapping_add(1);
        let mut at = addr;
        loop {
            self.entry(at, sink)?;
            let next = (at & !mask).wrapping_add(self.page.bytes());
            // `next` is zero after the last page of the address space.
            if next > last_byte || next == 0 {
                return Ok(());
            }
            at = next;
        }
    }

    /// Adds one entry: to PRP1, to PRP2, to the newest list page, or to a further one.
    fn entry<S: ListSink>(&mut self, at: u64, sink: &mut S) -> Result<(), PrpError<S::Error>> {
        if self.count >= self.limit {
            return Err(PrpError::TooLong(self.limit));
        }
        match self.count {
            0 => self.prp1 = at,
            1 => self.prp2 = at,
            2 => {
                let list = sink.page().map_err(PrpError::Sink)?;
                sink.put(0, 0, self.prp2);
                sink.put(0, 1, at);
                self.prp2 = list;
                self.pages = 1;
                self.used = 2;
            }
            _ => self.list_entry(at, sink)?,
        }
        self.last = at;
        self.count = self.count.saturating_add(1);
        Ok(())
    }

    /// Adds one entry to the list, and a page to the list where the newest is full.
    fn list_entry<S: ListSink>(&mut self, at: u64, sink: &mut S) -> Result<(), PrpError<S::Error>> {
        let full = self.pages.saturating_sub(1);
        if self.used >= self.page.entries() {
            let address = sink.page().map_err(PrpError::Sink)?;
            // Only now is it known that more follow: the last entry makes room for the link.
            sink.put(full, self.page.entries().saturating_sub(1), address);
            sink.put(self.pages, 0, self.last);
            sink.put(self.pages, 1, at);
            self.pages = self.pages.saturating_add(1);
            self.used = 2;
        } else {
            sink.put(full, self.used, at);
            self.used = self.used.saturating_add(1);
        }
        Ok(())
    }

    /// PRP1 and PRP2 of all segments. `None` if there was none.
    pub(crate) const fn finish(self) -> Option<Prps> {
        if self.count == 0 {
            return None;
        }
        Some(Prps {
            prp1: self.prp1,
            prp2: self.prp2,
            pages: self.pages,
        })
    }
}

/// PRPs of all `segments`, in one call.
pub(crate) fn build<S: ListSink>(
    page: PageSize,
    limit: u32,
    segments: impl IntoIterator<Item = (u64, u32)>,
    sink: &mut S,
) -> Result<Prps, PrpError<S::Error>> {
    let mut builder = Builder::new(page, limit);
    for (addr, len) in segments {
        builder.push(addr, len, sink)?;
    }
    builder.finish().ok_or(PrpError::NoSegment)
}

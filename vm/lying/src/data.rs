// SPDX-License-Identifier: GPL-2.0
//! From the data pointer of a command to the pieces of memory that it names, and every rule that the
//! pointer breaks on the way.
//!
//! Base 4.1.1 (PRPs), 4.1.2 (SGLs).

use crate::sqe::Sqe;

/// A range of guest memory: start and bytes.
pub type Range = (u64, u64);

/// Status codes of what cannot be followed.
pub const TRANSFER_ERROR: u16 = 0x04;
pub const INVALID_PRP_OFFSET: u16 = 0x13;
pub const INVALID_SGL: u16 = 0x0d;

/// SGL descriptor types, in the topmost four bits of a descriptor.
const SGL_DATA: u8 = 0;
const SGL_SEGMENT: u8 = 2;
const SGL_LAST_SEGMENT: u8 = 3;

/// Reads guest memory; false where it cannot be reached.
pub type Read<'a> = dyn FnMut(u64, &mut [u8]) -> bool + 'a;

/// Follows a data pointer.
pub struct Walk<'a, 'r> {
    pub read: &'a mut Read<'r>,
    pub page_bytes: u64,
    /// Rules that were broken.
    pub breaches: Vec<String>,
    ranges: Vec<Range>,
}

impl<'a, 'r> Walk<'a, 'r> {
    pub fn new(read: &'a mut Read<'r>, page_bytes: u64) -> Self {
        Self {
            read,
            page_bytes,
            breaches: Vec::new(),
            ranges: Vec::new(),
        }
    }

    /// The ranges of a command that moves `bytes`; neighbours are one.
    pub fn follow(&mut self, sqe: &Sqe, bytes: u64) -> Result<Vec<Range>, u16> {
        if bytes == 0 {
            return Ok(Vec::new());
        }
        if sqe.is_sgl() {
            self.sgl(sqe, bytes)?;
        } else {
            self.prps(sqe, bytes)?;
        }
        Ok(std::mem::take(&mut self.ranges))
    }

    fn breach(&mut self, what: String) {
        self.breaches.push(what);
    }

    fn push(&mut self, at: u64, bytes: u64) {
        match self.ranges.last_mut() {
            Some((start, there)) if start.wrapping_add(*there) == at => *there += bytes,
            _ => self.ranges.push((at, bytes)),
        }
    }

    fn offset(&self, address: u64) -> u64 {
        address & (self.page_bytes - 1)
    }

    fn prps(&mut self, sqe: &Sqe, bytes: u64) -> Result<(), u16> {
        let (prp1, prp2) = sqe.prps();
        if prp1 & 3 != 0 {
            self.breach(format!("prp1 {prp1:#x} is not a multiple of four"));
            return Err(INVALID_PRP_OFFSET);
        }
        let first = (self.page_bytes - self.offset(prp1)).min(bytes);
        self.push(prp1, first);
        let left = bytes - first;
        if left == 0 {
            if prp2 != 0 {
                self.breach(format!("prp2 is {prp2:#x} where one page is enough"));
            }
        } else if left <= self.page_bytes {
            self.page(prp2, left, "prp2")?;
        } else {
            self.list(prp2, left)?;
        }
        Ok(())
    }

    /// A PRP that is not the first: it begins on a page.
    fn page(&mut self, prp: u64, bytes: u64, what: &str) -> Result<(), u16> {
        if self.offset(prp) != 0 {
            self.breach(format!("{what} {prp:#x} does not begin on a page"));
            return Err(INVALID_PRP_OFFSET);
        }
        if prp == 0 {
            self.breach(format!("{what} is zero"));
        }
        self.push(prp, bytes);
        Ok(())
    }

    fn list(&mut self, mut at: u64, mut left: u64) -> Result<(), u16> {
        loop {
            if at & 7 != 0 {
                self.breach(format!("prp list at {at:#x} is not aligned"));
                return Err(INVALID_PRP_OFFSET);
            }
            let room = (self.page_bytes - self.offset(at)) / 8;
            let needed = left.div_ceil(self.page_bytes);
            let count = needed.min(room) as usize;
            let mut raw = vec![0; count * 8];
            if !(self.read)(at, &mut raw) {
                self.breach(format!("prp list at {at:#x} lies outside of mapped memory"));
                return Err(TRANSFER_ERROR);
            }
            let entries: Vec<u64> = raw
                .chunks_exact(8)
                .map(|e| u64::from_le_bytes(e.try_into().unwrap_or_default()))
                .collect();
            // The last entry of a page leads on, unless the data end with it.
            let (entries, next) = match entries.split_last() {
                Some((last, front)) if needed > room => (front, Some(*last)),
                _ => (&entries[..], None),
            };
            for &prp in entries {
                let now = left.min(self.page_bytes);
                self.page(prp, now, "prp entry")?;
                left -= now;
            }
            let Some(next) = next else {
                return Ok(());
            };
            if self.offset(next) != 0 {
                self.breach(format!("prp list continues at {next:#x}, not on a page"));
                return Err(INVALID_PRP_OFFSET);
            }
            at = next;
        }
    }

    fn sgl(&mut self, sqe: &Sqe, bytes: u64) -> Result<(), u16> {
        if sqe.flags() >> 6 != 1 {
            self.breach(format!("psdt is {}", sqe.flags() >> 6));
        }
        let (mut at, second) = sqe.prps();
        let (mut length, mut kind) = (second as u32, (second >> 56) as u8);
        self.check_reserved(second);
        let mut left = bytes;
        let mut descriptors = 0u32;
        while kind >> 4 != SGL_DATA {
            if !matches!(kind >> 4, SGL_SEGMENT | SGL_LAST_SEGMENT)
                || length == 0
                || length % 16 != 0
            {
                self.breach(format!("sgl segment of type {kind:#x} with {length} bytes"));
                return Err(INVALID_SGL);
            }
            let mut raw = vec![0; length as usize];
            if length > 1 << 20 || !(self.read)(at, &mut raw) {
                self.breach(format!(
                    "sgl segment at {at:#x} lies outside of mapped memory"
                ));
                return Err(TRANSFER_ERROR);
            }
            let is_last = kind >> 4 == SGL_LAST_SEGMENT;
            let mut next = None;
            for (index, raw) in raw.chunks_exact(16).enumerate() {
                let address = u64::from_le_bytes(raw[..8].try_into().unwrap_or_default());
                let second = u64::from_le_bytes(raw[8..].try_into().unwrap_or_default());
                self.check_reserved(second);
                descriptors += 1;
                let is_end = (index + 1) * 16 == length as usize;
                if second >> 60 != u64::from(SGL_DATA) {
                    if is_last || !is_end || descriptors > 1 << 16 {
                        self.breach("sgl segment where data are expected".into());
                        return Err(INVALID_SGL);
                    }
                    next = Some((address, second as u32, (second >> 56) as u8));
                } else {
                    self.block(address, second as u32, &mut left);
                }
            }
            let Some(found) = next else {
                return self.end(left);
            };
            (at, length, kind) = found;
        }
        self.block(at, length, &mut left);
        self.end(left)
    }

    fn check_reserved(&mut self, second: u64) {
        if second >> 32 & 0xff_ffff != 0 {
            self.breach("reserved bits of an sgl descriptor are set".into());
        }
    }

    fn block(&mut self, at: u64, length: u32, left: &mut u64) {
        let now = u64::from(length).min(*left);
        if u64::from(length) > *left {
            self.breach(format!(
                "sgl is longer than the data, by {} bytes",
                u64::from(length) - *left
            ));
        }
        if now > 0 {
            self.push(at, now);
        }
        *left -= now;
    }

    fn end(&mut self, left: u64) -> Result<(), u16> {
        if left > 0 {
            self.breach(format!("sgl is {left} bytes too short"));
            return Err(0x0f);
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "data_tests.rs"]
mod tests;

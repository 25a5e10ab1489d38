// SPDX-License-Identifier: GPL-2.0
//! The guest's memory as far as it is mapped: looked up for each access, because the guest remaps it
//! as it boots. What lies outside is refused.

use crate::sys::{Mapping, Piece};

/// An access to what is not mapped, or may not be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outside(pub u64);

/// A range of guest addresses, and what is behind it, if it can be reached.
struct Region {
    start: u64,
    bytes: u64,
    map: Option<Mapping>,
    writable: bool,
}

/// Everything that the client has mapped.
#[derive(Default)]
pub struct Memory {
    regions: Vec<Region>,
    /// Whether the function may reach it (bus mastering). Nobody else keeps it from memory that the guest
    /// has put to other uses.
    pub is_open: bool,
}

impl Memory {
    /// Adds a region; one without a mapping is known, and cannot be reached.
    pub fn map(&mut self, start: u64, bytes: u64, map: Option<Mapping>, writable: bool) {
        self.regions.push(Region {
            start,
            bytes,
            map,
            writable,
        });
    }

    /// Removes what lies in a range, which may cover several regions.
    pub fn unmap(&mut self, start: u64, bytes: u64) {
        let end = start.saturating_add(bytes);
        self.regions
            .retain(|r| r.start < start || r.start.saturating_add(r.bytes) > end);
    }

    pub fn unmap_all(&mut self) {
        self.regions.clear();
    }

    /// The mapping of an address, the offset in it, and how many bytes there are from there on.
    fn find(&self, at: u64, write: bool) -> Result<(&Mapping, usize, u64), Outside> {
        if !self.is_open {
            return Err(Outside(at));
        }
        for region in &self.regions {
            let Some(offset) = at.checked_sub(region.start) else {
                continue;
            };
            if offset >= region.bytes || (write && !region.writable) {
                continue;
            }
            if let Some(map) = &region.map {
                return Ok((map, offset as usize, region.bytes - offset));
            }
        }
        Err(Outside(at))
    }

    /// Calls `f` for each piece of a range, in order.
    fn each(
        &self,
        mut at: u64,
        bytes: u64,
        write: bool,
        mut f: impl FnMut(&Mapping, usize, usize),
    ) -> Result<(), Outside> {
        let mut left = bytes;
        while left > 0 {
            let (map, offset, there) = self.find(at, write)?;
            let now = left.min(there);
            f(map, offset, now as usize);
            at = at.wrapping_add(now);
            left -= now;
        }
        Ok(())
    }

    pub fn read(&self, at: u64, data: &mut [u8]) -> Result<(), Outside> {
        let mut done = 0;
        self.each(at, data.len() as u64, false, |map, offset, n| {
            map.read(offset, &mut data[done..done + n]);
            done += n;
        })
    }

    pub fn write(&self, at: u64, data: &[u8]) -> Result<(), Outside> {
        let mut done = 0;
        self.each(at, data.len() as u64, true, |map, offset, n| {
            map.write(offset, &data[done..done + n]);
            done += n;
        })
    }

    /// An aligned word that the guest changes at any time.
    pub fn load(&self, at: u64) -> Result<u32, Outside> {
        let (map, offset, _) = self.find(at, false)?;
        Ok(map.load(offset))
    }

    /// Writes an aligned word after all that was written before.
    pub fn store(&self, at: u64, value: u32) -> Result<(), Outside> {
        let (map, offset, _) = self.find(at, true)?;
        map.store(offset, value);
        Ok(())
    }

    /// Adds the pieces of a range to a list for vectored I/O. `write`: whether they will be written.
    pub fn pieces(
        &self,
        at: u64,
        bytes: u64,
        write: bool,
        out: &mut Vec<Piece>,
    ) -> Result<(), Outside> {
        self.each(at, bytes, write, |map, offset, n| {
            out.push(map.piece(offset, n));
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::memory_file;

    fn mapping(bytes: u64) -> Mapping {
        let fd = memory_file().unwrap();
        let file = std::fs::File::from(fd);
        file.set_len(bytes).unwrap();
        Mapping::new(&file.into(), 0, bytes as usize, true).unwrap()
    }

    #[test]
    fn an_access_may_span_two_regions_and_not_a_hole() {
        let mut memory = Memory {
            is_open: true,
            ..Memory::default()
        };
        memory.map(0x1000, 0x1000, Some(mapping(0x1000)), true);
        memory.map(0x2000, 0x1000, Some(mapping(0x1000)), true);
        let data: Vec<u8> = (0..=255).collect();
        memory.write(0x1f80, &data).unwrap();
        let mut back = vec![0; 256];
        memory.read(0x1f80, &mut back).unwrap();
        assert_eq!(data, back);
        assert_eq!(memory.read(0x2f80, &mut back), Err(Outside(0x3000)));
        assert_eq!(memory.read(0xfff, &mut back), Err(Outside(0xfff)));
    }

    #[test]
    fn an_unmap_may_cover_several_regions() {
        let mut memory = Memory {
            is_open: true,
            ..Memory::default()
        };
        memory.map(0, 0x1000, Some(mapping(0x1000)), true);
        memory.map(0x1000, 0x1000, Some(mapping(0x1000)), true);
        memory.map(0x8000, 0x1000, Some(mapping(0x1000)), true);
        memory.unmap(0, 0x2000);
        assert_eq!(memory.load(0x1000), Err(Outside(0x1000)));
        assert_eq!(memory.load(0x8000), Ok(0));
    }

    #[test]
    fn what_is_read_only_or_has_no_memory_is_refused() {
        let mut memory = Memory {
            is_open: true,
            ..Memory::default()
        };
        memory.map(0, 0x1000, Some(mapping(0x1000)), false);
        memory.map(0x1000, 0x1000, None, true);
        assert_eq!(memory.store(0, 1), Err(Outside(0)));
        assert_eq!(memory.load(0x1000), Err(Outside(0x1000)));
    }
}

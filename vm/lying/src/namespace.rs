// SPDX-License-Identifier: GPL-2.0
//! One namespace: its size and format, and the file behind it.

use crate::sys::{self, Piece, Way};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

/// A namespace.
pub struct Namespace {
    pub blocks: u64,
    pub lba_log2: u8,
    pub is_attached: bool,
    /// Changed while a driver was there: its commands may be late.
    pub was_changed: bool,
    store: OwnedFd,
}

impl Namespace {
    /// On a sparse file of that name, or in memory.
    pub fn new(blocks: u64, lba_log2: u8, path: Option<&Path>) -> io::Result<Self> {
        let store = match path {
            Some(path) => OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(path)?
                .into(),
            None => sys::memory_file()?,
        };
        let mut made = Self {
            blocks: 0,
            lba_log2,
            is_attached: true,
            was_changed: false,
            store,
        };
        made.resize(blocks)?;
        Ok(made)
    }

    pub fn bytes(&self) -> u64 {
        self.blocks << self.lba_log2
    }

    /// Gives it another size; what remains keeps its data.
    pub fn resize(&mut self, blocks: u64) -> io::Result<()> {
        let bytes = blocks
            .checked_shl(u32::from(self.lba_log2))
            .filter(|b| *b >> self.lba_log2 == blocks)
            .ok_or(io::ErrorKind::InvalidInput)?;
        let file = File::from(self.store.try_clone()?);
        file.set_len(bytes)?;
        self.blocks = blocks;
        Ok(())
    }

    /// Gives it blocks of another size, and no data. Its bytes stay as many, as far as they can.
    pub fn format(&mut self, lba_log2: u8) -> io::Result<()> {
        let bytes = self.bytes();
        sys::punch(&self.store, 0, bytes.max(1))?;
        self.lba_log2 = lba_log2;
        self.resize(bytes >> lba_log2)
    }

    /// Whether blocks lie within it.
    pub fn has(&self, lba: u64, blocks: u64) -> bool {
        lba.checked_add(blocks)
            .is_some_and(|end| end <= self.blocks)
    }

    /// Moves whole blocks from or to the file.
    pub fn transfer(&self, way: Way, lba: u64, pieces: &[Piece]) -> io::Result<()> {
        sys::transfer(&self.store, way, pieces, lba << self.lba_log2)
    }

    /// Makes blocks read as zeroes.
    pub fn zero(&self, lba: u64, blocks: u64) -> io::Result<()> {
        if blocks == 0 {
            return Ok(());
        }
        sys::punch(&self.store, lba << self.lba_log2, blocks << self.lba_log2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_beyond_the_end_are_not_in_it() {
        let mut ns = Namespace::new(100, 9, None).unwrap();
        assert!(ns.has(0, 100) && ns.has(99, 1) && ns.has(100, 0));
        assert!(!ns.has(99, 2) && !ns.has(u64::MAX, 1));
        ns.format(12).unwrap();
        assert_eq!((ns.blocks, ns.bytes()), (12, 12 * 4096));
        assert!(ns.resize(1 << 60).is_err());
        assert_eq!(ns.blocks, 12);
    }
}

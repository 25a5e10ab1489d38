// SPDX-License-Identifier: GPL-2.0
//! The way to the host: its memory and its interrupts.

use crate::data::Range;
use crate::memory::{Memory, Outside};
use crate::sys::Piece;
use std::fs::File;
use std::io::Write as _;
use std::os::fd::OwnedFd;

/// What the function reaches of the host.
pub struct Host {
    pub memory: Memory,
    vectors: Vec<Option<File>>,
}

impl Host {
    pub fn new(vectors: u16) -> Self {
        Self {
            memory: Memory::default(),
            vectors: (0..vectors).map(|_| None).collect(),
        }
    }

    /// Whether the function may reach it (Command register).
    pub fn is_bus_master(&self) -> bool {
        self.memory.is_open
    }

    pub fn set_bus_master(&mut self, on: bool) {
        self.memory.is_open = on;
    }

    pub fn vectors(&self) -> u16 {
        self.vectors.len() as u16
    }

    pub fn set_vector(&mut self, vector: u32, fd: Option<OwnedFd>) {
        if let Some(slot) = self.vectors.get_mut(vector as usize) {
            *slot = fd.map(File::from);
        }
    }

    pub fn clear_vectors(&mut self) {
        self.vectors.fill_with(|| None);
    }

    /// Raises a vector; whether anybody listens.
    pub fn raise(&mut self, vector: u16) -> bool {
        match self.vectors.get_mut(usize::from(vector)) {
            // An eventfd takes the number to add.
            Some(Some(eventfd)) => eventfd.write_all(&1u64.to_ne_bytes()).is_ok(),
            _ => false,
        }
    }

    /// Writes data over ranges, one after the other, as far as they go.
    pub fn send(&self, ranges: &[Range], mut data: &[u8]) -> Result<(), Outside> {
        for &(at, bytes) in ranges {
            let now = data.len().min(bytes as usize);
            self.memory.write(at, &data[..now])?;
            data = &data[now..];
        }
        Ok(())
    }

    /// Reads all ranges.
    pub fn receive(&self, ranges: &[Range]) -> Result<Vec<u8>, Outside> {
        let mut data = Vec::new();
        for &(at, bytes) in ranges {
            let begin = data.len();
            data.resize(begin + bytes as usize, 0);
            self.memory.read(at, &mut data[begin..])?;
        }
        Ok(data)
    }

    /// The pieces of memory behind ranges. `write`: whether they will be written.
    pub fn pieces(&self, ranges: &[Range], write: bool) -> Result<Vec<Piece>, Outside> {
        let mut pieces = Vec::with_capacity(ranges.len());
        for &(at, bytes) in ranges {
            self.memory.pieces(at, bytes, write, &mut pieces)?;
        }
        Ok(pieces)
    }
}

// SPDX-License-Identifier: GPL-2.0
//! Identify Namespace of the NVM command set.
//!
//! NVM 4.1.5.1 (CNS 00h, Identify Namespace data structure).

use super::descriptors::unless_zero;
use super::raw::RawNamespace;
use core::fmt;
use zerocopy::little_endian::U16;
use zerocopy::FromBytes as _;

/// Base-2 logarithm of the block layer's sector.
const SECTOR_LOG2: u8 = 9;
/// Base-2 logarithm of the largest block size that we support.
const LBA_LOG2_MAX: u8 = 12;
/// The most sectors a disk can have: its size in bytes must fit a signed 64-bit offset.
const SECTORS_MAX: u64 = (i64::MAX as u64) >> SECTOR_LOG2;

/// Why a namespace is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NamespaceError {
    /// Fewer bytes than the structure has. Carries how many.
    Short(usize),
    /// NSZE is zero: the namespace is not active.
    Inactive,
    /// FLBAS names a format that does not exist.
    Flbas {
        /// The index that FLBAS names.
        index: u8,
        /// How many formats there are.
        formats: u8,
    },
    /// The format's block size is not one that we support. Carries LBADS, its logarithm.
    Lbads(u8),
    /// The format has metadata. Carries how many bytes per block.
    Ms(u16),
    /// The namespace is formatted with protection information. Carries its type.
    Dps(u8),
    /// The namespace is larger than a disk can be.
    Nsze {
        /// Its size in blocks.
        blocks: u64,
        /// The size of a block in bytes.
        lba_bytes: u32,
    },
}

impl fmt::Display for NamespaceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Short(bytes) => write!(f, "identify namespace has {bytes} bytes only"),
            Self::Inactive => write!(f, "namespace of 0 blocks is not active"),
            Self::Flbas { index, formats } => {
                write!(f, "flbas names format {index} of {formats}")
            }
            Self::Lbads(log2) => write!(f, "lbads {log2} is not supported, 9 to 12 are"),
            Self::Ms(bytes) => write!(f, "metadata of {bytes} bytes per block is not supported"),
            Self::Dps(kind) => write!(f, "protection information of type {kind} is not supported"),
            Self::Nsze { blocks, lba_bytes } => {
                write!(
                    f,
                    "{blocks} blocks of {lba_bytes} bytes are more than a disk can have"
                )
            }
        }
    }
}

/// What the namespace likes best (NPWG and its neighbours), in bytes, each at least one block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Optimal {
    /// Writes of multiples of this (NPWG).
    pub(crate) write_granularity_bytes: u32,
    /// Writes that start at multiples of this (NPWA).
    pub(crate) write_alignment_bytes: u32,
    /// Deallocations of multiples of this (NPDG).
    pub(crate) deallocate_granularity_bytes: u32,
    /// Deallocations that start at multiples of this (NPDA).
    pub(crate) deallocate_alignment_bytes: u32,
    /// Writes of this size (NOWS).
    pub(crate) write_size_bytes: u32,
}

/// A checked Identify Namespace structure.
///
/// # Invariants
///
/// `lba_log2` is in 9..=12; `sectors` is not zero and at most 2^54 - 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Namespace {
    /// Base-2 logarithm of the block size in bytes.
    lba_log2: u8,
    /// Size in sectors of 512 bytes.
    sectors: u64,
    /// NSZE, blocks.
    nsze_blocks: u64,
    /// NCAP, blocks.
    ncap_blocks: u64,
    /// NUSE, blocks.
    nuse_blocks: u64,
    /// Namespace features.
    nsfeat: u8,
    /// Deallocate features.
    dlfeat: u8,
    /// Multi-path and sharing.
    nmic: u8,
    /// Reservation capabilities.
    rescap: u8,
    /// Namespace attributes.
    nsattr: u8,
    /// NAWUPF, zero-based, blocks.
    nawupf_z: u16,
    /// NOIOB, blocks.
    noiob_blocks: u16,
    /// NPWG, NPWA, NPDG, NPDA, NOWS, zero-based, blocks.
    optimal_z: [u16; 5],
    /// Namespace globally unique identifier.
    nguid: Option<[u8; 16]>,
    /// IEEE extended unique identifier.
    eui64: Option<[u8; 8]>,
}

/// The index of the format in use. Bits 6:5 of FLBAS are its upper bits where there are more
/// than 16 formats, and to be ignored elsewhere.
const fn format_index(flbas: u8, formats: u8) -> u8 {
    let lower = flbas & 0xf;
    if formats > 16 {
        flbas >> 1 & 0x30 | lower
    } else {
        lower
    }
}

/// Bytes in a zero-based number of blocks; at most 2^28.
const fn bytes_of(blocks_z: u16, lba_bytes: u32) -> u32 {
    (blocks_z as u32).wrapping_add(1).saturating_mul(lba_bytes)
}

impl Namespace {
    /// Checks the structure in `data`.
    pub(crate) fn parse(data: &[u8]) -> Result<Self, NamespaceError> {
        let Ok((raw, _)) = RawNamespace::ref_from_prefix(data) else {
            return Err(NamespaceError::Short(data.len()));
        };
        let blocks = raw.nsze.get();
        if blocks == 0 {
            return Err(NamespaceError::Inactive);
        }
        // NLBAF is zero-based, NULBAF counts what comes on top.
        let formats = raw.nlbaf.saturating_add(1).saturating_add(raw.nulbaf);
        let index = format_index(raw.flbas, formats);
        let format = match raw.lbaf.get(usize::from(index)) {
            Some(format) if index < formats => format.get(),
            _ => return Err(NamespaceError::Flbas { index, formats }),
        };
        let metadata_bytes = format as u16;
        if metadata_bytes != 0 {
            return Err(NamespaceError::Ms(metadata_bytes));
        }
        let protection = raw.dps & 7;
        if protection != 0 {
            return Err(NamespaceError::Dps(protection));
        }
        let lba_log2 = (format >> 16) as u8;
        if !(SECTOR_LOG2..=LBA_LOG2_MAX).contains(&lba_log2) {
            return Err(NamespaceError::Lbads(lba_log2));
        }
        let sectors_log2 = lba_log2.saturating_sub(SECTOR_LOG2);
        let sectors = 1u64
            .checked_shl(u32::from(sectors_log2))
            .and_then(|sectors| blocks.checked_mul(sectors))
            .filter(|&sectors| sectors <= SECTORS_MAX)
            .ok_or(NamespaceError::Nsze {
                blocks,
                lba_bytes: 1u32.wrapping_shl(u32::from(lba_log2)),
            })?;
        Ok(Self {
            lba_log2,
            sectors,
            nsze_blocks: blocks,
            ncap_blocks: raw.ncap.get(),
            nuse_blocks: raw.nuse.get(),
            nsfeat: raw.nsfeat,
            dlfeat: raw.dlfeat,
            nmic: raw.nmic,
            rescap: raw.rescap,
            nsattr: raw.nsattr,
            nawupf_z: raw.nawupf.get(),
            noiob_blocks: raw.noiob.get(),
            optimal_z: [raw.npwg, raw.npwa, raw.npdg, raw.npda, raw.nows].map(U16::get),
            nguid: unless_zero(raw.nguid),
            eui64: unless_zero(raw.eui64),
        })
    }

    /// Base-2 logarithm of the block size in bytes (LBADS), 9..=12.
    pub(crate) const fn lba_log2(&self) -> u8 {
        self.lba_log2
    }

    /// The block size in bytes: 512, 1024, 2048 or 4096.
    pub(crate) const fn lba_bytes(&self) -> u32 {
        1u32.wrapping_shl(self.lba_log2 as u32)
    }

    /// Base-2 logarithm of the sectors in a block, 0..=3.
    pub(crate) const fn sectors_per_block_log2(&self) -> u8 {
        self.lba_log2.saturating_sub(SECTOR_LOG2)
    }

    /// The size in sectors of 512 bytes; as bytes it fits a signed 64-bit number.
    pub(crate) const fn sectors(&self) -> u64 {
        self.sectors
    }

    /// The size in blocks (NSZE).
    pub(crate) const fn blocks(&self) -> u64 {
        self.nsze_blocks
    }

    /// Blocks that may be allocated at a time (NCAP), as the device says.
    pub(crate) const fn capacity_blocks(&self) -> u64 {
        self.ncap_blocks
    }

    /// Blocks that are allocated (NUSE), as the device says.
    pub(crate) const fn used_blocks(&self) -> u64 {
        self.nuse_blocks
    }

    /// Whether the namespace is write protected (NSATTR bit 0).
    pub(crate) const fn is_read_only(&self) -> bool {
        self.nsattr & 1 != 0
    }

    /// Whether other controllers may see the namespace (NMIC bit 0).
    pub(crate) const fn is_shared(&self) -> bool {
        self.nmic & 1 != 0
    }

    /// Whether the namespace is thinly provisioned (NSFEAT bit 0).
    pub(crate) const fn is_thin(&self) -> bool {
        self.nsfeat & 1 != 0
    }

    /// Reservation capabilities (RESCAP).
    pub(crate) const fn rescap(&self) -> u8 {
        self.rescap
    }

    /// Whether deallocated blocks read as zeroes (DLFEAT bits 2:0 are 1).
    pub(crate) const fn reads_zero_after_deallocate(&self) -> bool {
        self.dlfeat & 7 == 1
    }

    /// Whether Write Zeroes may ask for deallocation (DLFEAT bit 3).
    pub(crate) const fn zeroes_may_deallocate(&self) -> bool {
        self.dlfeat & 1 << 3 != 0
    }

    /// Blocks between boundaries that reads and writes should not cross (NOIOB); `None` if
    /// there are none.
    pub(crate) const fn boundary_blocks(&self) -> Option<u16> {
        match self.noiob_blocks {
            0 => None,
            blocks => Some(blocks),
        }
    }

    /// Blocks written atomically even if power fails (NAWUPF), counted from one; `None` where
    /// the controller's AWUPF holds (NSFEAT bit 1 clear).
    pub(crate) const fn atomic_power_fail_blocks(&self) -> Option<u32> {
        if self.nsfeat & 1 << 1 == 0 {
            return None;
        }
        Some((self.nawupf_z as u32).wrapping_add(1))
    }

    /// What the namespace likes best; `None` where it does not say (NSFEAT bit 4 clear).
    pub(crate) const fn optimal(&self) -> Option<Optimal> {
        if self.nsfeat & 1 << 4 == 0 {
            return None;
        }
        let [npwg, npwa, npdg, npda, nows] = self.optimal_z;
        let lba_bytes = self.lba_bytes();
        Some(Optimal {
            write_granularity_bytes: bytes_of(npwg, lba_bytes),
            write_alignment_bytes: bytes_of(npwa, lba_bytes),
            deallocate_granularity_bytes: bytes_of(npdg, lba_bytes),
            deallocate_alignment_bytes: bytes_of(npda, lba_bytes),
            write_size_bytes: bytes_of(nows, lba_bytes),
        })
    }

    /// Namespace globally unique identifier; `None` if all zero.
    pub(crate) const fn nguid(&self) -> Option<[u8; 16]> {
        self.nguid
    }

    /// IEEE extended unique identifier; `None` if all zero.
    pub(crate) const fn eui64(&self) -> Option<[u8; 8]> {
        self.eui64
    }
}

// SPDX-License-Identifier: GPL-2.0
//! The SMART / Health Information log page: how the device is, and what its user should do.
//!
//! Base 5.16.1.3 (log page 02h).

use core::fmt;

/// Bytes of the log page.
pub(crate) const HEALTH_BYTES: usize = 512;

/// A critical warning: one bit of byte 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Warning {
    /// Bit 0: spare capacity is below its threshold.
    Spare,
    /// Bit 1: the temperature is above or below its thresholds.
    Temperature,
    /// Bit 2: media errors, or internal ones.
    Degraded,
    /// Bit 3: nothing can be written any more.
    ReadOnly,
    /// Bit 4: what is in volatile memory is lost when power goes.
    Backup,
    /// Bit 5: the persistent memory region.
    PersistentMemory,
    /// Bits 6 and 7: nobody defined them. Carries which.
    Unknown(u8),
}

/// What the log says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Health {
    /// Critical warnings.
    warnings: u8,
    /// Composite temperature; 0 if not said.
    temperature_k: u16,
    /// Spare capacity, in percent of what there was.
    spare_percent: u8,
    /// Below which there is a warning.
    spare_threshold_percent: u8,
    /// How much of the rated life is used; goes beyond 100.
    used_percent: u8,
    /// Errors that the device could not correct; as many as fit.
    media_errors: u64,
}

impl Health {
    /// Reads the log page in `data`; `None` if there are fewer bytes than it has.
    pub(crate) fn parse(data: &[u8]) -> Option<Self> {
        let (head, _) = data.split_first_chunk::<6>()?;
        let &[warnings, low, high, spare_percent, spare_threshold_percent, used_percent] = head;
        let errors = data
            .get(..HEALTH_BYTES)?
            .get(160..)?
            .first_chunk::<16>()
            .copied()
            .map(u128::from_le_bytes)?;
        Some(Self {
            warnings,
            temperature_k: u16::from_le_bytes([low, high]),
            spare_percent,
            spare_threshold_percent,
            used_percent,
            media_errors: u64::try_from(errors).unwrap_or(u64::MAX),
        })
    }

    /// The warnings, lowest bit first.
    pub(crate) fn warnings(&self) -> impl Iterator<Item = Warning> {
        let bits = self.warnings;
        (0u8..8)
            .filter(move |bit| {
                bits.checked_shr(u32::from(*bit))
                    .is_some_and(|b| b & 1 != 0)
            })
            .map(|bit| match bit {
                0 => Warning::Spare,
                1 => Warning::Temperature,
                2 => Warning::Degraded,
                3 => Warning::ReadOnly,
                4 => Warning::Backup,
                5 => Warning::PersistentMemory,
                _ => Warning::Unknown(bit),
            })
    }

    /// The temperature in degrees Celsius; `None` if not said.
    pub(crate) const fn temperature_c(&self) -> Option<i32> {
        match self.temperature_k {
            0 => None,
            kelvin => Some((kelvin as i32).wrapping_sub(273)),
        }
    }

    /// Spare capacity in percent.
    pub(crate) const fn spare_percent(&self) -> u8 {
        self.spare_percent
    }

    /// Errors that could not be corrected.
    pub(crate) const fn media_errors(&self) -> u64 {
        self.media_errors
    }
}

/// What is wrong, and what to do.
impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Spare => "few spare blocks are left: replace the drive soon",
            Self::Temperature => {
                "too hot, or too cold: see to its cooling, or it slows down and wears out"
            }
            Self::Degraded => {
                "too many errors, it cannot be relied on: back up its data and replace it"
            }
            Self::ReadOnly => "it can only be read any more: copy its data and replace it",
            Self::Backup => {
                "its protection against power loss has failed: flushed data may be lost; replace it"
            }
            Self::PersistentMemory => {
                "its persistent memory region is unreliable (rnvme does not use it)"
            }
            Self::Unknown(bit) => return write!(f, "a warning that is not known here: bit {bit}"),
        })
    }
}

/// The figures behind the warnings.
impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.temperature_c() {
            Some(celsius) => write!(f, "{celsius} degrees C, ")?,
            None => f.write_str("temperature unknown, ")?,
        }
        write!(
            f,
            "{} % of the spare blocks left (warning below {} %), {} % of the rated life used, {} media errors",
            self.spare_percent, self.spare_threshold_percent, self.used_percent, self.media_errors
        )
    }
}

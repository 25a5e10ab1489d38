// SPDX-License-Identifier: GPL-2.0
//! Text fields of Identify data: ASCII, padded with spaces, and not to be trusted with either.
//!
//! Base 1.4.2 (ASCII strings).

use core::fmt;

/// `N` bytes of printable ASCII.
///
/// # Invariants
///
/// Every byte is in 20h..=7eh; `len` is at most `N`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Text<const N: usize> {
    /// The field, with what is not printable replaced.
    bytes: [u8; N],
    /// Bytes up to the last one that is not a space.
    len: usize,
}

impl<const N: usize> Text<N> {
    /// The text of a field: up to the first NUL; what is not printable becomes a question mark.
    pub(crate) fn new(field: &[u8; N]) -> Self {
        let mut bytes = [b' '; N];
        let written = field.iter().take_while(|&&byte| byte != 0);
        for (to, &from) in bytes.iter_mut().zip(written) {
            *to = match from {
                0x20..=0x7e => from,
                _ => b'?',
            };
        }
        let len = bytes.trim_ascii_end().len();
        Self { bytes, len }
    }

    /// The text without the spaces at its end.
    pub(crate) fn as_str(&self) -> &str {
        let used = self.bytes.get(..self.len).unwrap_or(&[]);
        core::str::from_utf8(used).unwrap_or("")
    }

    /// The text in its full width, padded with spaces.
    pub(crate) fn padded(&self) -> &str {
        core::str::from_utf8(&self.bytes).unwrap_or("")
    }
}

impl<const N: usize> fmt::Display for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl<const N: usize> fmt::Debug for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

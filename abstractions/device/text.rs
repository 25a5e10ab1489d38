// SPDX-License-Identifier: GPL-2.0

//! The content of an attribute.

use core::marker::PhantomData;
use kernel::{
    fmt,
    prelude::*, //
};

/// The size of an attribute's content at most: less than `PAGE_SIZE`, fs/sysfs/file.c,
/// `sysfs_kf_seq_show`.
const MAX: usize = kernel::page::PAGE_SIZE - 1;

/// Where an attribute writes its content. What does not fit is left off.
///
/// # Invariants
///
/// `at` is valid for writes of `MAX` bytes, of which `len` are written.
pub struct Text<'a> {
    at: *mut u8,
    len: usize,
    _a: PhantomData<&'a mut u8>,
}

impl Text<'_> {
    /// # Safety
    ///
    /// `at` is valid for writes of a page, for as long as the value is used.
    pub(crate) unsafe fn new(at: *mut u8) -> Self {
        Self {
            at,
            len: 0,
            _a: PhantomData,
        }
    }

    /// How many bytes were written.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Appends formatted text: `out.put(fmt!(...))`.
    pub fn put(&mut self, args: fmt::Arguments<'_>) -> Result {
        fmt::Write::write_fmt(self, args).map_err(|_| EINVAL)
    }
}

impl fmt::Write for Text<'_> {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        let n = s.len().min(MAX.saturating_sub(self.len));
        // SAFETY: `n` bytes are left, by the type invariant and the line above.
        unsafe { core::ptr::copy_nonoverlapping(s.as_ptr(), self.at.add(self.len), n) };
        self.len = self.len.saturating_add(n);
        Ok(())
    }
}

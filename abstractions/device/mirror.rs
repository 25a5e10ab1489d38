// SPDX-License-Identifier: GPL-2.0

//! A link in debugfs to the device class: reports are looked for there too.
//!
//! C: `debugfs_create_symlink`, `debugfs_remove` (fs/debugfs/inode.c).

use kernel::{
    prelude::*,
    str::CString, //
};

/// `/sys/kernel/debug/<class>`, which leads to `/sys/class/<class>`. Without debugfs there is none, and
/// nobody misses it.
///
/// # Invariants
///
/// What debugfs has returned, which is an error pointer where it could not, or null; given to nobody
/// else.
pub(crate) struct Mirror(#[cfg(CONFIG_DEBUG_FS)] *mut kernel::bindings::dentry);

#[cfg(CONFIG_DEBUG_FS)]
impl Mirror {
    /// None yet.
    pub(crate) const NONE: Self = Self(core::ptr::null_mut());

    /// Makes it. Process context.
    pub(crate) fn new(class: &CStr) -> Result<Self> {
        let target = CString::try_from_fmt(fmt!("/sys/class/{}", class))?;
        // SAFETY: Two strings, which debugfs copies; in the root of debugfs.
        Ok(Self(unsafe {
            kernel::bindings::debugfs_create_symlink(
                class.as_char_ptr(),
                core::ptr::null_mut(),
                target.as_char_ptr(),
            )
        }))
    }

    /// Removes it. Process context.
    pub(crate) fn remove(&mut self) {
        let link = core::mem::replace(self, Self::NONE);
        // SAFETY: By the invariant; error pointers and null are of no effect.
        unsafe { kernel::bindings::debugfs_remove(link.0) };
    }
}

#[cfg(not(CONFIG_DEBUG_FS))]
impl Mirror {
    pub(crate) const NONE: Self = Self();

    pub(crate) fn new(_class: &CStr) -> Result<Self> {
        Ok(Self::NONE)
    }

    pub(crate) fn remove(&mut self) {}
}

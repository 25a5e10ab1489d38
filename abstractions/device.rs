// SPDX-License-Identifier: GPL-2.0

//! The device of a controller in its class, and sysfs attributes.
//!
//! C header: [`include/linux/device.h`](srctree/include/linux/device.h)
//!
//! ```text
//! /sys/class/<class>/<class><instance> ─► PCI device/<class>/<class><instance> ─► <disk>
//! ```
//!
//! Attributes are called only while the class device is registered: deleting it waits for calls that
//! are under way (fs/kernfs, `kernfs_drain`), in step 8 of the end of the scope.

mod attributes;
mod text;

pub(crate) use self::attributes::Attributes;
pub use self::attributes::{
    Attribute,
    Show,
    Store, //
};
pub use self::text::Text;

use crate::{
    pci::{
        scope::{
            Registration,
            Scope,
            Stage, //
        },
        Driver,
        Live, //
    },
    Brand, //
};
use core::{
    marker::PhantomData,
    ptr::NonNull, //
};
use kernel::ffi::c_void;
use kernel::{
    bindings,
    error::to_result,
    prelude::*,
    sync::Arc, //
};

/// The registration of a class device.
///
/// # Invariants
///
/// `dev` is initialised, and holds a reference of ours until this is dropped.
pub(crate) struct Entry<'b, D: Driver> {
    dev: NonNull<bindings::device>,
    added: crate::counter::State,
    _attributes: Attributes,
    pub(crate) ctrl: Arc<D::Ctrl<'b>>,
    pub(crate) scope: NonNull<Scope<'b>>,
}

// SAFETY: The controller is `Send + Sync`; a device may be used from any task.
unsafe impl<D: Driver> Send for Entry<'_, D> {}
// SAFETY: As above.
unsafe impl<D: Driver> Sync for Entry<'_, D> {}

impl<D: Driver> Registration for Entry<'_, D> {
    fn end(&self, stage: Stage, _gone: bool) {
        // After the disks, its children, and before the queues that attributes may use.
        if stage == Stage::Withdraw && self.added.change(1, 0).is_ok() {
            // SAFETY: Added once. Waits for attributes that are being shown or stored.
            unsafe { bindings::device_del(self.dev.as_ptr()) };
        }
    }
}

impl<D: Driver> Drop for Entry<'_, D> {
    fn drop(&mut self) {
        // SAFETY: The reference of `device_initialize`; the last one frees the memory, by `release`.
        unsafe { bindings::put_device(self.dev.as_ptr()) };
    }
}

/// A handle to a class device; the scope deletes it.
///
/// # Invariants
///
/// `dev` is valid for as long as there is a `Live<'b>`.
pub struct ClassDevice<'b> {
    dev: NonNull<bindings::device>,
    _b: Brand<'b>,
}

// SAFETY: A device may be used from any task.
unsafe impl Send for ClassDevice<'_> {}
// SAFETY: As above.
unsafe impl Sync for ClassDevice<'_> {}

impl ClassDevice<'_> {
    pub(crate) fn raw(&self) -> *mut bindings::device {
        self.dev.as_ptr()
    }
}

impl<'b> Live<'b> {
    /// Registers the device of the controller in the class of its driver, as `<class><instance>`,
    /// with these attributes. They can be called before this returns.
    ///
    /// # Errors
    ///
    /// `ENOMEM`, `EEXIST` where the name is taken, `ESHUTDOWN` once the scope is ending.
    pub fn class_device<D: Driver>(
        self,
        ctrl: &Arc<D::Ctrl<'b>>,
        attributes: &'static [Attribute<D>],
    ) -> Result<ClassDevice<'b>> {
        let scope = self.scope();
        let attributes = Attributes::for_class_device(attributes)?;
        let dev = KBox::into_raw(KBox::new(
            pin_init::zeroed::<bindings::device>(),
            GFP_KERNEL | __GFP_ZERO,
        )?);
        // SAFETY: Allocated above; from here on `release` frees it.
        unsafe {
            bindings::device_initialize(dev);
            (*dev).release = Some(release);
            (*dev).class = scope.class();
            (*dev).parent = scope.dev();
            (*dev).groups = attributes.groups();
        }
        let entry = Arc::new(
            Entry::<'b, D> {
                // SAFETY: Not null.
                dev: unsafe { NonNull::new_unchecked(dev) },
                added: crate::counter::State::new(0),
                _attributes: attributes,
                ctrl: ctrl.clone(),
                scope: self.scope_ptr(),
            },
            GFP_KERNEL,
        )?;
        // SAFETY: The device is ours; the format takes a string and a number.
        unsafe {
            to_result(bindings::dev_set_name(
                dev,
                c"%s%u".as_char_ptr(),
                D::CLASS.as_char_ptr(),
                self.instance(),
            ))?;
            bindings::dev_set_drvdata(dev, Arc::as_ptr(&entry).cast_mut().cast::<c_void>());
        }
        scope.register(entry.clone())?;
        // SAFETY: Initialised, named, its attributes and data kept by the registration.
        to_result(unsafe { bindings::device_add(dev) }).inspect_err(|_| {
            scope.forget(Arc::as_ptr(&entry).cast());
        })?;
        entry.added.set(1);
        // INVARIANT: The registration keeps it until the scope has ended.
        Ok(ClassDevice {
            dev: entry.dev,
            _b: PhantomData,
        })
    }
}

/// # Safety
///
/// Called for a device that `Live::class_device` has allocated, with its last reference gone.
unsafe extern "C" fn release(dev: *mut bindings::device) {
    // SAFETY: By the contract of this function.
    drop(unsafe { KBox::from_raw(dev) });
}

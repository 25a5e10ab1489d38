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
mod mirror;
mod text;

pub(crate) use self::attributes::Attributes;
pub use self::attributes::{
    Attribute,
    Show,
    Store, //
};
pub(crate) use self::mirror::Mirror;
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
    error::from_err_ptr,
    new_mutex,
    prelude::*,
    sync::{
        Arc,
        Mutex, //
    }, //
};

/// How far a class device has come.
enum Phase {
    New,
    Added(NonNull<bindings::device>),
    Ended,
}

/// The registration of a class device.
pub(crate) struct Entry<'b, D: Driver> {
    phase: Pin<KBox<Mutex<Phase>>>,
    attributes: Attributes,
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
        if stage != Stage::Withdraw {
            return;
        }
        let was = core::mem::replace(&mut *self.phase.lock(), Phase::Ended);
        if let Phase::Added(dev) = was {
            // Waits for attributes that are being shown or stored. What frees the memory when the last
            // reference goes is the kernel's own, and stays when this module is gone.
            // SAFETY: Created by `class_device`, once; the reference is the creation's.
            unsafe { bindings::device_unregister(dev.as_ptr()) };
        }
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
        let entry = Arc::new(
            Entry::<'b, D> {
                phase: KBox::pin_init(new_mutex!(Phase::New), GFP_KERNEL)?,
                attributes,
                ctrl: ctrl.clone(),
                scope: self.scope_ptr(),
            },
            GFP_KERNEL,
        )?;
        scope.register(entry.clone())?;
        let mut phase = entry.phase.lock();
        if !matches!(*phase, Phase::New) {
            return Err(ESHUTDOWN);
        }
        // SAFETY: Class and parent are registered while the driver is bound; the registration keeps
        // data and attributes until it has unregistered the device; the format takes a string and a
        // number.
        let dev = from_err_ptr(unsafe {
            bindings::device_create_with_groups(
                scope.class(),
                scope.dev(),
                0,
                Arc::as_ptr(&entry).cast_mut().cast::<c_void>(),
                entry.attributes.groups(),
                c"%s%u".as_char_ptr(),
                D::CLASS.as_char_ptr(),
                self.instance(),
            )
        });
        let dev = dev.and_then(|d| NonNull::new(d).ok_or(ENOMEM));
        match dev {
            Ok(dev) => {
                *phase = Phase::Added(dev);
                // INVARIANT: The registration keeps it until the scope has ended.
                Ok(ClassDevice {
                    dev,
                    _b: PhantomData,
                })
            }
            Err(e) => {
                drop(phase);
                scope.forget(Arc::as_ptr(&entry).cast());
                Err(e)
            }
        }
    }
}

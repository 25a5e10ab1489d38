// SPDX-License-Identifier: GPL-2.0

//! Sleep: the callbacks of suspend and hibernation.
//!
//! C: `struct dev_pm_ops` (include/linux/pm.h); `pci_pm_*` (drivers/pci/pci-driver.c).
//!
//! ```text
//! Driver::suspend ─► switch held off ─► core: configuration saved, D3 ─ ⚡ ─ D0, restored ─► switch released ─► Driver::resume
//! suspend, freeze, poweroff             *_noirq                             *_noirq           resume, thaw, restore
//! ```
//!
//! All six are the same two to a driver: whether power goes, and whether the memory that comes back is
//! this kernel's own or a copy of it, only changes what the device remembers, and that is nothing to
//! rely on. A configuration that is written back has bus mastering off (`saved-is-off`), so
//! that a device which kept its power does not go on where it was.
//!
//! The callbacks hold the device lock (drivers/base/power/main.c, `device_suspend`, `device_resume`), so
//! the driver is neither bound nor unbound beside them.

use crate::{
    dma::stopped::Hold,
    pci::{
        Adapter,
        Driver, //
    }, //
};
use core::mem::offset_of;
use kernel::ffi::c_int;
use kernel::{
    bindings,
    error::from_result,
    prelude::*, //
};

/// The callbacks of a [`Driver`]. What they leave out happens in the PCI core alone: runtime power
/// management is off for a driver that never allows it.
pub(super) fn operations<D: Driver>() -> bindings::dev_pm_ops {
    bindings::dev_pm_ops {
        suspend: Some(suspend::<D>),
        freeze: Some(suspend::<D>),
        poweroff: Some(suspend::<D>),
        resume: Some(resume::<D>),
        thaw: Some(resume::<D>),
        restore: Some(resume::<D>),
        ..pin_init::zeroed()
    }
}

/// The PCI device of a `struct device` that is part of one.
fn pdev_of(dev: *mut bindings::device) -> *mut bindings::pci_dev {
    dev.wrapping_byte_sub(offset_of!(bindings::pci_dev, dev))
        .cast()
}

/// # Safety
///
/// Called by `pci_pm_suspend`, `pci_pm_freeze` or `pci_pm_poweroff` with the `dev` of a PCI device that is
/// bound to the driver `D`, in process context, with its device lock held.
unsafe extern "C" fn suspend<D: Driver>(dev: *mut bindings::device) -> c_int {
    // SAFETY: By the contract of this function.
    let bound = unsafe { Adapter::<D>::bound(pdev_of(dev)) };
    from_result(|| {
        if let Some(ctrl) = bound.ctrl() {
            D::suspend(ctrl, bound.live())?;
        }
        bound.scope().hold_master(Hold::Sleep).inspect_err(|_| {
            pr_err!("bus mastering cannot be switched off; the machine stays awake\n");
            wake::<D>(&bound);
        })?;
        Ok(0)
    })
}

/// # Safety
///
/// As for [`suspend`]; called by `pci_pm_resume`, `pci_pm_thaw` or `pci_pm_restore`.
unsafe extern "C" fn resume<D: Driver>(dev: *mut bindings::device) -> c_int {
    // SAFETY: By the contract of this function.
    let bound = unsafe { Adapter::<D>::bound(pdev_of(dev)) };
    wake::<D>(&bound);
    0
}

fn wake<D: Driver>(bound: &super::adapter::Bound<'_, D>) {
    bound.scope().release_master(Hold::Sleep);
    if let Some(ctrl) = bound.ctrl() {
        D::resume(ctrl, bound.live());
    }
}

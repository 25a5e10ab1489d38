// SPDX-License-Identifier: GPL-2.0

//! Registration of a PCI driver, and the callbacks of the driver core.
//!
//! C: `struct pci_driver`; `drivers/pci/pci-driver.c`, `drivers/base/dd.c`. All callbacks of one
//! device hold its device lock.

use crate::{
    counter::State,
    device::Mirror,
    pci::{
        power,
        scope::Scope,
        trouble,
        Channel,
        Live,
        Verdict, //
    },
    raw,
    work::Workqueues, //
};
use core::{
    cell::UnsafeCell,
    marker::PhantomData,
    ptr::NonNull, //
};
use kernel::ffi::c_int;
use kernel::{
    bindings,
    device,
    device_id::RawDeviceIdIndex,
    driver,
    error::{
        from_result,
        to_result, //
    },
    pci,
    prelude::*,
    sync::Arc,
    types::Opaque, //
};

/// A driver of PCI devices. The implementing type is a marker; what belongs to one device is
/// [`Ctrl`](Self::Ctrl).
///
/// All functions run in process context with the device lock held; they may sleep.
pub trait Driver: Sized + 'static {
    /// What an entry of the device table says about a device.
    type Id: 'static;

    /// Everything of the driver's that may touch one device.
    type Ctrl<'b>: Send + Sync;

    /// The device table, made with `kernel::pci_device_table!`.
    const IDS: pci::IdTable<Self::Id>;

    /// The name of the device class for [`Live::class_device`], and of the workqueue.
    const CLASS: &'static CStr;

    /// Brings a device up. The device is enabled, with bus mastering off: see
    /// [`Live::start_dma`]. Where this fails, the scope ends all that was begun.
    fn probe<'b>(at: Live<'b>, id: Option<&Self::Id>) -> Result<Arc<Self::Ctrl<'b>>>;

    /// Ends a device in an orderly way: while it still answers, dirty data can still be written.
    /// What this leaves undone, the scope does.
    fn unbind<'b>(ctrl: &Self::Ctrl<'b>, at: Live<'b>);

    /// The function is about to be reset (`pci_reset_function`, for instance from sysfs): the device is
    /// to be stopped.
    fn reset_prepare<'b>(ctrl: &Self::Ctrl<'b>, at: Live<'b>) {
        let _ = (ctrl, at);
    }

    /// The function was reset, and has forgotten everything.
    fn reset_done<'b>(ctrl: &Self::Ctrl<'b>, at: Live<'b>) {
        let _ = (ctrl, at);
    }

    /// Power may go, or memory is about to be copied: suspend to RAM or to idle, and each step of
    /// hibernation (`pci_pm_suspend`, `pci_pm_freeze`, `pci_pm_poweroff`, drivers/pci/pci-driver.c).
    /// User space is frozen; other tasks and works run on. The device is to be stopped, and to stay so:
    /// bus mastering is switched off afterwards and stays off until [`resume`](Self::resume).
    ///
    /// # Errors
    ///
    /// The machine stays awake. The driver has undone what it did: `resume` is not called.
    fn suspend<'b>(ctrl: &Self::Ctrl<'b>, at: Live<'b>) -> Result {
        let _ = (ctrl, at);
        Ok(())
    }

    /// Power is back, or never went (`pci_pm_resume`, `pci_pm_thaw`, `pci_pm_restore`). The PCI core has
    /// restored configuration and MSI-X table; the device may have forgotten everything.
    fn resume<'b>(ctrl: &Self::Ctrl<'b>, at: Live<'b>) {
        let _ = (ctrl, at);
    }

    /// The bus has reported an error of the device, its link or a bridge above it
    /// (`pcie_do_recovery`, drivers/pci/pcie/err.c). With [`Channel::Frozen`] and [`Channel::Lost`] no
    /// register may be accessed, and bus mastering is switched off afterwards. A driver that does not
    /// say what to do gives the device up.
    fn error_detected<'b>(ctrl: &Self::Ctrl<'b>, at: Live<'b>, channel: Channel) -> Verdict {
        let _ = (ctrl, at, channel);
        Verdict::Disconnect
    }

    /// The device was reset along with its bus and has forgotten everything; its configuration was
    /// written back. Also without an [`error_detected`](Self::error_detected) that asked for it, where
    /// another function on the bus did.
    ///
    /// # Errors
    ///
    /// The device is given up, with all others on its bus.
    fn slot_reset<'b>(ctrl: &Self::Ctrl<'b>, at: Live<'b>) -> Result {
        let _ = (ctrl, at);
        Ok(())
    }

    /// The bus works again: the end of what [`error_detected`](Self::error_detected) began, unless the
    /// device was given up.
    fn error_resume<'b>(ctrl: &Self::Ctrl<'b>, at: Live<'b>) {
        let _ = (ctrl, at);
    }

    /// The machine is about to power off, reboot or start another kernel. Bus mastering is switched
    /// off afterwards; the registrations stay.
    fn shutdown<'b>(ctrl: &Self::Ctrl<'b>, at: Live<'b>);
}

/// What the driver core keeps for a bound device: the scope, and the controller in it.
///
/// # Invariants
///
/// `ctrl` is written during probe and at the end of remove, under the device lock, and read by
/// callbacks that hold the device lock.
pub struct Bound<'b, D: Driver> {
    ctrl: UnsafeCell<Option<Arc<D::Ctrl<'b>>>>,
    scope: Pin<KBox<Scope<'b>>>,
    ended: State,
}

// SAFETY: A controller is `Send + Sync`, and so is a scope.
unsafe impl<D: Driver> Send for Bound<'_, D> {}
// SAFETY: `ctrl` is accessed under the device lock only, by the type invariant.
unsafe impl<D: Driver> Sync for Bound<'_, D> {}

impl<'b, D: Driver> Bound<'b, D> {
    pub(super) fn live(&self) -> Live<'b> {
        let scope = NonNull::from(&*self.scope);
        // SAFETY: Only callbacks of the driver core use it, in process context, and the scope is
        // given back by the last of them.
        unsafe { Live::new(scope) }
    }

    pub(super) fn scope(&self) -> &Scope<'b> {
        &self.scope
    }

    pub(super) fn ctrl(&self) -> Option<&D::Ctrl<'b>> {
        // SAFETY: Under the device lock, by the type invariant; `end` is not running.
        unsafe { (*self.ctrl.get()).as_deref() }
    }

    /// Steps 1 to 12 of the end of a scope, once: by remove, or where there was none by the drop.
    fn end(&self) {
        if self.ended.change(0, 1).is_err() {
            return;
        }
        self.scope.finish();
        // SAFETY: Under the device lock; no callback can come any more that would read it.
        let ctrl = unsafe { (*self.ctrl.get()).take() };
        drop(ctrl);
        self.scope.give_back();
    }
}

impl<D: Driver> Drop for Bound<'_, D> {
    fn drop(&mut self) {
        self.end();
    }
}

/// What is registered for a driver: `struct pci_driver`, the class and the workqueue.
#[repr(C)]
pub struct Registered {
    pci: bindings::pci_driver,
    errors: bindings::pci_error_handlers,
    power: bindings::dev_pm_ops,
    class: bindings::class,
    mirror: Mirror,
    works: Workqueues,
}

impl Default for Registered {
    fn default() -> Self {
        Self {
            pci: pin_init::zeroed(),
            errors: pin_init::zeroed(),
            power: pin_init::zeroed(),
            class: pin_init::zeroed(),
            mirror: Mirror::NONE,
            works: Workqueues::NONE,
        }
    }
}

/// Registers a [`Driver`] with the PCI bus: for `kernel::driver::Registration`. One per module, since
/// the numbers of controllers are the module's.
pub struct Adapter<D: Driver>(PhantomData<D>);

// SAFETY: `Registered` is `repr(C)` and embeds a `struct pci_driver` as its first field, which
// embeds the `struct device_driver` at this offset; `Bound` is what `probe` stores as drvdata.
unsafe impl<D: Driver> driver::DriverLayout for Adapter<D> {
    type DriverType = Registered;
    type DriverData<'b> = Bound<'b, D>;
    const DEVICE_DRIVER_OFFSET: usize = core::mem::offset_of!(bindings::pci_driver, driver);
}

// SAFETY: `unregister` undoes a successful `register`, for the same `Registered`.
unsafe impl<D: Driver> driver::RegistrationOps for Adapter<D> {
    unsafe fn register(
        reg: &Opaque<Registered>,
        name: &'static CStr,
        module: &'static ThisModule,
    ) -> Result {
        let reg = reg.get();
        // SAFETY: `reg` is valid and pinned until `unregister` by the trait's contract, and nobody
        // else uses it yet.
        let r = unsafe { &mut *reg };
        r.pci.name = name.as_char_ptr();
        r.pci.probe = Some(Self::probe);
        r.pci.remove = Some(Self::remove);
        r.pci.shutdown = Some(Self::shutdown);
        r.errors = trouble::handlers::<D>();
        r.power = power::operations::<D>();
        r.pci.driver.pm = &raw const r.power;
        r.pci.err_handler = &raw const r.errors;
        r.pci.id_table = D::IDS.as_ptr();
        // Devices come up beside each other, and one that is slow does not hold up the boot.
        r.pci.driver.probe_type = bindings::probe_type_PROBE_PREFER_ASYNCHRONOUS;
        r.class.name = D::CLASS.as_char_ptr();
        r.works = Workqueues::new(D::CLASS)?;
        // SAFETY: The class is pinned like `reg` and has a static name.
        let ret = unsafe { bindings::class_register(&r.class) };
        if ret != 0 {
            // SAFETY: No work was queued.
            unsafe { r.works.destroy() };
            return to_result(ret);
        }
        // Nobody fails for want of it.
        r.mirror = Mirror::new(D::CLASS).unwrap_or(Mirror::NONE);
        // Probes run beside each other, and names must not depend on which is first.
        // SAFETY: The table is static and ends with an empty entry.
        unsafe { raw::rnvme_abs_number_devices(r.pci.id_table) };
        // SAFETY: `r.pci` is pinned like `reg` and filled in.
        let ret = unsafe {
            bindings::__pci_register_driver(&mut r.pci, module.as_ptr(), name.as_char_ptr())
        };
        if ret != 0 {
            // SAFETY: No device is bound that has one.
            unsafe { raw::rnvme_abs_forget_instances() };
            r.mirror.remove();
            // SAFETY: Registered above; no driver, hence no device of the class.
            unsafe { bindings::class_unregister(&r.class) };
            // SAFETY: No work was queued.
            unsafe { r.works.destroy() };
        }
        to_result(ret)
    }

    unsafe fn unregister(reg: &Opaque<Registered>) {
        let reg = reg.get();
        // SAFETY: Registered, by the trait's contract. After this no device is bound, so no scope
        // exists.
        unsafe { bindings::pci_unregister_driver(&raw mut (*reg).pci) };
        // SAFETY: Valid by the trait's contract, and nobody else uses it now.
        unsafe { &mut (*reg).mirror }.remove();
        // SAFETY: Registered by `register`; class devices ended with their scopes.
        unsafe { bindings::class_unregister(&raw const (*reg).class) };
        // SAFETY: Made by `register`; works ended with their scopes.
        unsafe { (*reg).works.destroy() };
        // SAFETY: No device is bound that has one.
        unsafe { raw::rnvme_abs_forget_instances() };
    }
}

impl<D: Driver> Adapter<D> {
    /// Makes the scope, then lets the driver probe within it. Where anything fails, dropping the
    /// `Bound` ends the scope: the driver core does not call remove after a failed probe.
    fn bind<'b>(pdev: NonNull<bindings::pci_dev>, id: Option<&D::Id>) -> Result<Bound<'b, D>> {
        // SAFETY: In probe the device's driver is ours (`local_pci_probe`), embedded first in a
        // `Registered` that stays until the driver is unregistered.
        let reg = unsafe { (*pdev.as_ptr()).driver }.cast::<Registered>();
        // SAFETY: `reg` is valid as just said; `pdev` is in its probe callback.
        let scope = unsafe { Scope::new(pdev, &raw const (*reg).class, (*reg).works)? };
        let bound = Bound {
            ctrl: UnsafeCell::new(None),
            scope,
            ended: State::new(0),
        };
        let ctrl = D::probe(bound.live(), id)?;
        // SAFETY: Nobody else has `bound`.
        unsafe { *bound.ctrl.get() = Some(ctrl) };
        Ok(bound)
    }

    extern "C" fn probe(pdev: *mut bindings::pci_dev, id: *const bindings::pci_device_id) -> c_int {
        // SAFETY: The PCI bus calls this with a valid device, which is being bound to this driver
        // (drivers/pci/pci-driver.c, `local_pci_probe`).
        let dev = unsafe { &*pdev.cast::<pci::Device<device::CoreInternal<'_>>>() };
        // SAFETY: `DeviceId` is transparent over `struct pci_device_id`.
        let id = unsafe { &*id.cast::<pci::DeviceId>() };
        // SAFETY: The id is of `D::IDS` or has no driver data.
        let id = unsafe { id.info_unchecked_opt::<D::Id>() };
        from_result(|| {
            let bound = Self::bind(NonNull::new(pdev).ok_or(EINVAL)?, id)?;
            dev.as_ref().set_drvdata(Ok::<_, Error>(bound))?;
            Ok(0)
        })
    }

    /// # Safety
    ///
    /// `pdev` is bound to this driver, and the caller holds its device lock.
    pub(super) unsafe fn bound<'a, 'b>(pdev: *mut bindings::pci_dev) -> Pin<&'a Bound<'b, D>> {
        // SAFETY: `pdev` is valid by the contract of this function.
        let dev = unsafe { &*pdev.cast::<pci::Device<device::CoreInternal<'_>>>() };
        // SAFETY: `probe` has stored a `Bound<D>`, and it is dropped after remove only.
        unsafe { dev.as_ref().drvdata_borrow::<Bound<'b, D>>() }
    }

    extern "C" fn remove(pdev: *mut bindings::pci_dev) {
        // SAFETY: `pci_device_remove` calls this for a device that probe succeeded for, locked.
        let bound = unsafe { Self::bound(pdev) };
        if let Some(ctrl) = bound.ctrl() {
            D::unbind(ctrl, bound.live());
        }
        bound.end();
    }

    extern "C" fn shutdown(pdev: *mut bindings::pci_dev) {
        // SAFETY: As for `remove`; `device_shutdown` holds the device lock.
        let bound = unsafe { Self::bound(pdev) };
        if let Some(ctrl) = bound.ctrl() {
            D::shutdown(ctrl, bound.live());
        }
        bound.scope.stop_master();
    }
}

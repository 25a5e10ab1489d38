// SPDX-License-Identifier: GPL-2.0

//! The scope of a bound device: what must end, in which order, whatever the driver does or forgets.

use crate::{
    counter::State,
    dma::{
        hardware::Hardware,
        stopped::{
            this_task,
            Holder,
            Master, //
        }, //
    },
    raw,
    work::Workqueues,
    Brand,
    OnTask, //
};
use core::{
    marker::PhantomData,
    ptr::NonNull, //
};
use kernel::ffi::c_int;
use kernel::{
    bindings,
    device,
    error::to_result,
    new_mutex,
    prelude::*,
    sync::{
        Arc,
        Mutex, //
    },
    time::Delta, //
};

/// A step in the end of a scope. All registrations go through a step before any enters the next.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// No new requests are accepted; the ones in dispatch have come through.
    Silence,
    /// Interrupt lines are freed, what is in flight is ended.
    Drain,
    /// What was held back may run again, and fails.
    Release,
    /// What other CPUs complete has been completed. After the release: a flush that follows a write
    /// may have been held back.
    Settle,
    /// Works are gone, their last runs returned.
    Detach,
    /// Disks are gone, and with them their timeouts.
    Unlist,
    /// Class devices are gone, their last attribute calls returned.
    Withdraw,
    /// Queues without a disk are gone.
    Destroy,
    /// Tag sets are gone.
    Free,
}

impl Stage {
    const ORDER: [Stage; 9] = [
        Stage::Silence,
        Stage::Drain,
        Stage::Release,
        Stage::Settle,
        Stage::Detach,
        Stage::Unlist,
        Stage::Withdraw,
        Stage::Destroy,
        Stage::Free,
    ];
}

/// Something that lets the kernel call into the driver until it is ended.
///
/// `end` is called once per stage, in order, in process context, with bus mastering proved off. It
/// may sleep. After [`Stage::Free`] the kernel holds no pointer into the registration.
pub(crate) trait Registration: Send + Sync {
    /// Carries out what `stage` asks of this registration.
    fn end(&self, stage: Stage, gone: bool);
}

/// The registrations of a scope, in the order in which they were made.
struct Entries<'b> {
    closed: bool,
    list: KVec<Arc<dyn Registration + 'b>>,
}

/// The scope of a bound device.
///
/// # Invariants
///
/// - `pdev` is valid from before probe until after remove.
/// - Every registration that the kernel may call is in `entries` until it has ended.
/// - `saved-is-off`: whatever configuration of the device the PCI core may write back has bus
///   mastering off: it is saved by `new`, or while the switch is held (`hold_master`).
#[pin_data]
pub(crate) struct Scope<'b> {
    pdev: NonNull<bindings::pci_dev>,
    class: *const bindings::class,
    works: Workqueues,
    instance: u32,
    pub(crate) master_holder: Holder,
    /// Whether the function is being reset from within the driver, and by whom.
    resets: State,
    resetter: Holder,
    #[pin]
    pub(crate) master: Mutex<Master>,
    #[pin]
    entries: Mutex<Entries<'b>>,
    #[pin]
    pub(crate) hardware: Mutex<Hardware>,
}

// SAFETY: The pointers are to objects of the kernel that any task may use; the rest is behind locks.
unsafe impl Send for Scope<'_> {}
// SAFETY: As above.
unsafe impl Sync for Scope<'_> {}

impl<'b> Scope<'b> {
    /// Enables the device, bus mastering off, and makes its scope.
    ///
    /// # Safety
    ///
    /// `pdev` is a PCI device in its probe callback; `class` and `works` stay registered while a
    /// driver is bound to it.
    pub(crate) unsafe fn new(
        pdev: NonNull<bindings::pci_dev>,
        class: *const bindings::class,
        works: Workqueues,
    ) -> Result<Pin<KBox<Self>>> {
        // SAFETY: `pdev` is valid by the contract of this function.
        let instance = unsafe { raw::rnvme_abs_instance(pdev.as_ptr()) };
        to_result(instance)?;
        let scope = KBox::pin_init(
            pin_init!(Self {
                pdev,
                class,
                works,
                instance: instance as u32,
                master_holder: Holder::new(),
                resets: State::new(0),
                resetter: Holder::new(),
                master <- new_mutex!(Master::new()),
                entries <- new_mutex!(Entries { closed: false, list: KVec::new() }),
                hardware <- new_mutex!(Hardware::new()),
            }),
            GFP_KERNEL,
        )?;
        // SAFETY: `pdev` is valid; the matching `pci_disable_device` is in `give_back`.
        to_result(unsafe { bindings::pci_enable_device_mem(pdev.as_ptr()) })?;
        scope.hardware.lock().enabled = true;
        // A device that its firmware left running must not write before we say so.
        // SAFETY: `pdev` is valid.
        unsafe { bindings::pci_clear_master(pdev.as_ptr()) };
        // What is written back after the bus was reset (`slot_reset`): enabled, and off by `saved-is-off`.
        // SAFETY: `pdev` is valid.
        if let Err(e) = to_result(unsafe { bindings::pci_save_state(pdev.as_ptr()) }) {
            scope.give_back();
            return Err(e);
        }
        Ok(scope)
    }

    /// The PCI device.
    pub(crate) fn pdev(&self) -> *mut bindings::pci_dev {
        self.pdev.as_ptr()
    }

    /// The device that DMA is mapped for.
    pub(crate) fn dev(&self) -> *mut bindings::device {
        // SAFETY: `pdev` is valid; only the address of the field is taken.
        unsafe { &raw mut (*self.pdev.as_ptr()).dev }
    }

    /// The class for class devices.
    pub(crate) fn class(&self) -> *const bindings::class {
        self.class
    }

    /// The workqueues.
    pub(crate) fn works(&self) -> Workqueues {
        self.works
    }

    /// Whether the device no longer answers: configuration space reads all ones, or the bus said so.
    pub(crate) fn is_gone(&self) -> bool {
        // SAFETY: `pdev` is valid.
        let state =
            unsafe { core::ptr::read_volatile(&raw const (*self.pdev.as_ptr()).error_state) };
        // SAFETY: As above; the function reads the vendor id.
        let is_present = unsafe { bindings::pci_device_is_present(self.pdev.as_ptr()) };
        state == bindings::pci_channel_io_perm_failure || !is_present
    }

    /// Whether the caller is resetting the function from within the driver.
    pub(crate) fn is_own_reset(&self) -> bool {
        self.resetter.get() == this_task()
    }

    /// Keeps `entry` until the scope ends. `ESHUTDOWN` once the end has begun.
    pub(crate) fn register(&self, entry: Arc<dyn Registration + 'b>) -> Result {
        let mut entries = self.entries.lock();
        if entries.closed {
            return Err(ESHUTDOWN);
        }
        entries.list.push(entry, GFP_KERNEL)?;
        Ok(())
    }

    /// Drops the entry `which`, after the driver ended it by itself. Not before: see the invariants.
    pub(crate) fn forget(&self, which: *const ()) {
        let mut entries = self.entries.lock();
        let found = entries
            .list
            .iter()
            .position(|e| core::ptr::eq(Arc::as_ptr(e).cast::<()>(), which));
        let entry = found.and_then(|i| entries.list.remove(i).ok());
        drop(entries);
        // Outside the lock: what the entry holds may have a destructor of the driver's.
        drop(entry);
    }

    /// Ends everything, steps 1 to 10 of [`crate::pci`]. Process context, sleeps.
    pub(crate) fn finish(&self) {
        self.close_master();
        let list = {
            let mut entries = self.entries.lock();
            entries.closed = true;
            core::mem::take(&mut entries.list)
        };
        self.hardware.lock().closed = true;
        let gone = self.is_gone();
        for stage in Stage::ORDER {
            if matches!(stage, Stage::Drain | Stage::Free) {
                // Drain: a `queue_rq` that saw its queue open has come through. Free: one may still be
                // returning after its request was completed and its disk deleted; only its RCU section (block/blk-mq.h, `__blk_mq_run_dispatch_ops`)
                // keeps the queue it uses.
                // SAFETY: No preconditions; process context.
                unsafe { bindings::synchronize_rcu() };
            }
            for entry in list.iter().rev() {
                entry.end(stage, gone);
            }
        }
    }

    /// Keeps the vectors as they are while `f` looks at them.
    pub(crate) fn with_vectors<R>(&self, f: impl FnOnce() -> R) -> R {
        {
            let mut hardware = self.hardware.lock();
            hardware.lines = hardware.lines.saturating_add(1);
        }
        let r = f();
        let mut hardware = self.hardware.lock();
        hardware.lines = hardware.lines.saturating_sub(1);
        r
    }

    /// Gives the hardware back, step 12. Nothing with this scope's `'b` may be used any more.
    pub(crate) fn give_back(&self) {
        let hardware = core::mem::replace(&mut *self.hardware.lock(), Hardware::new());
        // SAFETY: The queues have ended and bus mastering is off, by `finish`; the controller is
        // dropped, so by `scope-outlives-b` no handle to this hardware can be used.
        unsafe { hardware.give_back(self) };
    }
}

/// "Bound, scope open, process context": the right to do what may sleep or make registrations.
///
/// Copied freely down the stack, and not to be kept: it is neither `Send` nor `Sync`, so nothing
/// that callbacks share can hold it, and what runs in an interrupt or under a spinlock never gets it.
///
/// # Invariants
///
/// `scope` is valid for as long as a value with `'b` is usable.
#[derive(Copy, Clone)]
pub struct Live<'b> {
    scope: NonNull<Scope<'b>>,
    _b: Brand<'b>,
    _task: OnTask,
}

impl<'b> Live<'b> {
    /// # Safety
    ///
    /// The caller is a callback of the kernel in process context that `scope` waits for before it
    /// gives back its hardware, or the scope's own owner.
    pub(crate) unsafe fn new(scope: NonNull<Scope<'b>>) -> Self {
        // INVARIANT: By the contract of this function.
        Self {
            scope,
            _b: PhantomData,
            _task: PhantomData,
        }
    }

    /// The scope.
    pub(crate) fn scope(&self) -> &Scope<'b> {
        // SAFETY: Valid by the type invariant.
        unsafe { self.scope.as_ref() }
    }

    /// The scope's address, for callbacks that make a `Live` of their own.
    pub(crate) fn scope_ptr(&self) -> NonNull<Scope<'b>> {
        self.scope
    }

    /// The number of this controller: the same for one PCI address while the module is loaded.
    pub fn instance(self) -> u32 {
        self.scope().instance
    }

    /// The PCI device, for messages (`dev_info!` and others).
    pub fn device(&self) -> &device::Device {
        // SAFETY: The device is valid while the scope is.
        unsafe { device::Device::from_raw(self.scope().dev()) }
    }

    /// The address of the device on its bus, as in `0000:01:00.0` (`pci_name`).
    pub fn address(&self) -> &CStr {
        // SAFETY: The device is valid, and its name is set before it is bound.
        unsafe { CStr::from_char_ptr(bindings::dev_name(self.scope().dev())) }
    }

    /// Whether the device has left the bus: its configuration space reads all ones
    /// (`pci_device_is_present`), or the bus has declared it lost.
    pub fn is_gone(self) -> bool {
        self.scope().is_gone()
    }

    /// The PCI vendor id, device id and revision.
    pub fn pci_ids(self) -> (u16, u16, u8) {
        let p = self.scope().pdev();
        // SAFETY: The device is valid; the fields are set when it is enumerated and constant.
        unsafe { ((*p).vendor, (*p).device, (*p).revision) }
    }

    /// The PCI subsystem vendor and device ids.
    pub fn pci_subsystem_ids(self) -> (u16, u16) {
        let p = self.scope().pdev();
        // SAFETY: The device is valid; the fields are set when it is enumerated and constant.
        unsafe { ((*p).subsystem_vendor, (*p).subsystem_device) }
    }

    /// Resets the PCI function (`pci_try_reset_function`): the way that the device offers and the
    /// user has not ruled out. Its configuration is kept, bus mastering as it was set here.
    /// [`Driver::reset_prepare`](crate::pci::Driver::reset_prepare) and `reset_done` are not called:
    /// the caller knows.
    ///
    /// # Errors
    ///
    /// `ENOTTY` where there is no way, `EAGAIN` while somebody has the device lock: during probe, unbind
    /// and other resets; `EDEADLK` if the caller holds [`Stopped`](crate::dma::Stopped).
    pub fn reset_function(self) -> Result {
        let scope = self.scope();
        if scope.holds_stopped() {
            return Err(EDEADLK);
        }
        scope.resets.change(0, 1).map_err(|_| EAGAIN)?;
        scope.resetter.set(this_task());
        // SAFETY: The device is valid; process context. Where the caller has the device lock already it
        // says so rather than wait.
        let ret = unsafe { bindings::pci_try_reset_function(scope.pdev()) };
        scope.resetter.set(0);
        scope.resets.set(0);
        to_result(ret)
    }

    /// The NUMA node of the device, where it has one.
    pub fn numa_node(self) -> Option<u32> {
        u32::try_from(self.raw_node()).ok()
    }

    pub(crate) fn raw_node(&self) -> c_int {
        // SAFETY: The device is valid.
        unsafe { (*self.scope().dev()).numa_node }
    }

    /// How many CPUs may ever be present: the most hardware queues that are of use.
    pub fn possible_cpus(self) -> u32 {
        // SAFETY: No preconditions.
        unsafe { bindings::blk_mq_num_possible_queues(0) }
    }

    /// Sleeps for at least `for_`, rounded up to a millisecond (`msleep`).
    pub fn sleep(self, for_: Delta) {
        let ms = for_.as_millis().clamp(1, i64::from(i32::MAX)) as u32;
        // SAFETY: Process context by the type invariant.
        unsafe { bindings::msleep(ms) };
    }
}

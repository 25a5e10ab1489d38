// SPDX-License-Identifier: GPL-2.0

//! Trouble on the bus: errors of a device or its link, and resets of the function.
//!
//! C: `struct pci_error_handlers` (include/linux/pci.h); `pcie_do_recovery` (drivers/pci/pcie/err.c),
//! `pci_dev_save_and_disable` and `pci_dev_restore` (drivers/pci/pci.c);
//! [`Documentation/PCI/pci-error-recovery.rst`](srctree/Documentation/PCI/pci-error-recovery.rst).
//!
//! ```text
//! error_detected Normal ───────────────────────────────────────────────────► error_resume
//!                Frozen ─► switch held ─ bus reset ─ released ─► slot_reset ─► error_resume
//!                Lost   ─► switch held: the end
//! reset_prepare ─────────► switch held ─ function reset ─ released ─► reset_done
//! ```
//!
//! All callbacks hold the device lock, but nobody holds it in between.

use crate::{
    dma::stopped::Hold,
    pci::{
        scope::Scope,
        Adapter,
        Driver, //
    }, //
};
use kernel::{
    bindings,
    prelude::*, //
};

/// What is left of the way to a device (`pci_channel_state_t`).
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Channel {
    /// It works: a transaction was lost, or went wrong.
    Normal,
    /// It is blocked, or works no longer reliably, until the bus was reset. No register may be accessed.
    Frozen,
    /// It is gone for good. No register may be accessed.
    Lost,
}

/// What a driver makes of an error (`pci_ers_result_t`).
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The device works on. Of a channel that is not [`Channel::Normal`] it means
    /// [`NeedReset`](Self::NeedReset).
    CanRecover,
    /// The device is to be reset, with all others on its bus.
    NeedReset,
    /// The device is given up, with all others on its bus.
    Disconnect,
}

/// The callbacks of a [`Driver`].
pub(super) fn handlers<D: Driver>() -> bindings::pci_error_handlers {
    bindings::pci_error_handlers {
        error_detected: Some(error_detected::<D>),
        slot_reset: Some(slot_reset::<D>),
        resume: Some(error_resume::<D>),
        reset_prepare: Some(reset_prepare::<D>),
        reset_done: Some(reset_done::<D>),
        ..pin_init::zeroed()
    }
}

/// Holds the switch off; goes on where that fails, with the proof withheld from whoever asks for it.
fn hold(scope: &Scope<'_>, why: Hold) {
    if scope.hold_master(why).is_err() {
        pr_err!("bus mastering cannot be switched off\n");
    }
}

/// # Safety
///
/// Called by `report_error_detected` or `report_perm_failure_detected` (drivers/pci/pcie/err.c) with a
/// device that is bound to the driver `D`, in process context, with its device lock held.
unsafe extern "C" fn error_detected<D: Driver>(
    pdev: *mut bindings::pci_dev,
    state: bindings::pci_channel_state_t,
) -> bindings::pci_ers_result_t {
    // SAFETY: By the contract of this function.
    let bound = unsafe { Adapter::<D>::bound(pdev) };
    let channel = match state {
        bindings::pci_channel_io_normal => Channel::Normal,
        bindings::pci_channel_io_frozen => Channel::Frozen,
        _ => Channel::Lost,
    };
    let verdict = match bound.ctrl() {
        Some(ctrl) => D::error_detected(ctrl, bound.live(), channel),
        None => Verdict::Disconnect,
    };
    if channel != Channel::Normal {
        hold(bound.scope(), Hold::Error);
    }
    match (verdict, channel) {
        (Verdict::Disconnect, _) => bindings::pci_ers_result_PCI_ERS_RESULT_DISCONNECT,
        (Verdict::CanRecover, Channel::Normal) => {
            bindings::pci_ers_result_PCI_ERS_RESULT_CAN_RECOVER
        }
        (Verdict::CanRecover | Verdict::NeedReset, _) => {
            bindings::pci_ers_result_PCI_ERS_RESULT_NEED_RESET
        }
    }
}

/// # Safety
///
/// As for [`error_detected`]; called by `report_slot_reset`.
unsafe extern "C" fn slot_reset<D: Driver>(
    pdev: *mut bindings::pci_dev,
) -> bindings::pci_ers_result_t {
    // SAFETY: By the contract of this function.
    let bound = unsafe { Adapter::<D>::bound(pdev) };
    // Also where the channel was normal, and somebody asked for the reset: what follows ends in `pci_intx`,
    // which may write back a switch that was put off meanwhile (`stopped-is-off`).
    hold(bound.scope(), Hold::Error);
    // Resetting a bus leaves the devices on it as they are after power on. What is written back has bus
    // mastering off (`saved-is-off`).
    // SAFETY: The device is valid, and `Scope::new` has saved its configuration.
    unsafe { bindings::pci_restore_state(pdev) };
    bound.scope().release_master(Hold::Error);
    let restarted = bound
        .ctrl()
        .map_or(Err(ENODEV), |ctrl| D::slot_reset(ctrl, bound.live()));
    match restarted {
        Ok(()) => bindings::pci_ers_result_PCI_ERS_RESULT_RECOVERED,
        Err(_) => bindings::pci_ers_result_PCI_ERS_RESULT_DISCONNECT,
    }
}

/// # Safety
///
/// As for [`error_detected`]; called by `report_resume`.
unsafe extern "C" fn error_resume<D: Driver>(pdev: *mut bindings::pci_dev) {
    // SAFETY: By the contract of this function.
    let bound = unsafe { Adapter::<D>::bound(pdev) };
    if let Some(ctrl) = bound.ctrl() {
        D::error_resume(ctrl, bound.live());
    }
}

/// # Safety
///
/// As for [`error_detected`]; called by `pci_dev_save_and_disable`.
unsafe extern "C" fn reset_prepare<D: Driver>(pdev: *mut bindings::pci_dev) {
    // SAFETY: By the contract of this function.
    let bound = unsafe { Adapter::<D>::bound(pdev) };
    // Whoever resets it from within the driver knows.
    if let Some(ctrl) = bound.ctrl().filter(|_| !bound.scope().is_own_reset()) {
        D::reset_prepare(ctrl, bound.live());
    }
    hold(bound.scope(), Hold::Reset);
}

/// # Safety
///
/// As for [`error_detected`]; called by `pci_dev_restore`.
unsafe extern "C" fn reset_done<D: Driver>(pdev: *mut bindings::pci_dev) {
    // SAFETY: By the contract of this function.
    let bound = unsafe { Adapter::<D>::bound(pdev) };
    bound.scope().release_master(Hold::Reset);
    if let Some(ctrl) = bound.ctrl().filter(|_| !bound.scope().is_own_reset()) {
        D::reset_done(ctrl, bound.live());
    }
}

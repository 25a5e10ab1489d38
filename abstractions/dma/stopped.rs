// SPDX-License-Identifier: GPL-2.0

//! The master switch of a device, and the proof that it is off.
//!
//! C: `pci_set_master`, `pci_clear_master` (drivers/pci/pci.c).

use crate::{
    counter::{
        uptime_ms,
        Counter, //
    },
    pci::{
        scope::Scope,
        Live, //
    },
    raw,
    Brand, //
};
use core::{
    marker::PhantomData,
    ptr::NonNull, //
};
use kernel::ffi::c_int;
use kernel::{
    bindings,
    prelude::*,
    sync::lock::{
        mutex::MutexBackend,
        Guard, //
    }, //
};

/// What the mutex of the master switch guards.
pub(crate) struct Master {
    /// The end of the scope has begun: the switch stays off.
    closed: bool,
    /// The switch is on, or is to be once it is no longer held.
    on: bool,
    /// Why the switch is off whatever the driver has set: a bit for each [`Hold`].
    held: u8,
    /// It could not be proved off then, and what is written back may have it on: likewise.
    doubtful: u8,
    /// Nothing answered when it was looked at last, for [`ABSENT_MS`].
    is_absent: bool,
}

/// What holds the switch off, each until it is over itself: they may overlap.
#[derive(Copy, Clone)]
pub(crate) enum Hold {
    /// The machine sleeps: the configuration was saved, and is written back.
    Sleep = 1 << 0,
    /// The function is reset, likewise.
    Reset = 1 << 1,
    /// The link is in error, and may come back at any time.
    Error = 1 << 2,
}

/// For how long nothing must answer in the configuration space before the device is taken for gone:
/// reads may fail for a moment while it writes.
const ABSENT_MS: u64 = 100;

impl Master {
    pub(crate) const fn new() -> Self {
        Self {
            closed: false,
            on: false,
            held: 0,
            doubtful: 0,
            is_absent: false,
        }
    }
}

/// The proof that the device does not write to memory, and cannot while this exists.
///
/// The guard of the master switch: one at a time. Dropping it leaves DMA off;
/// [`Live::start_dma`] consumes it. While it is held no command may be waited for, since the
/// timeout that would end it may need the proof itself; such waits fail with `EDEADLK`.
///
/// Leaking one keeps the switch off and locked for ever: unbind hangs, nothing is corrupted.
///
/// # Invariants
///
/// `stopped-is-off`: bus mastering of the device is off, as read back from its configuration space,
/// or nothing answers there and goes on so.
pub struct Stopped<'b> {
    guard: Guard<'b, Master, MutexBackend>,
    scope: NonNull<Scope<'b>>,
    _b: Brand<'b>,
}

impl Drop for Stopped<'_> {
    fn drop(&mut self) {
        // SAFETY: The scope is valid while values with its `'b` are used.
        unsafe { self.scope.as_ref() }.master_holder.set(0);
    }
}

/// The task that runs this, as a number to compare.
pub(crate) fn this_task() -> u64 {
    // SAFETY: No preconditions.
    unsafe { bindings::get_current() }.addr() as u64
}

/// Who holds the [`Stopped`] of a scope: a task as a number, or zero.
pub(crate) type Holder = Counter;

impl Scope<'_> {
    /// Switches bus mastering off and reads it back. The read also pushes what the device has
    /// written before ahead of it. Sleeps where nothing answers.
    fn prove_off(&self, master: &mut Master) -> Result {
        let begun = uptime_ms();
        loop {
            // SAFETY: The device is valid. For the core's own bookkeeping.
            unsafe { bindings::pci_clear_master(self.pdev()) };
            // Whatever it said before.
            let off = self.read_config(raw::PCI_COMMAND) & !raw::PCI_COMMAND_MASTER;
            if off | raw::PCI_COMMAND_MASTER != u16::MAX {
                self.write_command(off);
            }
            let command = self.read_config(raw::PCI_COMMAND);
            // Whatever answers is there.
            master.is_absent &= command == u16::MAX;
            if command & raw::PCI_COMMAND_MASTER == 0 {
                return Ok(());
            }
            // One register that reads all ones proves nothing; a configuration space that does, and goes on,
            // means that there is no way left to memory. The vendor is never all ones.
            if command != u16::MAX || self.read_config(raw::PCI_VENDOR_ID) != u16::MAX {
                return Err(EIO);
            }
            if master.is_absent || uptime_ms().saturating_sub(begun) >= ABSENT_MS {
                master.is_absent = true;
                return Ok(());
            }
            // SAFETY: Process context, as the mutex of the switch is held.
            unsafe { bindings::msleep(10) };
        }
    }

    /// Reads by way of the bus: for a device that was declared lost the accessors of the device do nothing,
    /// and a slot may say so of one that is there and writes. What cannot be read is all ones
    /// (`PCI_SET_ERROR_RESPONSE`).
    fn read_config(&self, at: c_int) -> u16 {
        let mut word = 0u16;
        // SAFETY: The device is valid, and so is the bus that it is on; `word` is local.
        let ret = unsafe {
            let pdev = self.pdev();
            bindings::pci_bus_read_config_word((*pdev).bus, (*pdev).devfn, at, &mut word)
        };
        if ret == 0 {
            word
        } else {
            u16::MAX
        }
    }

    /// Writes the command register, likewise.
    fn write_command(&self, command: u16) {
        // SAFETY: The device is valid, and so is the bus that it is on.
        unsafe {
            let pdev = self.pdev();
            let at = raw::PCI_COMMAND;
            bindings::pci_bus_write_config_word((*pdev).bus, (*pdev).devfn, at, command);
        }
    }

    /// Off for good, proved: step 1 of the end of a scope. Waits for as long as that takes, since
    /// going on would free memory under a device that writes.
    pub(crate) fn close_master(&self) {
        let mut master = self.master.lock();
        master.closed = true;
        master.on = false;
        while self.prove_off(&mut master).is_err() {
            pr_err!("bus mastering cannot be switched off; unbind waits rather than free memory under the device\n");
            // SAFETY: Process context.
            unsafe { bindings::msleep(1000) };
        }
    }

    /// Off for good, as well as it can be done: at shutdown.
    pub(crate) fn stop_master(&self) {
        let mut master = self.master.lock();
        master.closed = true;
        master.on = false;
        if self.prove_off(&mut master).is_err() {
            pr_err!("bus mastering cannot be switched off\n");
        }
    }

    /// Off until [`release_master`](Self::release_master), whatever the driver has set, and proved:
    /// before the PCI core saves the configuration of the device, and while a link in error may come
    /// back. Waits for whoever holds the proof. `EIO` if the device keeps the bit set.
    pub(crate) fn hold_master(&self, hold: Hold) -> Result {
        let mut master = self.master.lock();
        master.held |= hold as u8;
        let proved = self.prove_off(&mut master);
        if proved.is_err() {
            master.doubtful |= hold as u8;
        }
        proved
    }

    /// The PCI core has written back what it had saved, which has the switch off (`saved-is-off`): it
    /// is put to where the driver has set it, unless something else holds it. Not with the proof in hand.
    pub(crate) fn release_master(&self, hold: Hold) {
        let mut master = self.master.lock();
        master.held &= !(hold as u8);
        master.doubtful &= !(hold as u8);
        if master.on && master.held == 0 {
            master.is_absent = false;
            // SAFETY: The device is valid.
            unsafe { bindings::pci_set_master(self.pdev()) };
        } else if self.prove_off(&mut master).is_err() {
            pr_err!("bus mastering cannot be switched off\n");
        }
    }

    /// Keeps the switch as it stands while the result lives: for what of the PCI core reads the whole
    /// command register and writes it back, without a lock (`pci_intx`). Taken before
    /// [`hardware`](Self::hardware), since whoever holds the proof may take that.
    pub(crate) fn keep_master(&self) -> Option<Guard<'_, Master, MutexBackend>> {
        (!self.holds_stopped()).then(|| self.master.lock())
    }

    /// Whether the caller holds the [`Stopped`] of this scope.
    pub(crate) fn holds_stopped(&self) -> bool {
        self.master_holder.get() == this_task()
    }
}

impl<'b> Live<'b> {
    /// Switches bus mastering off and proves it. Waits while another task holds the proof.
    ///
    /// # Errors
    ///
    /// `ESHUTDOWN` once the scope is ending, `EDEADLK` if the caller holds the proof already, `EIO`
    /// if the device keeps the bit set, or did so when the PCI core saved what it is about to write back:
    /// what is in flight then stays mapped.
    pub fn stop_dma(self) -> Result<Stopped<'b>> {
        let scope = self.scope_ptr();
        // SAFETY: The scope is valid for as long as a value with its `'b` is usable.
        let s: &'b Scope<'b> = unsafe { scope.as_ref() };
        if s.holds_stopped() {
            return Err(EDEADLK);
        }
        let mut guard = s.master.lock();
        if guard.closed {
            return Err(ESHUTDOWN);
        }
        s.prove_off(&mut guard)?;
        if guard.doubtful != 0 {
            return Err(EIO);
        }
        guard.on = false;
        s.master_holder.set(this_task());
        // INVARIANT: Just proved; whoever switches it on needs this guard.
        Ok(Stopped {
            guard,
            scope,
            _b: PhantomData,
        })
    }

    /// Switches bus mastering on, and with that the proof is gone. To be called when the device was
    /// made to forget what it had been told: an honest one goes on with that once it can, and its
    /// memory may be another's by then.
    ///
    /// # Errors
    ///
    /// DMA stays off: `ESHUTDOWN` once the scope is ending, `EBUSY` from the end of
    /// [`Driver::suspend`](crate::pci::Driver::suspend), `reset_prepare` or an `error_detected` without a
    /// channel to the beginning of what undoes it.
    pub fn start_dma(self, mut stopped: Stopped<'b>) -> Result {
        if stopped.guard.closed {
            return Err(ESHUTDOWN);
        }
        if stopped.guard.held != 0 {
            return Err(EBUSY);
        }
        stopped.guard.on = true;
        stopped.guard.is_absent = false;
        // SAFETY: The device is valid.
        unsafe { bindings::pci_set_master(self.scope().pdev()) };
        Ok(())
    }
}

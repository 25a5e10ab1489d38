// SPDX-License-Identifier: GPL-2.0

//! What is done about an event: its log is read, which clears it; disks are looked at, firmware is
//! waited for, or the controller is reset.
//!
//! NVMe Base 2.0, 5.2.1 (events), 5.16 (Get Log Page).

use crate::{
    cause::Cause,
    controller::Ctrl,
    journal::Note,
    nvme::{
        admin::{
            LogPage,
            Retain,
            NSID_ALL, //
        },
        command::Command,
        event::{
            self,
            Action,
            Event,
            FirmwareSlots,
            Health, //
        },
        lifecycle::State, //
    }, //
};
use kernel::{
    prelude::*,
    time::Delta, //
};
use rnvme_abs::{
    counter,
    pci::Live, //
};

/// How long after a reset that an event asked for the next one is obeyed.
const RESET_AGAIN_MS: u64 = 60_000;

/// How often a controller that activates firmware is looked at.
const LOOK_MS: i64 = 20;

impl<'b> Ctrl<'b> {
    /// Does what is to be done about an event, and says it, unless `quietly`.
    pub(crate) fn hear(&self, at: Live<'b>, event: Event, quietly: bool) {
        let action = event.action();
        // The one is said with what has changed, the other with the reset.
        if !quietly && event != Event::NamespacesChanged && action != Action::Reset {
            self.note(at, Note::Event(event));
        }
        match action {
            Action::Rescan => self.rescan(at, quietly),
            Action::ReadHealth => {
                let log = self.log(at, LogPage::HEALTH, event::HEALTH_BYTES);
                if let Some(health) = log.ok().and_then(|log| Health::parse(&log)) {
                    if !quietly {
                        for warning in health.warnings() {
                            self.note(at, Note::Warning(warning));
                        }
                        self.note(at, Note::Health(health));
                    }
                }
            }
            Action::ReadErrors => {
                let _ = self.log(at, LogPage::ERROR, event::ERROR_BYTES);
            }
            Action::AwaitFirmware => self.await_firmware(at),
            Action::Reset => self.reset_for(at, event, quietly),
            Action::Say => {}
        }
    }

    /// Namespaces have changed. All are looked at: the list of those that have may have been read by
    /// somebody else before.
    fn rescan(&self, at: Live<'b>, quietly: bool) {
        let list = self.log(at, LogPage::CHANGED_NAMESPACES, event::CHANGED_BYTES);
        if !quietly {
            match list {
                Ok(list) => dev_info!(at.device(), "{}\n", event::changed(&list)),
                Err(_) => dev_info!(at.device(), "{}\n", Event::NamespacesChanged),
            }
        }
        self.scan_work.schedule();
    }

    /// Reads the first bytes of a log page, which clears its event.
    fn log(&self, at: Live<'b>, page: LogPage, bytes: usize) -> Result<KVec<u8>> {
        let mut data = KVec::from_elem(0u8, bytes, GFP_KERNEL)?;
        let dwords = u32::try_from(bytes / 4)?;
        let cmd = Command::get_log_page(page, NSID_ALL, dwords, 0, Retain::Clear);
        let (status, _) = self.run(at, &cmd, &mut data)?;
        if status.is_success() {
            return Ok(data);
        }
        if counter::may_print() {
            dev_warn!(
                at.device(),
                "log page {:#04x} cannot be read: {status}\n",
                page.0
            );
        }
        Err(EIO)
    }

    /// It has an error that persists: it is reset, but not over and over.
    fn reset_for(&self, at: Live<'b>, event: Event, quietly: bool) {
        let now_ms = counter::uptime_ms();
        let is_again = {
            let mut listener = self.listener.lock();
            let is_again = listener
                .reset_ms
                .is_some_and(|then| now_ms.saturating_sub(then) < RESET_AGAIN_MS);
            if !is_again {
                listener.reset_ms = Some(now_ms);
            }
            is_again
        };
        if is_again {
            // The reset of a moment ago did not help.
            if !quietly {
                self.note(at, Note::Event(event));
            }
            let _ = self.log(at, LogPage::ERROR, event::ERROR_BYTES);
        } else {
            self.ask_reset(at, Cause::Event);
        }
    }

    /// Waits while new firmware is being activated: commands are not answered, and do not time out,
    /// until the controller says so or its own time for it (MTFA) is over; then it is reset.
    fn await_firmware(&self, at: Live<'b>) {
        let ms = match self.identity.as_ref().map_or(0, |c| c.activation_ms()) {
            0 => self.admin_timeout().as_millis() as u64,
            ms => u64::from(ms),
        };
        let begun = counter::uptime_ms();
        self.shared.events.activating.set(1);
        let in_time = loop {
            let is_late = counter::uptime_ms().saturating_sub(begun) > ms;
            // Whatever else is the matter, somebody else sees it; and a frozen one is not to be touched.
            if self.shared.state() != State::Live {
                break false;
            }
            let csts = self.registers.status();
            if csts.is_gone() || csts.is_fatal() {
                break false;
            }
            if !csts.is_paused() {
                break true;
            }
            if is_late {
                self.ask_reset(at, Cause::Firmware);
                break false;
            }
            at.sleep(Delta::from_millis(LOOK_MS));
        };
        self.shared.events.activating.set(0);
        if !in_time {
            return;
        }
        let Ok(log) = self.log(at, LogPage::FIRMWARE, event::FIRMWARE_BYTES) else {
            return;
        };
        let slots = FirmwareSlots::parse(&log);
        if let Some(slot) = slots.next {
            dev_info!(
                at.device(),
                "firmware of slot {slot} is activated by the next reset\n"
            );
        } else if let Some(revision) = slots.active {
            let ms = counter::uptime_ms().saturating_sub(begun);
            dev_info!(
                at.device(),
                "firmware {revision} is active, after {ms} ms\n"
            );
            self.listener.lock().firmware = Some(revision);
        }
    }
}

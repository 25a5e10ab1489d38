// SPDX-License-Identifier: GPL-2.0

//! What the controller says unasked: heard, said in words, acted upon, asked for again.
//!
//! ```text
//! interrupt   finish ─► Inbox ─► over: rings the work            nothing is sent from here
//! work        listen ─► hear: read the log, which clears the event; scan, reset or wait ─► arm
//! bring-up    configure_events; once requests flow the work is scheduled, and arms
//! ```
//!
//! One request is with the controller at most. It has no time limit, and what becomes of it when the
//! controller is stopped is the same as for all others: it is taken back.
//!
//! NVMe Base 2.0, 5.2 (Asynchronous Event Request).

use crate::{
    controller::{
        Ctrl,
        QueueInfo, //
    },
    nvme::{
        admin::{
            Feature,
            LogPage,
            Retain,
            NSID_ALL, //
        },
        command::Command,
        event::{
            self,
            Action,
            AsyncEvent,
            FirmwareSlots,
            Health,
            Pace,
            Storm, //
        },
        identify::{
            Controller,
            Text, //
        },
        lifecycle::{
            Event,
            State, //
        },
        opcode,
        status::Status, //
    },
    operations::Pdu,
    params, //
};
use kernel::{
    prelude::*,
    sync::SetOnce,
    time::{
        Delta,
        Instant,
        Monotonic, //
    }, //
};
use rnvme_abs::{
    blk_mq::{
        Tag,
        ENDLESS, //
    },
    counter::{
        self,
        Counter, //
    },
    pci::Live,
    work::Alarm, //
};

/// How long after a reset that an event asked for the next one is obeyed.
const RESET_AGAIN_MS: i64 = 60_000;

/// Marks a status as one that is there.
const PRESENT: u32 = 1 << 16;

/// Where what the interrupt brought lies until the work looks at it. Any context.
#[derive(Default)]
pub(crate) struct Inbox {
    /// The tag of the request that is with the controller plus one, or zero.
    armed: counter::State,
    /// Dword 0 of the last completion.
    dw0: counter::State,
    /// Its status, with [`PRESENT`].
    status: counter::State,
    /// Events that were heard.
    pub(crate) heard: Counter,
    /// Whether firmware is being activated, so that no command is answered.
    activating: counter::State,
    alarm: SetOnce<Alarm>,
}

impl Inbox {
    /// A command of the driver's own was answered.
    pub(crate) fn put(&self, op: u8, pdu: &Pdu) {
        if op == opcode::ASYNC_EVENT {
            self.dw0.set(pdu.result as u32);
            self.status.set(u32::from(pdu.status) | PRESENT);
        }
    }

    fn take(&self) -> Option<(Status, AsyncEvent)> {
        let status = self.status.get();
        if status & PRESENT == 0 {
            return None;
        }
        let event = AsyncEvent(self.dw0.get());
        self.status.set(0);
        Some((Status::from_bits(status as u16), event))
    }
}

/// A command that nobody waits for is over: answered, taken back, or never sent.
pub(crate) fn over(q: &QueueInfo, cmd: &Command) {
    if cmd.opcode() != opcode::ASYNC_EVENT {
        return;
    }
    let inbox = &q.shared.events;
    inbox.armed.set(0);
    if inbox.status.get() & PRESENT != 0 {
        if let Some(alarm) = inbox.alarm.as_ref() {
            alarm.ring();
        }
    }
}

/// What the work remembers.
pub(crate) struct Listener {
    clock: Instant<Monotonic>,
    pace: Pace,
    /// When an event had the controller reset.
    reset_ms: Option<i64>,
    /// The firmware that was activated since the controller was identified.
    pub(crate) firmware: Option<Text<8>>,
}

impl Listener {
    pub(crate) fn new() -> Self {
        Self {
            clock: Instant::now(),
            pace: Pace::default(),
            reset_ms: None,
            firmware: None,
        }
    }

    fn now_ms(&self) -> i64 {
        self.clock.elapsed().as_millis()
    }
}

impl<'b> Ctrl<'b> {
    /// Whether a command is the one by which events are asked for: it may take for ever, and says
    /// nothing of whether the controller is alive. Any context.
    #[allow(dead_code)]
    pub(crate) fn is_event_request(&self, qid: u16, cid: u16) -> bool {
        let tag = u32::from(self.admin.tag_of(cid));
        qid == 0 && self.shared.events.armed.get() == tag.saturating_add(1)
    }

    /// Whether the controller activates firmware and answers nothing meanwhile: the event work waits
    /// for its end, within a bound, so whoever times out may wait too. Any context.
    pub(crate) fn is_activating(&self) -> bool {
        self.shared.events.activating.get() != 0
    }

    /// What the controller runs now: a reset may have activated another firmware.
    pub(crate) fn note_firmware(&self, c: &Controller) {
        self.listener.lock().firmware = Some(*c.firmware());
    }

    /// Has the interrupt ring the work, once that is armed.
    pub(crate) fn connect_events(&self) {
        if let Some(alarm) = self.event_work.alarm() {
            self.shared.events.alarm.populate(alarm);
        }
    }

    /// Tells a controller that was just enabled of which events we want to hear. Before namespaces
    /// are looked at: what changes later is kept until it is asked for. One that refuses is listened
    /// to all the same.
    pub(crate) fn configure_events(&self, at: Live<'b>) -> Result {
        let oaes = self.identity.as_ref().map_or(0, |c| c.oaes());
        for config in event::configurations(oaes) {
            let cmd = Command::set_features(Feature::ASYNC_EVENTS, 0, config.bits());
            let (status, _) = self.run(at, &cmd, &mut [])?;
            if status.is_success() {
                return Ok(());
            }
            dev_warn!(
                at.device(),
                "events {:#x} cannot be asked for: {status}\n",
                config.bits()
            );
        }
        Ok(())
    }

    /// The work: hears what there is, and asks for the next.
    pub(crate) fn listen(&self, at: Live<'b>) {
        if self.shared.state() != State::Live {
            // Once requests flow again it is scheduled anew.
            return;
        }
        if let Some((status, event)) = self.shared.events.take() {
            if !status.is_success() {
                dev_warn!(
                    at.device(),
                    "events are refused, changes are seen after a reset or when asked for: {status}\n"
                );
                return;
            }
            self.pace(at);
            self.hear(at, event);
        }
        self.ask_for_next(at);
    }

    /// Counts an event, and says when they come too often.
    fn pace(&self, at: Live<'b>) {
        self.shared.events.heard.bump();
        let mut listener = self.listener.lock();
        let now_ms = listener.now_ms();
        let storm = listener.pace.event(now_ms);
        drop(listener);
        match storm {
            Storm::No | Storm::GoesOn => {}
            Storm::Begins => dev_warn!(
                at.device(),
                "it sends events all the time: one a second is listened to\n"
            ),
            Storm::Over => dev_info!(at.device(), "events are rare again\n"),
        }
    }

    /// Gives the controller a request to complete when something happens, unless it has one.
    fn ask_for_next(&self, at: Live<'b>) {
        let inbox = &self.shared.events;
        if self.shared.state() != State::Live || inbox.armed.get() != 0 {
            return;
        }
        let wait_ms = {
            let listener = self.listener.lock();
            listener.pace.wait_ms(listener.now_ms())
        };
        if wait_ms != 0 {
            self.event_work.schedule_after(Delta::from_millis(wait_ms));
            return;
        }
        let Some(queue) = self.admin_queue.as_ref() else {
            return;
        };
        let Ok(rq) = queue.alloc(at, false, Tag::Wait, ENDLESS) else {
            return;
        };
        // Before it starts: then it may be over at once.
        inbox.armed.set(u32::from(rq.tag()).saturating_add(1));
        if rq.start(Command::async_event_request()).is_err() {
            inbox.armed.set(0);
            dev_warn!(at.device(), "no memory to ask for events\n");
            self.event_work
                .schedule_after(Delta::from_millis(event::PERIOD_MS));
        }
    }

    /// Says what happened, and does what is to be done.
    fn hear(&self, at: Live<'b>, said: AsyncEvent) {
        let event = said.event();
        let printed = counter::may_print();
        match event.action() {
            Action::Rescan => {
                if let Ok(list) = self.log(at, LogPage::CHANGED_NAMESPACES, event::CHANGED_BYTES) {
                    if printed {
                        dev_info!(at.device(), "{}\n", event::changed(&list));
                    }
                }
                // All are looked at: the log may have been read by somebody else before.
                self.scan_work.schedule();
            }
            Action::ReadHealth => {
                if printed {
                    dev_warn!(at.device(), "{event}\n");
                }
                if let Ok(log) = self.log(at, LogPage::HEALTH, event::HEALTH_BYTES) {
                    if let Some(health) = Health::parse(&log).filter(|_| printed) {
                        say_health(at, &health);
                    }
                }
            }
            Action::ReadErrors => {
                if printed {
                    dev_err!(at.device(), "{event}\n");
                }
                let _ = self.log(at, LogPage::ERROR, event::ERROR_BYTES);
            }
            Action::AwaitFirmware => self.await_firmware(at),
            Action::Reset => self.reset_for(at, event),
            Action::Say => {
                if printed {
                    dev_warn!(at.device(), "{event}\n");
                }
            }
        }
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
    fn reset_for(&self, at: Live<'b>, event: event::Event) {
        let mut listener = self.listener.lock();
        let now_ms = listener.now_ms();
        let is_again = listener
            .reset_ms
            .is_some_and(|then| now_ms.saturating_sub(then) < RESET_AGAIN_MS);
        if !is_again {
            listener.reset_ms = Some(now_ms);
        }
        drop(listener);
        if is_again {
            if counter::may_print() {
                dev_err!(at.device(), "{event}, and a reset did not help\n");
            }
            let _ = self.log(at, LogPage::ERROR, event::ERROR_BYTES);
        } else if self.shared.change(Event::ResetAsked).is_some() {
            dev_err!(at.device(), "{event}; the controller is reset\n");
            self.reset_work.schedule();
        }
    }

    /// Waits while new firmware is being activated: commands are not answered, and do not time out,
    /// until the controller says so or its own time for it (MTFA) is over; then it is reset.
    fn await_firmware(&self, at: Live<'b>) {
        let says_ms = self.identity.as_ref().map_or(0, |c| c.activation_ms());
        let ms = match says_ms {
            0 => params::ADMIN_TIMEOUT.get().saturating_mul(1000),
            ms => ms,
        };
        dev_info!(at.device(), "new firmware is being activated\n");
        let begin = Instant::<Monotonic>::now();
        self.shared.events.activating.set(1);
        let in_time = loop {
            let is_late = begin.elapsed().as_millis() > i64::from(ms);
            let csts = self.registers.status();
            if self.shared.state() != State::Live || csts.is_gone() || csts.is_fatal() {
                break false;
            }
            if !csts.is_paused() {
                break true;
            }
            if is_late {
                if self.shared.change(Event::ResetAsked).is_some() {
                    dev_err!(
                        at.device(),
                        "it takes longer than {ms} ms to activate firmware; the controller is reset\n"
                    );
                    self.reset_work.schedule();
                }
                break false;
            }
            at.sleep(Delta::from_millis(20));
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
            dev_info!(
                at.device(),
                "firmware {revision} is active, after {} ms\n",
                begin.elapsed().as_millis()
            );
            self.listener.lock().firmware = Some(revision);
        }
    }
}

/// A line per warning, and one with the figures.
fn say_health(at: Live<'_>, health: &Health) {
    for warning in health.warnings() {
        dev_warn!(at.device(), "health: {warning}\n");
    }
    dev_warn!(at.device(), "health: {health}\n");
}

// SPDX-License-Identifier: GPL-2.0

//! What the controller says unasked: waited for, and asked for again.
//!
//! ```text
//! interrupt   finish ─► Inbox ─► over: rings the work            nothing is sent from here
//! work        listen ─► hear: what is to be done about it ─► ask_for_next
//! bring-up    configure_events; once requests flow the work is scheduled, and asks
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
    journal::Note,
    nvme::{
        admin::Feature,
        command::Command,
        event::{
            self,
            AsyncEvent,
            Pace,
            Storm, //
        },
        identify::{
            Controller,
            Text, //
        },
        lifecycle::State,
        opcode,
        status::Status, //
    },
    operations::Pdu, //
};
use kernel::{
    prelude::*,
    sync::SetOnce,
    time::Delta, //
};
use rnvme_abs::{
    blk_mq::{
        Tag,
        ENDLESS, //
    },
    counter,
    pci::Live,
    work::Alarm, //
};

/// Marks a status as one that is there.
const PRESENT: u32 = 1 << 16;

/// Where what the interrupt brought lies until the work looks at it. Any context.
#[derive(Default)]
pub(crate) struct Inbox {
    /// Whether a request is with the controller: 1 from before it is sent until it is over.
    armed: counter::State,
    /// Dword 0 of the last completion.
    dw0: counter::State,
    /// Its status, with [`PRESENT`].
    status: counter::State,
    /// Whether firmware is being activated.
    pub(crate) activating: counter::State,
    alarm: SetOnce<Alarm>,
}

impl Inbox {
    /// The request was answered.
    pub(crate) fn put(&self, pdu: &Pdu) {
        self.dw0.set(pdu.result as u32);
        self.status.set(u32::from(pdu.status) | PRESENT);
    }

    /// What it was answered, once. Nobody puts while nothing is with the controller.
    fn take(&self) -> Option<(Status, AsyncEvent)> {
        let status = self.status.get();
        if status & PRESENT == 0 {
            return None;
        }
        let event = AsyncEvent(self.dw0.get());
        self.status.set(0);
        Some((Status::from_bits(status as u16), event))
    }

    /// Whether the controller activates firmware and answers nothing meanwhile. Somebody waits for its
    /// end, within a bound, so nobody else need do anything about commands that time out.
    pub(crate) fn is_activating(&self) -> bool {
        self.activating.get() != 0
    }
}

/// A command that nobody waits for is over: answered, taken back, or never sent.
pub(crate) fn over(q: &QueueInfo, cmd: &Command) {
    if cmd.opcode() == opcode::ABORT {
        q.shared.abort_room.put_one();
    }
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
#[derive(Default)]
pub(crate) struct Listener {
    pace: Pace,
    /// When an event had the controller reset.
    pub(crate) reset_ms: Option<u64>,
    /// The firmware that runs, where it is not what the controller was identified with at first.
    pub(crate) firmware: Option<Text<8>>,
}

/// The time, as [`Pace`] counts it.
fn now_ms() -> i64 {
    i64::try_from(counter::uptime_ms()).unwrap_or(i64::MAX)
}

impl<'b> Ctrl<'b> {
    /// What the controller runs now: a reset may have activated another firmware.
    pub(crate) fn note_firmware(&self, c: &Controller) {
        self.listener.lock().firmware = Some(*c.firmware());
    }

    /// The firmware that runs.
    pub(crate) fn firmware(&self, c: &Controller) -> Text<8> {
        self.listener.lock().firmware.unwrap_or(*c.firmware())
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
            let event = event.event();
            let (storm, is_said) = {
                let now_ms = now_ms();
                let pace = &mut self.listener.lock().pace;
                (pace.event(now_ms), pace.may_say(now_ms, event.action()))
            };
            match storm {
                Storm::No | Storm::GoesOn => {}
                Storm::Begins => self.note(at, Note::Storm(true)),
                Storm::Over => self.note(at, Note::Storm(false)),
            }
            self.hear(at, event, !is_said);
        }
        self.ask_for_next(at);
    }

    /// Gives the controller a request to complete when something happens, unless it has one.
    fn ask_for_next(&self, at: Live<'b>) {
        let inbox = &self.shared.events;
        if self.shared.state() != State::Live || inbox.armed.get() != 0 {
            return;
        }
        let wait_ms = self.listener.lock().pace.wait_ms(now_ms());
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
        inbox.armed.set(1);
        if rq.start(Command::async_event_request()).is_err() {
            inbox.armed.set(0);
            self.event_work
                .schedule_after(Delta::from_millis(event::PAUSE_MS));
        }
    }
}

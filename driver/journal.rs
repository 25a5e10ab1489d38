// SPDX-License-Identifier: GPL-2.0

//! What has happened to a controller: said in the log, kept for its report, counted by cause.

use crate::{
    cause::{
        Cause,
        CAUSES, //
    },
    controller::Ctrl,
    nvme::event::{
        Event,
        Health,
        Warning, //
    }, //
};
use kernel::{fmt, prelude::*};
use rnvme_abs::{
    counter::{
        self,
        Counter, //
    },
    pci::Live, //
};

/// How many notes a report has.
const KEPT: usize = 16;

/// A request, as it is named in a message: queue, identifier, what it is about.
#[derive(Copy, Clone)]
pub(crate) struct Named {
    pub(crate) qid: u16,
    pub(crate) cid: u16,
    pub(crate) what: &'static str,
    pub(crate) sector: u64,
    pub(crate) bytes: u32,
    pub(crate) age_ms: u64,
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (qid, cid, what) = (self.qid, self.cid, self.what);
        f.write_fmt(fmt!("queue {qid}: {what} (command {cid:#06x}"))?;
        if qid != 0 && self.bytes != 0 {
            let (bytes, sector) = (self.bytes, self.sector);
            f.write_fmt(fmt!(", {bytes} bytes at sector {sector}"))?;
        }
        f.write_fmt(fmt!(") after {}", Seconds(self.age_ms)))
    }
}

/// Milliseconds, shown as seconds.
#[derive(Copy, Clone)]
pub(crate) struct Seconds(pub(crate) u64);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = self.0 / 100;
        f.write_fmt(fmt!("{}.{} s", tenths / 10, tenths % 10))
    }
}

/// Something that happened.
#[derive(Copy, Clone)]
pub(crate) enum Note {
    /// Completions were found that no interrupt told of.
    InterruptLost {
        qid: u16,
        vector: u16,
        found: u32,
        lost: u64,
    },
    /// Completions that named no command.
    Bogus { qid: u16, count: u64 },
    /// A queue is looked at by a timer.
    PolledNow { qid: u16, vector: u16 },
    /// Its interrupts are back.
    PolledNoMore { qid: u16, vector: u16 },
    /// A command takes long.
    Slow(Named),
    /// More of the same.
    SlowToo(u32),
    /// A command has timed out, and the controller is asked to give it up.
    Abort(Named, Cause),
    /// A command has timed out, and nobody can wait for it any more.
    GivenUp(Named, Cause),
    /// A reset begins; since when nothing was completed.
    Reset(Cause, u64),
    /// An attempt failed.
    Attempt(u32, Cause),
    /// The function was reset, or could not be.
    FunctionReset(Result<(), i32>),
    /// The controller works again, after so many milliseconds.
    Back(u64),
    /// Only so many of its queues are open.
    Fewer(u32, u32),
    /// It does not come back; since when nothing was completed.
    Dead(Cause, u64),
    /// It has left; since when nothing was completed.
    Left(Cause, u64),
    /// Its disks are gone, so many milliseconds after that was seen.
    Removed(u64),
    /// It said something unasked.
    Event(Event),
    /// It is not well.
    Warning(Warning),
    /// How it is.
    Health(Health),
    /// Events come all the time; or do not any more.
    Storm(bool),
}

impl Note {
    /// How loud it is.
    fn level(self) -> Level {
        match self {
            Self::Back(_)
            | Self::PolledNoMore { .. }
            | Self::Removed(_)
            | Self::Event(Event::NamespacesChanged | Event::FirmwareActivation)
            | Self::Storm(false)
            | Self::Reset(Cause::Asked | Cause::Function | Cause::Resume, _)
            | Self::FunctionReset(Ok(())) => Level::Info,
            Self::Attempt(..)
            | Self::Dead(..)
            | Self::Left(..)
            | Self::FunctionReset(Err(_))
            | Self::Event(
                Event::DiagnosticFailure | Event::PersistentError | Event::TransientError,
            ) => Level::Error,
            _ => Level::Warning,
        }
    }

    /// Whether a device can bring about many in a short time.
    fn is_frequent(self) -> bool {
        matches!(
            self,
            Self::InterruptLost { .. }
                | Self::Bogus { .. }
                | Self::Slow(_)
                | Self::SlowToo(_)
                | Self::Abort(..)
                | Self::GivenUp(..)
                | Self::PolledNow { .. }
                | Self::PolledNoMore { .. }
        )
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::InterruptLost { qid, vector, found, lost } => f.write_fmt(fmt!(
                "queue {qid}: {found} completions without an interrupt on vector {vector}; lost so far: {lost}"
            )),
            Self::Bogus { qid, count } => f.write_fmt(fmt!(
                "queue {qid}: {count} completions that name no command in flight were ignored"
            )),
            Self::PolledNow { qid, vector } => f.write_fmt(fmt!(
                "queue {qid}: interrupts on vector {vector} keep getting lost; a timer looks at the queue until they return"
            )),
            Self::PolledNoMore { qid, vector } => f.write_fmt(fmt!(
                "queue {qid}: interrupts on vector {vector} are back"
            )),
            Self::Slow(rq) => f.write_fmt(fmt!("{rq} is slow")),
            Self::SlowToo(n) => f.write_fmt(fmt!("{n} more commands are as slow")),
            Self::Abort(rq, cause) => f.write_fmt(fmt!(
                "{rq} timed out, {cause}; the controller is asked to give it up"
            )),
            Self::GivenUp(rq, cause) => {
                f.write_fmt(fmt!("{rq} timed out, {cause}; it is given up"))
            }
            Self::Reset(cause, silence) => {
                f.write_fmt(fmt!("{cause}; the controller is reset"))?;
                match silence {
                    0 => Ok(()),
                    ms => f.write_fmt(fmt!(
                        " (last completion {} ago). If that does not help: {}",
                        Seconds(ms),
                        cause.advice()
                    )),
                }
            }
            Self::Attempt(n, cause) => f.write_fmt(fmt!("attempt {n} to reset the controller failed: {cause}")),
            Self::FunctionReset(Ok(())) => f.write_str("the PCI function was reset"),
            Self::FunctionReset(Err(e)) => {
                f.write_fmt(fmt!("the PCI function could not be reset (error {e})"))
            }
            Self::Back(ms) => f.write_fmt(fmt!("the controller is back after {}", Seconds(ms))),
            Self::Fewer(open, of) => f.write_fmt(fmt!("{open} of {of} I/O queues are open: the controller has no more")),
            Self::Dead(cause, silence) => f.write_fmt(fmt!(
                "the controller is given up: {cause} (last completion {} ago); its disks are removed. Try: {}",
                Seconds(silence),
                cause.advice()
            )),
            Self::Left(cause, silence) => f.write_fmt(fmt!(
                "the controller is lost: {cause} (last completion {} ago); its disks are removed. Try: {}",
                Seconds(silence),
                cause.advice()
            )),
            Self::Removed(ms) => f.write_fmt(fmt!("its disks were removed within {ms} ms")),
            Self::Event(event) => f.write_fmt(fmt!("event: {event}")),
            Self::Warning(warning) => f.write_fmt(fmt!("health: {warning}")),
            Self::Health(health) => f.write_fmt(fmt!("health: {health}")),
            Self::Storm(true) => f.write_str("it sends events all the time: four a second are heard"),
            Self::Storm(false) => f.write_str("events are rare again"),
        }
    }
}

/// The levels of the log that are used here.
#[derive(Copy, Clone)]
enum Level {
    Info,
    Warning,
    Error,
}

/// The last notes.
pub(crate) struct Journal {
    notes: [Option<(u64, Note)>; KEPT],
    next: usize,
}

impl Journal {
    /// Empty.
    pub(crate) fn new() -> Self {
        Self {
            notes: [None; KEPT],
            next: 0,
        }
    }

    fn put(&mut self, note: Note) {
        let now = counter::uptime_ms();
        if let Some(place) = self.notes.get_mut(self.next) {
            *place = Some((now, note));
        }
        self.next = self.next.wrapping_add(1) % KEPT;
    }

    /// The notes, newest first, each with how many milliseconds ago it was made.
    pub(crate) fn each(&self, mut see: impl FnMut(u64, Note) -> Result) -> Result {
        let now = counter::uptime_ms();
        let (newer, older) = self.notes.split_at(self.next.min(KEPT));
        for (when, note) in Iterator::chain(older.iter(), newer).rev().flatten() {
            see(now.saturating_sub(*when), *note)?;
        }
        Ok(())
    }
}

/// How often something happened, by cause.
#[derive(Default)]
pub(crate) struct Counts([Counter; CAUSES]);

impl Counts {
    /// One more.
    pub(crate) fn bump(&self, cause: Cause) {
        if let Some(c) = self.0.get(cause as usize) {
            c.bump();
        }
    }

    /// How many.
    pub(crate) fn get(&self, cause: Cause) -> u64 {
        self.0.get(cause as usize).map_or(0, |c| c.get())
    }
}

impl<'b> Ctrl<'b> {
    /// Says what happened, and keeps it for the report.
    pub(crate) fn note(&self, at: Live<'b>, note: Note) {
        self.journal.lock().put(note);
        if note.is_frequent() && !counter::may_print() {
            return;
        }
        match note.level() {
            Level::Info => dev_info!(at.device(), "{note}\n"),
            Level::Warning => dev_warn!(at.device(), "{note}\n"),
            Level::Error => dev_err!(at.device(), "{note}\n"),
        }
    }
}

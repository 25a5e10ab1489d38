// SPDX-License-Identifier: GPL-2.0
//! The controller: its registers, and what leads from one state to the next.
//!
//! Base 3.1.3 (controller properties), 3.5 (initialisation), 3.6 (shutdown), 3.7.2 (reset).

use crate::breach::Breaches;
use crate::driver::nvme::reg::{self, Cap, Cc};
use crate::events::Events;
use crate::features::Features;
use crate::host::Host;
use crate::lies::{Answer, Lies};
use crate::namespace::Namespace;
use crate::pending::Pending;
use crate::queue::{Cq, Sq};
use crate::stats::Stats;
use crate::timers::{Task, Timers};
use std::collections::BTreeMap;
use std::time::Duration;

/// CSTS.RDY, CSTS.CFS, CSTS.PP; CSTS.SHST when shutdown is under way, and when it is complete.
const READY: u32 = 1;
const FATAL: u32 = 2;
const PAUSED: u32 = 1 << 5;
const SHUTTING_DOWN: u32 = 1 << 2;
const SHUT_DOWN: u32 = 2 << 2;
const SHST: u32 = 3 << 2;
/// CC.SHN, and its bits that are reserved.
const SHN: u32 = 3 << 14;
const CC_RESERVED: u32 = 0xfe00_000e;

/// What a device is made with.
pub struct Setup {
    pub serial: String,
    /// I/O queues that it has.
    pub queues: u16,
    /// Entries of a queue, less one.
    pub mqes_z: u16,
    pub mdts: u8,
    /// Whether shadow doorbells are offered.
    pub has_shadow: bool,
}

/// The controller.
pub struct Controller {
    pub setup: Setup,
    pub host: Host,
    pub lies: Lies,
    pub breaches: Breaches,
    pub stats: Stats,
    pub timers: Timers,
    pub namespaces: BTreeMap<u32, Namespace>,
    pub features: Features,
    pub events: Events,
    pub sqs: Vec<Option<Sq>>,
    pub cqs: Vec<Option<Cq>>,
    pub pending: Vec<Pending>,
    /// Shadow doorbells and event indices, once configured.
    pub shadow: Option<(u64, u64)>,
    cc: u32,
    csts: u32,
    aqa: u32,
    asq: u64,
    acq: u64,
    mask: u32,
}

impl Controller {
    pub fn new(setup: Setup, host: Host, breaches: Breaches) -> Self {
        let count = usize::from(setup.queues) + 1;
        Self {
            setup,
            host,
            breaches,
            lies: Lies::default(),
            stats: Stats::default(),
            timers: Timers::default(),
            namespaces: BTreeMap::new(),
            features: Features::default(),
            events: Events::default(),
            sqs: (0..count).map(|_| None).collect(),
            cqs: (0..count).map(|_| None).collect(),
            pending: Vec::new(),
            shadow: None,
            cc: 0,
            csts: 0,
            aqa: 0,
            asq: 0,
            acq: 0,
            mask: 0,
        }
    }

    /// CAP in truth: MQES, contiguous queues, 5 s, the NVM command set, pages of 4 to 64 KiB.
    fn honest_cap(&self) -> Cap {
        Cap(u64::from(self.setup.mqes_z) | 1 << 16 | 10 << 24 | 1 << 37 | 4 << 52)
    }

    /// CAP as it is told.
    pub fn cap(&self) -> Cap {
        self.lies.cap(self.honest_cap())
    }

    /// The page that CC.MPS names.
    pub fn page_bytes(&self) -> u64 {
        4096 << (self.cc >> 7 & 0xf)
    }

    pub fn is_ready(&self) -> bool {
        self.csts & READY != 0 && self.csts & FATAL == 0 && self.cc & 1 != 0
    }

    /// Enabled, and fatally in error.
    pub fn is_broken(&self) -> bool {
        self.is_enabled() && self.csts & FATAL != 0
    }

    pub fn is_enabled(&self) -> bool {
        self.cc & 1 != 0
    }

    /// The eight bytes of registers at an offset that is a multiple of eight.
    fn registers(&self, offset: u64) -> u64 {
        let pair = |low: u32, high: u32| u64::from(low) | u64::from(high) << 32;
        match offset as usize {
            reg::CAP => self.cap().0,
            // With INTMS.
            reg::VS => pair(self.lies.version.unwrap_or(0x0001_0400), self.mask),
            // INTMC and CC.
            reg::INTMC => pair(self.mask, self.cc),
            0x18 => pair(0, self.csts),
            // NSSR and AQA.
            reg::NSSR => pair(0, self.aqa),
            reg::ASQ => self.asq,
            reg::ACQ => self.acq,
            _ => 0,
        }
    }

    pub fn read(&mut self, offset: u64, data: &mut [u8]) {
        if self.lies.reads_ones() {
            data.fill(0xff);
            return;
        }
        let bytes = data.len() as u64;
        if !(matches!(bytes, 4 | 8) && offset % bytes == 0) && offset < reg::DOORBELLS as u64 {
            self.breaches
                .add(format!("read of {bytes} bytes at register {offset:#x}"));
        }
        for (at, byte) in (offset..).zip(data) {
            *byte = self.registers(at & !7).to_le_bytes()[(at & 7) as usize];
        }
    }

    pub fn write(&mut self, offset: u64, data: &[u8]) {
        if self.lies.is_away() {
            return;
        }
        let value = match data {
            &[a, b, c, d] if offset % 4 == 0 => u64::from(u32::from_le_bytes([a, b, c, d])),
            _ if data.len() == 8 && offset % 8 == 0 => {
                u64::from_le_bytes(data.try_into().unwrap_or_default())
            }
            _ => {
                let bytes = data.len();
                self.breaches
                    .add(format!("write of {bytes} bytes at register {offset:#x}"));
                return;
            }
        };
        let (low, is_wide) = (value as u32, data.len() == 8);
        let merge = |old: u64, at_high: bool| match (is_wide, at_high) {
            (true, _) => value,
            (false, false) => old & !0xffff_ffff | value,
            (false, true) => old & 0xffff_ffff | value << 32,
        };
        match offset as usize {
            reg::INTMS => self.mask |= low,
            reg::INTMC => self.mask &= !low,
            reg::CC if !is_wide => self.write_cc(low),
            // Writing ones to NSSRO clears it; there is nothing to clear.
            reg::CSTS => {}
            reg::AQA if !is_wide => {
                self.check_disabled("AQA");
                self.aqa = low;
            }
            reg::ASQ | 0x2c => {
                self.check_disabled("ASQ");
                self.asq = merge(self.asq, offset == 0x2c);
            }
            reg::ACQ | 0x34 => {
                self.check_disabled("ACQ");
                self.acq = merge(self.acq, offset == 0x34);
            }
            at if at >= reg::DOORBELLS => self.doorbell(offset, low),
            _ => self
                .breaches
                .add(format!("write of {value:#x} to register {offset:#x}")),
        }
    }

    fn check_disabled(&mut self, what: &str) {
        if self.is_enabled() {
            self.breaches.add(format!("{what} written while enabled"));
        }
    }

    fn write_cc(&mut self, value: u32) {
        let old = std::mem::replace(&mut self.cc, value);
        let (was, is) = (Cc(old).is_enabled(), Cc(value).is_enabled());
        if value & CC_RESERVED != 0 {
            self.breaches
                .add(format!("reserved bits {:#x} of CC", value & CC_RESERVED));
        }
        // CSS, MPS and AMS stay while it is enabled.
        if was && is && (old ^ value) & 0x3ff0 != 0 {
            self.breaches
                .add(format!("CC goes from {old:#x} to {value:#x} while enabled"));
        }
        match (was, is) {
            (false, true) => self.enable(),
            (true, false) => self.disable(),
            _ => {}
        }
        if value & SHN != 0 && old & SHN != value & SHN {
            self.shut_down();
        } else if value & SHN == 0 && is && !was {
            self.csts &= !SHST;
        }
    }

    fn enable(&mut self) {
        self.stats.enables += 1;
        if self.csts & READY != 0 {
            self.breaches.add("enabled again before RDY was clear");
        }
        let page_log2 = (self.cc >> 7 & 0xf) as u8 + 12;
        let cap = self.cap();
        let mut broken = Vec::new();
        if page_log2 < cap.page_min_log2() || page_log2 > cap.page_max_log2() {
            broken.push(format!("CC.MPS names pages of 2^{page_log2} bytes"));
        }
        if self.cc >> 16 & 0xf != 6 || self.cc >> 20 & 0xf != 4 {
            broken.push(format!("entry sizes in CC {:#x}", self.cc));
        }
        if self.cc >> 4 & 7 != 0 || self.cc >> 11 & 7 != 0 {
            broken.push(format!("command set or arbitration in CC {:#x}", self.cc));
        }
        let (sq_z, cq_z) = (self.aqa & 0xfff, self.aqa >> 16 & 0xfff);
        if self.aqa & 0xf000_f000 != 0 || sq_z == 0 || cq_z == 0 {
            broken.push(format!("AQA is {:#x}", self.aqa));
        }
        for (what, base) in [("ASQ", self.asq), ("ACQ", self.acq)] {
            if base & (self.page_bytes() - 1) != 0 {
                broken.push(format!("{what} {base:#x} does not begin on a page"));
            }
        }
        broken.iter().for_each(|b| self.breaches.add(b));
        self.sqs[0] = Some(Sq::new(self.asq, sq_z + 1, 0));
        self.cqs[0] = Some(Cq::new(self.acq, cq_z + 1, Some(0)));
        match self.lies.enable {
            Answer::Honest => self.csts |= READY,
            Answer::After(time) => {
                self.lies.tell("enable");
                self.timers.add(time, Task::Ready);
            }
            Answer::Never => self.lies.tell("enable"),
            Answer::Fatal => {
                self.lies.tell("enable");
                self.csts |= FATAL;
            }
            Answer::Ones => {
                self.lies.tell("enable");
                self.lies.ones.is_on = true;
            }
        }
    }

    /// CSTS.RDY becomes one, if that is still wanted.
    pub fn become_ready(&mut self) {
        if self.is_enabled() {
            self.csts |= READY;
        }
    }

    /// CC.EN becomes zero: a controller level reset.
    fn disable(&mut self) {
        self.stats.resets += 1;
        match self.lies.disable {
            Answer::After(time) => {
                self.lies.tell("disable");
                self.timers.add(time, Task::Disabled);
            }
            Answer::Never | Answer::Fatal | Answer::Ones => self.lies.tell("disable"),
            Answer::Honest => self.become_disabled(),
        }
    }

    /// All is forgotten, and CSTS.RDY becomes zero.
    pub fn become_disabled(&mut self) {
        if self.is_enabled() {
            return;
        }
        self.csts = 0;
        self.shadow = None;
        self.sqs.fill_with(|| None);
        self.cqs.fill_with(|| None);
        self.pending.clear();
        self.timers.forget_commands();
        self.events.reset();
        self.features = Features::default();
    }

    fn shut_down(&mut self) {
        self.stats.shutdowns += 1;
        self.csts = self.csts & !SHST | SHUTTING_DOWN;
        match self.lies.shutdown {
            Answer::Honest => self.become_shut_down(),
            Answer::After(time) => {
                self.lies.tell("shutdown");
                self.timers.add(time, Task::ShutDown);
            }
            _ => self.lies.tell("shutdown"),
        }
    }

    pub fn become_shut_down(&mut self) {
        if self.cc & SHN != 0 {
            self.csts = self.csts & !SHST | SHUT_DOWN;
        }
    }

    /// The controller says that it is broken.
    pub fn become_fatal(&mut self) {
        self.lies.tell("cfs");
        self.csts |= FATAL;
    }

    /// Whether it says that it processes no commands, as while firmware is activated.
    pub fn pause(&mut self, is_on: bool) {
        self.csts = self.csts & !PAUSED | if is_on { PAUSED } else { 0 };
    }

    /// As after power on: by function level reset, or for the next client.
    pub fn reset(&mut self) {
        self.cc = 0;
        self.become_disabled();
        (self.aqa, self.asq, self.acq, self.mask) = (0, 0, 0, 0);
    }

    /// The truth again: what was being waited for happens.
    pub fn be_honest(&mut self) {
        let muted = std::mem::take(&mut self.lies.muted);
        self.lies.forget();
        self.pause(false);
        self.release(usize::MAX, false);
        self.timers.forget_states();
        if self.is_enabled() {
            // What reported itself broken stays so until it is disabled.
            if self.csts & FATAL == 0 {
                self.csts |= READY;
            }
        } else if self.csts & READY != 0 || self.csts & FATAL != 0 {
            self.become_disabled();
        }
        self.become_shut_down();
        for vector in muted {
            self.raise(vector);
        }
    }

    /// What is due by now.
    pub fn run_timers(&mut self) {
        for task in self.timers.take_due() {
            match task {
                Task::Ready => self.become_ready(),
                Task::Disabled => self.become_disabled(),
                Task::ShutDown => self.become_shut_down(),
                Task::Fatal => self.become_fatal(),
                Task::Raise { vector, left } => {
                    self.raise(vector);
                    if left > 1 {
                        let next = Task::Raise {
                            vector,
                            left: left - 1,
                        };
                        self.timers.add(Duration::from_millis(1), next);
                    }
                }
                Task::Word { at, value, vector } => {
                    let _ = self.host.memory.store(at, value);
                    vector.into_iter().for_each(|v| self.raise(v));
                }
                Task::Marker { ranges } => self.mark(&ranges),
                Task::Leave => self.lies.leave(),
            }
        }
        self.run_pending();
    }
}

// SPDX-License-Identifier: GPL-2.0
//! A host for tests: memory, an admin queue and one I/O queue, driven by hand.

use crate::breach::Breaches;
use crate::controller::{Controller, Setup};
use crate::driver::nvme::admin::{Interrupts, Priority};
use crate::driver::nvme::command::Command;
use crate::driver::nvme::completion::{Completion, Head};
use crate::driver::nvme::depth::QueueSize;
use crate::driver::nvme::reg;
use crate::host::Host;
use crate::namespace::Namespace;
use crate::sys::{memory_file, Mapping};
use std::time::Duration;
use zerocopy::{FromBytes as _, IntoBytes as _};

/// Entries of both queues.
pub const ENTRIES: u32 = 8;
/// Where data go; below are the queues.
pub const DATA: u64 = 0x10000;
const MEMORY_BYTES: u64 = 0x40000;

/// Submission and completion queue of number `qid`.
fn rings(qid: u16) -> (u64, u64) {
    let at = 0x1000 + u64::from(qid) * 0x2000;
    (at, at + 0x1000)
}

/// The host.
pub struct Rig {
    pub device: Controller,
    tails: [u32; 2],
    heads: [Head; 2],
}

impl Rig {
    /// A controller that is enabled, with namespace 1 of 1000 blocks; lines are carried out first.
    pub fn new(lines: &[&str]) -> Self {
        let setup = Setup {
            serial: "rig".into(),
            queues: 4,
            mqes_z: 63,
            mdts: 5,
            has_shadow: false,
        };
        let mut host = Host::new(5);
        let file = std::fs::File::from(memory_file().unwrap());
        file.set_len(MEMORY_BYTES).unwrap();
        let map = Mapping::new(&file.into(), 0, MEMORY_BYTES as usize, true).unwrap();
        host.memory.map(0, MEMORY_BYTES, Some(map), true);
        host.set_bus_master(true);
        for vector in 0..5 {
            // Any file takes what an eventfd takes.
            host.set_vector(vector, Some(memory_file().unwrap()));
        }
        let mut device = Controller::new(setup, host, Breaches::new("rig", None));
        device
            .namespaces
            .insert(1, Namespace::new(1000, 9, None).unwrap());
        let mut rig = Self {
            device,
            tails: [0; 2],
            heads: [Head::START; 2],
        };
        rig.tell(lines);
        rig.enable();
        rig
    }

    pub fn tell(&mut self, lines: &[&str]) {
        for line in lines {
            self.device.obey(line).unwrap();
        }
    }

    pub fn enable(&mut self) {
        let (sq, cq) = rings(0);
        self.device.host.memory.write(0, &[0; 0x8000]).unwrap();
        (self.tails, self.heads) = ([0; 2], [Head::START; 2]);
        let entries_z = ENTRIES - 1;
        self.register(reg::AQA, entries_z << 16 | entries_z);
        self.device.write(reg::ASQ as u64, &sq.to_le_bytes());
        self.device.write(reg::ACQ as u64, &cq.to_le_bytes());
        self.register(reg::CC, 0x0046_0001);
    }

    /// An I/O queue pair, as a driver makes one.
    pub fn with_io(lines: &[&str]) -> Self {
        let mut rig = Self::new(&[]);
        let size = QueueSize::new(ENTRIES).unwrap();
        let (sq, cq) = rings(1);
        rig.ok(Command::set_queue_count(1, 1));
        rig.ok(Command::create_io_cq(1, size, cq, Interrupts::Vector(1)));
        rig.ok(Command::create_io_sq(1, size, sq, 1, Priority::Medium));
        rig.tell(lines);
        rig
    }

    pub fn register(&mut self, offset: usize, value: u32) {
        self.device.write(offset as u64, &value.to_le_bytes());
        self.device.flush_interrupts();
    }

    pub fn read(&mut self, offset: usize) -> u32 {
        let mut data = [0; 4];
        self.device.read(offset as u64, &mut data);
        u32::from_le_bytes(data)
    }

    /// Puts a command into a queue and rings.
    pub fn push(&mut self, qid: u16, cid: u16, command: Command) {
        let index = usize::from(qid);
        let at = rings(qid).0 + u64::from(self.tails[index]) * 64;
        let raw = command.with_cid(cid);
        self.device.host.memory.write(at, raw.as_bytes()).unwrap();
        self.tails[index] = (self.tails[index] + 1) % ENTRIES;
        self.register(0x1000 + 8 * index, self.tails[index]);
    }

    /// Takes what is new in a completion queue, and rings if anything was.
    pub fn reap(&mut self, qid: u16) -> Vec<Completion> {
        let found = self.look(qid);
        if !found.is_empty() {
            let index = usize::from(qid);
            self.register(0x1004 + 8 * index, self.heads[index].index().into());
        }
        found
    }

    /// Takes what is new, and does not ring.
    pub fn look(&mut self, qid: u16) -> Vec<Completion> {
        let (index, mut found) = (usize::from(qid), Vec::new());
        loop {
            let at = rings(qid).1 + u64::from(self.heads[index].index()) * 16;
            let mut raw = [0; 16];
            self.device.host.memory.read(at, &mut raw).unwrap();
            let entry = Completion::read_from_bytes(&raw[..]).unwrap();
            if !self.heads[index].is_new(entry.last()) {
                return found;
            }
            found.push(entry);
            self.heads[index] = self.heads[index].advance(ENTRIES);
        }
    }

    /// Runs an admin command that must succeed; its result.
    pub fn ok(&mut self, command: Command) -> u32 {
        self.push(0, 100, command);
        let found = self.reap(0);
        assert_eq!(found.len(), 1);
        assert!(found[0].last().status().is_success(), "{:?}", found[0]);
        found[0].dw0()
    }

    /// Identifiers and status of what is new.
    pub fn ends(&mut self, qid: u16) -> Vec<(u16, u16)> {
        let found = self.reap(qid);
        found
            .iter()
            .map(|c| (c.last().cid(), c.last().status().bits()))
            .collect()
    }

    pub fn wait(&mut self, ms: u64) {
        std::thread::sleep(Duration::from_millis(ms));
        self.device.run_timers();
        self.device.flush_interrupts();
    }

    pub fn bytes(&self, at: u64, count: usize) -> Vec<u8> {
        let mut data = vec![0; count];
        self.device.host.memory.read(at, &mut data).unwrap();
        data
    }

    pub fn no_breach(&self) {
        assert_eq!(self.device.breaches.latest, Vec::<String>::new());
    }

    /// The latest broken rule says so.
    pub fn breach(&self, words: &str) {
        let latest = self.device.breaches.latest.last().cloned();
        let latest = latest.unwrap_or_default();
        assert!(latest.contains(words), "'{latest}' does not say '{words}'");
    }

    /// No broken rule so far says so.
    pub fn no_breach_of(&self, words: &str) {
        let mut all = self.device.breaches.latest.iter();
        assert!(!all.any(|b| b.contains(words)), "'{words}'");
    }
}

// SPDX-License-Identifier: GPL-2.0
//! The PCI function: configuration space and BAR 0, in front of the controller.

use crate::config::{self, Config};
use crate::controller::Controller;
use crate::session::{Function, CONFIG_REGION};
use crate::sys::Mapping;
use std::os::fd::OwnedFd;

/// BAR 0: registers, doorbells, then the tables of MSI-X.
const BAR_BYTES: u64 = 0x4000;

/// The function.
pub struct Device {
    pub controller: Controller,
    config: Config,
}

impl Device {
    pub fn new(controller: Controller) -> Self {
        let config = Config::new(controller.host.vectors());
        Self { controller, config }
    }

    /// The client has gone; the next one finds a function as after power on.
    pub fn disconnect(&mut self) {
        self.controller.lies.is_gone = false;
        self.reset();
        self.controller.host.memory.unmap_all();
        self.controller.host.clear_vectors();
    }
}

impl Function for Device {
    fn region_bytes(&self, region: u32) -> u64 {
        match region {
            0 => BAR_BYTES,
            CONFIG_REGION => config::BYTES as u64,
            _ => 0,
        }
    }

    fn vectors(&self) -> u32 {
        self.controller.host.vectors().into()
    }

    fn read(&mut self, region: u32, offset: u64, data: &mut [u8]) {
        match region {
            0 if offset < u64::from(config::TABLE_OFFSET) => self.controller.read(offset, data),
            // Pending bits: never; the table itself is the client's.
            0 => data.fill(0),
            CONFIG_REGION => {
                if !self.controller.lies.hides_config() {
                    self.config.read(offset, data);
                }
            }
            _ => {}
        }
    }

    fn write(&mut self, region: u32, offset: u64, data: &[u8]) {
        match region {
            0 if offset < u64::from(config::TABLE_OFFSET) => self.controller.write(offset, data),
            CONFIG_REGION => {
                if self.controller.lies.hides_config() {
                    return;
                }
                if self.config.write(offset, data) {
                    self.controller.stats.function_resets += 1;
                    self.reset();
                }
                let is_on = self.config.is_bus_master();
                self.controller.host.set_bus_master(is_on);
            }
            _ => {}
        }
        self.controller.flush_interrupts();
    }

    fn map(&mut self, start: u64, bytes: u64, fd: Option<(OwnedFd, u64)>, writable: bool) {
        // What cannot be mapped is as good as not there.
        let map = fd.and_then(|(fd, at)| Mapping::new(&fd, at, bytes as usize, writable).ok());
        self.controller.host.memory.map(start, bytes, map, writable);
    }

    fn unmap(&mut self, start: u64, bytes: u64) {
        self.controller.host.memory.unmap(start, bytes);
    }

    fn unmap_all(&mut self) {
        self.controller.host.memory.unmap_all();
    }

    fn set_vector(&mut self, vector: u32, fd: Option<OwnedFd>) {
        self.controller.host.set_vector(vector, fd);
    }

    fn clear_vectors(&mut self) {
        self.controller.host.clear_vectors();
    }

    fn reset(&mut self) {
        self.controller.reset();
        self.config.reset();
        self.controller.host.set_bus_master(false);
    }
}

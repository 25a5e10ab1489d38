// SPDX-License-Identifier: GPL-2.0
//! Asynchronous events, and the log pages that they point to.
//!
//! Base 5.2 (Asynchronous Event Request), 5.16 (Get Log Page).

use crate::action::Plan;
use crate::controller::Controller;
use crate::data::Range;
use crate::driver::nvme::admin::{Feature, LogPage, NSID_ALL};
use crate::driver::nvme::completion::AsyncEvent;
use crate::pending::Outcome;
use crate::sqe::Sqe;
use std::collections::BTreeSet;

/// Requests that may be outstanding (AERL), counted from one.
pub const REQUESTS_MAX: usize = 4;

/// More namespaces changed than the list has room for.
const CHANGED_MAX: usize = 1024;

/// What is to be told, and to whom.
#[derive(Default)]
pub struct Events {
    /// Identifiers of the requests that wait.
    requests: Vec<u16>,
    /// Events that nobody has asked for yet: type, information, log page.
    waiting: Vec<(u8, u8, u8)>,
    /// Types that were told; quiet until their log page is read.
    masked: BTreeSet<u8>,
    changed: BTreeSet<u32>,
    /// Critical warning of the health log.
    pub warning: u8,
}

impl Events {
    /// After a reset: requests and events are forgotten, the state of health is not.
    pub fn reset(&mut self) {
        let warning = self.warning;
        *self = Self {
            warning,
            ..Self::default()
        };
    }

    pub fn changed(&mut self, nsid: u32) {
        self.changed.insert(nsid);
    }
}

impl Controller {
    /// A request for an event: it waits.
    pub fn request_event(&mut self, sqe: &Sqe) -> Outcome {
        if self.events.requests.len() >= REQUESTS_MAX {
            self.breach(0, sqe, "more event requests than AERL allows");
            // Command specific: asynchronous event request limit exceeded.
            return Outcome::refused(0x105);
        }
        self.events.requests.push(sqe.cid());
        self.deliver_events();
        Outcome::Later
    }

    /// Takes a waiting request back, to be aborted.
    pub fn take_event_request(&mut self, cid: u16) -> bool {
        let before = self.events.requests.len();
        self.events.requests.retain(|c| *c != cid);
        self.events.requests.len() < before
    }

    /// Something happened, which the host is told if it wants to know.
    pub fn event(&mut self, kind: u8, info: u8, page: LogPage) {
        let config = self.features.get(Feature::ASYNC_EVENTS);
        let is_wanted = match kind {
            AsyncEvent::HEALTH => config & 0xff & u32::from(self.events.warning) != 0,
            AsyncEvent::NOTICE => config & 1 << 8 != 0,
            _ => true,
        };
        let is_new = !self.events.waiting.contains(&(kind, info, page.0));
        if is_wanted && is_new {
            self.events.waiting.push((kind, info, page.0));
            self.deliver_events();
        }
    }

    fn deliver_events(&mut self) {
        while let (Some(&cid), Some(at)) = (
            self.events.requests.first(),
            self.events
                .waiting
                .iter()
                .position(|e| !self.events.masked.contains(&e.0)),
        ) {
            let (kind, info, page) = self.events.waiting.remove(at);
            self.events.requests.remove(0);
            self.events.masked.insert(kind);
            self.stats.events += 1;
            let dw0 = u32::from(page) << 16 | u32::from(info) << 8 | u32::from(kind);
            self.answer(0, cid, 0, dw0, &Plan::default());
        }
    }

    pub fn get_log_page(&mut self, sqe: &Sqe, ranges: &[Range]) -> Outcome {
        let (page, retain) = (sqe.dw(10) as u8, sqe.dw(10) & 1 << 15 != 0);
        let offset = u64::from(sqe.dw(12)) | u64::from(sqe.dw(13)) << 32;
        let log = match LogPage(page) {
            LogPage::ERROR => vec![0; 64],
            LogPage::HEALTH => self.health_log(sqe),
            LogPage::FIRMWARE => {
                let mut log = vec![0; 512];
                (log[0], log[8]) = (1, b'1');
                log
            }
            LogPage::CHANGED_NAMESPACES => self.changed_log(),
            // Command specific: invalid log page.
            _ => return Outcome::refused(0x109),
        };
        if offset > log.len() as u64 {
            return Outcome::refused(0x02);
        }
        let bytes = log_bytes(sqe) as usize;
        let mut data = log[offset as usize..].to_vec();
        data.resize(bytes, 0);
        if self.host.send(ranges, &data).is_err() {
            self.breach(0, sqe, "data outside of mapped memory");
            return Outcome::refused(0x04);
        }
        if !retain {
            if LogPage(page) == LogPage::CHANGED_NAMESPACES {
                self.events.changed.clear();
            }
            let kind = match LogPage(page) {
                LogPage::CHANGED_NAMESPACES | LogPage::FIRMWARE => AsyncEvent::NOTICE,
                LogPage::HEALTH => AsyncEvent::HEALTH,
                _ => AsyncEvent::ERROR,
            };
            self.events.masked.remove(&kind);
            self.deliver_events();
        }
        Outcome::OK
    }

    fn health_log(&mut self, sqe: &Sqe) -> Vec<u8> {
        if sqe.nsid() != NSID_ALL && sqe.nsid() != 0 {
            self.breach(
                0,
                sqe,
                "the health log is of the controller, and a namespace is named",
            );
        }
        let mut log = vec![0; 512];
        log[0] = self.events.warning;
        // 300 K, or too hot where that is the warning; spare 100 %, threshold 10 %.
        let kelvin: u16 = if self.events.warning & 2 != 0 {
            360
        } else {
            300
        };
        log[1..3].copy_from_slice(&kelvin.to_le_bytes());
        log[3] = if self.events.warning & 1 != 0 { 5 } else { 100 };
        log[4] = 10;
        log
    }

    fn changed_log(&self) -> Vec<u8> {
        let mut log = vec![0; CHANGED_MAX * 4];
        if self.events.changed.len() > CHANGED_MAX {
            log[..4].fill(0xff);
            return log;
        }
        for (room, nsid) in log.chunks_exact_mut(4).zip(&self.events.changed) {
            room.copy_from_slice(&nsid.to_le_bytes());
        }
        log
    }
}

/// Bytes that a Get Log Page command asks for.
pub fn log_bytes(sqe: &Sqe) -> u64 {
    let dwords_z = u64::from(sqe.dw(10) >> 16) | u64::from(sqe.dw(11) & 0xffff) << 16;
    // More than any page has is not looked at.
    ((dwords_z + 1) * 4).min(1 << 20)
}

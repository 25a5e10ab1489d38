// SPDX-License-Identifier: GPL-2.0
//! Features: values that the host sets and gets.
//!
//! Base 5.15 (Get Features), 5.27 (Set Features).

use crate::controller::Controller;
use crate::data::Range;
use crate::driver::nvme::admin::Feature;
use crate::pending::Outcome;
use crate::sqe::Sqe;
use std::collections::BTreeMap;

/// Features that are values of a dword, beside those with names.
const ARBITRATION: u8 = 0x01;
const ERROR_RECOVERY: u8 = 0x05;
const VECTOR: u8 = 0x09;
const ATOMICITY: u8 = 0x0a;

const INVALID_FIELD: u16 = 0x02;

/// What was set.
#[derive(Default)]
pub struct Features {
    values: BTreeMap<u8, u32>,
    /// I/O queues that were granted, submission and completion, counted from one; firmware does not
    /// ask for any.
    pub granted: Option<(u16, u16)>,
}

impl Features {
    pub fn get(&self, feature: Feature) -> u32 {
        self.values
            .get(&feature.0)
            .copied()
            .unwrap_or(match feature {
                // 77 degrees Celsius, as in Identify Controller.
                Feature::TEMPERATURE => 350,
                Feature::WRITE_CACHE => 1,
                _ => 0,
            })
    }
}

/// Whether a feature is known.
fn is_known(fid: u8) -> bool {
    matches!(fid, ARBITRATION | ERROR_RECOVERY | VECTOR | ATOMICITY)
        || [
            Feature::POWER,
            Feature::TEMPERATURE,
            Feature::WRITE_CACHE,
            Feature::QUEUE_COUNT,
            Feature::COALESCING,
            Feature::ASYNC_EVENTS,
            Feature::HOST_BEHAVIOR,
        ]
        .iter()
        .any(|f| f.0 == fid)
}

/// Bytes of data that a feature has.
pub fn data_bytes(fid: u8) -> u64 {
    match Feature(fid) {
        Feature::HOST_BEHAVIOR => 512,
        Feature::TIMESTAMP => 8,
        _ => 0,
    }
}

impl Controller {
    pub fn set_features(&mut self, sqe: &Sqe) -> Outcome {
        let fid = sqe.dw(10) as u8;
        if !is_known(fid) {
            return Outcome::refused(INVALID_FIELD);
        }
        if sqe.dw(10) >> 31 != 0 {
            // Not saveable: command specific, 0Dh.
            return Outcome::refused(0x10d);
        }
        if Feature(fid) == Feature::QUEUE_COUNT {
            return self.grant(sqe);
        }
        self.features.values.insert(fid, sqe.dw(11));
        Outcome::OK
    }

    fn grant(&mut self, sqe: &Sqe) -> Outcome {
        let (sqs_z, cqs_z) = (sqe.dw(11) as u16, (sqe.dw(11) >> 16) as u16);
        if sqs_z == 0xffff || cqs_z == 0xffff {
            self.breach(0, sqe, "65536 queues are asked for");
            return Outcome::refused(INVALID_FIELD);
        }
        if self.sqs.iter().skip(1).flatten().next().is_some() {
            self.breach(
                0,
                sqe,
                "the number of queues is asked for while there are some",
            );
            // Command sequence error.
            return Outcome::refused(0x0c);
        }
        let most_z = self.setup.queues - 1;
        let (sqs_z, cqs_z) = (sqs_z.min(most_z), cqs_z.min(most_z));
        self.features.granted = Some((sqs_z + 1, cqs_z + 1));
        let dw0 = u32::from(cqs_z) << 16 | u32::from(sqs_z);
        self.features.values.insert(Feature::QUEUE_COUNT.0, dw0);
        Outcome::Done { status: 0, dw0 }
    }

    pub fn get_features(&mut self, sqe: &Sqe, ranges: &[Range]) -> Outcome {
        let fid = sqe.dw(10) as u8;
        if !is_known(fid) {
            return Outcome::refused(INVALID_FIELD);
        }
        if data_bytes(fid) > 0
            && self
                .host
                .send(ranges, &vec![0; data_bytes(fid) as usize])
                .is_err()
        {
            self.breach(0, sqe, "data outside of mapped memory");
            return Outcome::refused(0x04);
        }
        // The capabilities of a feature: it can be changed.
        let dw0 = match sqe.dw(10) >> 8 & 7 {
            3 => 4,
            _ => self.features.get(Feature(fid)),
        };
        Outcome::Done { status: 0, dw0 }
    }
}

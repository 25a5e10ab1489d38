// SPDX-License-Identifier: GPL-2.0
//! The health log: each figure at its place, each warning in words.
//! seen to fail: the temperature read big endian; the threshold taken for the spare; bit 3 taken for
//! bit 2; errors read from byte 144; the eighth warning left out.

use crate::driver::nvme::event::{Health, Warning, HEALTH_BYTES};
use proptest::prelude::*;

/// A log page with these bytes set.
fn log(changes: &[(usize, &[u8])]) -> [u8; HEALTH_BYTES] {
    let mut data = [0u8; HEALTH_BYTES];
    for (at, bytes) in changes {
        data[*at..*at + bytes.len()].copy_from_slice(bytes);
    }
    data
}

#[test]
fn figures_are_read_from_their_places() {
    let health = Health::parse(&log(&[
        (0, &[0b1]),
        (1, &[0x57, 0x01]),
        (3, &[9, 10, 101]),
        (160, &[7, 1]),
    ]))
    .unwrap();
    assert_eq!(health.temperature_c(), Some(343 - 273));
    assert_eq!(health.spare_percent(), 9);
    assert_eq!(health.media_errors(), 263);
    assert_eq!(
        health.to_string(),
        "70 degrees C, 9 % of the spare blocks left (warning below 10 %), 101 % of the rated life used, 263 media errors"
    );
    assert_eq!(health.warnings().collect::<Vec<_>>(), [Warning::Spare]);
}

#[test]
fn what_is_not_said_is_not_made_up() {
    let health = Health::parse(&log(&[])).unwrap();
    assert_eq!(health.temperature_c(), None);
    assert!(health.to_string().starts_with("temperature unknown, "));
    assert_eq!(health.warnings().count(), 0);
    assert_eq!(Health::parse(&[0; HEALTH_BYTES - 1]), None);
}

#[test]
fn more_errors_than_can_be_counted_are_many() {
    let health = Health::parse(&log(&[(160, &[0xff; 16])])).unwrap();
    assert_eq!(health.media_errors(), u64::MAX);
}

#[test]
fn each_warning_has_its_bit_and_its_words() {
    let all = [
        Warning::Spare,
        Warning::Temperature,
        Warning::Degraded,
        Warning::ReadOnly,
        Warning::Backup,
        Warning::PersistentMemory,
        Warning::Unknown(6),
        Warning::Unknown(7),
    ];
    for (bit, warning) in all.into_iter().enumerate() {
        let health = Health::parse(&log(&[(0, &[1 << bit])])).unwrap();
        assert_eq!(health.warnings().collect::<Vec<_>>(), [warning]);
    }
    assert_eq!(
        Health::parse(&log(&[(0, &[0xff])]))
            .unwrap()
            .warnings()
            .collect::<Vec<_>>(),
        all
    );
    let words: std::collections::HashSet<_> = all.iter().map(Warning::to_string).collect();
    assert_eq!(words.len(), all.len());
}

proptest! {
    #[test]
    fn any_log_is_read(data in prop::collection::vec(any::<u8>(), 0..600)) {
        let health = Health::parse(&data);
        prop_assert_eq!(health.is_some(), data.len() >= HEALTH_BYTES);
        if let Some(health) = health {
            prop_assert_eq!(health.warnings().count(), data[0].count_ones() as usize);
            prop_assert!(!health.to_string().is_empty());
        }
    }
}

// SPDX-License-Identifier: GPL-2.0
//! Status: bits, verdicts and words.
//! seen to fail: `is_success` looking at the code alone; DNR read from bit 13; unrecovered read
//! error as Io; persistent loss retried; two codes with the same words; every path status as Transport.

use crate::driver::nvme::status::{BlockError, Status, Verdict};
use proptest::prelude::*;

const DNR: u16 = 1 << 14;

#[test]
fn the_fields_lie_where_the_specification_says() {
    let status = Status::from_bits(0x6281 | 2 << 11);
    assert_eq!(status.code(), 0x81);
    assert_eq!(status.code_type(), Status::MEDIA);
    assert_eq!(status.crd(), 2);
    assert!(status.more());
    assert!(status.dnr());
    assert_eq!(Status::from_bits(1 << 13).dnr(), false);
    assert_eq!(Status::from_bits(1 << 14).more(), false);
    assert_eq!(Status::new(2, 0x81), Status::from_bits(0x281));
}

#[test]
fn success_is_type_zero_and_code_zero_whatever_else_is_set() {
    for bits in 0..0x8000u16 {
        let status = Status::from_bits(bits);
        assert_eq!(status.is_success(), bits & 0xff == 0 && bits >> 8 & 7 == 0);
        assert_eq!(status.is_success(), status.verdict() == Verdict::Success);
    }
    // Command-specific code 0 is "invalid completion queue", not success.
    assert!(!Status::from_bits(0x100).is_success());
}

#[test]
fn do_not_retry_is_obeyed_for_every_status() {
    for bits in 0..0x800u16 {
        let retry = Status::from_bits(bits);
        let fail = Status::from_bits(bits | DNR);
        assert!(!fail.may_retry());
        match (retry.verdict(), fail.verdict()) {
            (Verdict::Success, Verdict::Success) => assert_eq!(bits, 0),
            (Verdict::Retry(a), Verdict::Fail(b)) => assert_eq!(a, b),
            (Verdict::Fail(a), Verdict::Fail(b)) => {
                assert_eq!((bits, a), (0x301, b));
            }
            other => panic!("{bits:#x}: {other:?}"),
        }
    }
}

#[test]
fn aborted_and_interrupted_commands_may_be_sent_again() {
    for bits in [0x07, 0x08, 0x21, 0x22, 0x82, 0x281, 0x06, 0x371] {
        assert!(Status::from_bits(bits).may_retry(), "{bits:#x}");
    }
    assert!(!Status::from_bits(0x301).may_retry());
    assert!(!Status::SUCCESS.may_retry());
}

/// Each status that has an error of its own; every other one is Io.
const ERRORS: &[(u16, BlockError)] = &[
    (0x001, BlockError::NotSupported),
    (0x002, BlockError::NotSupported),
    (0x00b, BlockError::NotSupported),
    (0x020, BlockError::Medium),
    (0x021, BlockError::Target),
    (0x080, BlockError::Target),
    (0x081, BlockError::NoSpace),
    (0x082, BlockError::Target),
    (0x083, BlockError::Reservation),
    (0x180, BlockError::NotSupported),
    (0x181, BlockError::Protection),
    (0x182, BlockError::Medium),
    (0x1bd, BlockError::ZoneActive),
    (0x1be, BlockError::ZoneOpen),
    (0x280, BlockError::Medium),
    (0x281, BlockError::Medium),
    (0x282, BlockError::Protection),
    (0x283, BlockError::Protection),
    (0x284, BlockError::Protection),
    (0x285, BlockError::Medium),
    (0x286, BlockError::Medium),
    (0x287, BlockError::Medium),
    (0x288, BlockError::Protection),
    (0x370, BlockError::Transport),
];

#[test]
fn each_status_has_the_error_of_the_table() {
    for bits in 1..0x800u16 {
        let want = match ERRORS.iter().find(|(status, _)| *status == bits) {
            Some((_, error)) => *error,
            None => BlockError::Io,
        };
        let got = Status::from_bits(bits | DNR).verdict();
        assert_eq!(got, Verdict::Fail(want), "{bits:#x}");
    }
}

#[test]
fn every_status_has_words_and_no_two_known_ones_share_them() {
    let known = |words: &str| {
        !["unknown", "vendor", "status of a reserved"]
            .iter()
            .any(|open| words.starts_with(open))
    };
    let mut words: Vec<&str> = (0..0x800)
        .map(|bits| Status::from_bits(bits).describe())
        .inspect(|words| assert!(words.is_ascii() && !words.is_empty()))
        .filter(|words| known(words))
        .collect();
    let all = words.len();
    words.sort_unstable();
    words.dedup();
    assert_eq!(words.len(), all);
    assert!(all > 100);
}

#[test]
fn the_log_line_has_words_numbers_and_flags() {
    let line = Status::from_bits(0x281 | DNR).to_string();
    assert_eq!(
        line,
        "unrecovered read error (type 0x2, code 0x81, do not retry)"
    );
    let line = Status::from_bits(0x2006).to_string();
    assert_eq!(line, "internal device error (type 0x0, code 0x06, more)");
    assert_eq!(Status::new(1, 2).describe(), "invalid queue size");
    assert_eq!(Status::new(3, 0x71).describe(), "aborted by the host");
    assert_eq!(Status::new(5, 0).describe(), "status of a reserved type");
    assert_eq!(Status::new(7, 9).describe(), "vendor-specific status");
}

proptest! {
    #[test]
    fn fields_put_together_are_the_status(bits: u16) {
        let status = Status::from_bits(bits);
        let again = u16::from(status.code())
            | u16::from(status.code_type()) << 8
            | u16::from(status.crd()) << 11
            | u16::from(status.more()) << 13
            | u16::from(status.dnr()) << 14;
        prop_assert_eq!(again, bits & 0x7fff);
        prop_assert_eq!(status.bits(), bits & 0x7fff);
    }
}

// SPDX-License-Identifier: GPL-2.0
//! Data pointers, right and wrong.

use super::*;
use crate::driver::nvme::admin::Cns;
use crate::driver::nvme::command::Command;
use std::collections::BTreeMap;

const PAGE: u64 = 4096;

fn with_prps(prp1: u64, prp2: u64) -> Sqe {
    Sqe::from(Command::identify(Cns::NAMESPACE, 1, 0).with_prps(prp1, prp2))
}

/// Follows a command, with lists of qwords at addresses.
fn follow(
    sqe: &Sqe,
    bytes: u64,
    lists: &[(u64, &[u64])],
) -> (Result<Vec<Range>, u16>, Vec<String>) {
    let mut words = BTreeMap::new();
    for (at, list) in lists {
        for (index, word) in list.iter().enumerate() {
            words.insert(at + index as u64 * 8, *word);
        }
    }
    let mut read = |at: u64, data: &mut [u8]| {
        for (index, chunk) in data.chunks_exact_mut(8).enumerate() {
            match words.get(&(at + index as u64 * 8)) {
                Some(word) => chunk.copy_from_slice(&word.to_le_bytes()),
                None => return false,
            }
        }
        true
    };
    let mut walk = Walk::new(&mut read, PAGE);
    let ranges = walk.follow(sqe, bytes);
    (ranges, walk.breaches)
}

fn honest(sqe: &Sqe, bytes: u64, lists: &[(u64, &[u64])]) -> Vec<Range> {
    let (ranges, breaches) = follow(sqe, bytes, lists);
    assert_eq!(breaches, Vec::<String>::new());
    ranges.unwrap()
}

#[test]
fn one_or_two_pages_need_no_list() {
    assert_eq!(honest(&with_prps(0x1200, 0), 512, &[]), [(0x1200, 512)]);
    assert_eq!(
        honest(&with_prps(0x1200, 0x8000), 4096, &[]),
        [(0x1200, 0xe00), (0x8000, 0x200)]
    );
}

#[test]
fn neighbours_are_one_range() {
    let list = [0x2000, 0x3000, 0x9000];
    assert_eq!(
        honest(&with_prps(0x1000, 0x5000), 4 * PAGE, &[(0x5000, &list)]),
        [(0x1000, 3 * PAGE), (0x9000, PAGE)]
    );
}

#[test]
fn the_last_entry_of_a_page_leads_on_unless_the_data_end() {
    // Two entries are left in the page of the list.
    let at = 0x6000 - 16;
    assert_eq!(
        honest(
            &with_prps(0x1000, at),
            3 * PAGE,
            &[(at, &[0x20000, 0x30000])]
        ),
        [(0x1000, PAGE), (0x20000, PAGE), (0x30000, PAGE)]
    );
    assert_eq!(
        honest(
            &with_prps(0x1000, at),
            4 * PAGE,
            &[(at, &[0x20000, 0x7000]), (0x7000, &[0x30000, 0x40000])]
        ),
        [
            (0x1000, PAGE),
            (0x20000, PAGE),
            (0x30000, PAGE),
            (0x40000, PAGE)
        ]
    );
}

#[test]
fn broken_rules_of_prps_are_named() {
    let refused = |sqe: &Sqe, bytes, lists: &[(u64, &[u64])], words: &str| {
        let (ranges, breaches) = follow(sqe, bytes, lists);
        assert!(ranges.is_err(), "{words}");
        assert!(breaches[0].contains(words), "{breaches:?}");
    };
    refused(&with_prps(0x1001, 0), 512, &[], "not a multiple of four");
    refused(
        &with_prps(0x1000, 0x2200),
        8192,
        &[],
        "does not begin on a page",
    );
    refused(&with_prps(0x1000, 0x5004), 3 * PAGE, &[], "not aligned");
    refused(&with_prps(0x1000, 0x5000), 3 * PAGE, &[], "outside");
    refused(
        &with_prps(0x1000, 0x5000),
        3 * PAGE,
        &[(0x5000, &[0x2000, 0x3008])],
        "does not begin on a page",
    );
    let (ranges, breaches) = follow(&with_prps(0x1000, 0x2000), 512, &[]);
    assert_eq!(ranges, Ok(vec![(0x1000, 512)]));
    assert!(breaches[0].contains("one page is enough"));
}

#[test]
fn an_sgl_is_a_block_or_a_segment_of_blocks() {
    let command = Command::identify(Cns::NAMESPACE, 1, 0);
    let block = Sqe::from(command.with_sgl_block(0x1003, 8192));
    assert_eq!(honest(&block, 8192, &[]), [(0x1003, 8192)]);
    let (ranges, breaches) = follow(&block, 8193, &[]);
    assert_eq!(ranges, Err(0x0f));
    assert!(breaches[0].contains("too short"));
    let (ranges, breaches) = follow(&block, 4096, &[]);
    assert_eq!(ranges, Ok(vec![(0x1003, 4096)]));
    assert!(breaches[0].contains("longer"));
}

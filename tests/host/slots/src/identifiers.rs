// SPDX-License-Identifier: GPL-2.0
//! Identifiers and words, one thread: what names what, for every identifier and generation.
//! seen to fail: the generation not counted up by a take; the index alone compared; six bits of
//! generation used where four fit; the generation kept in the pointer that is handed out.

use crate::slots::{Cids, Word, ALIGN};
use std::ptr::NonNull;

/// Something with the alignment of a request.
#[repr(align(64))]
struct Request(#[allow(dead_code)] u8);

#[test]
fn requests_are_aligned_as_the_words_need() {
    assert_eq!(std::mem::align_of::<Request>(), ALIGN);
}

#[test]
fn what_was_armed_is_taken_once_under_its_identifier_alone() {
    for log2 in 0..=12 {
        let cids = Cids::new(log2);
        let index = (1u16 << log2).wrapping_sub(1);
        let word = Word::new();
        let mut request = Request(0);
        let rq = NonNull::from(&mut request);
        let cid = word.next_cid(cids, index);
        assert!(word.is_empty());
        word.arm(rq);
        assert!(!word.is_empty());
        assert_eq!(word.cid_of(cids, index, rq), Some(cid));
        for other in (0..=u16::MAX).filter(|&other| other != cid) {
            // The caller finds the word by the index, so only these reach it.
            if cids.index(other) == usize::from(index) {
                assert_eq!(word.take(cids, other), None, "{other:#x} is not {cid:#x}");
            }
        }
        assert_eq!(word.take(cids, cid), Some(rq));
        assert_eq!(word.take(cids, cid), None);
        assert_eq!(word.drain(), None);
        assert_eq!(word.cid_of(cids, index, rq), None);
        assert!(word.is_empty());
    }
}

#[test]
fn an_empty_word_gives_nothing_for_any_identifier() {
    let cids = Cids::new(4);
    let word = Word::<Request>::new();
    assert!((0..=u16::MAX).all(|cid| word.take(cids, cid).is_none()));
    assert_eq!(word.drain(), None);
}

#[test]
fn every_identifier_leads_to_its_index() {
    for log2 in 0..=12u32 {
        let cids = Cids::new(log2);
        for index in 0..1u16 << log2 {
            let word = Word::<Request>::new();
            let cid = word.next_cid(cids, index);
            assert_eq!(cids.index(cid), usize::from(index));
        }
    }
}

#[test]
fn a_stale_identifier_is_recognised_for_as_many_reuses_as_there_are_generations() {
    // Six bits of generation, or what the index leaves of sixteen.
    for (log2, generations) in [(1, 64), (5, 64), (10, 64), (11, 32), (12, 16)] {
        let cids = Cids::new(log2);
        let word = Word::new();
        let mut request = Request(0);
        let rq = NonNull::from(&mut request);
        let first = word.next_cid(cids, 1);
        for reuse in 1..=generations {
            word.arm(rq);
            // By turns: a drain counts as a take does.
            let taken = match reuse % 2 {
                0 => word.drain(),
                _ => word.take(cids, word.cid_of(cids, 1, rq).unwrap()),
            };
            assert_eq!(taken, Some(rq));
            let next = word.next_cid(cids, 1);
            assert_eq!(
                next == first,
                reuse == generations,
                "log2 {log2}, reuse {reuse}"
            );
            assert_eq!(cids.index(next), 1);
        }
    }
}

#[test]
fn a_drained_word_is_empty_and_its_identifier_is_stale() {
    let cids = Cids::new(5);
    let word = Word::new();
    let mut request = Request(0);
    let rq = NonNull::from(&mut request);
    let cid = word.next_cid(cids, 3);
    word.arm(rq);
    assert_eq!(word.drain(), Some(rq));
    word.arm(rq);
    assert_eq!(word.take(cids, cid), None);
    assert_eq!(word.drain(), Some(rq));
}

#[test]
fn another_request_in_the_word_is_not_mistaken_for_this_one() {
    let cids = Cids::new(5);
    let word = Word::new();
    let (mut one, mut other) = (Request(1), Request(2));
    word.arm(NonNull::from(&mut one));
    assert_eq!(word.cid_of(cids, 3, NonNull::from(&mut other)), None);
}

#[test]
fn tables_larger_than_4096_are_taken_as_4096() {
    let cids = Cids::new(u32::MAX);
    assert_eq!(cids.index(0xffff), 4095);
}

// SPDX-License-Identifier: GPL-2.0
//! Submitter, consumer, timeout's look and drain over all interleavings, with two tags.
//! seen to fail: arm with a relaxed store; take with a relaxed load; a take that leaves the word as
//! it was; the generation not counted up; drain without quiesce before it; look without the lock.

use crate::model::Queue;
use loom::sync::atomic::{AtomicBool, Ordering};
use loom::sync::Arc;
use loom::thread;

/// Every identifier that two tags have in their first two generations: index, generation above.
const GUESSES: [u16; 4] = [0, 1, 2, 3];

/// Runs `f` under every interleaving.
fn every_interleaving(f: impl Fn() + Sync + Send + 'static) {
    loom::model::Builder::new().check(f);
}

/// `a` and `b` together, in order.
fn sorted(parts: &[&[u32]]) -> Vec<u32> {
    let mut all = parts.concat();
    all.sort_unstable();
    all
}

#[test]
fn a_device_that_guesses_completes_each_request_at_most_once() {
    every_interleaving(|| {
        let queue = Arc::new(Queue::new());
        let consumer = {
            let queue = queue.clone();
            // Before the doorbell, after it, twice: the device says what it likes.
            thread::spawn(move || queue.reap(GUESSES.into_iter().chain(GUESSES)))
        };
        queue.submit(0, 10).unwrap();
        queue.submit(1, 11).unwrap();
        let early = consumer.join().unwrap();
        let rest = queue.drain();
        assert_eq!(sorted(&[&early, &rest]), [10, 11]);
        assert!(queue.is_empty());
    });
}

#[test]
fn a_stale_identifier_never_completes_the_next_user_of_its_tag() {
    every_interleaving(|| {
        let queue = Arc::new(Queue::new());
        let first = queue.submit(0, 1).unwrap();
        let consumer = {
            let queue = queue.clone();
            thread::spawn(move || {
                // The honest completion, then the same entry twice more.
                assert_eq!(queue.reap([first]), [1]);
                assert_eq!(queue.reap([first, first]), []);
            })
        };
        // Waits for the tag, as the next request does.
        let second = queue.submit(0, 2).unwrap();
        assert_ne!(first, second);
        consumer.join().unwrap();
        assert_eq!(queue.reap([first]), []);
        assert_eq!(queue.reap([second, second]), [2]);
        assert!(queue.is_empty());
    });
}

#[test]
fn tags_go_round_while_the_device_guesses() {
    every_interleaving(|| {
        let queue = Arc::new(Queue::new());
        let consumer = {
            let queue = queue.clone();
            // Generation 0 and 1 of tag 0.
            thread::spawn(move || queue.reap([0, 2, 0]))
        };
        let one = queue.submit(0, 1).unwrap();
        let honest = queue.reap([one]);
        queue.submit(0, 2).unwrap();
        let guessed = consumer.join().unwrap();
        let rest = queue.drain();
        assert_eq!(sorted(&[&honest, &guessed, &rest]), [1, 2]);
        assert!(queue.is_empty());
    });
}

#[test]
fn interrupt_and_look_together_end_a_completed_request_once() {
    every_interleaving(|| {
        let queue = Arc::new(Queue::new());
        let cid = queue.submit(0, 7).unwrap();
        // The entry in the completion ring: there for both once the device has written it.
        let entry = Arc::new(AtomicBool::new(false));
        let read = move |entry: &AtomicBool| match entry.load(Ordering::Acquire) {
            true => vec![cid],
            false => vec![],
        };
        let handler = {
            let (queue, entry) = (queue.clone(), entry.clone());
            thread::spawn(move || {
                let seen = read(&entry);
                queue.reap(seen)
            })
        };
        let timeout = {
            let (queue, entry) = (queue.clone(), entry.clone());
            thread::spawn(move || {
                let there = entry.load(Ordering::Acquire);
                let (ended, still) = queue.look(0, || read(&entry));
                assert!(
                    !(there && still),
                    "completed before the look, and not found by it"
                );
                assert!(ended.is_empty() || !still);
                ended
            })
        };
        // The device: it fetched the command, and completes it.
        assert_eq!(queue.pushed(), [cid]);
        entry.store(true, Ordering::Release);
        let by_handler = handler.join().unwrap();
        let by_look = timeout.join().unwrap();
        let rest = queue.drain();
        assert_eq!(sorted(&[&by_handler, &by_look, &rest]), [7]);
    });
}

#[test]
fn a_look_leaves_alone_what_the_device_still_has() {
    every_interleaving(|| {
        let queue = Arc::new(Queue::new());
        queue.submit(0, 7).unwrap();
        let timeout = {
            let queue = queue.clone();
            thread::spawn(move || queue.look(0, Vec::new))
        };
        // Another request comes and goes meanwhile.
        let other = queue.submit(1, 8).unwrap();
        assert_eq!(queue.reap([other]), [8]);
        assert_eq!(timeout.join().unwrap(), (vec![], true));
        assert_eq!(queue.drain(), [7]);
    });
}

#[test]
fn a_drain_leaves_nothing_behind_and_ends_nothing_twice() {
    every_interleaving(|| {
        let queue = Arc::new(Queue::new());
        let submitter = {
            let queue = queue.clone();
            thread::spawn(move || {
                let one = queue.submit(0, 10).is_some();
                let two = queue.submit(1, 11).is_some();
                (one, two)
            })
        };
        queue.quiesce();
        let drained = queue.drain();
        // Whoever comes later is turned away, so nothing is left, whatever the submitter does.
        assert!(queue.is_empty());
        let (one, two) = submitter.join().unwrap();
        assert!(queue.is_empty());
        let mut want = Vec::new();
        want.extend(one.then_some(10));
        want.extend(two.then_some(11));
        assert_eq!(sorted(&[&drained]), want);
    });
}

#[test]
fn drain_and_interrupt_share_what_is_in_flight() {
    every_interleaving(|| {
        let queue = Arc::new(Queue::new());
        let one = queue.submit(0, 10).unwrap();
        let handler = {
            let queue = queue.clone();
            thread::spawn(move || queue.reap([one, one, 3]))
        };
        let submitter = {
            let queue = queue.clone();
            thread::spawn(move || queue.submit(1, 11).is_some())
        };
        queue.quiesce();
        let drained = queue.drain();
        let reaped = handler.join().unwrap();
        let mut want = vec![10];
        want.extend(submitter.join().unwrap().then_some(11));
        assert_eq!(sorted(&[&drained, &reaped]), want);
        assert!(queue.is_empty());
    });
}

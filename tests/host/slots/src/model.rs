// SPDX-License-Identifier: GPL-2.0
//! A hardware queue around the slot table: what blk-mq, the interrupt code and the device bring.
//!
//! ```text
//! tags    blk-mq's bitmap: acquire when a tag is had, release when it comes back
//! inside  the read section of queue_rq; whoever quiesces waits for it
//! sq      the submission lock and the ring behind it
//! cq      the one consumer: interrupt handler, look and drain exclude each other
//! data    what a request carries; touched by its owner alone, which loom watches
//! ```

use crate::slots::{Cids, Word};
use loom::cell::UnsafeCell;
use loom::sync::atomic::{AtomicBool, Ordering};
use loom::sync::Mutex;
use loom::thread;
use std::ptr::NonNull;

/// Tags, and words.
pub(crate) const TAGS: u16 = 2;
/// Base-2 logarithm of the same.
const LOG2: u32 = 1;

/// Where a request is in its life. Each step is taken by its owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    /// Nobody uses it.
    Idle,
    /// Started, with this payload.
    Started(u32),
}

/// A request: blk-mq has one for each tag, for good.
#[repr(align(64))]
pub(crate) struct Request {
    data: UnsafeCell<Life>,
}

/// A hardware queue of two tags.
pub(crate) struct Queue {
    cids: Cids,
    words: [Word<Request>; TAGS as usize],
    requests: [Request; TAGS as usize],
    tags: [AtomicBool; TAGS as usize],
    accepts: AtomicBool,
    inside: Mutex<()>,
    sq: Mutex<Vec<u16>>,
    cq: Mutex<()>,
}

// SAFETY: `data` is accessed by the owner of the request only; that this is so is what the tests
// are about, and loom reports where it is not.
unsafe impl Sync for Queue {}
// SAFETY: As above.
unsafe impl Send for Queue {}

impl Queue {
    pub(crate) fn new() -> Self {
        Self {
            cids: Cids::new(LOG2),
            words: [Word::new(), Word::new()],
            requests: [Request::idle(), Request::idle()],
            tags: [AtomicBool::new(false), AtomicBool::new(false)],
            accepts: AtomicBool::new(true),
            inside: Mutex::new(()),
            sq: Mutex::new(Vec::new()),
            cq: Mutex::new(()),
        }
    }

    /// The pointer that goes into the word.
    fn request(&self, tag: u16) -> NonNull<Request> {
        NonNull::from(&self.requests[usize::from(tag)])
    }

    fn word(&self, tag: u16) -> &Word<Request> {
        &self.words[usize::from(tag)]
    }

    /// Waits until blk-mq gives the tag out.
    fn have_tag(&self, tag: u16) {
        let tag = &self.tags[usize::from(tag)];
        while tag.load(Ordering::Acquire) {
            thread::yield_now();
        }
        tag.store(true, Ordering::Relaxed);
    }

    /// `queue_rq` for a request of this tag, with this payload. Returns the identifier under which
    /// the device has it, or `None` if the queue accepts nothing. One submitter uses a tag.
    pub(crate) fn submit(&self, tag: u16, payload: u32) -> Option<u16> {
        self.have_tag(tag);
        let section = self.inside.lock().unwrap();
        if !self.accepts.load(Ordering::Relaxed) {
            drop(section);
            self.tags[usize::from(tag)].store(false, Ordering::Release);
            return None;
        }
        // Started: blk-mq lends us the request, so nobody else may touch it.
        // SAFETY: The request of a tag that we have, and have not armed.
        self.requests[usize::from(tag)]
            .data
            .with_mut(|data| unsafe {
                assert_eq!(*data, Life::Idle, "a tag was given out twice");
                *data = Life::Started(payload);
            });
        let mut sq = self.sq.lock().unwrap();
        let word = self.word(tag);
        assert!(word.is_empty(), "arm met a word that is not empty");
        let cid = word.next_cid(self.cids, tag);
        word.arm(self.request(tag));
        sq.push(cid);
        drop(sq);
        drop(section);
        Some(cid)
    }

    /// Ends a request that was taken: unmap, end, and the tag goes back. Returns its payload.
    fn end(&self, rq: NonNull<Request>) -> u32 {
        let tag = (0..TAGS).find(|&tag| self.request(tag) == rq).unwrap();
        // SAFETY: Taken from its word, so it is ours.
        let payload = unsafe { rq.as_ref() }.data.with_mut(|data| {
            // SAFETY: As above.
            match std::mem::replace(unsafe { &mut *data }, Life::Idle) {
                Life::Started(payload) => payload,
                Life::Idle => panic!("a request was ended twice"),
            }
        });
        self.tags[usize::from(tag)].store(false, Ordering::Release);
        payload
    }

    /// The consumer meets completions with these identifiers. What it takes, it ends.
    pub(crate) fn reap(&self, cids: impl IntoIterator<Item = u16>) -> Vec<u32> {
        let _consumer = self.cq.lock().unwrap();
        self.reap_locked(cids)
    }

    /// As [`reap`](Self::reap), by who is the consumer already.
    fn reap_locked(&self, cids: impl IntoIterator<Item = u16>) -> Vec<u32> {
        cids.into_iter()
            .filter_map(|cid| self.words[self.cids.index(cid)].take(self.cids, cid))
            .map(|rq| self.end(rq))
            .collect()
    }

    /// The timeout of a request of this tag: looks for its completion, and returns what it ended
    /// together with whether the request is still with the device.
    pub(crate) fn look(&self, tag: u16, completed: impl FnOnce() -> Vec<u16>) -> (Vec<u32>, bool) {
        let before = self.word(tag).cid_of(self.cids, tag, self.request(tag));
        let ended = {
            let _consumer = self.cq.lock().unwrap();
            self.reap_locked(completed())
        };
        let after = self.word(tag).cid_of(self.cids, tag, self.request(tag));
        (ended, before.is_some() && before == after)
    }

    /// Accepts nothing more, and waits for those who are on their way in.
    pub(crate) fn quiesce(&self) {
        self.accepts.store(false, Ordering::Relaxed);
        drop(self.inside.lock().unwrap());
    }

    /// The device has stopped: takes back whatever it has.
    pub(crate) fn drain(&self) -> Vec<u32> {
        let _consumer = self.cq.lock().unwrap();
        let taken = self.words.iter().filter_map(Word::drain);
        taken.map(|rq| self.end(rq)).collect()
    }

    /// Whether no word has a request.
    pub(crate) fn is_empty(&self) -> bool {
        self.words.iter().all(Word::is_empty)
    }

    /// What an honest device has been told of.
    pub(crate) fn pushed(&self) -> Vec<u16> {
        std::mem::take(&mut *self.sq.lock().unwrap())
    }
}

impl Request {
    fn idle() -> Self {
        Self {
            data: UnsafeCell::new(Life::Idle),
        }
    }
}

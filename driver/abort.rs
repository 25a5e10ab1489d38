// SPDX-License-Identifier: GPL-2.0

//! Abort: the controller is asked to give one command up, before everything is taken from it.
//!
//! NVMe Base 2.0, 5.1. What was aborted completes as such, and is tried again. A controller that
//! does not give it up in a while is reset ([`watch`](crate::watch)).

use crate::{
    cause::Cause,
    controller::{
        Ctrl,
        Shared, //
    },
    journal::{
        Named,
        Note, //
    },
    nvme::command::Command, //
};
use kernel::{
    prelude::*,
    time::Delta, //
};
use rnvme_abs::{
    blk_mq::Tag,
    pci::Live, //
};

/// How many are on their way at most: each has a tag that is set aside for it.
pub(crate) const ABORTS_MAX: u16 = 3;

impl<'b> Ctrl<'b> {
    /// Asks the controller to give up a command of an I/O queue, for which a place was taken from
    /// `abort_room`; whether it could be asked.
    pub(crate) fn abort(&self, at: Live<'b>, rq: Named, cause: Cause) -> bool {
        let sent = self.admin_queue.as_ref().ok_or(ENODEV).and_then(|queue| {
            let owned = queue.alloc(at, false, Tag::Reserved, self.admin_timeout())?;
            self.note(at, Note::Abort(rq, cause));
            owned.start(Command::abort(rq.qid, rq.cid))
        });
        match sent {
            Ok(()) => self.shared.aborts.bump(cause),
            Err(_) => self.shared.abort_room.put_one(),
        }
        sent.is_ok()
    }

    /// For how long a controller that was asked to give a command up is waited for.
    pub(crate) fn abort_patience(&self) -> Delta {
        let timeout = self.shared.settings.io_timeout.seconds().as_millis();
        Delta::from_millis((timeout / 10).clamp(1000, 5000))
    }
}

impl Shared {
    /// An Abort was answered, or taken back. Any context.
    pub(crate) fn abort_answered(&self, result: u64, is_answered: bool) {
        // Dword 0, bit 0: the command was not aborted.
        if is_answered && result & 1 == 0 {
            self.aborts_done.bump();
        }
    }
}

// SPDX-License-Identifier: GPL-2.0

//! What a driver does with requests.

use crate::{
    blk_mq::*,
    pci::Live, //
};
use kernel::prelude::*;

/// A driver's part in the life of a request. The implementing type is a marker.
///
/// The data types say who may see what, and when: `Queue` and `Ns` are shared by all contexts,
/// `Sq` is lent under the submission lock, `Cq` to the one consumer, `Pdu` to whoever has the
/// request. `'b` types may touch the device, the others may outlive it.
pub trait Operations: Sized + 'static {
    /// The controller, for timeouts.
    type Ctrl<'b>: Send + Sync;
    /// What all contexts share of a hardware queue.
    type Queue<'b>: Send + Sync;
    /// The submission side of a hardware queue.
    type Sq<'b>: Send + Unpin;
    /// The completion side of a hardware queue.
    type Cq<'b>: Send;
    /// What belongs to one disk: it lives as long as the disk or a file that is open on it.
    type Ns: Send + Sync + 'static;
    /// The driver's data of one request. All zeroes before its first use; it keeps its content
    /// between uses of the request.
    type Pdu: Zeroable + Copy + Send;
    /// A command, ready but for its identifier.
    type Cmd: Copy + Send + Sync + 'static;

    /// Attributes of a disk, in `/sys/block/<disk>/`.
    const DISK_ATTRIBUTES: &'static [DiskAttribute<Self>];

    /// Checks a request and maps its data. What was mapped is unmapped by this crate, also where
    /// this fails. `ns` is `None` for requests of a queue without a disk.
    ///
    /// Context: as `queue_rq`, a task or softirq that may not sleep; no lock is held.
    fn prepare(
        q: &Self::Queue<'_>,
        ns: Option<&Self::Ns>,
        rq: &mut Idle<'_, Self>,
    ) -> Result<(), Refuse>;

    /// Makes the command of a prepared request. Pure. Context: the submission lock is held.
    fn encode(ns: Option<&Self::Ns>, rq: &Started<'_, Self>, cid: u16) -> Self::Cmd;

    /// Puts a command into the ring, which has room for as many as there are tags. Context: the
    /// submission lock is held.
    fn push(sq: &mut Self::Sq<'_>, cmd: Self::Cmd);

    /// Tells the device what was pushed. A second call without a push between has nothing to tell.
    /// Context: the submission lock is held.
    fn ring(sq: &mut Self::Sq<'_>);

    /// Reads new completions and takes their requests, in order. The one way in which requests are
    /// completed: for interrupts, polling, timeouts and the last look before a drain.
    ///
    /// Context: hard interrupt, or a task, with interrupts off or on; it may neither sleep nor submit,
    /// and a lock that it takes must be one that is taken with interrupts off.
    fn reap(cq: &mut Self::Cq<'_>, out: &mut Taker<'_, '_, Self>);

    /// Decides how a request ends. Not called for those that [`reap`](Self::reap) has [`Seen`] as
    /// good, but for all requests of the driver's own. Context: as `reap`, or softirq.
    fn finish(q: &Self::Queue<'_>, ns: Option<&Self::Ns>, rq: &mut Ended<'_, Self>) -> End;

    /// A request of [`Owned::start`] is over, and its tag about to be free: once for each that was
    /// started, after [`finish`](Self::finish) where it had reached the device, and without where it
    /// was refused on its way. Context: as `finish`, or a task.
    fn over(q: &Self::Queue<'_>, cmd: &Self::Cmd) {
        let _ = (q, cmd);
    }

    /// A request has been with the device for longer than its timeout. Context: a task; it may
    /// sleep. Several may run beside each other, for requests of different disks.
    fn timeout<'b>(
        ctrl: &Self::Ctrl<'b>,
        q: &HwQueue<'b, Self>,
        rq: &InFlight<'_, 'b, Self>,
        at: Live<'b>,
    ) -> Eh;
}

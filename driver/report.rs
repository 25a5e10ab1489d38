// SPDX-License-Identifier: GPL-2.0

//! `/sys/class/rnvme/rnvme<N>/report`: all that is known of a controller, for a user to read and to
//! paste into a mail.
//!
//! The counts are those that consumers and the watch keep anyway; what is in flight is looked up when
//! the file is read.

use crate::{
    cause::Cause,
    controller::{
        Ctrl,
        Hw, //
    },
    journal::{
        Counts,
        Seconds, //
    },
    timeout, //
};
use kernel::prelude::*;
use rnvme_abs::{
    counter,
    device::Text,
    pci::{
        Kind,
        Live, //
    }, //
};

/// Queues with a line of their own, and namespaces that are named; a file has one page, and events are to
/// have room.
const QUEUES_MAX: usize = 20;
const NAMESPACES_MAX: usize = 16;

/// What is in flight on one queue.
#[derive(Copy, Clone, Default)]
struct Waiting {
    count: u32,
    oldest_ms: u64,
}

impl<'b> Ctrl<'b> {
    /// Writes it.
    pub(crate) fn report(&self, at: Live<'b>, out: &mut Text<'_>) -> Result {
        self.report_identity(at, out)?;
        self.report_queues(at, out)?;
        self.report_trouble(out)?;
        // The newest first, since what does not fit is left off.
        out.put(fmt!("\nlast events:\n"))?;
        let journal = self.journal.lock();
        journal.each(|ago, note| out.put(fmt!("{} ago: {note}\n", Seconds(ago))))
    }

    fn report_identity(&self, at: Live<'b>, out: &mut Text<'_>) -> Result {
        let address = at.address();
        let (vendor, device, revision) = at.pci_ids();
        out.put(fmt!("controller: rnvme{}\n", at.instance()))?;
        if let Some(id) = self.identity.as_ref() {
            out.put(fmt!(
                "model: {}\nserial: {}\nfirmware: {}\n",
                id.model(),
                id.serial(),
                self.firmware(id)
            ))?;
        }
        out.put(fmt!(
            "nvme: {}\npci: {}, {vendor:04x}:{device:04x} revision {revision:02x}\n",
            self.registers.version(),
            address.to_str().unwrap_or("")
        ))?;
        let bound = counter::uptime_ms().saturating_sub(self.shared.bound_ms);
        out.put(fmt!(
            "state: {}; bound {} ago, last good completion {} ago\n",
            self.shared.state().name(),
            Seconds(bound),
            Seconds(self.silence_ms())
        ))?;
        out.put(fmt!("namespaces:"))?;
        let disks = self.disks.lock();
        for disk in disks.iter().take(NAMESPACES_MAX) {
            let ns = disk.ns();
            let block = 1u32.wrapping_shl(u32::from(ns.lba_log2));
            out.put(fmt!(
                " {} ({block}-byte blocks, {} errors)",
                ns.nsid,
                ns.errors.get()
            ))?;
        }
        match disks.len().checked_sub(NAMESPACES_MAX) {
            Some(more) if more > 0 => out.put(fmt!(" and {more} more\n")),
            _ => out.put(fmt!("\n")),
        }
    }

    fn report_queues(&self, at: Live<'b>, out: &mut Text<'_>) -> Result {
        let kind = match self.interrupt_kind() {
            Some(Kind::MsiX) => "MSI-X",
            Some(Kind::Msi) => "MSI",
            Some(Kind::Intx) => "INTx",
            None => "no interrupts",
        };
        out.put(fmt!(
            "queues: {} for I/O, {} of them open, {} entries each; {kind}{}\n\n",
            self.io_queues().len(),
            self.open_count.get(),
            self.size.entries(),
            if self.shadow.as_ref().is_some() {
                ", shadow doorbells"
            } else {
                ""
            }
        ))?;
        let waiting = self.waiting(at)?;
        out.put(fmt!(
            "queue vector  submitted  completed in_flight oldest_ms interrupts spurious  lost polled bogus\n"
        ))?;
        for (q, w) in self.queues().zip(waiting.iter()).take(QUEUES_MAX) {
            self.report_queue(q, *w, out)?;
        }
        match self
            .io_queues()
            .len()
            .saturating_add(1)
            .checked_sub(QUEUES_MAX)
        {
            Some(more) if more > 0 => out.put(fmt!("and {more} more queues\n")),
            _ => Ok(()),
        }
    }

    fn report_queue(&self, q: &Hw<'b>, w: Waiting, out: &mut Text<'_>) -> Result {
        let (info, s) = (q.data(), q.stats());
        let completed = s.completed.get();
        let submitted = completed
            .saturating_add(s.taken_back.get())
            .saturating_add(u64::from(w.count));
        out.put(fmt!(
            "{:>5} {:>6} {submitted:>10} {completed:>10} {:>9} {:>9} {:>10} {:>8} {:>5} {:>6} {:>5}\n",
            info.qid,
            self.vector(info.qid),
            w.count,
            w.oldest_ms,
            s.interrupts.get(),
            s.spurious.get(),
            info.lost.get(),
            info.polled.get(),
            s.bogus.get()
        ))
    }

    /// What is in flight, by queue.
    fn waiting(&self, at: Live<'b>) -> Result<KVec<Waiting>> {
        let n = self.io_queues().len().saturating_add(1);
        let mut all = KVec::from_elem(Waiting::default(), n, GFP_KERNEL)?;
        for set in [self.admin_set.as_ref(), self.io_set.as_ref()]
            .into_iter()
            .flatten()
        {
            let all = &mut all;
            set.each_in_flight(at, move |rq| {
                if let Some(w) = all.get_mut(usize::from(rq.queue().data().qid)) {
                    w.count = w.count.saturating_add(1);
                    if !timeout::is_patient(rq) {
                        w.oldest_ms = w.oldest_ms.max(rq.age().as_millis() as u64);
                    }
                }
            });
        }
        Ok(all)
    }

    fn report_trouble(&self, out: &mut Text<'_>) -> Result {
        let shared = &*self.shared;
        out.put(fmt!("\nresets:"))?;
        by_cause(&shared.resets, out)?;
        out.put(fmt!("\nattempts that failed:"))?;
        by_cause(&shared.attempts, out)?;
        out.put(fmt!(
            "; function resets: {}\naborts:",
            shared.function_resets.get()
        ))?;
        by_cause(&shared.aborts, out)?;
        out.put(fmt!(
            "; carried out: {}\nretries: {}\n",
            shared.aborts_done.get(),
            shared.retries.get()
        ))
    }
}

/// Appends those that are not zero.
fn by_cause(counts: &Counts, out: &mut Text<'_>) -> Result {
    let mut comma = "";
    for cause in Cause::ALL {
        let n = counts.get(cause);
        if n != 0 {
            out.put(fmt!("{comma} {} {n}", cause.name()))?;
            comma = ",";
        }
    }
    if comma.is_empty() {
        out.put(fmt!(" none"))?;
    }
    Ok(())
}

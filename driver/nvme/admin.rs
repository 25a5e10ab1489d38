// SPDX-License-Identifier: GPL-2.0
//! Admin commands as whole values.
//!
//! Base 5 (admin command set).

use super::command::Command;
use super::depth::QueueSize;
use super::opcode;

/// NSID that means every namespace.
pub(crate) const NSID_ALL: u32 = 0xffff_ffff;

/// What Identify returns (CNS, Base 5.17.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cns(pub(crate) u8);

impl Cns {
    /// Identify Namespace of the NVM command set.
    pub(crate) const NAMESPACE: Self = Self(0x00);
    /// Identify Controller.
    pub(crate) const CONTROLLER: Self = Self(0x01);
    /// Up to 1024 active namespaces above CDW1.NSID.
    pub(crate) const ACTIVE_LIST: Self = Self(0x02);
    /// Namespace Identification Descriptor list.
    pub(crate) const DESCRIPTORS: Self = Self(0x03);
    /// Identify Namespace of the command set named by CSI.
    pub(crate) const NAMESPACE_CSI: Self = Self(0x05);
    /// Identify Controller of the command set named by CSI.
    pub(crate) const CONTROLLER_CSI: Self = Self(0x06);
}

/// A feature (FID, Base 5.27.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Feature(pub(crate) u8);

impl Feature {
    /// Power management.
    pub(crate) const POWER: Self = Self(0x02);
    /// Temperature threshold.
    pub(crate) const TEMPERATURE: Self = Self(0x04);
    /// Volatile write cache.
    pub(crate) const WRITE_CACHE: Self = Self(0x06);
    /// Number of queues.
    pub(crate) const QUEUE_COUNT: Self = Self(0x07);
    /// Interrupt coalescing.
    pub(crate) const COALESCING: Self = Self(0x08);
    /// Asynchronous event configuration.
    pub(crate) const ASYNC_EVENTS: Self = Self(0x0b);
    /// Host memory buffer.
    pub(crate) const HOST_MEMORY: Self = Self(0x0d);
    /// Timestamp.
    pub(crate) const TIMESTAMP: Self = Self(0x0e);
    /// Host behavior support.
    pub(crate) const HOST_BEHAVIOR: Self = Self(0x16);
}

/// A log page (LID, Base 5.16.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LogPage(pub(crate) u8);

impl LogPage {
    /// Error information.
    pub(crate) const ERROR: Self = Self(0x01);
    /// SMART / health information.
    pub(crate) const HEALTH: Self = Self(0x02);
    /// Firmware slot information.
    pub(crate) const FIRMWARE: Self = Self(0x03);
    /// Changed namespace list.
    pub(crate) const CHANGED_NAMESPACES: Self = Self(0x04);
}

/// How a completion queue tells that it has entries (Base 5.4, CDW11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Interrupts {
    /// It does not; it is polled.
    Off,
    /// By this MSI or MSI-X vector; 0 for a line.
    Vector(u16),
}

/// Priority class of a submission queue; it matters with weighted round robin only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Priority {
    /// 00b.
    Urgent = 0,
    /// 01b.
    High = 1,
    /// 10b.
    Medium = 2,
    /// 11b.
    Low = 3,
}

/// Whether Get Log Page keeps its event pending (RAE, CDW10 bit 15).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Retain {
    /// Reading the log clears the event.
    Clear,
    /// The event stays.
    Keep,
}

/// Two halves of a dword, the upper one first.
const fn halves(upper: u16, lower: u16) -> u32 {
    (upper as u32) << 16 | lower as u32
}

impl Command {
    /// Identify (Base 5.17): `nsid` and `cntid` are zero where `cns` has no use for them.
    pub(crate) const fn identify(cns: Cns, nsid: u32, cntid: u16) -> Self {
        let mut command = Self::new(opcode::IDENTIFY).with_nsid(nsid);
        command.cdw10 = halves(cntid, cns.0 as u16).to_le();
        command
    }

    /// Get Features (Base 5.15): the current value.
    pub(crate) const fn get_features(feature: Feature, nsid: u32, dw11: u32) -> Self {
        let mut command = Self::new(opcode::GET_FEATURES).with_nsid(nsid);
        command.cdw10 = (feature.0 as u32).to_le();
        command.cdw11 = dw11.to_le();
        command
    }

    /// Set Features (Base 5.27), not saved across power cycles.
    pub(crate) const fn set_features(feature: Feature, nsid: u32, dw11: u32) -> Self {
        let mut command = Self::new(opcode::SET_FEATURES).with_nsid(nsid);
        command.cdw10 = (feature.0 as u32).to_le();
        command.cdw11 = dw11.to_le();
        command
    }

    /// Set Features, Number of Queues (Base 5.27.1.5): asks for so many I/O queues, counted
    /// from one (zero is taken as one). See
    /// [`queue_count::granted`](super::queue_count::granted) for the answer.
    pub(crate) const fn set_queue_count(submission: u16, completion: u16) -> Self {
        let dw11 = halves(completion.saturating_sub(1), submission.saturating_sub(1));
        Self::set_features(Feature::QUEUE_COUNT, 0, dw11)
    }

    /// Create I/O Completion Queue (Base 5.4), physically contiguous at bus address `ring`.
    pub(crate) const fn create_io_cq(
        qid: u16,
        size: QueueSize,
        ring: u64,
        interrupts: Interrupts,
    ) -> Self {
        // Bit 0: contiguous; bit 1: interrupts enabled.
        let dw11 = match interrupts {
            Interrupts::Off => halves(0, 1),
            Interrupts::Vector(vector) => halves(vector, 3),
        };
        let mut command = Self::new(opcode::CREATE_IO_CQ).with_prps(ring, 0);
        command.cdw10 = halves(size.entries_z(), qid).to_le();
        command.cdw11 = dw11.to_le();
        command
    }

    /// Create I/O Submission Queue (Base 5.5), physically contiguous at bus address `ring`,
    /// completing into queue `cqid`.
    pub(crate) const fn create_io_sq(
        qid: u16,
        size: QueueSize,
        ring: u64,
        cqid: u16,
        priority: Priority,
    ) -> Self {
        let mut command = Self::new(opcode::CREATE_IO_SQ).with_prps(ring, 0);
        command.cdw10 = halves(size.entries_z(), qid).to_le();
        // Bit 0: contiguous; bits 2:1: priority.
        command.cdw11 = halves(cqid, (priority as u16) << 1 | 1).to_le();
        command
    }

    /// Delete I/O Submission Queue (Base 5.7); before its completion queue.
    pub(crate) const fn delete_io_sq(qid: u16) -> Self {
        let mut command = Self::new(opcode::DELETE_IO_SQ);
        command.cdw10 = (qid as u32).to_le();
        command
    }

    /// Delete I/O Completion Queue (Base 5.6).
    pub(crate) const fn delete_io_cq(qid: u16) -> Self {
        let mut command = Self::new(opcode::DELETE_IO_CQ);
        command.cdw10 = (qid as u32).to_le();
        command
    }

    /// Abort (Base 5.1) the command `cid` of submission queue `sqid`.
    pub(crate) const fn abort(sqid: u16, cid: u16) -> Self {
        let mut command = Self::new(opcode::ABORT);
        command.cdw10 = halves(cid, sqid).to_le();
        command
    }

    /// Asynchronous Event Request (Base 5.2): completes when something happens.
    pub(crate) const fn async_event_request() -> Self {
        Self::new(opcode::ASYNC_EVENT)
    }

    /// Doorbell Buffer Config (Base 5): the bus addresses of the shadow page and of the event
    /// index page, both page-aligned.
    pub(crate) const fn doorbell_buffer_config(shadow: u64, event_idx: u64) -> Self {
        Self::new(opcode::DOORBELL_BUFFER).with_prps(shadow, event_idx)
    }

    /// Get Log Page (Base 5.16): `dwords` of the page, counted from one (zero is taken as one),
    /// from `offset_bytes` on.
    pub(crate) const fn get_log_page(
        page: LogPage,
        nsid: u32,
        dwords: u32,
        offset_bytes: u64,
        retain: Retain,
    ) -> Self {
        let dwords_z = dwords.saturating_sub(1);
        let rae: u16 = match retain {
            Retain::Clear => 0,
            Retain::Keep => 1 << 15,
        };
        let mut command = Self::new(opcode::GET_LOG_PAGE).with_nsid(nsid);
        command.cdw10 = halves(dwords_z as u16, rae | page.0 as u16).to_le();
        command.cdw11 = (dwords_z >> 16).to_le();
        command.cdw12 = (offset_bytes as u32).to_le();
        command.cdw13 = ((offset_bytes >> 32) as u32).to_le();
        command
    }
}

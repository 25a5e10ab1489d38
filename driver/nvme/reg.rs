// SPDX-License-Identifier: GPL-2.0
//! Controller registers: offsets, and one type per register that knows its fields.
//!
//! Base 3.1.3 (controller properties), PCIe 3.1.2 (doorbells).
//! Whoever reads a register reads it once, makes the type of it and asks that.

use super::page::PageSize;

/// Offset of CAP, controller capabilities, 64 bits (Base 3.1.3.1).
pub(crate) const CAP: usize = 0x00;
/// Offset of VS, version (Base 3.1.3.2).
pub(crate) const VS: usize = 0x08;
/// Offset of INTMS, interrupt mask set (PCIe 3.1.1.1); not to be used with MSI-X.
pub(crate) const INTMS: usize = 0x0c;
/// Offset of INTMC, interrupt mask clear (PCIe 3.1.1.2); not to be used with MSI-X.
pub(crate) const INTMC: usize = 0x10;
/// Offset of CC, controller configuration (Base 3.1.3.5).
pub(crate) const CC: usize = 0x14;
/// Offset of CSTS, controller status (Base 3.1.3.6).
pub(crate) const CSTS: usize = 0x1c;
/// Offset of NSSR, NVM subsystem reset (Base 3.1.3.7).
pub(crate) const NSSR: usize = 0x20;
/// Offset of AQA, admin queue attributes (Base 3.1.3.8).
pub(crate) const AQA: usize = 0x24;
/// Offset of ASQ, admin submission queue base address, 64 bits (Base 3.1.3.9).
pub(crate) const ASQ: usize = 0x28;
/// Offset of ACQ, admin completion queue base address, 64 bits (Base 3.1.3.10).
pub(crate) const ACQ: usize = 0x30;
/// Offset of CMBLOC, controller memory buffer location (Base 3.1.3.11).
pub(crate) const CMBLOC: usize = 0x38;
/// Offset of CMBSZ, controller memory buffer size (Base 3.1.3.12).
pub(crate) const CMBSZ: usize = 0x3c;
/// Offset of CRTO, controller ready timeouts (Base 3.1.3.19).
pub(crate) const CRTO: usize = 0x68;
/// Offset of SQ0TDBL, the first doorbell (PCIe 3.1.2.1).
pub(crate) const DOORBELLS: usize = 0x1000;
/// What a BAR must at least hold: the registers and the doorbell pair of the admin queue at
/// the smallest stride.
pub(crate) const BAR_BYTES_MIN: usize = 0x1008;

/// The value that NSSR expects: "NVMe" (Base 3.1.3.7).
pub(crate) const NSSR_MAGIC: u32 = 0x4e56_4d65;

/// What a read of a device that has gone from the bus gives.
const ALL_ONES_32: u32 = u32::MAX;

/// CAP, controller capabilities (Base 3.1.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cap(pub(crate) u64);

/// For how long a controller may ask to be waited for: its own word for it goes up to nine hours.
const READY_MS_MAX: u32 = 600_000;

impl Cap {
    /// `width` bits from bit `low` on; both are constants of the callers below.
    const fn field(self, low: u32, width: u32) -> u32 {
        let mask = 1u64.wrapping_shl(width).wrapping_sub(1);
        (self.0.wrapping_shr(low) & mask) as u32
    }

    /// Whether the register read all ones, as it does once the device has gone.
    pub(crate) const fn is_gone(self) -> bool {
        self.0 == u64::MAX
    }

    /// MQES as it stands: the largest queue, zero-based.
    pub(crate) const fn max_entries_z(self) -> u16 {
        self.0 as u16
    }

    /// Entries of the largest I/O queue that the device supports, 1..=65536; fewer than two is
    /// a lie (see [`depth`](super::depth)).
    pub(crate) const fn max_entries(self) -> u32 {
        (self.max_entries_z() as u32).wrapping_add(1)
    }

    /// Whether queues must be physically contiguous (CQR); ours always are.
    pub(crate) const fn needs_contiguous_queues(self) -> bool {
        self.field(16, 1) == 1
    }

    /// The longest that CSTS.RDY may take to follow CC.EN, in milliseconds: CAP.TO times 500,
    /// and 500 where the device says zero.
    pub(crate) const fn timeout_ms(self) -> u32 {
        let units = self.field(24, 8);
        if units == 0 {
            500
        } else {
            units.wrapping_mul(500)
        }
    }

    /// Bytes from one doorbell to the next: 4 shifted by DSTRD, 4..=131072.
    pub(crate) const fn doorbell_stride(self) -> u32 {
        4u32.wrapping_shl(self.field(32, 4))
    }

    /// Whether CC.CSS may select the NVM command set alone (CSS bit 0).
    pub(crate) const fn supports_nvm_css(self) -> bool {
        self.field(37, 1) == 1
    }

    /// Whether CC.CSS may select all command sets (CSS bit 6).
    pub(crate) const fn supports_all_css(self) -> bool {
        self.field(43, 1) == 1
    }

    /// Whether the device has no I/O command set at all (CSS bit 7).
    pub(crate) const fn is_admin_only(self) -> bool {
        self.field(44, 1) == 1
    }

    /// Whether NSSR resets the whole subsystem (NSSRS).
    pub(crate) const fn supports_subsystem_reset(self) -> bool {
        self.field(36, 1) == 1
    }

    /// Base-2 logarithm of the smallest page that CC.MPS may name, 12..=27.
    pub(crate) const fn page_min_log2(self) -> u8 {
        (self.field(48, 4) as u8).wrapping_add(12)
    }

    /// Base-2 logarithm of the largest page that CC.MPS may name, 12..=27.
    pub(crate) const fn page_max_log2(self) -> u8 {
        (self.field(52, 4) as u8).wrapping_add(12)
    }

    /// The page size to tell the device: 4 KiB if it can, else the smallest that it can.
    ///
    /// `None` if MPSMIN is above 64 KiB or above MPSMAX.
    pub(crate) const fn page_size(self) -> Option<PageSize> {
        if self.page_min_log2() > self.page_max_log2() {
            return None;
        }
        PageSize::new(self.page_min_log2())
    }

    /// Whether CRTO holds the ready timeouts (CRMS is not zero); they go beyond CAP.TO.
    pub(crate) const fn has_ready_timeouts(self) -> bool {
        self.field(59, 2) != 0
    }

    /// [`timeout_ms`](Self::timeout_ms), raised to what CRTO says where there is a CRTO.
    ///
    /// `crto` is the register as read; CRTO.CRWMT counts units of 500 ms in bits 15:00.
    pub(crate) const fn ready_timeout_ms(self, crto: u32) -> u32 {
        let cap_ms = self.timeout_ms();
        if !self.has_ready_timeouts() || crto == ALL_ONES_32 {
            return cap_ms;
        }
        let crto_ms = (crto & 0xffff).wrapping_mul(500);
        if crto_ms > READY_MS_MAX {
            READY_MS_MAX
        } else if crto_ms > cap_ms {
            crto_ms
        } else {
            cap_ms
        }
    }
}

/// VS, the version of the Base specification that the device follows (Base 3.1.3.2).
///
/// Ordered as versions are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Vs(pub(crate) u32);

impl Vs {
    /// Version 1.1: the active namespace list came with it.
    pub(crate) const V1_1: Self = Self(0x0001_0100);
    /// Version 1.3: the namespace identification descriptors came with it.
    pub(crate) const V1_3: Self = Self(0x0001_0300);

    /// The 2 of 2.0.1.
    pub(crate) const fn major(self) -> u16 {
        (self.0 >> 16) as u16
    }

    /// The 0 of 2.0.1.
    pub(crate) const fn minor(self) -> u8 {
        (self.0 >> 8) as u8
    }

    /// The 1 of 2.0.1.
    pub(crate) const fn tertiary(self) -> u8 {
        self.0 as u8
    }
}

impl core::fmt::Display for Vs {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}.{}.{}", self.major(), self.minor(), self.tertiary())
    }
}

/// How the host tells the device that power may go away (CC.SHN, Base 3.1.3.5 and 3.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shutdown {
    /// The device has time to write everything back.
    Normal,
    /// Power goes away at once.
    Abrupt,
}

/// CC, controller configuration (Base 3.1.3.5), built as a whole value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cc(pub(crate) u32);

impl Cc {
    /// Disabled: every field zero.
    pub(crate) const DISABLED: Self = Self(0);

    /// CC.EN.
    const ENABLE: u32 = 1;
    /// CC.IOSQES: submission queue entries of 2^6 bytes.
    const IOSQES: u32 = 6 << 16;
    /// CC.IOCQES: completion queue entries of 2^4 bytes.
    const IOCQES: u32 = 4 << 20;
    /// CC.SHN, both bits.
    const SHN: u32 = 3 << 14;

    /// The value that enables the controller: this page size, entries of 64 and 16 bytes, round
    /// robin arbitration, the NVM command set (all command sets where the device has more).
    pub(crate) const fn enabled(page: PageSize, cap: Cap) -> Self {
        let css: u32 = if cap.supports_all_css() { 6 << 4 } else { 0 };
        let mps = (page.log2().wrapping_sub(PageSize::MIN_LOG2) as u32) << 7;
        Self(Self::ENABLE | css | mps | Self::IOSQES | Self::IOCQES)
    }

    /// This value without CC.EN: a controller reset when written. The other fields stay, as
    /// 3.7.2 allows.
    pub(crate) const fn without_enable(self) -> Self {
        Self(self.0 & !Self::ENABLE)
    }

    /// This value with a shutdown notification; CC.EN stays as it is (Base 3.6.1).
    pub(crate) const fn with_shutdown(self, how: Shutdown) -> Self {
        let shn = match how {
            Shutdown::Normal => 1 << 14,
            Shutdown::Abrupt => 2 << 14,
        };
        Self(self.0 & !Self::SHN | shn)
    }

    /// CC.EN.
    pub(crate) const fn is_enabled(self) -> bool {
        self.0 & Self::ENABLE != 0
    }
}

/// CSTS, controller status (Base 3.1.3.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Csts(pub(crate) u32);

impl Csts {
    /// All ones: the device has gone from the bus. Ask this first; the other answers mean
    /// nothing then.
    pub(crate) const fn is_gone(self) -> bool {
        self.0 == ALL_ONES_32
    }

    /// RDY: the controller takes commands.
    pub(crate) const fn is_ready(self) -> bool {
        self.0 & 1 != 0
    }

    /// CFS: the controller met a fatal error and needs a reset.
    pub(crate) const fn is_fatal(self) -> bool {
        self.0 & 1 << 1 != 0
    }

    /// SHST is 10b: the shutdown is complete.
    pub(crate) const fn is_shutdown_complete(self) -> bool {
        self.0 >> 2 & 3 == 2
    }

    /// NSSRO: a subsystem reset occurred.
    pub(crate) const fn is_subsystem_reset(self) -> bool {
        self.0 & 1 << 4 != 0
    }

    /// PP: the controller has paused processing.
    pub(crate) const fn is_paused(self) -> bool {
        self.0 & 1 << 5 != 0
    }
}

/// AQA, the sizes of the admin queues (Base 3.1.3.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Aqa(pub(crate) u32);

impl Aqa {
    /// Both admin queues with `entries` entries, or `None` outside 2..=4096.
    pub(crate) const fn new(entries: u32) -> Option<Self> {
        if entries < 2 || entries > 4096 {
            return None;
        }
        let entries_z = entries.wrapping_sub(1);
        Some(Self(entries_z << 16 | entries_z))
    }
}

/// Which doorbell of a queue pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// The submission queue's tail.
    Sq,
    /// The completion queue's head.
    Cq,
}

/// Byte offset in BAR 0 of a doorbell: 1000h + (2 × qid + side) × stride (PCIe 3.1.2).
///
/// `stride_bytes` is [`Cap::doorbell_stride`]. `None` if the offset does not fit.
pub(crate) fn doorbell_offset(stride_bytes: u32, qid: u16, side: Side) -> Option<usize> {
    DOORBELLS.checked_add(pair_offset(stride_bytes, qid, side)?)
}

/// Byte offset of a doorbell from the first one; shadow doorbells are laid out alike.
pub(crate) fn pair_offset(stride_bytes: u32, qid: u16, side: Side) -> Option<usize> {
    let index = u32::from(qid).checked_mul(2)?.checked_add(match side {
        Side::Sq => 0,
        Side::Cq => 1,
    })?;
    usize::try_from(index.checked_mul(stride_bytes)?).ok()
}

/// How many I/O queue pairs have their doorbells inside a BAR of `bar_bytes`.
pub(crate) fn io_queues_in_bar(bar_bytes: usize, stride_bytes: u32) -> u32 {
    let Some(pair_bytes) = usize::try_from(stride_bytes)
        .ok()
        .and_then(|stride| stride.checked_mul(2))
    else {
        return 0;
    };
    let pairs = bar_bytes
        .saturating_sub(DOORBELLS)
        .checked_div(pair_bytes)
        .unwrap_or(0);
    // One pair is the admin queue's.
    u32::try_from(pairs.saturating_sub(1)).unwrap_or(u32::MAX)
}

// SPDX-License-Identifier: GPL-2.0
//! Identify Controller.
//!
//! Base 5.17.2.1 (CNS 01h), figure 275.

use super::super::page::PageSize;
use super::super::reg::Vs;
use super::raw::RawController;
use super::Text;
use core::fmt;
use zerocopy::little_endian::U16;
use zerocopy::FromBytes as _;

/// For how long no command times out at most: MTFA goes up to 109 minutes.
const ACTIVATION_MS_MAX: u32 = 120_000;

/// Why a controller is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ControllerError {
    /// Fewer bytes than the structure has. Carries how many.
    Short(usize),
    /// SQES does not allow entries of 64 bytes. Carries SQES.
    Sqes(u8),
    /// CQES does not allow entries of 16 bytes. Carries CQES.
    Cqes(u8),
    /// CNTRLTYPE is neither "not reported" nor an I/O controller. Carries CNTRLTYPE.
    Cntrltype(u8),
    /// MDTS is less than a page of the size that we use. Carries the bytes it allows.
    Mdts(u64),
}

impl fmt::Display for ControllerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Short(bytes) => write!(f, "identify controller has {bytes} bytes only"),
            Self::Sqes(sqes) => write!(f, "sqes {sqes:#04x} does not allow 64-byte commands"),
            Self::Cqes(cqes) => write!(f, "cqes {cqes:#04x} does not allow 16-byte completions"),
            Self::Cntrltype(kind) => write!(f, "cntrltype {kind} is not an i/o controller"),
            Self::Mdts(bytes) => write!(f, "mdts allows {bytes} bytes, less than a page"),
        }
    }
}

/// Whether Flush reaches all namespaces with NSID FFFFFFFFh (VWC bits 2:1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FlushAll {
    /// The device does not say.
    NotReported,
    /// It does not.
    No,
    /// It does.
    Yes,
}

/// A checked Identify Controller structure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Controller {
    /// PCI vendor.
    vid: u16,
    /// Serial number.
    serial: Text<20>,
    /// Model number.
    model: Text<40>,
    /// Firmware revision.
    firmware: Text<8>,
    /// NVM subsystem qualified name.
    subnqn: Text<256>,
    /// Controller identifier.
    cntlid: u16,
    /// Version.
    ver: u32,
    /// CNTRLTYPE, 0 or 1.
    cntrltype: u8,
    /// MDTS in bytes, if there is a limit.
    transfer_bytes_max: Option<u64>,
    /// RTD3R and RTD3E, microseconds.
    rtd3_us: [u32; 2],
    /// Optional asynchronous events supported.
    oaes: u32,
    /// Controller attributes.
    ctratt: u32,
    /// Command retry delay times, units of 100 ms.
    crdt: [u16; 3],
    /// Optional admin command support.
    oacs: u16,
    /// Abort command limit, zero-based.
    acl_z: u8,
    /// Asynchronous event request limit, zero-based.
    aerl_z: u8,
    /// Number of power states supported, zero-based.
    npss_z: u8,
    /// Warning and critical composite temperature thresholds, kelvin.
    temperatures_k: [u16; 2],
    /// Maximum time for firmware activation, units of 100 ms; zero if not said.
    mtfa: u16,
    /// Keep alive granularity, units of 100 ms.
    kas: u16,
    /// Maximum outstanding commands; zero if not said.
    maxcmd: u16,
    /// Number of namespaces.
    nn: u32,
    /// Optional NVM command support.
    oncs: u16,
    /// Fused operation support.
    fuses: u16,
    /// Volatile write cache.
    vwc: u8,
    /// AWUN and AWUPF, zero-based, blocks.
    atomic_blocks_z: [u16; 2],
    /// SGL support.
    sgls: u32,
}

/// Whether a field of minimum (low half) and maximum (high half) allows `log2`.
const fn allows(field: u8, log2: u8) -> bool {
    field & 0xf <= log2 && log2 <= field >> 4
}

/// MDTS in bytes: a power of two of CAP.MPSMIN pages. `None` if there is no limit, or one
/// beyond 64 bits.
fn transfer_bytes_max(mdts: u8, page_min_log2: u8) -> Option<u64> {
    if mdts == 0 {
        return None;
    }
    1u64.checked_shl(u32::from(mdts).saturating_add(u32::from(page_min_log2)))
}

impl Controller {
    /// Checks the structure in `data`. `page_min_log2` is
    /// [`Cap::page_min_log2`](super::super::reg::Cap::page_min_log2), in which MDTS counts.
    pub(crate) fn parse(data: &[u8], page_min_log2: u8) -> Result<Self, ControllerError> {
        let Ok((raw, _)) = RawController::ref_from_prefix(data) else {
            return Err(ControllerError::Short(data.len()));
        };
        if !allows(raw.sqes, 6) {
            return Err(ControllerError::Sqes(raw.sqes));
        }
        if !allows(raw.cqes, 4) {
            return Err(ControllerError::Cqes(raw.cqes));
        }
        if raw.cntrltype > 1 {
            return Err(ControllerError::Cntrltype(raw.cntrltype));
        }
        let transfer_bytes_max = transfer_bytes_max(raw.mdts, page_min_log2);
        if let Some(bytes) = transfer_bytes_max {
            if bytes < PageSize::DEFAULT.bytes() {
                return Err(ControllerError::Mdts(bytes));
            }
        }
        Ok(Self {
            vid: raw.vid.get(),
            serial: Text::new(&raw.sn),
            model: Text::new(&raw.mn),
            firmware: Text::new(&raw.fr),
            subnqn: Text::new(&raw.subnqn),
            cntlid: raw.cntlid.get(),
            ver: raw.ver.get(),
            cntrltype: raw.cntrltype,
            transfer_bytes_max,
            rtd3_us: [raw.rtd3r.get(), raw.rtd3e.get()],
            oaes: raw.oaes.get(),
            ctratt: raw.ctratt.get(),
            crdt: raw.crdt.map(U16::get),
            oacs: raw.oacs.get(),
            acl_z: raw.acl,
            aerl_z: raw.aerl,
            npss_z: raw.npss,
            temperatures_k: [raw.wctemp.get(), raw.cctemp.get()],
            mtfa: raw.mtfa.get(),
            kas: raw.kas.get(),
            maxcmd: raw.maxcmd.get(),
            nn: raw.nn.get(),
            oncs: raw.oncs.get(),
            fuses: raw.fuses.get(),
            vwc: raw.vwc,
            atomic_blocks_z: [raw.awun.get(), raw.awupf.get()],
            sgls: raw.sgls.get(),
        })
    }

    /// PCI vendor (VID).
    pub(crate) const fn vid(&self) -> u16 {
        self.vid
    }

    /// Serial number (SN).
    pub(crate) const fn serial(&self) -> &Text<20> {
        &self.serial
    }

    /// Model number (MN).
    pub(crate) const fn model(&self) -> &Text<40> {
        &self.model
    }

    /// Firmware revision (FR).
    pub(crate) const fn firmware(&self) -> &Text<8> {
        &self.firmware
    }

    /// NVM subsystem qualified name (SUBNQN); empty on devices older than 1.2.1.
    pub(crate) const fn subnqn(&self) -> &Text<256> {
        &self.subnqn
    }

    /// Controller identifier (CNTLID).
    pub(crate) const fn cntlid(&self) -> u16 {
        self.cntlid
    }

    /// Version (VER); zero on devices older than 1.2.
    pub(crate) const fn version(&self) -> Vs {
        Vs(self.ver)
    }

    /// Whether CNTRLTYPE says "I/O controller"; false if the device does not report it.
    pub(crate) const fn is_io_controller(&self) -> bool {
        self.cntrltype == 1
    }

    /// The longest transfer in bytes (MDTS), a power of two; `None` if there is no limit.
    pub(crate) const fn transfer_bytes_max(&self) -> Option<u64> {
        self.transfer_bytes_max
    }

    /// How long the device may take to resume from D3cold, microseconds (RTD3R); 0 if not said.
    pub(crate) const fn resume_us(&self) -> u32 {
        let [resume, _] = self.rtd3_us;
        resume
    }

    /// How long a shutdown may take, microseconds (RTD3E); 0 if not said.
    pub(crate) const fn shutdown_us(&self) -> u32 {
        let [_, entry] = self.rtd3_us;
        entry
    }

    /// Optional asynchronous events (OAES); bit 8: namespaces changed.
    pub(crate) const fn oaes(&self) -> u32 {
        self.oaes
    }

    /// Controller attributes (CTRATT).
    pub(crate) const fn ctratt(&self) -> u32 {
        self.ctratt
    }

    /// How long to wait before a retry with this [`crd`](super::super::status::Status::crd), in
    /// milliseconds; 0 for "at once".
    pub(crate) fn retry_delay_ms(&self, crd: u8) -> u32 {
        let index = usize::from(crd).checked_sub(1);
        let units = index.and_then(|index| self.crdt.get(index));
        units.map_or(0, |&units| u32::from(units).saturating_mul(100))
    }

    /// Whether Doorbell Buffer Config is supported (OACS bit 8).
    pub(crate) const fn has_doorbell_buffer(&self) -> bool {
        self.oacs & 1 << 8 != 0
    }

    /// Optional admin commands (OACS).
    pub(crate) const fn oacs(&self) -> u16 {
        self.oacs
    }

    /// Abort commands that may be outstanding (ACL), counted from one.
    pub(crate) const fn abort_limit(&self) -> u16 {
        (self.acl_z as u16).wrapping_add(1)
    }

    /// Asynchronous event requests that may be outstanding (AERL), counted from one.
    pub(crate) const fn async_event_limit(&self) -> u16 {
        (self.aerl_z as u16).wrapping_add(1)
    }

    /// Power states (NPSS), counted from one.
    pub(crate) const fn power_states(&self) -> u16 {
        (self.npss_z as u16).wrapping_add(1)
    }

    /// Temperature of the first warning, kelvin (WCTEMP); 0 if not said.
    pub(crate) const fn warning_temperature_k(&self) -> u16 {
        let [warning, _] = self.temperatures_k;
        warning
    }

    /// Critical temperature, kelvin (CCTEMP); 0 if not said.
    pub(crate) const fn critical_temperature_k(&self) -> u16 {
        let [_, critical] = self.temperatures_k;
        critical
    }

    /// How long commands may pause while firmware is activated, in milliseconds (MTFA), no longer than
    /// that may be waited for; 0 if not said.
    pub(crate) const fn activation_ms(&self) -> u32 {
        match (self.mtfa as u32).wrapping_mul(100) {
            ms if ms > ACTIVATION_MS_MAX => ACTIVATION_MS_MAX,
            ms => ms,
        }
    }

    /// Granularity of the keep alive timer in milliseconds (KAS); 0: no keep alive.
    pub(crate) const fn keep_alive_ms(&self) -> u32 {
        (self.kas as u32).wrapping_mul(100)
    }

    /// Commands that a queue should at most have outstanding (MAXCMD); `None` if not said.
    pub(crate) const fn commands_max(&self) -> Option<u16> {
        match self.maxcmd {
            0 => None,
            commands => Some(commands),
        }
    }

    /// The largest namespace identifier (NN). How many are active says the active list alone.
    pub(crate) const fn nn(&self) -> u32 {
        self.nn
    }

    /// Whether Dataset Management is supported (ONCS bit 2).
    pub(crate) const fn has_deallocate(&self) -> bool {
        self.oncs & 1 << 2 != 0
    }

    /// Whether Write Zeroes is supported (ONCS bit 3).
    pub(crate) const fn has_write_zeroes(&self) -> bool {
        self.oncs & 1 << 3 != 0
    }

    /// Optional NVM commands (ONCS).
    pub(crate) const fn oncs(&self) -> u16 {
        self.oncs
    }

    /// Fused operations (FUSES).
    pub(crate) const fn fuses(&self) -> u16 {
        self.fuses
    }

    /// Whether there is a volatile write cache (VWC bit 0): a completed write is durable only
    /// after a flush, or with FUA.
    pub(crate) const fn has_write_cache(&self) -> bool {
        self.vwc & 1 != 0
    }

    /// What Flush does with NSID FFFFFFFFh (VWC bits 2:1).
    pub(crate) const fn flush_all(&self) -> FlushAll {
        match self.vwc >> 1 & 3 {
            2 => FlushAll::No,
            3 => FlushAll::Yes,
            _ => FlushAll::NotReported,
        }
    }

    /// Blocks written atomically in normal operation (AWUN), counted from one.
    pub(crate) const fn atomic_blocks(&self) -> u32 {
        let [normal, _] = self.atomic_blocks_z;
        (normal as u32).wrapping_add(1)
    }

    /// Blocks written atomically even if power fails (AWUPF), counted from one.
    pub(crate) const fn atomic_power_fail_blocks(&self) -> u32 {
        let [_, power_fail] = self.atomic_blocks_z;
        (power_fail as u32).wrapping_add(1)
    }

    /// Whether SGLs may be used, with any alignment or in dwords (SGLS bits 1:0).
    pub(crate) const fn has_sgl(&self) -> bool {
        matches!(self.sgls & 3, 1 | 2)
    }

    /// SGL support (SGLS).
    pub(crate) const fn sgls(&self) -> u32 {
        self.sgls
    }
}

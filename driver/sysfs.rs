// SPDX-License-Identifier: GPL-2.0

//! What a user sees: attributes of the controller and of its disks, with the C driver's names and
//! formats.

use crate::{
    controller::Ctrl,
    namespace::Ns,
    Nvme, //
};
use kernel::prelude::*;
use rnvme_abs::{
    blk_mq::DiskAttribute,
    device::{
        Attribute,
        Text, //
    },
    pci::Live, //
};

type Show = for<'b> fn(&Ctrl<'b>, Live<'b>, &mut Text<'_>) -> Result;

const fn shows(name: &'static CStr, show: Show) -> Attribute<Nvme> {
    Attribute {
        name,
        mode: 0o444,
        show: Some(show),
        store: None,
    }
}

/// A value that a user sets for this controller: a number, or `default` for the module's.
macro_rules! setting {
    ($name:literal, $field:ident) => {
        Attribute {
            name: $name,
            mode: 0o644,
            show: Some(|c, _, out| out.put(fmt!("{}\n", c.shared.settings.$field.get()))),
            store: Some(|c, _, text| {
                c.shared.settings.$field.set(text)?;
                c.shared.watch_now();
                Ok(())
            }),
        }
    };
}

/// `/sys/class/rnvme/rnvme<N>/`.
pub(crate) static CONTROLLER: &[Attribute<Nvme>] = &[
    shows(c"state", |c, _, out| {
        out.put(fmt!("{}\n", c.shared.state().name()))
    }),
    shows(c"model", |c, _, out| {
        let id = c.identity.as_ref().ok_or(ENODEV)?;
        out.put(fmt!("{}\n", id.model().padded()))
    }),
    shows(c"serial", |c, _, out| {
        let id = c.identity.as_ref().ok_or(ENODEV)?;
        out.put(fmt!("{}\n", id.serial().padded()))
    }),
    shows(c"firmware_rev", |c, _, out| {
        let id = c.identity.as_ref().ok_or(ENODEV)?;
        out.put(fmt!("{}\n", c.firmware(id).padded()))
    }),
    shows(c"subsysnqn", |c, _, out| {
        let id = c.identity.as_ref().ok_or(ENODEV)?;
        out.put(fmt!("{}\n", id.subnqn()))
    }),
    shows(c"cntlid", |c, _, out| {
        let id = c.identity.as_ref().ok_or(ENODEV)?;
        out.put(fmt!("{}\n", id.cntlid()))
    }),
    shows(c"transport", |_, _, out| out.put(fmt!("pcie\n"))),
    shows(c"address", |_, at, out| {
        let name = at.address();
        out.put(fmt!("{}\n", name.to_str().unwrap_or("")))
    }),
    shows(c"numa_node", |_, at, out| match at.numa_node() {
        Some(node) => out.put(fmt!("{}\n", node)),
        None => out.put(fmt!("-1\n")),
    }),
    shows(c"queue_count", |c, _, out| {
        out.put(fmt!("{}\n", c.io_queues().len().saturating_add(1)))
    }),
    shows(c"sqsize", |c, _, out| {
        out.put(fmt!("{}\n", c.size.entries_z()))
    }),
    shows(c"cntrltype", |c, _, out| {
        let id = c.identity.as_ref().ok_or(ENODEV)?;
        let kind = if id.is_io_controller() {
            "io"
        } else {
            "reserved"
        };
        out.put(fmt!("{kind}\n"))
    }),
    Attribute {
        name: c"reset_controller",
        mode: 0o200,
        show: None,
        store: Some(|c, at, _| c.reset_now(at)),
    },
    Attribute {
        name: c"rescan_controller",
        mode: 0o200,
        show: None,
        store: Some(|c, at, _| c.scan_now(at)),
    },
    setting!(c"io_timeout", io_timeout),
    setting!(c"admin_timeout", admin_timeout),
    setting!(c"shutdown_timeout", shutdown_timeout),
    setting!(c"max_retries", max_retries),
    shows(c"report", |c, at, out| c.report(at, out)),
    shows(c"kato", |_, _, out| out.put(fmt!("0\n"))),
];

/// `/sys/block/rnvme<N>n<M>/`.
pub(crate) static DISK: &[DiskAttribute<Nvme>] = &[
    DiskAttribute {
        name: c"nsid",
        has: |_| true,
        show: |ns, out| out.put(fmt!("{}\n", ns.nsid)),
    },
    DiskAttribute {
        name: c"wwid",
        has: |_| true,
        show: wwid,
    },
    DiskAttribute {
        name: c"uuid",
        has: |ns| ns.ids.uuid.is_some() || ns.ids.nguid.is_some(),
        show: |ns, out| {
            uuid(&ns.ids.uuid.or(ns.ids.nguid).ok_or(ENODATA)?, out)?;
            out.put(fmt!("\n"))
        },
    },
    DiskAttribute {
        name: c"nguid",
        has: |ns| ns.ids.nguid.is_some(),
        show: |ns, out| {
            uuid(&ns.ids.nguid.ok_or(ENODATA)?, out)?;
            out.put(fmt!("\n"))
        },
    },
    DiskAttribute {
        name: c"eui",
        has: |ns| ns.ids.eui64.is_some(),
        show: |ns, out| {
            let eui = ns.ids.eui64.ok_or(ENODATA)?;
            for (i, b) in eui.iter().enumerate() {
                let gap = if i == 0 { "" } else { " " };
                out.put(fmt!("{gap}{:02x}", b))?;
            }
            out.put(fmt!("\n"))
        },
    },
    DiskAttribute {
        name: c"csi",
        has: |_| true,
        show: |ns, out| out.put(fmt!("{}\n", ns.ids.csi.unwrap_or(0))),
    },
    DiskAttribute {
        name: c"metadata_bytes",
        has: |_| true,
        show: |_, out| out.put(fmt!("0\n")),
    },
];

/// What identifies the namespace for ever, the best that there is.
fn wwid(ns: &Ns, out: &mut Text<'_>) -> Result {
    if let Some(id) = &ns.ids.uuid {
        out.put(fmt!("uuid."))?;
        uuid(id, out)?;
    } else if let Some(id) = &ns.ids.nguid {
        out.put(fmt!("eui."))?;
        hex(id, out)?;
    } else if let Some(id) = &ns.ids.eui64 {
        out.put(fmt!("eui."))?;
        hex(id, out)?;
    } else {
        out.put(fmt!("nvme."))?;
        let fixed = &ns.origin;
        out.put(fmt!("{:04x}-", fixed.vid))?;
        hex(fixed.serial.as_str().as_bytes(), out)?;
        out.put(fmt!("-"))?;
        hex(fixed.model.as_str().as_bytes(), out)?;
        out.put(fmt!("-{:08x}", ns.nsid))?;
    }
    out.put(fmt!("\n"))
}

fn hex(bytes: &[u8], out: &mut Text<'_>) -> Result {
    bytes.iter().try_for_each(|b| out.put(fmt!("{:02x}", b)))
}

/// 8-4-4-4-12 hexadecimal digits.
fn uuid(bytes: &[u8; 16], out: &mut Text<'_>) -> Result {
    for (i, b) in bytes.iter().enumerate() {
        let dash = if matches!(i, 4 | 6 | 8 | 10) { "-" } else { "" };
        out.put(fmt!("{dash}{:02x}", b))?;
    }
    Ok(())
}

// SPDX-License-Identifier: GPL-2.0
//! The Changed Namespace List log page: which namespaces an event was about.
//!
//! Base 5.16.1.5 (log page 04h): up to 1024 identifiers, ascending; zero ends the list, and
//! FFFFFFFFh first means that there were more.

/// Bytes of the log page.
pub(crate) const CHANGED_BYTES: usize = 4096;

/// What a list says. It is for people: what is done is to look at all namespaces, since somebody
/// else may have read the log before us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Changed {
    /// Nothing.
    Nothing,
    /// So many, of which the first is this one.
    Some {
        /// The lowest identifier.
        first: u32,
        /// How many.
        count: usize,
    },
    /// More than a list can hold.
    Many,
    /// An identifier is not above the one before it. Carries it.
    Nonsense(u32),
}

/// What the list in `data` says; at most 1024 entries are looked at.
pub(crate) fn changed(data: &[u8]) -> Changed {
    let list = data.get(..CHANGED_BYTES).unwrap_or(data);
    let (mut first, mut before, mut count) = (0u32, 0u32, 0usize);
    for entry in list.chunks_exact(4) {
        let nsid = entry.try_into().map_or(0, u32::from_le_bytes);
        if nsid == 0 {
            break;
        }
        if nsid == u32::MAX && count == 0 {
            return Changed::Many;
        }
        if nsid <= before || nsid == u32::MAX {
            return Changed::Nonsense(nsid);
        }
        if count == 0 {
            first = nsid;
        }
        before = nsid;
        count = count.saturating_add(1);
    }
    match count {
        0 => Changed::Nothing,
        _ => Changed::Some { first, count },
    }
}

impl core::fmt::Display for Changed {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match *self {
            Self::Nothing => f.write_str("namespaces have changed"),
            Self::Some { first, count: 1 } => write!(f, "namespace {first} has changed"),
            Self::Some { first, count } => {
                write!(f, "{count} namespaces have changed, the first is {first}")
            }
            Self::Many => f.write_str("many namespaces have changed"),
            Self::Nonsense(nsid) => write!(
                f,
                "namespaces have changed, but the list of them makes no sense (entry {nsid:#x})"
            ),
        }
    }
}

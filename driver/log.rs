// SPDX-License-Identifier: GPL-2.0

//! How things are called in messages.
//!
//! The kernel's formatting takes its own `Display`, so that addresses are not printed by accident.
//! The wire types know only that of `core`; here each is allowed, by name.

use crate::nvme::{
    event::{
        Changed,
        Event,
        Health,
        Warning, //
    },
    identify::{
        ControllerError,
        DescriptorError,
        ListError,
        NamespaceError,
        Text, //
    },
    prp::PrpError,
    reg::Vs,
    status::Status, //
};
use kernel::fmt;
use rnvme_abs::blk_mq::Refuse;

macro_rules! shown {
    ($($t:ty),* $(,)?) => {$(
        impl fmt::Display for $t {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                core::fmt::Display::fmt(self, f)
            }
        }
    )*};
}

shown!(
    Changed,
    ControllerError,
    DescriptorError,
    Event,
    Health,
    Warning,
    crate::nvme::depth::DepthError,
    ListError,
    NamespaceError,
    Status,
    Vs,
    Text<8>,
    Text<20>,
    Text<40>,
    Text<256>,
);

/// A failed mapping; the reason why there was no list page is the block layer's.
pub(crate) struct Unmapped(pub(crate) PrpError<Refuse>);

impl fmt::Display for Unmapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            PrpError::NoSegment => f.write_str("no segment"),
            PrpError::Length(_) => f.write_str("a segment of 0 bytes"),
            PrpError::Dword(_) => f.write_str("the first segment is not dword aligned"),
            PrpError::Start(_) => f.write_str("a segment does not start on a page"),
            PrpError::End(_) => f.write_str("a segment does not end on a page"),
            PrpError::Wraps(_) => f.write_str("a segment goes beyond the address space"),
            PrpError::TooLong(_) => f.write_str("more pages than can be described"),
            PrpError::Sink(_) => f.write_str("no memory for a list page"),
        }
    }
}

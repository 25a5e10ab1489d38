// SPDX-License-Identifier: GPL-2.0

//! How requests end.

use crate::raw::sts;
use kernel::bindings;

/// Why a request failed: `blk_status_t`, `include/linux/blk_types.h`.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Sts {
    /// Operation or feature is not supported.
    NotSupported = sts::NOTSUPP,
    /// The device did not answer in time.
    Timeout = sts::TIMEOUT,
    /// No space left.
    NoSpace = sts::NOSPC,
    /// The path to the device failed; another path, or a retry, may do.
    Transport = sts::TRANSPORT,
    /// The device refuses, and would refuse again.
    Target = sts::TARGET,
    /// Reservation conflict.
    Reservation = sts::RESV_CONFLICT,
    /// The medium is bad there.
    Medium = sts::MEDIUM,
    /// Protection information does not match.
    Protection = sts::PROTECTION,
    /// Out of a resource that comes back by itself.
    Resource = sts::RESOURCE,
    /// Any other error.
    Io = sts::IOERR,
    /// The device is going or gone.
    Offline = sts::OFFLINE,
    /// The request makes no sense.
    Invalid = sts::INVAL,
}

impl Sts {
    /// The C value.
    pub(crate) fn raw(self) -> bindings::blk_status_t {
        self as u8
    }
}

/// Why a request cannot be given to the device.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Refuse {
    /// Not now: blk-mq tries again by itself.
    Busy,
    /// Not at all: the request ends with this.
    Fail(Sts),
}

/// What becomes of a request that the device is done with.
pub enum End {
    /// It succeeded.
    Ok,
    /// It failed.
    Err(Sts),
    /// It is put back and dispatched again.
    Retry,
}

/// What a timeout callback has decided: `enum blk_eh_timer_return`.
pub enum Eh {
    /// The request has ended, or will without further timeouts.
    Done,
    /// The request stays with the device; ask again after another timeout.
    Rearm,
}

// SPDX-License-Identifier: GPL-2.0

//! What a user sets for one controller; what is not set is the module's parameter.

use crate::params;
use kernel::{
    prelude::*,
    time::Delta, //
};
use rnvme_abs::{
    counter::State,
    params::Param, //
};

/// A value of one controller's: zero where it is the module's, otherwise one more than it is.
pub(crate) struct Setting {
    own: State,
    module: &'static Param,
}

impl Setting {
    const fn of(module: &'static Param) -> Self {
        Self {
            own: State::new(0),
            module,
        }
    }

    /// The value that holds now. Any context.
    pub(crate) fn get(&self) -> u32 {
        match self.own.get() {
            0 => self.module.get(),
            own => own.wrapping_sub(1),
        }
    }

    /// As seconds.
    pub(crate) fn seconds(&self) -> Delta {
        Delta::from_secs(i64::from(self.get()))
    }

    /// Takes a number in the parameter's range, or `default` for the module's again. `EINVAL` otherwise.
    pub(crate) fn set(&self, text: &str) -> Result {
        if text == "default" {
            self.own.set(0);
            return Ok(());
        }
        let v: u32 = text.parse().map_err(|_| EINVAL)?;
        if !self.module.allows(v) {
            return Err(EINVAL);
        }
        self.own.set(v.saturating_add(1));
        Ok(())
    }
}

/// What can be set.
pub(crate) struct Settings {
    pub(crate) io_timeout: Setting,
    pub(crate) admin_timeout: Setting,
    pub(crate) shutdown_timeout: Setting,
    pub(crate) max_retries: Setting,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            io_timeout: Setting::of(&params::IO_TIMEOUT),
            admin_timeout: Setting::of(&params::ADMIN_TIMEOUT),
            shutdown_timeout: Setting::of(&params::SHUTDOWN_TIMEOUT),
            max_retries: Setting::of(&params::MAX_RETRIES),
        }
    }
}

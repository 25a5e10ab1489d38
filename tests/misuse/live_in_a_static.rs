// SPDX-License-Identifier: GPL-2.0
// The right to sleep is kept in a static.
#![forbid(unsafe_code)]
use dummy::*;

pub static KEEP: Option<Live<'static>> = None;

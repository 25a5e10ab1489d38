// SPDX-License-Identifier: GPL-2.0
//! Identify data: one function per structure makes a checked value or an error of it.
//!
//! The bytes come from the device and may say anything. What passes here can be used without a
//! further look; what does not is an error that names the field and carries its value.
//!
//! Base 5.17 (Identify), NVM 4.1.5 (Identify Namespace).

// Not every driver of these rooms needs every name.
#![allow(unused_imports)]

mod command_set;
mod controller;
mod descriptors;
mod list;
mod namespace;
pub(crate) mod raw;
mod text;

pub(crate) use command_set::CommandSetLimits;
pub(crate) use controller::{
    Controller,
    ControllerError,
    FlushAll, //
};
pub(crate) use descriptors::{
    descriptors,
    Descriptor,
    DescriptorError,
    Descriptors,
    Ids, //
};
pub(crate) use list::{
    active_list,
    ActiveList,
    ListError,
    ACTIVE_LIST_ENTRIES, //
};
pub(crate) use namespace::{
    Namespace,
    NamespaceError,
    Optimal, //
};
pub(crate) use text::Text;

/// The size of every structure that Identify returns.
pub(crate) const BYTES: usize = 4096;

// SPDX-License-Identifier: GPL-2.0

//! sysfs attributes: descriptions in safe code, the arrays that C wants, and the callbacks.
//!
//! C: `struct device_attribute`, `struct attribute_group`; drivers/base/core.c.

use crate::{
    blk_mq::{
        DiskAttribute,
        Operations, //
    },
    device::{
        Entry,
        Text, //
    },
    pci::{
        Driver,
        Live, //
    },
    raw, //
};
use kernel::ffi::{
    c_char,
    c_void, //
};
use kernel::{
    bindings,
    prelude::*, //
};

/// What is done with text that is written to an attribute.
pub type Store<D> = for<'b> fn(&<D as Driver>::Ctrl<'b>, Live<'b>, &str) -> Result;

/// Writes the content of an attribute.
pub type Show<D> = for<'b> fn(&<D as Driver>::Ctrl<'b>, Live<'b>, &mut Text<'_>) -> Result;

/// What sysfs calls to show and to store.
type CShow = unsafe extern "C" fn(
    *mut bindings::device,
    *mut bindings::device_attribute,
    *mut c_char,
) -> isize;
type CStore = unsafe extern "C" fn(
    *mut bindings::device,
    *mut bindings::device_attribute,
    *const c_char,
    usize,
) -> isize;

/// An attribute of a controller's class device.
pub struct Attribute<D: Driver> {
    /// The file name.
    pub name: &'static CStr,
    /// Who may do what: 0o444, 0o644, 0o200 and their like.
    pub mode: u16,
    /// Writes the content. Process context.
    pub show: Option<Show<D>>,
    /// Takes what was written, without surrounding white space. Process context. Not to remove what
    /// the attribute belongs to.
    pub store: Option<Store<D>>,
}

/// One attribute for C, and what it was made from.
#[repr(C)]
struct Attr {
    c: bindings::device_attribute,
    from: *const c_void,
}

/// Attributes for C. Kept for as long as the device with them is registered.
pub(crate) struct Attributes {
    _attrs: KVec<Attr>,
    _list: KVec<*mut bindings::attribute>,
    _group: KVec<bindings::attribute_group>,
    groups: KVec<*const bindings::attribute_group>,
}

impl Attributes {
    fn new(mut attrs: KVec<Attr>) -> Result<Self> {
        let mut list = KVec::with_capacity(attrs.len().saturating_add(1), GFP_KERNEL)?;
        for a in attrs.iter_mut() {
            // SAFETY: The attribute is ours, at its final place: the vector does not grow any more.
            unsafe { raw::rnvme_abs_attr_init(&mut a.c.attr) };
            list.push(&raw mut a.c.attr, GFP_KERNEL)?;
        }
        list.push(core::ptr::null_mut(), GFP_KERNEL)?;
        let mut g: bindings::attribute_group = pin_init::zeroed();
        g.__bindgen_anon_2.attrs = list.as_mut_ptr();
        let mut group = KVec::with_capacity(1, GFP_KERNEL)?;
        group.push(g, GFP_KERNEL)?;
        let mut groups = KVec::with_capacity(2, GFP_KERNEL)?;
        groups.push(group.as_ptr(), GFP_KERNEL)?;
        groups.push(core::ptr::null(), GFP_KERNEL)?;
        Ok(Self {
            _attrs: attrs,
            _list: list,
            _group: group,
            groups,
        })
    }

    pub(crate) fn for_class_device<D: Driver>(from: &'static [Attribute<D>]) -> Result<Self> {
        let mut attrs = KVec::with_capacity(from.len(), GFP_KERNEL)?;
        for a in from {
            let mut c = described(a.name, a.mode);
            c.__bindgen_anon_1.show = a.show.map(|_| show::<D> as CShow);
            c.__bindgen_anon_2.store = a.store.map(|_| store::<D> as CStore);
            let from = core::ptr::from_ref(a).cast();
            attrs.push(Attr { c, from }, GFP_KERNEL)?;
        }
        Self::new(attrs)
    }

    pub(crate) fn for_disk<T: Operations>(ns: &T::Ns) -> Result<Self> {
        let from = T::DISK_ATTRIBUTES;
        let mut attrs = KVec::with_capacity(from.len(), GFP_KERNEL)?;
        for a in from.iter().filter(|a| (a.has)(ns)) {
            let mut c = described(a.name, 0o444);
            c.__bindgen_anon_1.show = Some(show_disk::<T>);
            let from = core::ptr::from_ref(a).cast();
            attrs.push(Attr { c, from }, GFP_KERNEL)?;
        }
        Self::new(attrs)
    }

    /// The groups, as a list that ends with a null.
    pub(crate) fn groups(&self) -> *mut *const bindings::attribute_group {
        self.groups.as_ptr().cast_mut()
    }
}

fn described(name: &'static CStr, mode: u16) -> bindings::device_attribute {
    let mut c: bindings::device_attribute = pin_init::zeroed();
    c.attr.name = name.as_char_ptr();
    c.attr.mode = mode;
    c
}

/// Turns the result of a `show` into what sysfs wants.
fn shown(r: Result, text: &Text<'_>) -> isize {
    match r {
        Ok(()) => text.len() as isize,
        Err(e) => e.to_errno() as isize,
    }
}

/// # Safety
///
/// `dev` is a registered class device of `D`, and `attr` an attribute of it with a `show`; `buf` is
/// a page. sysfs calls this, and its removal waits for it.
unsafe extern "C" fn show<D: Driver>(
    dev: *mut bindings::device,
    attr: *mut bindings::device_attribute,
    buf: *mut c_char,
) -> isize {
    // SAFETY: By the contract of this function; the registration is the device's data.
    let entry = unsafe { &*bindings::dev_get_drvdata(dev).cast::<Entry<'_, D>>() };
    // SAFETY: The attribute is the first field of an `Attr` made from an `Attribute<D>`.
    let a = unsafe { &*(*attr.cast::<Attr>()).from.cast::<Attribute<D>>() };
    // SAFETY: By the contract of this function.
    let mut text = unsafe { Text::new(buf.cast()) };
    // SAFETY: The scope waits for this call before it ends the controller.
    let at = unsafe { Live::new(entry.scope) };
    let r = a.show.map_or(Err(EIO), |f| f(&entry.ctrl, at, &mut text));
    shown(r, &text)
}

/// # Safety
///
/// As for `show`; `buf` has `count` bytes.
unsafe extern "C" fn store<D: Driver>(
    dev: *mut bindings::device,
    attr: *mut bindings::device_attribute,
    buf: *const c_char,
    count: usize,
) -> isize {
    // SAFETY: By the contract of this function; the registration is the device's data.
    let entry = unsafe { &*bindings::dev_get_drvdata(dev).cast::<Entry<'_, D>>() };
    // SAFETY: The attribute is the first field of an `Attr` made from an `Attribute<D>`.
    let a = unsafe { &*(*attr.cast::<Attr>()).from.cast::<Attribute<D>>() };
    // SAFETY: By the contract of this function.
    let bytes = unsafe { core::slice::from_raw_parts(buf.cast::<u8>(), count) };
    // SAFETY: The scope waits for this call before it ends the controller.
    let at = unsafe { Live::new(entry.scope) };
    let r = core::str::from_utf8(bytes)
        .map_err(|_| EINVAL)
        .and_then(|s| a.store.map_or(Err(EIO), |f| f(&entry.ctrl, at, s.trim())));
    match r {
        Ok(()) => count as isize,
        Err(e) => e.to_errno() as isize,
    }
}

/// # Safety
///
/// `dev` is the device of a registered disk of `T`, and `attr` an attribute of it; `buf` is a page.
unsafe extern "C" fn show_disk<T: Operations>(
    dev: *mut bindings::device,
    attr: *mut bindings::device_attribute,
    buf: *mut c_char,
) -> isize {
    let offset = core::mem::offset_of!(bindings::block_device, bd_device);
    // SAFETY: A disk's device is embedded in its whole-disk `block_device` (`dev_to_disk`).
    let disk = unsafe { (*dev.byte_sub(offset).cast::<bindings::block_device>()).bd_disk };
    // SAFETY: The data of a registered disk is the `T::Ns` that its registration keeps.
    let ns = unsafe { &*(*disk).private_data.cast::<T::Ns>() };
    // SAFETY: The attribute is the first field of an `Attr` made from a `DiskAttribute<T>`.
    let a = unsafe { &*(*attr.cast::<Attr>()).from.cast::<DiskAttribute<T>>() };
    // SAFETY: By the contract of this function.
    let mut text = unsafe { Text::new(buf.cast()) };
    let r = (a.show)(ns, &mut text);
    shown(r, &text)
}

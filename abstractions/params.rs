// SPDX-License-Identifier: GPL-2.0

//! Module parameters: whole numbers in a range, visible under `/sys/module/<name>/parameters/`.
//!
//! C header: [`include/linux/moduleparam.h`](srctree/include/linux/moduleparam.h)

use core::{
    sync::atomic::{
        AtomicU32,
        Ordering, //
    }, //
};
use kernel::ffi::{
    c_char,
    c_int,
    c_uint, //
};
use kernel::{
    bindings,
    prelude::*, //
};

/// A parameter: declared by [`module_params!`](crate::module_params).
pub struct Param {
    value: AtomicU32,
    min: u32,
    max: u32,
    name: &'static CStr,
}

impl Param {
    /// A parameter with this default, and these bounds, both included.
    pub const fn new(name: &'static CStr, default: u32, min: u32, max: u32) -> Self {
        assert!(min <= default && default <= max);
        Self {
            value: AtomicU32::new(default),
            min,
            max,
            name,
        }
    }

    /// The value now. Any context.
    pub fn get(&self) -> u32 {
        self.value.load(Ordering::Relaxed)
    }

    /// Whether `v` is within its bounds.
    pub fn allows(&self, v: u32) -> bool {
        (self.min..=self.max).contains(&v)
    }

    /// Sets it, refusing what is out of range with a message.
    fn set(&self, v: u32) -> Result {
        if !self.allows(v) {
            pr_err!(
                "parameter {}={} is out of range: {} to {}\n",
                self.name.to_str().unwrap_or("?"),
                v,
                self.min,
                self.max
            );
            return Err(EINVAL);
        }
        self.value.store(v, Ordering::Relaxed);
        Ok(())
    }
}

/// What the kernel does with parameters of this kind.
static OPS: bindings::kernel_param_ops = bindings::kernel_param_ops {
    flags: 0,
    set: Some(set),
    get: Some(get),
    free: None,
};

/// # Safety
///
/// Called by the parameter code, under its lock, for a `kernel_param` made by `module_params!`; `val`
/// is a string or null.
unsafe extern "C" fn set(val: *const c_char, kp: *const bindings::kernel_param) -> c_int {
    // SAFETY: The argument of such a parameter is a `Param`.
    let param = unsafe { &*(*kp).__bindgen_anon_1.arg.cast::<Param>() };
    let mut v: c_uint = 0;
    if val.is_null() {
        return EINVAL.to_errno();
    }
    // SAFETY: A string by the contract of this function; `v` is local.
    let ret = unsafe { bindings::kstrtouint(val, 0, &mut v) };
    if ret != 0 {
        pr_err!(
            "parameter {} is not a whole number\n",
            param.name.to_str().unwrap_or("?")
        );
        return ret;
    }
    match param.set(v) {
        Ok(()) => 0,
        Err(e) => e.to_errno(),
    }
}

/// # Safety
///
/// As for `set`; `buf` is a page.
unsafe extern "C" fn get(buf: *mut c_char, kp: *const bindings::kernel_param) -> c_int {
    // SAFETY: The argument of such a parameter is a `Param`.
    let param = unsafe { &*(*kp).__bindgen_anon_1.arg.cast::<Param>() };
    // SAFETY: A page by the contract of this function; the format takes a number.
    unsafe { bindings::sysfs_emit(buf, c"%u\n".as_char_ptr(), param.get()) }
}

/// A `struct kernel_param`, which the module loader reads.
#[doc(hidden)]
#[repr(transparent)]
pub struct KernelParam {
    c: bindings::kernel_param,
}

// SAFETY: The module loader serialises what it does with it; Rust code does not touch it.
unsafe impl Sync for KernelParam {}

#[doc(hidden)]
impl KernelParam {
    /// Describes `param` to the module loader.
    pub const fn new(param: &'static Param, mode: u16) -> Self {
        let mut kp: bindings::kernel_param = pin_init::zeroed();
        kp.name = param.name.to_bytes_with_nul().as_ptr();
        kp.ops = &OPS;
        kp.mod_ = (&raw const crate::raw::__this_module).cast_mut();
        kp.level = -1;
        kp.__bindgen_anon_1.arg = core::ptr::from_ref(param).cast_mut().cast();
        Self {
            c: bindings::kernel_param { perm: mode, ..kp },
        }
    }
}

/// Declares module parameters in the crate of the module.
///
/// ```ignore
/// rnvme_abs::module_params! {
///     /// Entries of an I/O queue.
///     pub(crate) IO_QUEUE_DEPTH: "io_queue_depth" = 1024, 2..=4096, 0o444,
///         "entries of an I/O queue";
/// }
/// ```
///
/// The name is a string literal, so that what `modinfo` prints is one too.
#[macro_export]
macro_rules! module_params {
    ($($(#[$doc:meta])* $vis:vis $id:ident: $name:literal = $default:literal,
       $min:literal..=$max:literal, $mode:literal, $help:literal;)*) => {$(
        $(#[$doc])*
        $vis static $id: $crate::params::Param = $crate::params::Param::new(
            match ::core::ffi::CStr::from_bytes_with_nul(concat!($name, "\0").as_bytes()) {
                Ok(s) => s,
                Err(_) => panic!("a parameter name has no zero in it"),
            },
            $default, $min, $max,
        );
        const _: () = {
            #[used]
            #[link_section = "__param"]
            static PARAM: $crate::params::KernelParam =
                $crate::params::KernelParam::new(&$id, $mode);
            const TYPE: &[u8] = concat!("parmtype=", $name, ":uint\0").as_bytes();
            #[used]
            #[link_section = ".modinfo"]
            static PARMTYPE: [u8; TYPE.len()] = $crate::params::bytes(TYPE);
            const PARM: &[u8] = concat!(
                "parm=", $name, ":", $help, " (", stringify!($min), " to ", stringify!($max),
                ", default ", stringify!($default), ")\0"
            ).as_bytes();
            #[used]
            #[link_section = ".modinfo"]
            static PARMDESC: [u8; PARM.len()] = $crate::params::bytes(PARM);
        };
    )*};
}

/// A slice as an array, for statics in a section.
#[doc(hidden)]
pub const fn bytes<const N: usize>(s: &[u8]) -> [u8; N] {
    let mut out = [0; N];
    let mut i = 0;
    while i < N {
        out[i] = s[i];
        i += 1;
    }
    out
}

// SPDX-License-Identifier: GPL-2.0

//! Disks: from their allocation to their last close.
//!
//! C: `struct gendisk`, `device_add_disk`, `del_gendisk` (block/genhd.c).
//!
//! ```text
//! scope ─► Inner ─► gendisk ─ private_data, queue ─ queuedata ─► T::Ns   borrowed from Inner
//!                                                                 ▲
//! open file ─ a count of its own, taken in open, dropped in release
//! ```
//!
//! A count taken in `open` and dropped in `release` keeps the data of a disk for files that outlive
//! it; both run with the module pinned by `fops.owner`, which `free_disk` would not be.

use crate::{
    blk_mq::{
        tag_set,
        trampolines,
        Limits,
        Operations,
        TagSet, //
    },
    device::{
        Attributes,
        ClassDevice,
        Text, //
    },
    pci::{
        scope::{
            Registration,
            Stage, //
        },
        Live, //
    },
    raw, //
};
use core::{
    marker::PhantomData,
    ptr::NonNull, //
};
use kernel::ffi::{
    c_char,
    c_int, //
};
use kernel::{
    bindings,
    error::{
        from_err_ptr,
        to_result, //
    },
    new_mutex,
    prelude::*,
    sync::{
        Arc,
        Mutex, //
    },
    time::Delta, //
};

/// An attribute of a disk: its name, and what it shows.
pub struct DiskAttribute<T: Operations> {
    /// The file name.
    pub name: &'static CStr,
    /// Whether a disk has it.
    pub has: fn(&T::Ns) -> bool,
    /// Writes the content. Process context.
    pub show: fn(&T::Ns, &mut Text<'_>) -> Result,
}

/// How a disk goes.
#[derive(Copy, Clone, PartialEq, Eq)]
pub enum Remove {
    /// The device answers: what is dirty is written first.
    Orderly,
    /// The device is gone: nothing more can be written, and what waits fails.
    Gone,
}

/// How far a disk has come.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Phase {
    Allocated,
    Added,
    Failed,
    Removed,
}

/// # Invariants
///
/// `disk` is valid until `phase` is `Removed`.
#[pin_data]
struct Inner<'b, T: Operations> {
    disk: NonNull<bindings::gendisk>,
    #[pin]
    phase: Mutex<Phase>,
    /// What the driver said last.
    #[pin]
    limits: Mutex<Limits>,
    ns: Arc<T::Ns>,
    attributes: Attributes,
    q: NonNull<bindings::request_queue>,
    set: Arc<tag_set::Inner<'b, T>>,
}

// SAFETY: `T::Ns` is `Send + Sync`; a disk may be used from any task.
unsafe impl<T: Operations> Send for Inner<'_, T> {}
// SAFETY: As above.
unsafe impl<T: Operations> Sync for Inner<'_, T> {}

/// A handle to a disk; the scope removes it where the driver does not.
pub struct Disk<'b, T: Operations>(Arc<Inner<'b, T>>);

impl<'b, T: Operations> Disk<'b, T> {
    /// Allocates a disk called `name` over `set`, with a queue of its own. Nobody sees it before
    /// [`add`](Self::add).
    ///
    /// # Errors
    ///
    /// `EINVAL` for a name of more than 31 bytes or limits that make no sense
    /// (`blk_validate_limits`); `ENOMEM`; `ESHUTDOWN` once the scope is ending.
    pub fn new(
        at: Live<'b>,
        set: &TagSet<'b, T>,
        name: &CStr,
        limits: &Limits,
        ns: Arc<T::Ns>,
    ) -> Result<Self> {
        let attributes = Attributes::for_disk::<T>(&ns)?;
        let mut lim: bindings::queue_limits = pin_init::zeroed();
        limits.apply(&mut lim);
        let inner_set = set.inner();
        let data = Arc::as_ptr(&ns).cast_mut().cast();
        let alloc = || {
            // SAFETY: The set is allocated while the scope lives, and its maps stay (`maps-stay`); the
            // data outlives the queue.
            unsafe { raw::rnvme_abs_alloc_disk(set.raw(), &mut lim, data) }
        };
        let disk = from_err_ptr(inner_set.no_resize(alloc))?;
        let disk = NonNull::new(disk).ok_or(ENOMEM)?;
        let put = |e| {
            // SAFETY: Allocated above, never added.
            inner_set.no_resize(|| unsafe { bindings::put_disk(disk.as_ptr()) });
            e
        };
        // SAFETY: Nobody sees these fields before the disk is added.
        let named = unsafe {
            (*disk.as_ptr()).fops = fops::<T>();
            (*disk.as_ptr()).private_data = Arc::as_ptr(&ns).cast_mut().cast();
            let to = &mut (*disk.as_ptr()).disk_name;
            let bytes = name.to_bytes_with_nul();
            to.get_mut(..bytes.len()).ok_or(EINVAL).map(|to| {
                for (t, b) in to.iter_mut().zip(bytes) {
                    *t = *b as c_char;
                }
            })
        };
        named.map_err(put)?;
        // SAFETY: A disk has a queue from its allocation on.
        let q = NonNull::new(unsafe { (*disk.as_ptr()).queue }).ok_or(EINVAL);
        let q = q.map_err(put)?;
        let inner = Arc::pin_init(
            pin_init!(Inner {
                disk,
                phase <- new_mutex!(Phase::Allocated),
                limits <- new_mutex!(*limits),
                ns,
                attributes,
                q,
                set: set.inner(),
            }),
            GFP_KERNEL,
        )
        .map_err(put)?;
        let kept = inner
            .set
            .join(q)
            .and_then(|()| at.scope().register(inner.clone()));
        if let Err(e) = kept {
            inner.set.leave(q);
            return Err(put(e));
        }
        Ok(Self(inner))
    }

    /// Makes the disk known, with `sectors` sectors of 512 bytes, as a child of `parent`: partitions
    /// are read, so the device must answer. Process context, no lock that I/O needs.
    ///
    /// # Errors
    ///
    /// What `device_add_disk` says, for instance `EEXIST` where the name is taken. The disk can then
    /// only be removed.
    pub fn add(&self, at: Live<'b>, parent: &ClassDevice<'b>, sectors: u64) -> Result {
        let _ = at;
        let mut phase = self.0.phase.lock();
        if *phase != Phase::Allocated {
            return Err(EBUSY);
        }
        let disk = self.0.disk.as_ptr();
        // SAFETY: Valid by the type invariant.
        unsafe { bindings::set_capacity(disk, sectors) };
        // SAFETY: The parent is registered while the scope lives; the groups are kept by `Inner`.
        let added = to_result(unsafe {
            bindings::device_add_disk(parent.raw(), disk, self.0.attributes.groups())
        });
        *phase = if added.is_ok() {
            Phase::Added
        } else {
            Phase::Failed
        };
        added?;
        Ok(())
    }

    /// The driver's data of the disk.
    pub fn ns(&self) -> &Arc<T::Ns> {
        &self.0.ns
    }

    /// Changes the size, in sectors of 512 bytes, and tells user space if it changed
    /// (`set_capacity_and_notify`).
    pub fn set_sectors(&self, at: Live<'b>, sectors: u64) {
        let _ = at;
        let phase = self.0.phase.lock();
        if *phase == Phase::Added {
            // SAFETY: Valid by the type invariant.
            unsafe { bindings::set_capacity_and_notify(self.0.disk.as_ptr(), sectors) };
        }
    }

    /// Changes the limits, where they are others; requests wait meanwhile, so the device must answer
    /// and the set must not be quiesced. What `queue_limits_commit_update_frozen` says of limits that
    /// make no sense.
    pub fn set_limits(&self, at: Live<'b>, limits: &Limits) -> Result {
        let _ = at;
        let phase = self.0.phase.lock();
        if *phase == Phase::Removed {
            return Err(ENODEV);
        }
        let mut said = self.0.limits.lock();
        if *said == *limits {
            return Ok(());
        }
        let mut lim: bindings::queue_limits = pin_init::zeroed();
        // SAFETY: Valid by the type invariant, and so is its queue.
        unsafe {
            let q = (*self.0.disk.as_ptr()).queue;
            raw::rnvme_abs_limits_start(q, &mut lim);
            limits.apply(&mut lim);
            to_result(bindings::queue_limits_commit_update_frozen(q, &mut lim))?;
        }
        *said = *limits;
        Ok(())
    }

    /// After how long requests of the disk time out from now on (`blk_queue_rq_timeout`).
    pub fn set_timeout(&self, at: Live<'b>, timeout: Delta) {
        let _ = at;
        let phase = self.0.phase.lock();
        if *phase != Phase::Removed {
            // SAFETY: Valid by the type invariant; a single store.
            unsafe {
                bindings::blk_queue_rq_timeout(self.0.q.as_ptr(), trampolines::jiffies(timeout))
            };
        }
    }

    /// Makes the disk read-only or writable (`set_disk_ro`).
    pub fn set_read_only(&self, at: Live<'b>, read_only: bool) {
        let _ = at;
        let phase = self.0.phase.lock();
        if *phase != Phase::Removed {
            // SAFETY: Valid by the type invariant.
            unsafe { bindings::set_disk_ro(self.0.disk.as_ptr(), read_only) };
        }
    }

    /// Tells whoever has the disk open that its device is lost, and that nothing can be written any
    /// more (`blk_mark_disk_dead`). The disk stays until it is removed.
    pub fn mark_dead(&self, at: Live<'b>) {
        let _ = at;
        let phase = self.0.phase.lock();
        if *phase == Phase::Added {
            // SAFETY: Valid by the type invariant.
            unsafe { bindings::blk_mark_disk_dead(self.0.disk.as_ptr()) };
        }
    }

    /// Removes the disk: no new opens, what was begun ends, open files fail. Process context, the
    /// set not quiesced.
    pub fn remove(self, at: Live<'b>, how: Remove) {
        self.0.remove(how == Remove::Gone);
        // `queue_rq` may still be returning from a request of this disk.
        // SAFETY: Process context.
        unsafe { bindings::synchronize_rcu() };
        at.scope().forget(Arc::as_ptr(&self.0).cast());
    }
}

impl<T: Operations> Inner<'_, T> {
    fn remove(&self, gone: bool) {
        let was = core::mem::replace(&mut *self.phase.lock(), Phase::Removed);
        let disk = self.disk.as_ptr();
        if was == Phase::Removed {
            return;
        }
        // A resize would wait for the lock that `del_gendisk` holds while it waits for requests.
        self.set.no_resize(|| {
            // Deleting a disk waits for its requests: none may be held back.
            self.set.leave(self.q);
            if was == Phase::Added {
                if gone {
                    // SAFETY: Valid, as it was not removed.
                    unsafe { bindings::blk_mark_disk_dead(disk) };
                }
                // SAFETY: As above, and added.
                unsafe { bindings::del_gendisk(disk) };
            }
            // SAFETY: As above. The reference of the allocation; its queue has left the set, or leaves it
            // with this (`maps-stay`).
            unsafe { bindings::put_disk(disk) };
        });
    }
}

impl<'b, T: Operations> Registration for Inner<'b, T> {
    fn end(&self, stage: Stage, gone: bool) {
        if stage == Stage::Unlist {
            self.remove(gone);
        }
    }
}

/// The file operations of `T`: one constant per driver.
struct Fops<T>(PhantomData<T>);

impl<T: Operations> Fops<T> {
    const FOPS: bindings::block_device_operations = bindings::block_device_operations {
        open: Some(open::<T>),
        release: Some(release::<T>),
        getgeo: Some(raw::rnvme_abs_getgeo),
        owner: (&raw const raw::__this_module).cast_mut(),
        ..pin_init::zeroed()
    };
}

fn fops<T: Operations>() -> *const bindings::block_device_operations {
    &Fops::<T>::FOPS
}

/// # Safety
///
/// Called by `bdev_open` with a live disk of `T`, under its `open_mutex`.
unsafe extern "C" fn open<T: Operations>(
    disk: *mut bindings::gendisk,
    _mode: bindings::blk_mode_t,
) -> c_int {
    // SAFETY: A live disk is registered, and its registration has a count of the data.
    let ns = unsafe { Arc::<T::Ns>::from_raw((*disk).private_data.cast()) };
    // One for the file; the registration's own stays where it was.
    core::mem::forget(ns.clone());
    core::mem::forget(ns);
    0
}

/// # Safety
///
/// Called by `bdev_release` with a disk that `open` has succeeded for, the module pinned.
unsafe extern "C" fn release<T: Operations>(disk: *mut bindings::gendisk) {
    // SAFETY: The count that `open` has taken.
    drop(unsafe { Arc::<T::Ns>::from_raw((*disk).private_data.cast()) });
}

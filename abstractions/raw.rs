// SPDX-License-Identifier: GPL-2.0

//! What the kernel offers in C and `bindings` does not carry: functions, constants, layouts.
//!
//! Every constant and every layout here is asserted against the headers in `helpers.c`, at compile
//! time, so a kernel in which one of them moved does not build this crate.

use kernel::{
    bindings,
    prelude::*, //
};

/// `struct blk_map_iter`, `include/linux/blk-mq-dma.h`.
#[repr(C)]
#[derive(Zeroable)]
pub(crate) struct BlkMapIter {
    pub(crate) iter: bindings::bvec_iter,
    pub(crate) bio: *mut bindings::bio,
    pub(crate) bvecs: *mut bindings::bio_vec,
    pub(crate) is_integrity: bool,
}

/// `struct pci_p2pdma_map_state`, `include/linux/pci-p2pdma.h`.
#[repr(C)]
#[derive(Zeroable)]
pub(crate) struct P2pMapState {
    pub(crate) mem: *mut core::ffi::c_void,
    pub(crate) map: u32,
}

/// `struct blk_dma_iter`, `include/linux/blk-mq-dma.h`.
#[repr(C)]
#[derive(Zeroable)]
pub(crate) struct BlkDmaIter {
    pub(crate) addr: bindings::dma_addr_t,
    pub(crate) len: u32,
    pub(crate) p2pdma: P2pMapState,
    pub(crate) status: bindings::blk_status_t,
    pub(crate) iter: BlkMapIter,
}

// What `helpers.c` asserts for the C side.
const _: () = assert!(core::mem::offset_of!(BlkMapIter, bio) == 24);
const _: () = assert!(core::mem::offset_of!(BlkMapIter, bvecs) == 32);
const _: () = assert!(core::mem::offset_of!(BlkMapIter, is_integrity) == 40);
const _: () = assert!(core::mem::offset_of!(BlkDmaIter, addr) == 0);
const _: () = assert!(core::mem::offset_of!(BlkDmaIter, len) == 8);
const _: () = assert!(core::mem::offset_of!(BlkDmaIter, p2pdma) == 16);
const _: () = assert!(core::mem::offset_of!(BlkDmaIter, status) == 32);
const _: () = assert!(core::mem::offset_of!(BlkDmaIter, iter) == 40);
const _: () = assert!(core::mem::offset_of!(P2pMapState, map) == 8);
const _: () = assert!(size_of::<BlkMapIter>() == 48);
const _: () = assert!(size_of::<BlkDmaIter>() == 88);

/// `PCI_P2PDMA_MAP_NONE`: ordinary memory.
pub(crate) const P2PDMA_MAP_NONE: u32 = 1;

// The C types behind the pointers have empty parts in some configurations; nothing here looks inside.
#[allow(improper_ctypes)]
unsafe extern "C" {
    /// `block/blk-mq-dma.c`. Maps the first segment of a request.
    pub(crate) fn blk_rq_dma_map_iter_start(
        rq: *mut bindings::request,
        dev: *mut bindings::device,
        state: *mut bindings::dma_iova_state,
        iter: *mut BlkDmaIter,
    ) -> bool;
    /// `block/blk-mq-dma.c`. Maps the next segment of a request.
    pub(crate) fn blk_rq_dma_map_iter_next(
        rq: *mut bindings::request,
        dev: *mut bindings::device,
        iter: *mut BlkDmaIter,
    ) -> bool;

    /// `helpers.c`: whether `dma_map_phys()` failed.
    pub(crate) fn rnvme_abs_dma_mapping_error(
        dev: *mut bindings::device,
        addr: bindings::dma_addr_t,
    ) -> bool;
    /// `helpers.c`: the physical address of the one segment of a request whose first `bio_vec`
    /// holds all of its `len` bytes; false otherwise.
    pub(crate) fn rnvme_abs_single_segment(
        rq: *const bindings::request,
        len: u32,
        phys: *mut bindings::phys_addr_t,
    ) -> bool;
    /// `helpers.c`: whether memory is of a kind that the block layer finds the pages of.
    pub(crate) fn rnvme_abs_has_pages(at: *const core::ffi::c_void) -> bool;
    /// `helpers.c`: `dma_set_min_align_mask()`.
    pub(crate) fn rnvme_abs_min_align(dev: *mut bindings::device, mask: u32);
    /// `helpers.c`: for how long a request has been with the device, in milliseconds.
    pub(crate) fn rnvme_abs_age_ms(rq: *const bindings::request) -> u32;
    /// `helpers.c`: `INIT_DELAYED_WORK()`.
    pub(crate) fn rnvme_abs_init_work(
        work: *mut bindings::delayed_work,
        run: unsafe extern "C" fn(*mut bindings::work_struct),
        class: *mut bindings::lock_class_key,
    );
    /// `helpers.c`: `memalloc_noio_save()`: what this task allocates waits for no I/O from now on.
    pub(crate) fn rnvme_abs_noio_save() -> u32;
    /// `helpers.c`: `memalloc_noio_restore()`.
    pub(crate) fn rnvme_abs_noio_restore(flags: u32);
    /// `helpers.c`: `blk_mq_alloc_disk()` with a static lock class.
    pub(crate) fn rnvme_abs_alloc_disk(
        set: *mut bindings::blk_mq_tag_set,
        lim: *mut bindings::queue_limits,
        data: *mut core::ffi::c_void,
    ) -> *mut bindings::gendisk;
    /// `helpers.c`: a number that the PCI address keeps for the life of the module.
    pub(crate) fn rnvme_abs_instance(pdev: *mut bindings::pci_dev) -> i32;
    /// `helpers.c`: whether a BAR is memory, and not I/O ports.
    pub(crate) fn rnvme_abs_bar_is_memory(pdev: *mut bindings::pci_dev, bar: i32) -> bool;
    /// `helpers.c`: numbers the devices that are there and free, in the order of the bus.
    pub(crate) fn rnvme_abs_number_devices(ids: *const bindings::pci_device_id);
    /// `helpers.c`: forgets all numbers.
    pub(crate) fn rnvme_abs_forget_instances();
    /// `helpers.c`: reads of a disk's queue limits begin: `queue_limits_start_update()`.
    pub(crate) fn rnvme_abs_limits_start(
        q: *mut bindings::request_queue,
        lim: *mut bindings::queue_limits,
    );
    /// `helpers.c`: makes a sysfs attribute known to lockdep, where that is built in.
    pub(crate) fn rnvme_abs_attr_init(attr: *mut bindings::attribute);
    /// `helpers.c`: `spin_lock_irqsave()` around a call.
    pub(crate) fn rnvme_abs_lock_irqsave(lock: *mut bindings::spinlock_t) -> usize;
    /// `helpers.c`: `spin_unlock_irqrestore()`.
    pub(crate) fn rnvme_abs_unlock_irqrestore(lock: *mut bindings::spinlock_t, flags: usize);
    /// `helpers.c`: `spin_lock_init()` with a static class.
    pub(crate) fn rnvme_abs_lock_init(lock: *mut bindings::spinlock_t);
    /// `helpers.c`: whether the message of this kind may be printed now (`___ratelimit`).
    pub(crate) fn rnvme_abs_may_print() -> bool;
    /// `helpers.c`: `blk_should_fake_timeout()`.
    #[cfg(CONFIG_FAIL_IO_TIMEOUT)]
    pub(crate) fn rnvme_abs_fake_timeout(q: *mut bindings::request_queue) -> bool;
    /// `helpers.c`: 64 heads of 32 sectors, for partitioning tools of old.
    pub(crate) fn rnvme_abs_getgeo(
        disk: *mut bindings::gendisk,
        geo: *mut bindings::hd_geometry,
    ) -> i32;
    /// `THIS_MODULE`, include/linux/init.h: the module that this crate is linked into.
    pub(crate) static __this_module: bindings::module;
}

/// `BLK_STS_*`, `include/linux/blk_types.h`.
pub(crate) mod sts {
    pub(crate) const OK: u8 = 0;
    pub(crate) const NOTSUPP: u8 = 1;
    pub(crate) const TIMEOUT: u8 = 2;
    pub(crate) const NOSPC: u8 = 3;
    pub(crate) const TRANSPORT: u8 = 4;
    pub(crate) const TARGET: u8 = 5;
    pub(crate) const RESV_CONFLICT: u8 = 6;
    pub(crate) const MEDIUM: u8 = 7;
    pub(crate) const PROTECTION: u8 = 8;
    pub(crate) const RESOURCE: u8 = 9;
    pub(crate) const IOERR: u8 = 10;
    pub(crate) const OFFLINE: u8 = 16;
    pub(crate) const INVAL: u8 = 19;
}

/// `BLK_FEAT_*`, `include/linux/blkdev.h`.
pub(crate) mod feat {
    pub(crate) const WRITE_CACHE: u32 = 1 << 0;
    pub(crate) const FUA: u32 = 1 << 1;
    pub(crate) const IO_STAT: u32 = 1 << 4;
    pub(crate) const NOWAIT: u32 = 1 << 7;
    pub(crate) const POLL: u32 = 1 << 9;
}

/// `WQ_*`, `include/linux/workqueue.h`.
pub(crate) const WQ_UNBOUND: u32 = 1 << 1;
/// `WQ_MEM_RECLAIM`, `include/linux/workqueue.h`.
pub(crate) const WQ_MEM_RECLAIM: u32 = 1 << 3;
/// `WORK_CPU_UNBOUND`, `include/linux/workqueue.h`: `NR_CPUS`.
pub(crate) const WORK_CPU_UNBOUND: i32 = bindings::NR_CPUS as i32;

/// `RQF_SCHED_TAGS` and others of `include/linux/blk-mq.h`.
pub(crate) mod rqf {
    use kernel::bindings;
    pub(crate) const FLUSH_SEQ: u32 = 1 << bindings::rqf_flags___RQF_FLUSH_SEQ;
    pub(crate) const DONTPREP: u32 = 1 << bindings::rqf_flags___RQF_DONTPREP;
    pub(crate) const SCHED_TAGS: u32 = 1 << bindings::rqf_flags___RQF_SCHED_TAGS;
    pub(crate) const IO_STAT: u32 = 1 << bindings::rqf_flags___RQF_IO_STAT;
    pub(crate) const STATS: u32 = 1 << bindings::rqf_flags___RQF_STATS;
    pub(crate) const USE_SCHED: u32 = 1 << bindings::rqf_flags___RQF_USE_SCHED;
}

/// `PCI_VENDOR_ID`, `include/uapi/linux/pci_regs.h`.
pub(crate) const PCI_VENDOR_ID: i32 = 0;
/// `PCI_COMMAND`, `include/uapi/linux/pci_regs.h`.
pub(crate) const PCI_COMMAND: i32 = 4;
/// `PCI_COMMAND_MASTER`, `include/uapi/linux/pci_regs.h`.
pub(crate) const PCI_COMMAND_MASTER: u16 = 4;

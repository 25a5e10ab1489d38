// SPDX-License-Identifier: GPL-2.0

//! The data of a request, mapped for the device.
//!
//! C: `blk_rq_dma_map_iter_start`, `blk_rq_dma_map_iter_next` (block/blk-mq-dma.c), `dma_map_phys`.
//!
//! A mapping remembers how it was made, and direction comes from the request itself, so that
//! unmapping cannot disagree with mapping. What the device was told is never read back.
//!
//! # Invariants
//!
//! - `mapped-once`: `kind` says what is mapped; it is `None` before a request is prepared and
//!   after it was unmapped, which happens before the request ends or is put back.

use crate::{
    blk_mq::{
        pdu::Own,
        request,
        Refuse,
        Sts, //
    },
    dma::pages,
    raw::{
        self,
        BlkDmaIter, //
    }, //
};
use core::ptr::NonNull;
use kernel::bindings;

/// The most segments that a request may have.
pub(crate) const SEGMENTS_MAX: u16 = 256;

/// A segment that must be unmapped.
#[derive(Copy, Clone)]
#[repr(C)]
struct Vec {
    dma: bindings::dma_addr_t,
    len: u32,
}

/// The size of a record of all segments, in bytes.
const RECORD_BYTES: usize = SEGMENTS_MAX as usize * size_of::<Vec>();

/// How a request is mapped.
#[derive(Copy, Clone, PartialEq, Eq)]
#[repr(u8)]
enum Kind {
    /// Not at all.
    None = 0,
    /// One segment at `iova.addr`.
    One,
    /// One range of I/O virtual addresses for all segments.
    Iova,
    /// Segment by segment; those that must be unmapped are in `vecs`.
    Each,
}

/// What is mapped of a request.
#[repr(C)]
pub(crate) struct Mapping {
    iova: bindings::dma_iova_state,
    vecs: *mut Vec,
    len: u32,
    nr_vecs: u16,
    kind: Kind,
}

impl Mapping {
    /// Whether something is mapped.
    #[inline(always)]
    pub(crate) fn is_some(&self) -> bool {
        self.kind != Kind::None
    }
}

/// Where requests are mapped for, and with what: constant for the life of a queue.
pub(crate) struct Mapper {
    pub(crate) dev: *mut bindings::device,
    pub(crate) pools: pages::Pools,
    vecs: NonNull<bindings::mempool_t>,
}

// SAFETY: The device and the pools may be used from any context.
unsafe impl Send for Mapper {}
// SAFETY: As above.
unsafe impl Sync for Mapper {}

impl Mapper {
    /// The mapper of a scope.
    pub(crate) fn new(at: crate::pci::Live<'_>) -> kernel::error::Result<Self> {
        let scope = at.scope();
        let mut hardware = scope.hardware.lock();
        Ok(Self {
            dev: scope.dev(),
            pools: hardware.pools(scope)?,
            vecs: hardware.vecs(scope, RECORD_BYTES)?,
        })
    }

    /// Whether the device's mappings must be undone. To be asked after they were made; one answer
    /// does for all that were (`dma_need_unmap`).
    #[inline]
    pub(crate) fn must_unmap(&self) -> bool {
        // SAFETY: The device is valid while the queue is.
        unsafe { bindings::dma_need_unmap(self.dev) }
    }

    /// Maps the data of a request that is being prepared.
    ///
    /// # Safety
    ///
    /// The caller has `rq`, and `own` is its header with nothing mapped.
    #[inline]
    pub(crate) unsafe fn map<'a>(
        &'a self,
        rq: NonNull<bindings::request>,
        own: &'a mut Own,
    ) -> Result<Mapped<'a>, Refuse> {
        // SAFETY: The caller has the request.
        let (segments, len) =
            unsafe { ((*rq.as_ptr()).nr_phys_segments, (*rq.as_ptr()).__data_len) };
        let mut phys = 0;
        // SAFETY: As above; `phys` is local.
        if segments == 1 && unsafe { raw::rnvme_abs_single_segment(rq.as_ptr(), len, &mut phys) } {
            // SAFETY: The device is valid, the memory belongs to the request.
            let dma = unsafe {
                bindings::dma_map_phys(self.dev, phys, len as usize, request::direction(rq), 0)
            };
            // SAFETY: The device is valid.
            if unsafe { raw::rnvme_abs_dma_mapping_error(self.dev, dma) } {
                return Err(Refuse::Busy);
            }
            own.map.iova.addr = dma;
            own.map.len = len;
            own.map.kind = Kind::One;
            return Ok(Mapped::One {
                dma,
                len,
                pages: pages::DescriptorPages {
                    pools: self.pools,
                    list: &mut own.pages,
                },
            });
        }
        let Own { map, pages, .. } = own;
        Ok(Mapped::Each(
            Segments {
                mapper: self,
                rq,
                map,
                iter: pin_init::zeroed(),
                begun: false,
            },
            pages::DescriptorPages {
                pools: self.pools,
                list: pages,
            },
        ))
    }

    /// Undoes what is mapped of a request, and gives its descriptor pages back. `must` is what
    /// [`must_unmap`](Self::must_unmap) says since the request was mapped.
    ///
    /// # Safety
    ///
    /// The caller has `rq`, `own` is its header, and the device is done with its memory
    /// (`stopped-before-free`).
    #[inline]
    pub(crate) unsafe fn unmap(&self, rq: NonNull<bindings::request>, own: &mut Own, must: bool) {
        // SAFETY: By the contract of this function; all pages come from these pools.
        unsafe { own.pages.free(&self.pools) };
        let map = &mut own.map;
        match core::mem::replace(&mut map.kind, Kind::None) {
            Kind::None => {}
            Kind::One => {
                if must {
                    // SAFETY: Mapped with these values by `map`.
                    unsafe {
                        bindings::dma_unmap_phys(
                            self.dev,
                            map.iova.addr,
                            map.len as usize,
                            request::direction(rq),
                            0,
                        )
                    };
                }
            }
            Kind::Iova => {
                // SAFETY: Mapped by `blk_rq_dma_map_iter_start`, all `len` bytes.
                unsafe {
                    bindings::dma_iova_destroy(
                        self.dev,
                        &mut map.iova,
                        map.len as usize,
                        request::direction(rq),
                        0,
                    )
                };
            }
            Kind::Each => {
                if !map.vecs.is_null() {
                    self.unmap_each(rq, map);
                }
            }
        }
    }

    #[cold]
    #[inline(never)]
    fn unmap_each(&self, rq: NonNull<bindings::request>, map: &mut Mapping) {
        for i in 0..usize::from(map.nr_vecs) {
            // SAFETY: `record` has written that many.
            let v = unsafe { *map.vecs.add(i) };
            // SAFETY: Mapped with these values by the iterator, not yet unmapped.
            unsafe {
                bindings::dma_unmap_phys(self.dev, v.dma, v.len as usize, request::direction(rq), 0)
            };
        }
        map.nr_vecs = 0;
        let vecs = core::mem::replace(&mut map.vecs, core::ptr::null_mut());
        // SAFETY: Allocated from this pool by `record`.
        unsafe { bindings::mempool_free(vecs.cast(), self.vecs.as_ptr()) };
    }
}

/// The data of a request, as the device sees it.
pub enum Mapped<'a> {
    /// One piece of bus addresses.
    One {
        /// Where it begins.
        dma: u64,
        /// Its length in bytes.
        len: u32,
        /// Pages to describe it in.
        pages: pages::DescriptorPages<'a>,
    },
    /// Segments, mapped one by one as they are asked for, and pages to describe them in.
    Each(Segments<'a>, pages::DescriptorPages<'a>),
}

/// The segments of a request, as bus address and length in bytes.
///
/// A segment is mapped when it is asked for; all must be asked for, or the request refused.
pub struct Segments<'a> {
    mapper: &'a Mapper,
    rq: NonNull<bindings::request>,
    map: &'a mut Mapping,
    iter: BlkDmaIter,
    begun: bool,
}

impl Segments<'_> {
    fn begin(&mut self) -> bool {
        self.begun = true;
        // Not written by the iterator where it coalesces nothing on a path of its own.
        self.map.iova = pin_init::zeroed();
        // SAFETY: The request is being prepared, the device valid, the rest ours.
        let some = unsafe {
            raw::blk_rq_dma_map_iter_start(
                self.rq.as_ptr(),
                self.mapper.dev,
                &mut self.map.iova,
                &mut self.iter,
            )
        };
        if some {
            self.map.kind = if self.map.iova.__size != 0 {
                // SAFETY: The request is being prepared.
                self.map.len = unsafe { (*self.rq.as_ptr()).__data_len };
                Kind::Iova
            } else {
                Kind::Each
            };
        }
        some
    }

    fn go_on(&mut self) -> bool {
        // One range of I/O virtual addresses is all there is.
        self.map.kind == Kind::Each
            // SAFETY: As in `begin`.
            && unsafe {
                raw::blk_rq_dma_map_iter_next(self.rq.as_ptr(), self.mapper.dev, &mut self.iter)
            }
    }

    /// Remembers the segment just mapped, where it must be unmapped. A device for which that was
    /// not so may need it from one segment to the next, when its first buffer is bounced.
    fn record(&mut self) -> Result<(), Refuse> {
        if self.map.kind != Kind::Each || !self.mapper.must_unmap() {
            return Ok(());
        }
        if self.map.vecs.is_null() {
            // SAFETY: The pool is valid while the queue is; dispatch may not sleep.
            self.map.vecs = unsafe {
                bindings::mempool_alloc_noprof(self.mapper.vecs.as_ptr(), bindings::GFP_ATOMIC)
            }
            .cast();
        }
        let vec = Vec {
            dma: self.iter.addr,
            len: self.iter.len,
        };
        if self.map.vecs.is_null() || self.map.nr_vecs >= SEGMENTS_MAX {
            // SAFETY: Mapped just now, and nobody was told.
            unsafe {
                bindings::dma_unmap_phys(
                    self.mapper.dev,
                    vec.dma,
                    vec.len as usize,
                    request::direction(self.rq),
                    0,
                )
            };
            return Err(if self.map.vecs.is_null() {
                Refuse::Busy
            } else {
                Refuse::Fail(Sts::Io)
            });
        }
        // SAFETY: The record has room for `SEGMENTS_MAX`.
        unsafe { self.map.vecs.add(usize::from(self.map.nr_vecs)).write(vec) };
        self.map.nr_vecs = self.map.nr_vecs.wrapping_add(1);
        Ok(())
    }
}

impl Iterator for Segments<'_> {
    type Item = Result<(u64, u32), Refuse>;

    fn next(&mut self) -> Option<Self::Item> {
        let some = if self.begun {
            self.go_on()
        } else {
            self.begin()
        };
        if !some {
            return match self.iter.status {
                raw::sts::OK => None,
                raw::sts::RESOURCE => Some(Err(Refuse::Busy)),
                _ => Some(Err(Refuse::Fail(Sts::Invalid))),
            };
        }
        if self.iter.p2pdma.map != raw::P2PDMA_MAP_NONE {
            // Queues do not offer the feature; a bus address needs no unmapping.
            return Some(Err(Refuse::Fail(Sts::Invalid)));
        }
        Some(self.record().map(|()| (self.iter.addr, self.iter.len)))
    }
}

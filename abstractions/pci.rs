// SPDX-License-Identifier: GPL-2.0

//! PCI: a driver, the scope that ends whatever the driver began, BARs and interrupt vectors.
//!
//! C header: [`include/linux/pci.h`](srctree/include/linux/pci.h)
//!
//! # Who owns whom
//!
//! ```text
//! driver core ─ drvdata ─► Bound<'b, D> ┬─ Scope<'b>   hardware: BAR · rings · pools · vectors · master switch
//!                                       │              registrations: IRQ lines · tag sets · disks · works · class device
//!                                       └─ Arc<D::Ctrl<'b>>   the driver's controller: inert handles to all of these
//! ```
//!
//! The scope exists before [`Driver::probe`] is called and is finished after [`Driver::unbind`], or
//! at once where probe fails. Both are guaranteed by the driver core (`drivers/base/dd.c`), not by
//! the driver, and nothing else is relied on: every handle may be leaked.
//!
//! # The end of a scope
//!
//! In this order (`scope::Stage`), each step a no-op where the driver already did it:
//!
//! 1. close: no new registrations, bus mastering off for good;
//! 2. silence: no queue accepts requests, dispatch has drained (`blk_mq_quiesce_tagset`);
//! 3. drain: each queue's interrupt line is freed, what the device still holds is ended;
//! 4. release: queues run again, and fail fast;
//! 5. settle: completions that other CPUs run are over (`blk_mq_tagset_wait_completed_request`);
//! 6. detach: works are cancelled: they may have waited for I/O, which 3 has ended;
//! 7. unlist: disks are deleted, and their timeouts are over;
//! 8. withdraw: class devices are deleted, and no attribute is being shown or stored;
//! 9. destroy: queues without a disk;
//! 10. `synchronize_rcu`, then free: tag sets;
//! 11. the controller is dropped, with its BAR still mapped;
//! 12. rings, pools, vectors, BARs are given back, the device is disabled.
//!
//! # Invariants
//!
//! - `scope-outlives-b`: every value with the lifetime `'b` of a scope is dropped or unreachable
//!   before that scope gives back its hardware (step 12).

mod adapter;
mod bar;
mod power;
pub(crate) mod scope;
mod trouble;
mod vectors;

pub use self::adapter::{
    Adapter,
    Driver, //
};
pub use self::bar::{
    Bar,
    Doorbell, //
};
pub use self::scope::Live;
pub use self::trouble::{
    Channel,
    Verdict, //
};
pub use self::vectors::{
    Kind,
    Line,
    Vectors, //
};

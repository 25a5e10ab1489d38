// SPDX-License-Identifier: GPL-2.0

//! From a PCI device to a live controller.
//!
//! NVMe Base 2.0, 3.5.1 (memory-based controller initialisation).

use crate::{
    abort::ABORTS_MAX,
    controller::{
        Ctrl,
        QueueInfo,
        Shared, //
    },
    events::Listener,
    journal::Journal,
    nvme::{
        depth::{
            self,
            QueueSize, //
        },
        lifecycle::Event,
        queue_count::Plan, //
    },
    params,
    queues::{
        self,
        Interrupts, //
    },
    registers::{
        NotReady,
        Registers, //
    },
    stop::{
        Stop,
        ADMIN_ENTRIES, //
    },
    sysfs,
    watch::Watch,
    Nvme, //
};
use kernel::{
    new_mutex,
    pci::{
        DeviceId,
        IdTable, //
    },
    prelude::*,
    static_lock_class,
    sync::{
        Arc,
        SetOnce, //
    }, //
};
use rnvme_abs::{
    blk_mq::{
        Shape,
        TagSet, //
    },
    counter::{
        self,
        Counter, //
    },
    pci::{
        Channel,
        Driver,
        Live,
        Verdict, //
    },
    work::Work, //
};

kernel::pci_device_table!(
    PCI_TABLE,
    (),
    // PCI class 01h 08h 02h: mass storage, non-volatile memory, NVMe I/O controller.
    [(DeviceId::from_class(0x01_08_02, 0xff_ff_ff), ())]
);

/// Descriptor pages and the host's pages are of 4096 bytes; the controller's cannot be larger.
const PAGE_LOG2_MAX: u8 = 12;

/// Tags of the admin queue that are set aside, for what must get through.
const ADMIN_RESERVED: u32 = ABORTS_MAX as u32 + 1;

impl Driver for Nvme {
    type Id = ();
    type Ctrl<'b> = Ctrl<'b>;
    const IDS: IdTable<()> = &PCI_TABLE;
    const CLASS: &'static CStr = c"rnvme";

    fn probe<'b>(at: Live<'b>, _id: Option<&()>) -> Result<Arc<Ctrl<'b>>> {
        let ctrl = make(at)?;
        bring_up(at, &ctrl).inspect_err(|_| {
            ctrl.shared.change(Event::RemoveAsked);
            // Its next driver may let it write before it stops it.
            ctrl.stop(at, Stop::Abrupt);
        })?;
        #[cfg(rnvme_test)]
        if params::LEAK.get() != 0 {
            // All handles are fields of it.
            core::mem::forget(ctrl.clone());
        }
        Ok(ctrl)
    }

    fn unbind<'b>(ctrl: &Ctrl<'b>, at: Live<'b>) {
        #[cfg(rnvme_test)]
        if params::LEAK.get() != 0 {
            return;
        }
        ctrl.remove(at);
    }

    fn reset_prepare<'b>(ctrl: &Ctrl<'b>, at: Live<'b>) {
        ctrl.prepare_for_function_reset(at);
    }

    fn reset_done<'b>(ctrl: &Ctrl<'b>, at: Live<'b>) {
        ctrl.recover_from_function_reset(at);
    }

    fn suspend<'b>(ctrl: &Ctrl<'b>, at: Live<'b>) -> Result {
        ctrl.suspend(at)
    }

    fn resume<'b>(ctrl: &Ctrl<'b>, at: Live<'b>) {
        ctrl.resume(at);
    }

    fn error_detected<'b>(ctrl: &Ctrl<'b>, at: Live<'b>, channel: Channel) -> Verdict {
        ctrl.link_error(at, channel)
    }

    fn slot_reset<'b>(ctrl: &Ctrl<'b>, at: Live<'b>) -> Result {
        ctrl.link_reset(at);
        Ok(())
    }

    fn error_resume<'b>(ctrl: &Ctrl<'b>, at: Live<'b>) {
        ctrl.link_is_back(at);
    }

    fn shutdown<'b>(ctrl: &Ctrl<'b>, at: Live<'b>) {
        ctrl.shut_down(at);
    }
}

/// Makes a controller of a device that is, or has been, disabled.
fn make(at: Live<'_>) -> Result<Arc<Ctrl<'_>>> {
    if at.dma_bits(64).is_err() {
        at.dma_bits(32).inspect_err(|_| {
            dev_err!(
                at.device(),
                "the platform has no memory that the controller can reach\n"
            );
        })?;
    }
    let registers = Registers::map(at)?;
    let cap = registers.cap;
    let Some(page) = cap.page_size().filter(|p| p.log2() <= PAGE_LOG2_MAX) else {
        dev_err!(
            at.device(),
            "the controller takes pages of 2^{} to 2^{} bytes, and 4096 are not among them\n",
            cap.page_min_log2(),
            cap.page_max_log2()
        );
        return Err(ENODEV);
    };
    at.dma_segments(page.bytes() as u32, u32::MAX)?;
    if let Err(e) = registers.disable(at) {
        dev_err!(at.device(), "the controller cannot be stopped: {e}\n");
        return Err(e.into());
    }
    let size = depth::depth(params::IO_QUEUE_DEPTH.get(), cap).map_err(|e| {
        dev_err!(at.device(), "no I/O queue can be that deep: {e}\n");
        ENODEV
    })?;
    let admin_size = QueueSize::new(ADMIN_ENTRIES).ok_or(EINVAL)?;
    let shared = Arc::new(Shared::new(), GFP_KERNEL)?;
    let info = QueueInfo {
        qid: 0,
        page,
        has_sgl: false,
        shared: shared.clone(),
        lost: Counter::new(),
        polled: Counter::new(),
        failed: Counter::new(),
    };
    let watch = Watch::new(shared.settings.io_timeout.get());
    let admin = queues::make(at, &registers, info, admin_size)?;
    Arc::pin_init(
        pin_init!(Ctrl {
            shared,
            registers,
            page,
            size,
            admin,
            admin_set: SetOnce::new(),
            admin_queue: SetOnce::new(),
            identity: SetOnce::new(),
            limits: SetOnce::new(),
            shadow: SetOnce::new(),
            plan: SetOnce::<Plan>::new(),
            io: SetOnce::new(),
            io_set: SetOnce::new(),
            device: SetOnce::new(),
            disks <- new_mutex!(KVec::new()),
            vectors <- new_mutex!(Interrupts { vectors: None, shared: false }),
            works: counter::State::new(0),
            open_count: counter::State::new(0),
            used_count: counter::State::new(0),
            stops: counter::State::new(0),
            left: counter::State::new(0),
            stopping <- new_mutex!(()),
            stubborn: counter::State::new(0),
            scan_failed: counter::State::new(0),
            latest <- new_mutex!(None),
            leaving <- new_mutex!(()),
            watching <- new_mutex!(watch),
            journal <- new_mutex!(Journal::new()),
            reset_work: Work::new(),
            spread_work: Work::new(),
            scan_work: Work::new(),
            watch_work: Work::new(),
            event_work: Work::new(),
            listener <- new_mutex!(Listener::default()),
        }),
        GFP_KERNEL,
    )
}

/// Starts the controller, learns what it is, opens its queues, and makes disks of its namespaces.
fn bring_up<'b>(at: Live<'b>, ctrl: &Arc<Ctrl<'b>>) -> Result {
    at.arm(ctrl, |c| &c.reset_work, Ctrl::reset, static_lock_class!())?;
    at.arm(ctrl, |c| &c.watch_work, Ctrl::watch, static_lock_class!())?;
    if let Some(alarm) = ctrl.watch_work.alarm() {
        ctrl.shared.watch.populate(alarm);
    }
    at.arm_slow(ctrl, |c| &c.spread_work, Ctrl::spread, static_lock_class!())?;
    at.arm_slow(ctrl, |c| &c.scan_work, Ctrl::scan, static_lock_class!())?;
    at.arm_slow(ctrl, |c| &c.event_work, Ctrl::listen, static_lock_class!())?;
    ctrl.connect_events();
    let set = TagSet::new(
        at,
        ctrl,
        core::slice::from_ref(&ctrl.admin),
        &Shape {
            depth: ADMIN_ENTRIES.saturating_sub(1),
            reserved: ADMIN_RESERVED,
            timeout: ctrl.shared.settings.admin_timeout.seconds(),
            first_vector: None,
            polled: 0,
        },
    )?;
    ctrl.admin_queue.populate(set.queue(at)?);
    ctrl.admin_set.populate(set);
    ctrl.vectors.lock().vectors = Some(at.vectors(1, 1)?);

    let stops = ctrl.stops();
    ctrl.start(at, stops)?;
    ctrl.watch_work.schedule();
    let identity = ctrl.identify(at)?;
    ctrl.shared
        .abort_room
        .set(u32::from(identity.abort_limit().min(ABORTS_MAX)));
    ctrl.identity.populate(KBox::new(identity, GFP_KERNEL)?);
    ctrl.limits.populate(ctrl.command_set_limits(at)?);
    ctrl.plan_queues(at)?;
    ctrl.make_shadow(at)?;
    ctrl.make_queues(at, ctrl)?;
    ctrl.open_queues(at, stops, false)?;
    ctrl.configure_events(at)?;

    ctrl.device
        .populate(at.class_device::<Nvme>(ctrl, sysfs::CONTROLLER)?);
    if ctrl.registers.status().is_gone() {
        dev_err!(at.device(), "the controller was lost: {}\n", NotReady::Gone);
        return Err(ENODEV);
    }
    ctrl.requests_flow(at, Event::ProbeDone, stops);
    announce(at, ctrl);
    ctrl.scan_work.schedule();
    ctrl.scan_work.flush(at);
    Ok(())
}

/// One line that says what there is.
fn announce(at: Live<'_>, ctrl: &Ctrl<'_>) {
    let Some(id) = ctrl.identity.as_ref() else {
        return;
    };
    dev_info!(
        at.device(),
        "rnvme{}: {}, firmware {}, NVMe {}; {} I/O queues of {} entries, {}shadow doorbells\n",
        at.instance(),
        id.model(),
        id.firmware(),
        ctrl.registers.version(),
        ctrl.io_queues().len(),
        ctrl.size.entries(),
        if ctrl.shadow.as_ref().is_some() {
            ""
        } else {
            "no "
        }
    );
}

// SPDX-License-Identifier: GPL-2.0

//! A driver that does as little as compiles, over the whole of `rnvme_abs`. The programs beside it
//! use it and break one rule each; that it compiles shows that they fail for what they do.

#![forbid(unsafe_code)]
#![allow(missing_docs)]

pub use core::mem::forget;
pub use kernel::{
    prelude::*,
    str::CString,
    sync::{
        static_lock_class,
        Arc,
        SetOnce, //
    },
    time::Delta, //
};
pub use rnvme_abs::{
    blk_mq::*,
    counter::Counter,
    device::{
        ClassDevice,
        Text, //
    },
    dma::{
        DescriptorPages,
        Mapped,
        Ring,
        Segments,
        Stopped,
        Word, //
    },
    pci::{
        self,
        Bar,
        Doorbell,
        Line,
        Live,
        Vectors, //
    },
    work::Work, //
};

/// An implementation of `Operations` that does nothing, with the types that a program names.
#[macro_export]
macro_rules! operations {
    ($t:ty $(, Ctrl = $ctrl:ty)? $(, Queue = $queue:ty)? $(, Sq = $sq:ty)? $(, Cq = $cq:ty)?
     $(, Ns = $ns:ty)? $(, Pdu = $pdu:ty)? $(, Cmd = $cmd:ty)?) => {
        impl $crate::Operations for $t {
            type Ctrl<'b> = $crate::or!($($ctrl)?, $crate::Ctrl<'b>);
            type Queue<'b> = $crate::or!($($queue)?, $crate::Info);
            type Sq<'b> = $crate::or!($($sq)?, $crate::Sq<'b>);
            type Cq<'b> = $crate::or!($($cq)?, $crate::Cq<'b>);
            type Ns = $crate::or!($($ns)?, $crate::Ns);
            type Pdu = $crate::or!($($pdu)?, u64);
            type Cmd = $crate::or!($($cmd)?, u64);
            const DISK_ATTRIBUTES: &'static [$crate::DiskAttribute<Self>] = &[];
            fn prepare(
                _q: &Self::Queue<'_>,
                _ns: Option<&Self::Ns>,
                _rq: &mut $crate::Idle<'_, Self>,
            ) -> core::result::Result<(), $crate::Refuse> {
                Err($crate::Refuse::Busy)
            }
            fn encode(_: Option<&Self::Ns>, _: &$crate::Started<'_, Self>, _: u16) -> Self::Cmd {
                <Self::Cmd as Default>::default()
            }
            fn push(_sq: &mut Self::Sq<'_>, _cmd: Self::Cmd) {}
            fn ring(_sq: &mut Self::Sq<'_>) {}
            fn reap(_cq: &mut Self::Cq<'_>, _out: &mut $crate::Taker<'_, '_, Self>) {}
            fn finish(
                _q: &Self::Queue<'_>,
                _ns: Option<&Self::Ns>,
                _rq: &mut $crate::Ended<'_, Self>,
            ) -> $crate::End {
                $crate::End::Ok
            }
            fn timeout<'b>(
                _ctrl: &Self::Ctrl<'b>,
                _q: &$crate::HwQueue<'b, Self>,
                _rq: &$crate::InFlight<'_, 'b, Self>,
                _at: $crate::Live<'b>,
            ) -> $crate::Eh {
                $crate::Eh::Rearm
            }
        }
    };
}

/// The type given, or else the default.
#[macro_export]
macro_rules! or {
    (, $default:ty) => {
        $default
    };
    ($given:ty, $default:ty) => {
        $given
    };
}

pub struct Dummy;

operations!(Dummy);

/// What all contexts share of a queue.
pub struct Info {
    pub qid: u16,
}

/// The submission side.
pub struct Sq<'b> {
    pub ring: Ring<'b, u64>,
    pub bell: Doorbell<'b>,
}

/// The completion side.
pub struct Cq<'b> {
    pub ring: Ring<'b, u64>,
}

/// The data of a disk.
pub struct Ns {
    pub errors: Counter,
}

/// The controller.
pub struct Ctrl<'b> {
    pub bar: Bar<'b, 4096>,
    pub admin: Arc<HwQueue<'b, Dummy>>,
    pub set: SetOnce<TagSet<'b, Dummy>>,
    pub queue: SetOnce<Queue<'b, Dummy>>,
    pub work: Work<Ctrl<'b>>,
}

/// A queue out of a ring for each side.
pub fn hw_queue<'b>(
    at: Live<'b>,
    bar: &Bar<'b, 4096>,
    sq: Ring<'b, u64>,
    cq: Ring<'b, u64>,
) -> Result<Arc<HwQueue<'b, Dummy>>> {
    let bell = bar.doorbell(0x800)?;
    HwQueue::new(
        at,
        16,
        Info { qid: 0 },
        Sq { ring: sq, bell },
        Cq { ring: cq },
    )
}

kernel::pci_device_table!(TABLE, (), [(kernel::pci::DeviceId::from_class(0, 0), ())]);

impl pci::Driver for Dummy {
    type Id = ();
    type Ctrl<'b> = Ctrl<'b>;
    const IDS: kernel::pci::IdTable<()> = &TABLE;
    const CLASS: &'static CStr = c"dummy";

    fn probe<'b>(at: Live<'b>, _id: Option<&()>) -> Result<Arc<Ctrl<'b>>> {
        let bar: Bar<'b, 4096> = at.bar(0, 8192)?;
        at.start_dma(at.stop_dma()?)?;
        let admin = hw_queue(at, &bar, at.ring(4)?, at.ring(4)?)?;
        let (set, queue) = (SetOnce::new(), SetOnce::new());
        let work = Work::new();
        let ctrl = Ctrl {
            bar,
            admin,
            set,
            queue,
            work,
        };
        let ctrl = Arc::new(ctrl, GFP_KERNEL)?;
        at.arm(&ctrl, |c| &c.work, Ctrl::work, static_lock_class!())?;
        ctrl.work.schedule();
        Ok(ctrl)
    }

    fn unbind<'b>(ctrl: &Ctrl<'b>, at: Live<'b>) {
        if let Ok(stopped) = at.stop_dma() {
            ctrl.admin.drain(&stopped, Sts::Io);
        }
    }

    fn shutdown<'b>(_ctrl: &Ctrl<'b>, _at: Live<'b>) {}
}

impl<'b> Ctrl<'b> {
    pub fn work(&self, at: Live<'b>) {
        let _ = self.admin.look(at);
    }
}

impl Ctrl<'_> {
    /// For programs that ask whether a type may be shared.
    pub fn needs_shared<T: Send + Sync>() {}
}

// SPDX-License-Identifier: GPL-2.0
//! Each lie as the host sees it.

use crate::driver::nvme::admin::Feature;
use crate::driver::nvme::command::Command;
use crate::driver::nvme::io::{Blocks, Fua};
use crate::driver::nvme::reg::{CC, CSTS};
use crate::rig::{Rig, DATA};

fn read_to(at: u64) -> Command {
    Command::read(1, 5, Blocks::ONE, Fua::Off).with_prps(at, 0)
}

fn read() -> Command {
    read_to(DATA)
}

/// What ends when commands 1 and 2 are sent under these lines, one after the other.
fn two(lines: &[&str]) -> (Rig, Vec<(u16, u16)>) {
    let mut rig = Rig::with_io(lines);
    rig.push(1, 1, read());
    let mut ends = rig.ends(1);
    rig.push(1, 2, read_to(DATA + 4096));
    ends.extend(rig.ends(1));
    rig.no_breach();
    (rig, ends)
}

#[test]
fn the_truth() {
    assert_eq!(two(&[]).1, [(1, 0), (2, 0)]);
}

#[test]
fn dropped_held_and_delayed() {
    let (rig, ends) = two(&["drop nth=1 op=read"]);
    assert_eq!(ends, [(2, 0)]);
    assert_eq!(rig.device.sqs[1].as_ref().unwrap().flights.len(), 1);
    let (mut rig, ends) = two(&["hold op=flush", "delay=10 nth=1"]);
    assert_eq!(ends, [(2, 0)]);
    rig.wait(11);
    assert_eq!(rig.ends(1), [(1, 0)]);
    let mut rig = Rig::with_io(&["hold"]);
    for cid in 1..=3 {
        rig.push(1, cid, Command::flush(1));
    }
    rig.tell(&["release 1"]);
    assert_eq!(rig.ends(1), [(1, 0)]);
    rig.tell(&["release reversed"]);
    assert_eq!(rig.ends(1), [(3, 0), (2, 0)]);
}

#[test]
fn out_of_order() {
    let mut rig = Rig::with_io(&["reorder=3"]);
    for cid in 1..=4 {
        rig.push(1, cid, Command::flush(1));
    }
    assert_eq!(rig.ends(1), [(3, 0), (2, 0), (1, 0)]);
    // The last one finds no others.
    rig.wait(21);
    assert_eq!(rig.ends(1), [(4, 0)]);
}

#[test]
fn too_many_and_wrong_ones() {
    assert_eq!(
        two(&["duplicate=2 nth=1"]).1,
        [(1, 0), (1, 0), (1, 0), (2, 0)]
    );
    assert_eq!(two(&["phantom=stale"]).1, [(1, 0), (1, 0), (2, 0)]);
    assert_eq!(
        two(&["phantom=beyond nth=2"]).1,
        [(1, 0), (0xfff, 0), (2, 0)]
    );
    assert_eq!(two(&["phantom=77 nth=2"]).1, [(1, 0), (77, 0), (2, 0)]);
    assert_eq!(two(&["cid=9 nth=1"]).1, [(9, 0), (2, 0)]);
}

#[test]
fn errors_and_results() {
    assert_eq!(
        two(&["status=2/0x81/dnr lba=5-5 first=1"]).1,
        [(1, 0x4281), (2, 0)]
    );
    let mut rig = Rig::new(&["dw0=0x12345678 op=set-features"]);
    assert_eq!(rig.ok(Command::set_queue_count(1, 1)), 0x1234_5678);
    assert_eq!(rig.ok(Command::get_features(Feature::QUEUE_COUNT, 0, 0)), 0);
}

#[test]
fn head_and_queue() {
    let mut rig = Rig::with_io(&["sqhead=65535", "sqid=9"]);
    rig.push(1, 1, read());
    let found = rig.reap(1);
    assert_eq!((found[0].sq_head(), found[0].sqid()), (65535, 9));
    rig.tell(&["honest"]);
    rig.push(1, 2, read());
    let found = rig.reap(1);
    assert_eq!((found[0].sq_head(), found[0].sqid()), (2, 1));
}

#[test]
fn the_wrong_phase() {
    let (mut rig, ends) = two(&["phase=10 nth=1"]);
    assert_eq!(ends, []);
    rig.wait(11);
    assert_eq!(rig.ends(1), [(1, 0), (2, 0)]);
    let (mut rig, _) = two(&["phase nth=1"]);
    rig.wait(11);
    assert_eq!(rig.ends(1), []);
}

#[test]
fn a_status_that_changes_ends_as_the_right_one() {
    assert_eq!(two(&["rewrite=0/6"]).1, [(1, 0), (2, 0)]);
}

#[test]
fn interrupts() {
    let count = |lines: &[&str]| {
        let mut rig = Rig::with_io(lines);
        let before = rig.device.stats.interrupts;
        rig.push(1, 1, read());
        let at_once = rig.device.stats.interrupts - before;
        let ends = rig.ends(1).len();
        for _ in 0..5 {
            rig.wait(2);
        }
        let later = rig.device.stats.interrupts - before - at_once;
        (at_once, ends, later, rig.ends(1).len())
    };
    assert_eq!(count(&[]), (1, 1, 0, 0));
    assert_eq!(count(&["irq=lost"]), (0, 1, 0, 0));
    assert_eq!(count(&["irq=twice"]), (1, 1, 1, 0));
    assert_eq!(count(&["irq=storm:3"]), (1, 1, 3, 0));
    assert_eq!(count(&["mute 1"]), (0, 1, 0, 0));
    // Before the completion, and then with it.
    assert_eq!(count(&["irq=early:2"]), (1, 0, 1, 1));
}

#[test]
fn data_after_the_end_and_beyond_it() {
    let (mut rig, _) = two(&["late-write=5 nth=1", "overrun=8 nth=1"]);
    assert_eq!(rig.bytes(DATA + 508, 16), *b"\0\0\0\0LIESLIES\0\0\0\0");
    rig.wait(6);
    assert_eq!(rig.bytes(DATA, 512), b"LIES".repeat(128));
}

#[test]
fn ready_and_not() {
    let mut rig = Rig::new(&["enable never"]);
    assert_eq!(rig.read(CSTS), 0);
    rig.tell(&["honest"]);
    assert_eq!(rig.read(CSTS), 1);
    let mut rig = Rig::new(&["enable 5"]);
    assert_eq!(rig.read(CSTS), 0);
    rig.wait(6);
    assert_eq!(rig.read(CSTS), 1);
    let mut rig = Rig::new(&["enable cfs"]);
    assert_eq!(rig.read(CSTS), 2);
    rig.register(CC, 0x0046_0000);
    assert_eq!(rig.read(CSTS), 0);
    let mut rig = Rig::new(&["enable ones"]);
    assert_eq!(rig.read(CSTS), u32::MAX);
    let mut rig = Rig::new(&["disable never", "shutdown never"]);
    rig.register(CC, 0x0046_4001);
    assert_eq!(rig.read(CSTS), 5);
    rig.register(CC, 0x0046_0000);
    assert_eq!(rig.read(CSTS) & 1, 1);
    rig.no_breach();
    rig.register(CC, 0x0046_0001);
    rig.breach("enabled again before RDY was clear");
    rig.register(CC, 0x0046_0000);
    rig.tell(&["honest"]);
    assert_eq!(rig.read(CSTS), 0);
    let mut rig = Rig::new(&["paused on"]);
    assert_eq!(rig.read(CSTS), 0x21);
    rig.tell(&["paused off"]);
    assert_eq!(rig.read(CSTS), 1);
}

#[test]
fn a_command_sets_something_off() {
    let mut rig = Rig::with_io(&["when op=read nth=2 do cfs", "when op=read nth=3 do ones"]);
    rig.push(1, 1, read());
    rig.push(1, 2, read());
    assert_eq!(rig.ends(1), [(1, 0)]);
    assert_eq!(rig.read(CSTS), 3);
    // What reports itself broken takes no more.
    rig.push(1, 3, read());
    assert_eq!(rig.read(CSTS), 3);
    let mut rig = Rig::with_io(&["when op=read do ones for=10"]);
    rig.push(1, 1, read());
    assert_eq!(rig.read(CSTS), u32::MAX);
    rig.wait(11);
    assert_eq!((rig.read(CSTS), rig.ends(1)), (1, vec![]));
    assert!(rig.device.obey("when op=read do stats").is_err());
    rig.no_breach();
}

#[test]
fn what_has_left_does_not_come_back() {
    let mut rig = Rig::with_io(&["when op=read nth=2 do gone"]);
    rig.push(1, 1, read());
    assert_eq!(rig.ends(1), [(1, 0)]);
    rig.push(1, 2, read());
    rig.tell(&["honest"]);
    assert_eq!((rig.read(CSTS), rig.ends(1)), (u32::MAX, vec![]));
    assert!(rig.device.lies.hides_config());
}

#[test]
fn lines_that_make_no_sense_are_refused() {
    let mut rig = Rig::new(&["", "# nothing", "honest # all of it"]);
    for line in [
        "sing",
        "drop op=jump",
        "drop loudly",
        "delay",
        "cap mqes=65536",
        "cap colour=1",
        "namespace 1 size=1M",
        "namespace 2 block=100",
        "resize 7 1M",
        "ones sometimes",
        "identify",
        "when op=read",
        "status=9/9",
    ] {
        assert!(rig.device.obey(line).is_err(), "{line}");
    }
}

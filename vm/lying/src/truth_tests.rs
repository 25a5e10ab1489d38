// SPDX-License-Identifier: GPL-2.0
//! The device as it is without lies, and the rules that it watches.

use crate::driver::nvme::admin::{Cns, Feature, Interrupts, LogPage, Priority, Retain};
use crate::driver::nvme::command::Command;
use crate::driver::nvme::depth::QueueSize;
use crate::driver::nvme::io::{Blocks, Fua, Zeroes};
use crate::driver::nvme::reg;
use crate::rig::{Rig, DATA, ENTRIES};

fn write(lba: u64, at: u64) -> Command {
    Command::write(1, lba, Blocks::ONE, Fua::Off).with_prps(at, 0)
}

fn read(lba: u64, at: u64) -> Command {
    Command::read(1, lba, Blocks::ONE, Fua::Off).with_prps(at, 0)
}

#[test]
fn what_is_written_is_read_until_it_is_zeroed() {
    let mut rig = Rig::with_io(&[]);
    rig.device.host.memory.write(DATA, &[7; 512]).unwrap();
    rig.push(1, 1, write(5, DATA));
    rig.push(1, 2, read(5, DATA + 4096));
    assert_eq!(rig.ends(1), [(1, 0), (2, 0)]);
    assert_eq!(rig.bytes(DATA + 4096, 512), [7; 512]);
    rig.push(
        1,
        3,
        Command::write_zeroes(1, 5, Blocks::ONE, Zeroes::Keep, Fua::Off),
    );
    rig.push(1, 4, read(5, DATA + 4096));
    rig.push(1, 5, Command::flush(1));
    assert_eq!(rig.ends(1), [(3, 0), (4, 0), (5, 0)]);
    assert_eq!(rig.bytes(DATA + 4096, 512), [0; 512]);
    rig.no_breach();
}

#[test]
fn queues_go_round_and_round() {
    let mut rig = Rig::with_io(&[]);
    for cid in 0..100 {
        rig.push(1, cid, read(1, DATA));
        assert_eq!(rig.ends(1), [(cid, 0)]);
    }
    rig.no_breach();
}

#[test]
fn completions_wait_for_room() {
    let mut rig = Rig::with_io(&[]);
    for cid in 0..ENTRIES as u16 - 1 {
        rig.push(1, cid, read(1, DATA));
    }
    // The host has seen them all, and does not say so.
    assert_eq!(rig.look(1).len(), 7);
    rig.push(1, 50, read(1, DATA));
    assert_eq!(rig.look(1).len(), 0);
    rig.register(0x100c, 7);
    assert_eq!(rig.ends(1), [(50, 0)]);
    rig.no_breach();
}

#[test]
fn a_held_command_can_be_aborted_and_an_ended_one_not() {
    let mut rig = Rig::with_io(&["hold op=read"]);
    rig.push(1, 9, read(1, DATA));
    assert_eq!(rig.ok(Command::abort(1, 9)), 0);
    assert_eq!(rig.ends(1), [(9, 0x07)]);
    assert_eq!(rig.ok(Command::abort(1, 9)), 1);
    rig.no_breach();
}

#[test]
fn namespaces_that_change_are_told_once_until_the_list_is_read() {
    let mut rig = Rig::new(&[]);
    rig.ok(Command::set_features(Feature::ASYNC_EVENTS, 0, 1 << 8));
    rig.push(0, 1, Command::async_event_request());
    rig.push(0, 2, Command::async_event_request());
    assert_eq!(rig.ends(0), []);
    rig.tell(&["resize 1 100K", "namespace 2 size=1M"]);
    let found = rig.reap(0);
    assert_eq!((found.len(), found[0].dw0()), (1, 0x0004_0002));
    let log = |retain| {
        Command::get_log_page(LogPage::CHANGED_NAMESPACES, !0, 1024, 0, retain).with_prps(DATA, 0)
    };
    rig.ok(log(Retain::Keep));
    assert_eq!(rig.bytes(DATA, 12), [1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0]);
    rig.tell(&["detach 2"]);
    assert_eq!(rig.ends(0), []);
    rig.push(0, 3, log(Retain::Clear));
    // The log, and the event that waited for it.
    assert_eq!(rig.reap(0).len(), 2);
    rig.no_breach();
}

#[test]
fn health_is_told_as_far_as_it_is_asked_for() {
    let mut rig = Rig::new(&[]);
    rig.push(0, 1, Command::async_event_request());
    rig.tell(&["health 2"]);
    assert_eq!(rig.ends(0), []);
    rig.ok(Command::set_features(Feature::ASYNC_EVENTS, 0, 2));
    rig.tell(&["health 2"]);
    assert_eq!(rig.reap(0)[0].dw0(), 0x0002_0101);
    rig.no_breach();
}

#[test]
fn nothing_is_written_once_bus_mastering_is_off() {
    let mut rig = Rig::new(&[]);
    rig.ok(Command::set_features(Feature::ASYNC_EVENTS, 0, 2));
    rig.push(0, 1, Command::async_event_request());
    rig.device.host.set_bus_master(false);
    rig.tell(&["health 2"]);
    rig.device.host.set_bus_master(true);
    assert_eq!(rig.ends(0), []);
    rig.no_breach();
}

#[test]
fn a_shadow_stands_in_for_the_doorbell() {
    let mut rig = Rig::with_io(&["shadow on"]);
    let (shadow, events) = (DATA + 0x8000, DATA + 0x9000);
    rig.ok(Command::doorbell_buffer_config(shadow, events));
    rig.device.host.memory.store(shadow + 8, 1).unwrap();
    // The write only wakes: its value is an old one.
    rig.push(1, 1, read(1, DATA));
    assert_eq!(rig.look(1).len(), 1);
    assert_eq!(rig.device.host.memory.load(events + 8), Ok(1));
    rig.no_breach();
}

#[test]
fn doorbells_obey_rules() {
    let mut rig = Rig::with_io(&[]);
    rig.register(0x1008, 8);
    rig.breach("tail 8 of 8 entries");
    rig.register(0x1008, 0);
    rig.breach("does not move");
    rig.register(0x100c, 1);
    rig.breach("beyond tail 0");
    rig.register(0x1010, 1);
    rig.breach("does not exist");
    rig.register(reg::CC, 0x0046_0000);
    rig.register(0x1000, 1);
    rig.breach("before ready");
    rig.enable();
    rig.device.host.set_bus_master(false);
    rig.register(0x1000, 1);
    rig.breach("without bus mastering");
}

#[test]
fn registers_obey_rules() {
    let mut rig = Rig::new(&[]);
    rig.register(reg::AQA, 0x0007_0007);
    rig.breach("AQA written while enabled");
    rig.register(reg::CC, 0x0046_0081);
    rig.breach("while enabled");
    rig.register(reg::CC, 0);
    rig.register(reg::CC, 0x0046_0081);
    rig.no_breach_of("pages of 2^13");
    rig.register(reg::CC, 0);
    rig.register(reg::CC, 0x0046_0009);
    rig.breach("reserved bits 0x8 of CC");
    rig.register(reg::VS, 1);
    rig.breach("register 0x8");
}

#[test]
fn memory_and_identifiers_in_use_stay_so() {
    let mut rig = Rig::with_io(&["hold op=read"]);
    rig.push(1, 1, read(1, DATA));
    rig.push(1, 2, write(1, DATA + 256 * 4));
    rig.no_breach();
    rig.push(1, 3, write(1, DATA + 256));
    rig.breach("data in the memory of a command in flight");
    rig.push(1, 4, write(1, 0x3000));
    rig.breach("memory of a submission queue");
    rig.push(1, 5, write(1, 0x4000));
    rig.breach("memory of a completion queue");
    rig.push(1, 6, write(1, 1 << 40));
    rig.breach("outside of mapped memory");
    rig.reap(1);
    rig.push(1, 1, read(1, DATA + 4096));
    rig.breach("identifier of a command in flight");
}

#[test]
fn commands_obey_rules() {
    let mut rig = Rig::with_io(&[]);
    rig.push(1, 1, read(1000, DATA));
    rig.breach("1 blocks at LBA 1000 of 1000");
    rig.push(
        1,
        2,
        Command::read(9, 0, Blocks::ONE, Fua::Off).with_prps(DATA, 0),
    );
    rig.breach("nsid 0x9");
    rig.push(1, 3, Command::flush(1).with_prps(DATA, 0));
    rig.breach("data pointer without data");
    let size = QueueSize::new(ENTRIES).unwrap();
    rig.push(0, 1, Command::create_io_cq(1, size, DATA, Interrupts::Off));
    rig.breach("queue identifier 1");
    rig.push(0, 2, Command::create_io_cq(2, size, DATA, Interrupts::Off));
    rig.breach("queue 2 of 1 that were granted");
    rig.reap(0);
    rig.push(0, 3, Command::delete_io_cq(1));
    rig.breach("still completes into it");
    rig.push(0, 4, Command::create_io_sq(3, size, DATA, 1, Priority::Low));
    rig.breach("queue 3 of 1");
    rig.push(
        0,
        5,
        Command::identify(Cns::CONTROLLER, 0, 0).with_prps(DATA + 2, 0),
    );
    rig.breach("not a multiple of four");
}

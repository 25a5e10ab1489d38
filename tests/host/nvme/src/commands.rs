// SPDX-License-Identifier: GPL-2.0
//! Commands as the bytes that the device sees, compared dword by dword with the specification.
//! seen to fail: `blocks.count_z` without the minus one; FUA at bit 29; cdw10 and cdw11 exchanged;
//! the upper half of SLBA dropped; queue size and identifier exchanged; the vector left out; an
//! SGL without PSDT.

use crate::driver::nvme::admin::{Cns, Feature, Interrupts, LogPage, Priority, Retain};
use crate::driver::nvme::command::Command;
use crate::driver::nvme::depth::QueueSize;
use crate::driver::nvme::io::{Blocks, DsmRange, Fua, Zeroes};
use crate::driver::nvme::opcode::{self, Set};
use proptest::prelude::*;
use zerocopy::IntoBytes;

/// The sixteen dwords of a command, read as the device reads them.
fn dwords(command: &Command) -> [u32; 16] {
    let mut out = [0; 16];
    for (to, from) in out.iter_mut().zip(command.as_bytes().chunks_exact(4)) {
        *to = u32::from_le_bytes(from.try_into().unwrap());
    }
    out
}

/// Sixteen dwords that are zero but for the given ones.
fn expect(set: &[(usize, u32)]) -> [u32; 16] {
    let mut out = [0; 16];
    for &(index, value) in set {
        out[index] = value;
    }
    out
}

#[test]
fn read_carries_lba_count_and_pointers() {
    let blocks = Blocks::new(8).unwrap();
    let command = Command::read(7, 0x1_2345_6789_abcd, blocks, Fua::Off)
        .with_prps(0x1111_2222_3333_4444, 0x5555_6666_7777_8888)
        .with_cid(0xbeef);
    let want = expect(&[
        (0, 0xbeef_0002),
        (1, 7),
        (6, 0x3333_4444),
        (7, 0x1111_2222),
        (8, 0x7777_8888),
        (9, 0x5555_6666),
        (10, 0x6789_abcd),
        (11, 0x0001_2345),
        (12, 7),
    ]);
    assert_eq!(dwords(&command), want);
    assert_eq!(command.cid(), 0xbeef);
    assert_eq!(command.nsid(), 7);
    assert_eq!(command.start_lba(), 0x1_2345_6789_abcd);
    assert_eq!(command.length_blocks(), 8);
}

#[test]
fn an_sgl_block_goes_out_with_the_field_that_says_so() {
    let blocks = Blocks::new(256).unwrap();
    let command = Command::read(1, 0, blocks, Fua::Off)
        .with_sgl_block(0x1_2345_6000, 0x2_0000)
        .with_cid(3);
    let want = expect(&[
        (0, 3 << 16 | 1 << 14 | 2),
        (1, 1),
        (6, 0x2345_6000),
        (7, 1),
        (8, 0x2_0000),
        (12, 255),
    ]);
    assert_eq!(dwords(&command), want);
}

#[test]
fn write_with_fua_sets_bit_30_of_dword_12() {
    let blocks = Blocks::new(65536).unwrap();
    let command = Command::write(1, 0, blocks, Fua::On);
    assert_eq!(
        dwords(&command),
        expect(&[(0, 1), (1, 1), (12, 1 << 30 | 0xffff)])
    );
    let command = Command::write(1, 0, blocks, Fua::Off);
    assert_eq!(dwords(&command), expect(&[(0, 1), (1, 1), (12, 0xffff)]));
}

#[test]
fn write_zeroes_asks_for_deallocation_with_bit_25() {
    let one = Blocks::new(1).unwrap();
    let command = Command::write_zeroes(1, 5, one, Zeroes::Deallocate, Fua::Off);
    assert_eq!(
        dwords(&command),
        expect(&[(0, 8), (1, 1), (10, 5), (12, 1 << 25)])
    );
    let command = Command::write_zeroes(1, 5, one, Zeroes::Keep, Fua::On);
    assert_eq!(
        dwords(&command),
        expect(&[(0, 8), (1, 1), (10, 5), (12, 1 << 30)])
    );
}

#[test]
fn flush_is_opcode_and_namespace_alone() {
    assert_eq!(dwords(&Command::flush(3)), expect(&[(1, 3)]));
}

#[test]
fn deallocate_counts_ranges_from_zero_and_sets_ad() {
    let command = Command::deallocate(2, 256).unwrap();
    assert_eq!(
        dwords(&command),
        expect(&[(0, 9), (1, 2), (10, 255), (11, 4)])
    );
    let command = Command::deallocate(2, 1).unwrap();
    assert_eq!(dwords(&command), expect(&[(0, 9), (1, 2), (11, 4)]));
    assert!(Command::deallocate(2, 0).is_none());
    assert!(Command::deallocate(2, 257).is_none());
}

#[test]
fn a_range_is_attributes_length_start() {
    let range = DsmRange::new(0x0102_0304_0506_0708, 0xaabb_ccdd);
    let want = [0, 0, 0, 0, 0xdd, 0xcc, 0xbb, 0xaa, 8, 7, 6, 5, 4, 3, 2, 1];
    assert_eq!(range.as_bytes(), want);
    assert_eq!(range.start_lba(), 0x0102_0304_0506_0708);
    assert_eq!(range.length_blocks(), 0xaabb_ccdd);
}

#[test]
fn blocks_are_1_to_65536() {
    assert_eq!(Blocks::new(0), None);
    assert_eq!(Blocks::new(65537), None);
    for count in 1..=65536 {
        let blocks = Blocks::new(count).unwrap();
        assert_eq!(blocks.count(), count);
        assert_eq!(u32::from(blocks.count_z()) + 1, count);
    }
}

#[test]
fn identify_carries_cns_and_controller() {
    let command = Command::identify(Cns::DESCRIPTORS, 9, 0x1234);
    assert_eq!(
        dwords(&command),
        expect(&[(0, 6), (1, 9), (10, 0x1234_0003)])
    );
    let command = Command::identify(Cns::CONTROLLER, 0, 0);
    assert_eq!(dwords(&command), expect(&[(0, 6), (10, 1)]));
}

#[test]
fn features_carry_identifier_and_dword_11() {
    let command = Command::set_features(Feature::ASYNC_EVENTS, 0, 0x1ff);
    assert_eq!(dwords(&command), expect(&[(0, 9), (10, 0x0b), (11, 0x1ff)]));
    let command = Command::get_features(Feature::WRITE_CACHE, 4, 1);
    assert_eq!(
        dwords(&command),
        expect(&[(0, 0xa), (1, 4), (10, 6), (11, 1)])
    );
}

#[test]
fn queue_counts_go_out_zero_based_completion_queues_above() {
    let command = Command::set_queue_count(4, 9);
    assert_eq!(
        dwords(&command),
        expect(&[(0, 9), (10, 7), (11, 8 << 16 | 3)])
    );
    let command = Command::set_queue_count(65535, 65535);
    assert_eq!(dwords(&command)[11], 0xfffe_fffe);
    let command = Command::set_queue_count(0, 0);
    assert_eq!(dwords(&command)[11], 0);
}

#[test]
fn queues_are_created_contiguous_with_their_vector() {
    let size = QueueSize::new(1024).unwrap();
    let command = Command::create_io_cq(3, size, 0x1_0000_2000, Interrupts::Vector(5));
    let want = expect(&[
        (0, 5),
        (6, 0x2000),
        (7, 1),
        (10, 1023 << 16 | 3),
        (11, 5 << 16 | 3),
    ]);
    assert_eq!(dwords(&command), want);
    let command = Command::create_io_cq(3, size, 0x2000, Interrupts::Off);
    assert_eq!(
        dwords(&command),
        expect(&[(0, 5), (6, 0x2000), (10, 1023 << 16 | 3), (11, 1)])
    );
    let command = Command::create_io_sq(3, size, 0x2000, 7, Priority::Medium);
    let want = expect(&[(0, 1), (6, 0x2000), (10, 1023 << 16 | 3), (11, 7 << 16 | 5)]);
    assert_eq!(dwords(&command), want);
}

#[test]
fn queues_are_deleted_by_identifier() {
    assert_eq!(dwords(&Command::delete_io_sq(6)), expect(&[(10, 6)]));
    assert_eq!(
        dwords(&Command::delete_io_cq(6)),
        expect(&[(0, 4), (10, 6)])
    );
}

#[test]
fn abort_names_command_above_queue() {
    assert_eq!(
        dwords(&Command::abort(2, 0xcafe)),
        expect(&[(0, 8), (10, 0xcafe_0002)])
    );
}

#[test]
fn event_request_is_an_opcode_alone() {
    assert_eq!(dwords(&Command::async_event_request()), expect(&[(0, 0xc)]));
}

#[test]
fn doorbell_buffer_config_carries_shadow_then_event_index() {
    let command = Command::doorbell_buffer_config(0x1000, 0x2000);
    assert_eq!(
        dwords(&command),
        expect(&[(0, 0x7c), (6, 0x1000), (8, 0x2000)])
    );
}

#[test]
fn log_page_splits_its_length_and_offset() {
    let command = Command::get_log_page(
        LogPage::HEALTH,
        u32::MAX,
        0x1_2346,
        0x9_0000_0004,
        Retain::Keep,
    );
    let want = expect(&[
        (0, 2),
        (1, u32::MAX),
        (10, 0x2345_8002),
        (11, 1),
        (12, 4),
        (13, 9),
    ]);
    assert_eq!(dwords(&command), want);
    let command = Command::get_log_page(LogPage::ERROR, 0, 0, 0, Retain::Clear);
    assert_eq!(dwords(&command), expect(&[(0, 2), (10, 1)]));
}

#[test]
fn every_opcode_has_a_name_and_no_two_known_ones_share_it() {
    for set in [Set::Admin, Set::Io] {
        let mut names: Vec<&str> = (0..=255)
            .map(|code| opcode::name(set, code))
            .filter(|name| !name.starts_with("unknown") && !name.starts_with("vendor"))
            .collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }
    assert_eq!(opcode::name(Set::Io, opcode::READ), "read");
    assert_eq!(opcode::name(Set::Admin, opcode::IDENTIFY), "identify");
    assert_eq!(opcode::name(Set::Io, 0x7f), "unknown i/o command");
}

proptest! {
    #[test]
    fn setters_touch_nothing_else(cid: u16, prp1: u64, prp2: u64, slba: u64, count in 1u32..=65536) {
        let blocks = Blocks::new(count).unwrap();
        let plain = dwords(&Command::read(1, slba, blocks, Fua::Off));
        let full = Command::read(1, slba, blocks, Fua::Off).with_cid(cid).with_prps(prp1, prp2);
        let mut want = plain;
        want[0] |= u32::from(cid) << 16;
        (want[6], want[7]) = (prp1 as u32, (prp1 >> 32) as u32);
        (want[8], want[9]) = (prp2 as u32, (prp2 >> 32) as u32);
        prop_assert_eq!(dwords(&full), want);
        prop_assert_eq!(full.prps(), (prp1, prp2));
        // A second identifier replaces the first.
        prop_assert_eq!(full.with_cid(0).with_cid(cid), full);
        prop_assert_eq!(full.start_lba(), slba);
        prop_assert_eq!(full.length_blocks(), count);
    }

    #[test]
    fn bytes_become_blocks_only_when_they_fill_them(bytes: u32, lba_log2: u8) {
        let want = (lba_log2 < 32)
            .then(|| u64::from(bytes) / (1 << lba_log2))
            .filter(|count| count << lba_log2 == u64::from(bytes) && (1..=65536).contains(count));
        let got = Blocks::from_bytes(bytes, lba_log2).map(|blocks| u64::from(blocks.count()));
        prop_assert_eq!(got, want);
    }

    #[test]
    fn whole_blocks_become_blocks(count in 1u32..=65536, lba_log2 in 9u8..=12) {
        let got = Blocks::from_bytes(count << lba_log2, lba_log2).map(Blocks::count);
        prop_assert_eq!(got, Some(count));
    }
}

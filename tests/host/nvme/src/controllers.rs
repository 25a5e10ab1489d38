// SPDX-License-Identifier: GPL-2.0
//! Identify Controller: fields written at the offsets of the specification, and any bytes.
//! seen to fail: MDTS shifted by 12 instead of CAP.MPSMIN; SQES halves exchanged; text cut at the
//! first space; CRDT indexed from zero; VWC bit 0 ignored; control characters let through;
//! DMRL read from byte 2; DMRSL big endian; a WZSL of 255 wrapped; MTFA without a bound.

use crate::driver::nvme::identify::{CommandSetLimits, Controller, ControllerError, FlushAll};
use crate::driver::nvme::reg::Vs;
use proptest::prelude::*;

/// An Identify Controller structure that passes, with these bytes changed.
fn parse(changes: &[(usize, &[u8])]) -> Result<Controller, ControllerError> {
    let mut data = [0u8; 4096];
    data[512] = 0x66;
    data[513] = 0x44;
    for (at, bytes) in changes {
        data[*at..*at + bytes.len()].copy_from_slice(bytes);
    }
    Controller::parse(&data, 12)
}

#[test]
fn numbers_are_read_from_their_places() {
    let controller = parse(&[
        (0, &[0x36, 0x1b]),
        (78, &[0x34, 0x12]),
        (80, &[0, 4, 1, 0]),
        (84, &[1, 0, 0, 0]),
        (88, &[2, 0, 1, 0]),
        (92, &[0, 1, 0, 0]),
        (96, &[0x80, 0, 0, 0]),
        (111, &[1]),
        (128, &[1, 0, 2, 0, 3, 0]),
        (256, &[0x2a, 1]),
        (258, &[3]),
        (259, &[7]),
        (263, &[4]),
        (266, &[0x57, 1]),
        (268, &[0x75, 1]),
        (270, &[5, 0]),
        (320, &[5, 0]),
        (514, &[9, 1]),
        (516, &[0, 1, 0, 0]),
        (520, &[0x5d, 1]),
        (522, &[1, 0]),
        (526, &[0xff, 0xff]),
        (528, &[7, 0]),
        (536, &[1, 0, 3, 0]),
    ])
    .unwrap();
    assert_eq!(controller.vid(), 0x1b36);
    assert_eq!(controller.cntlid(), 0x1234);
    assert_eq!(controller.version(), Vs(0x0001_0400));
    assert_eq!(controller.resume_us(), 1);
    assert_eq!(controller.shutdown_us(), 0x1_0002);
    assert_eq!(controller.oaes(), 1 << 8);
    assert_eq!(controller.ctratt(), 0x80);
    assert!(controller.is_io_controller());
    assert_eq!(controller.oacs(), 0x12a);
    assert!(controller.has_doorbell_buffer());
    assert_eq!(controller.abort_limit(), 4);
    assert_eq!(controller.activation_ms(), 500);
    // Nobody is to wait for 109 minutes.
    let patient = parse(&[(270, &[0xff, 0xff])]).unwrap();
    assert_eq!(patient.activation_ms(), 120_000);
    assert_eq!(controller.async_event_limit(), 8);
    assert_eq!(controller.power_states(), 5);
    assert_eq!(controller.warning_temperature_k(), 343);
    assert_eq!(controller.critical_temperature_k(), 373);
    assert_eq!(controller.keep_alive_ms(), 500);
    assert_eq!(controller.commands_max(), Some(0x109));
    assert_eq!(controller.nn(), 256);
    assert_eq!(controller.oncs(), 0x15d);
    assert!(controller.has_deallocate() && controller.has_write_zeroes());
    assert_eq!(controller.fuses(), 1);
    assert_eq!(controller.atomic_blocks(), 65536);
    assert_eq!(controller.atomic_power_fail_blocks(), 8);
    assert!(controller.has_sgl());
    assert_eq!(controller.sgls(), 0x3_0001);
}

#[test]
fn limits_that_are_full_do_not_wrap() {
    let controller = parse(&[(258, &[0xff]), (259, &[0xff]), (263, &[0xff])]).unwrap();
    assert_eq!(controller.abort_limit(), 256);
    assert_eq!(controller.async_event_limit(), 256);
    assert_eq!(controller.power_states(), 256);
}

#[test]
fn optional_commands_are_one_bit_each() {
    let bits = |oncs: u16, oacs: u16| {
        let controller = parse(&[(520, &oncs.to_le_bytes()), (256, &oacs.to_le_bytes())]).unwrap();
        (
            controller.has_deallocate(),
            controller.has_write_zeroes(),
            controller.has_doorbell_buffer(),
        )
    };
    assert_eq!(bits(1 << 2, 0), (true, false, false));
    assert_eq!(bits(1 << 3, 0), (false, true, false));
    assert_eq!(bits(!(1 << 2 | 1 << 3), !(1 << 8)), (false, false, false));
    assert_eq!(bits(0, 1 << 8), (false, false, true));
}

#[test]
fn the_write_cache_and_its_flush_are_told_apart() {
    for (vwc, cache, all) in [
        (0, false, FlushAll::NotReported),
        (1, true, FlushAll::NotReported),
        (5, true, FlushAll::No),
        (7, true, FlushAll::Yes),
        (6, false, FlushAll::Yes),
        (0xf8, false, FlushAll::NotReported),
    ] {
        let controller = parse(&[(525, &[vwc])]).unwrap();
        assert_eq!(
            (controller.has_write_cache(), controller.flush_all()),
            (cache, all)
        );
    }
}

#[test]
fn text_is_trimmed_and_made_printable() {
    let controller = parse(&[
        (4, b"  SN 1\x07\xff2           "),
        (24, b"QEMU NVMe Ctrl                          "),
        (64, b"11.1\0\nab"),
        (768, b"nqn.2019-08.org.qemu:x\0garbage"),
    ])
    .unwrap();
    assert_eq!(controller.serial().as_str(), "  SN 1??2");
    assert_eq!(controller.model().as_str(), "QEMU NVMe Ctrl");
    assert_eq!(controller.model().padded().len(), 40);
    assert_eq!(controller.firmware().to_string(), "11.1");
    assert_eq!(controller.firmware().padded(), "11.1    ");
    assert_eq!(controller.subnqn().as_str(), "nqn.2019-08.org.qemu:x");
}

#[test]
fn transfers_are_limited_in_units_of_the_smallest_page() {
    let mut data = [0u8; 4096];
    (data[512], data[513]) = (0x66, 0x44);
    let mut with = |mdts, page_min_log2| {
        data[77] = mdts;
        Controller::parse(&data, page_min_log2).map(|controller| controller.transfer_bytes_max())
    };
    assert_eq!(with(0, 12), Ok(None));
    assert_eq!(with(1, 12), Ok(Some(8192)));
    assert_eq!(with(7, 12), Ok(Some(512 << 10)));
    assert_eq!(with(7, 16), Ok(Some(8 << 20)));
    assert_eq!(with(51, 12), Ok(Some(1 << 63)));
    assert_eq!(with(52, 12), Ok(None));
    assert_eq!(with(255, 27), Ok(None));
    // Not a page size that CAP can name, but the limit is still looked at.
    assert_eq!(with(1, 9), Err(ControllerError::Mdts(1024)));
}

#[test]
fn entry_sizes_that_we_do_not_use_are_refused() {
    for (sqes, fine) in [(0x66, true), (0x60, true), (0xf6, true), (0x76, true)] {
        assert_eq!(parse(&[(512, &[sqes])]).is_ok(), fine);
    }
    for sqes in [0x00, 0x06, 0x56, 0x77, 0xff] {
        assert_eq!(parse(&[(512, &[sqes])]), Err(ControllerError::Sqes(sqes)));
    }
    for cqes in [0x00, 0x34, 0x55, 0xff] {
        assert_eq!(parse(&[(513, &[cqes])]), Err(ControllerError::Cqes(cqes)));
    }
}

#[test]
fn only_io_controllers_are_driven() {
    assert!(parse(&[(111, &[0])]).is_ok_and(|controller| !controller.is_io_controller()));
    assert!(parse(&[(111, &[1])]).is_ok());
    assert_eq!(parse(&[(111, &[2])]), Err(ControllerError::Cntrltype(2)));
    assert_eq!(parse(&[(111, &[3])]), Err(ControllerError::Cntrltype(3)));
}

#[test]
fn retry_delays_are_counted_from_one() {
    let controller = parse(&[(128, &[1, 0, 2, 0, 0xff, 0xff])]).unwrap();
    let delays = [0, 1, 2, 3, 4, 255].map(|crd| controller.retry_delay_ms(crd));
    assert_eq!(delays, [0, 100, 200, 6_553_500, 0, 0]);
}

#[test]
fn bytes_of_a_device_that_is_gone_or_silent_are_refused() {
    assert_eq!(
        Controller::parse(&[0xff; 4096], 12),
        Err(ControllerError::Sqes(0xff))
    );
    assert_eq!(
        Controller::parse(&[0; 4096], 12),
        Err(ControllerError::Sqes(0))
    );
    assert_eq!(
        Controller::parse(&[0; 4095], 12),
        Err(ControllerError::Short(4095))
    );
}

#[test]
fn errors_name_the_field_and_its_value() {
    let line = |error: ControllerError| error.to_string();
    assert_eq!(
        line(ControllerError::Sqes(0x55)),
        "sqes 0x55 does not allow 64-byte commands"
    );
    assert_eq!(
        line(ControllerError::Cntrltype(2)),
        "cntrltype 2 is not an i/o controller"
    );
    assert_eq!(
        line(ControllerError::Short(3)),
        "identify controller has 3 bytes only"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_bytes_give_an_answer_and_printable_text(
        mut data in prop::collection::vec(any::<u8>(), 4096),
        page_min_log2: u8,
        honest: bool,
    ) {
        if honest {
            (data[512], data[513], data[111]) = (0x66, 0x44, 1);
        }
        if let Ok(controller) = Controller::parse(&data, page_min_log2) {
            for text in [
                controller.serial().padded(),
                controller.model().padded(),
                controller.firmware().padded(),
                controller.subnqn().padded(),
            ] {
                prop_assert!(text.bytes().all(|byte| (0x20..0x7f).contains(&byte)));
            }
            prop_assert!(!controller.model().as_str().ends_with(' '));
            let limit = controller.transfer_bytes_max();
            prop_assert!(limit.is_none_or(|bytes| bytes >= 4096 && bytes.is_power_of_two()));
        } else {
            prop_assert!(!honest || data[77] != 0);
        }
    }
}

#[test]
fn limits_of_commands_without_data_are_read_from_their_places() {
    let none = CommandSetLimits::parse(&[0; 4096]);
    assert_eq!(none, CommandSetLimits::default());
    assert_eq!(none.write_zeroes_bytes(12), None);
    assert_eq!((none.ranges(), none.range_blocks()), (None, None));
    let stated = CommandSetLimits::parse(&[9, 5, 9, 64, 1, 2, 3, 4]);
    assert_eq!(stated.write_zeroes_bytes(12), Some(4096 << 5));
    assert_eq!(stated.ranges(), Some(64));
    assert_eq!(stated.range_blocks(), Some(0x0403_0201));
}

#[test]
fn a_limit_beyond_all_numbers_is_none() {
    let absurd = CommandSetLimits::parse(&[0, 255]);
    assert_eq!(absurd.write_zeroes_bytes(12), None);
    assert_eq!(CommandSetLimits::parse(&[]), CommandSetLimits::default());
}

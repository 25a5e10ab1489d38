// SPDX-License-Identifier: GPL-2.0
//! Asynchronous events: what they mean, what is asked for, and how often they are listened to.
//! seen to fail: information taken from bits 7:0; the persistent error taken for a transient one; a
//! notice asked for that is not offered; a storm that is never over; a pause that is not kept; the
//! list of changed namespaces read beyond its end mark; health warnings that share the allowance of others.

use crate::driver::nvme::event::{
    changed, configurations, Action, AsyncEvent, Changed, Event, FirmwareSlots, Pace, Storm,
    EVENTS_MAX, HEALTH_SAID_MAX, PAUSE_MS, PERIOD_MS, SAID_MAX, SAID_PERIOD_MS,
};
use proptest::prelude::*;

const fn dw0(kind: u32, info: u32, page: u32) -> AsyncEvent {
    AsyncEvent(kind | info << 8 | page << 16)
}

#[test]
fn an_event_names_type_information_and_log() {
    let event = AsyncEvent(0xff04_fffa);
    assert_eq!((event.kind(), event.info(), event.log_page()), (2, 0xff, 4));
    assert_eq!(AsyncEvent(0xfff8).kind(), 0);
}

#[test]
fn each_event_is_answered() {
    for (event, means, action) in [
        (dw0(0, 0, 1), Event::InvalidDoorbell, Action::ReadErrors),
        (
            dw0(0, 1, 1),
            Event::InvalidDoorbellValue,
            Action::ReadErrors,
        ),
        (dw0(0, 2, 1), Event::DiagnosticFailure, Action::ReadErrors),
        (dw0(0, 3, 1), Event::PersistentError, Action::Reset),
        (dw0(0, 4, 1), Event::TransientError, Action::ReadErrors),
        (dw0(0, 5, 1), Event::FirmwareLoad, Action::ReadErrors),
        (dw0(1, 0, 2), Event::Reliability, Action::ReadHealth),
        (dw0(1, 1, 2), Event::Temperature, Action::ReadHealth),
        (dw0(1, 2, 2), Event::Spare, Action::ReadHealth),
        (dw0(2, 0, 4), Event::NamespacesChanged, Action::Rescan),
        (
            dw0(2, 1, 3),
            Event::FirmwareActivation,
            Action::AwaitFirmware,
        ),
        (dw0(6, 1, 0x81), Event::Sanitized, Action::Say),
    ] {
        assert_eq!(event.event(), means);
        assert_eq!(means.action(), action);
    }
}

#[test]
fn what_is_not_known_is_told_by_its_numbers() {
    let words = |event: AsyncEvent| event.event().to_string();
    assert_eq!(
        words(dw0(5, 0x17, 0xc1)),
        "an event that is not known here: type 5, information 0x17, log page 0xc1"
    );
    assert!(words(dw0(7, 1, 0xc0)).starts_with("an event of its vendor's"));
    assert!(words(dw0(2, 9, 2)).starts_with("a notice that is not known"));
    assert!(words(dw0(1, 9, 2)).starts_with("a health warning that is not known"));
    assert!(words(dw0(0, 9, 1)).starts_with("an error that is not known"));
}

#[test]
fn only_what_is_offered_is_asked_for() {
    let bits = |oaes| configurations(oaes).map(|c| c.bits());
    assert_eq!(bits(0), [0x1f, 0]);
    assert_eq!(bits(1 << 8), [0x11f, 0x100]);
    assert_eq!(bits(u32::MAX), [0x31f, 0x300]);
}

/// A log page with these identifiers.
fn list(nsids: &[u32]) -> Vec<u8> {
    let mut data: Vec<u8> = nsids.iter().flat_map(|n| n.to_le_bytes()).collect();
    data.resize(data.len().max(4096), 0);
    data
}

#[test]
fn the_list_of_changed_namespaces_is_read_to_its_end() {
    assert_eq!(changed(&list(&[])), Changed::Nothing);
    assert_eq!(changed(&list(&[7])), Changed::Some { first: 7, count: 1 });
    let three = Changed::Some { first: 1, count: 3 };
    assert_eq!(changed(&list(&[1, 5, 9, 0, 3])), three);
    assert_eq!(changed(&list(&[u32::MAX])), Changed::Many);
    let all: Vec<u32> = (1..=1024).collect();
    assert_eq!(
        changed(&list(&all)),
        Changed::Some {
            first: 1,
            count: 1024
        }
    );
    // Whatever lies behind the page is not part of it.
    let more: Vec<u32> = (1..=1030).collect();
    assert_eq!(
        changed(&list(&more)),
        Changed::Some {
            first: 1,
            count: 1024
        }
    );
    assert_eq!(changed(&[]), Changed::Nothing);
}

#[test]
fn a_list_that_makes_no_sense_is_told_from_one_that_does() {
    assert_eq!(changed(&list(&[5, 5])), Changed::Nonsense(5));
    assert_eq!(changed(&list(&[5, 4])), Changed::Nonsense(4));
    assert_eq!(changed(&list(&[5, u32::MAX])), Changed::Nonsense(u32::MAX));
    assert_eq!(
        changed(&list(&[9, 2])).to_string(),
        "namespaces have changed, but the list of them makes no sense (entry 0x2)"
    );
    assert_eq!(changed(&list(&[9])).to_string(), "namespace 9 has changed");
}

#[test]
fn the_firmware_log_names_what_runs_and_what_will() {
    let mut log = [0u8; 512];
    log[16..24].copy_from_slice(b"1.2.3   ");
    log[0] = 2;
    let slots = FirmwareSlots::parse(&log);
    assert_eq!(slots.active.unwrap().as_str(), "1.2.3");
    assert_eq!(slots.next, None);
    log[0] = 3 << 4 | 2;
    assert_eq!(FirmwareSlots::parse(&log).next, Some(3));
    log[0] = 2 << 4 | 2;
    assert_eq!(FirmwareSlots::parse(&log).next, None);
    log[0] = 0;
    assert_eq!(FirmwareSlots::parse(&log).active, None);
}

#[test]
fn a_few_events_are_heard_as_they_come() {
    let mut pace = Pace::default();
    for second in 0..100 {
        for event in 0..i64::from(EVENTS_MAX) {
            let now = second * PERIOD_MS + event;
            assert_eq!((pace.event(now), pace.wait_ms(now)), (Storm::No, 0));
        }
    }
}

#[test]
fn a_storm_begins_once_and_is_over_once() {
    let mut pace = Pace::default();
    let mut now = 5;
    for _ in 0..EVENTS_MAX {
        assert_eq!(pace.event(now), Storm::No);
    }
    assert_eq!(pace.event(now), Storm::Begins);
    for _ in 0..50 {
        assert_eq!(pace.wait_ms(now), PAUSE_MS);
        now += PAUSE_MS;
        assert_eq!(pace.wait_ms(now), 0);
        now += 3;
        assert_eq!(pace.event(now), Storm::GoesOn);
    }
    now += 2 * PERIOD_MS;
    assert_eq!(pace.event(now), Storm::Over);
    assert_eq!((pace.event(now + 1), pace.wait_ms(now + 1)), (Storm::No, 0));
}

#[test]
fn fewer_are_said_than_heard() {
    let mut pace = Pace::default();
    for period in 1..5 {
        for (action, max) in [
            (Action::Rescan, SAID_MAX),
            (Action::ReadHealth, HEALTH_SAID_MAX),
        ] {
            let said = (0..100)
                .filter(|event| pace.may_say(period * SAID_PERIOD_MS + event * 90, action))
                .count();
            assert_eq!(said, max as usize);
        }
    }
    // In a storm nothing is, however long ago the last was, but for what must not be missed.
    let now = 100 * SAID_PERIOD_MS;
    while pace.event(now) != Storm::Begins {}
    assert!(!pace.may_say(now, Action::Rescan));
    assert!(pace.may_say(now, Action::ReadHealth));
}

proptest! {
    #[test]
    fn however_they_come_few_are_heard(gaps in prop::collection::vec(0i64..400, 1..3000)) {
        // Each event comes some time after it was asked for, which is when the pause is over.
        let (mut pace, mut now) = (Pace::default(), 0i64);
        let mut heard = Vec::new();
        for gap in gaps {
            now += pace.wait_ms(now) + gap;
            pace.event(now);
            heard.push(now);
            prop_assert!((0..=PAUSE_MS).contains(&pace.wait_ms(now)));
        }
        let most = 2 * EVENTS_MAX as usize + 2;
        for (i, &from) in heard.iter().enumerate() {
            let within = heard[i..].iter().take_while(|&&t| t < from + PERIOD_MS).count();
            prop_assert!(within <= most, "{} within a period", within);
        }
    }

    #[test]
    fn a_flood_is_heard_once_in_a_while(start in 0i64..1 << 40, count in 20usize..200) {
        let (mut pace, mut now) = (Pace::default(), start);
        for _ in 0..count {
            now += pace.wait_ms(now);
            pace.event(now);
        }
        prop_assert_eq!(now - start, (count - EVENTS_MAX as usize - 1) as i64 * PAUSE_MS);
    }

    #[test]
    fn any_clock_is_survived(times in prop::collection::vec(any::<i64>(), 1..50)) {
        let mut pace = Pace::default();
        for now in times {
            pace.event(now);
            prop_assert!(pace.wait_ms(now) >= 0);
        }
    }

    #[test]
    fn any_event_has_words_and_an_answer(raw: u32) {
        let event = AsyncEvent(raw).event();
        prop_assert!(!event.to_string().is_empty());
        // Only the error that persists has the controller reset.
        prop_assert_eq!(event.action() == Action::Reset, raw & 0xff07 == 0x300);
        prop_assert_eq!(event.action() == Action::Rescan, raw & 7 == 2 && raw & 0xff00 != 0x100);
    }

    #[test]
    fn any_list_is_read(data in prop::collection::vec(any::<u8>(), 0..5000)) {
        if let Changed::Some { first, count } = changed(&data) {
            prop_assert!(first != 0 && (1..=1024).contains(&count));
        }
    }

    #[test]
    fn any_firmware_log_is_read(data in prop::collection::vec(any::<u8>(), 0..600)) {
        let slots = FirmwareSlots::parse(&data);
        prop_assert!(slots.next.is_none_or(|next| (1..=7).contains(&next)));
    }
}

// SPDX-License-Identifier: GPL-2.0
//! The lifecycle: every event, and every pair of events, in every state, against a plain table.
//! seen to fail: a reset accepted while Resetting; Dead accepting Gone; Deleting left by
//! ResetDone; two numbers of `from_u8` exchanged; ResetAsked taken while Suspended; RemoveAsked taken
//! while Resetting.

use crate::driver::nvme::lifecycle::{next, Admission, Event, State};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use Event::*;
use State::*;

const STATES: [State; 8] = [
    New, Live, Resetting, Connecting, Deleting, Dead, Suspended, Frozen,
];
const EVENTS: [Event; 12] = [
    ProbeDone,
    ResetAsked,
    Disabled,
    ResetDone,
    ResetFailed,
    RemoveAsked,
    Gone,
    SuspendAsked,
    ResumeAsked,
    LinkFrozen,
    LinkReset,
    Revived,
];

/// Rows are states, columns events, both in the order above.
const TABLE: [[Option<State>; 12]; 8] = [
    [
        Some(Live),
        None,
        None,
        None,
        None,
        Some(Deleting),
        Some(Dead),
        None,
        None,
        None,
        None,
        None,
    ],
    [
        None,
        Some(Resetting),
        None,
        None,
        None,
        Some(Deleting),
        Some(Dead),
        Some(Suspended),
        None,
        Some(Frozen),
        None,
        None,
    ],
    [
        None,
        None,
        Some(Connecting),
        None,
        Some(Dead),
        None,
        Some(Dead),
        None,
        None,
        Some(Frozen),
        None,
        None,
    ],
    [
        None,
        None,
        None,
        Some(Live),
        Some(Dead),
        Some(Deleting),
        Some(Dead),
        None,
        None,
        Some(Frozen),
        None,
        None,
    ],
    [None; 12],
    [
        None,
        None,
        None,
        None,
        None,
        Some(Deleting),
        None,
        None,
        None,
        None,
        None,
        Some(Resetting),
    ],
    [
        None,
        None,
        None,
        None,
        None,
        Some(Deleting),
        Some(Dead),
        None,
        Some(Resetting),
        None,
        None,
        None,
    ],
    [
        None,
        None,
        None,
        None,
        None,
        Some(Deleting),
        Some(Dead),
        None,
        None,
        None,
        Some(Resetting),
        None,
    ],
];

/// What the table says.
fn by_table(state: State, event: Event) -> Option<State> {
    let row = STATES.iter().position(|&s| s == state).unwrap();
    let column = EVENTS.iter().position(|&e| e == event).unwrap();
    TABLE[row][column]
}

#[test]
fn every_event_in_every_state_does_what_the_table_says() {
    for state in STATES {
        for event in EVENTS {
            assert_eq!(
                next(state, event),
                by_table(state, event),
                "{state:?} {event:?}"
            );
        }
    }
}

#[test]
fn every_pair_of_events_in_every_state_does_what_the_table_says() {
    for state in STATES {
        for first in EVENTS {
            for second in EVENTS {
                // An event that is not taken leaves the state as it is.
                let middle = next(state, first).unwrap_or(state);
                let want = by_table(by_table(state, first).unwrap_or(state), second);
                assert_eq!(next(middle, second), want, "{state:?} {first:?} {second:?}");
            }
        }
    }
}

proptest! {
    /// Of two that share a controller each sees what the other has done: so does a plain walk over
    /// the table, whatever happens in whatever order.
    #[test]
    fn any_sequence_of_events_ends_where_the_table_says(
        events in vec(select(&EVENTS[..]), 0..300)
    ) {
        let (mut state, mut model) = (New, New);
        let mut is_started = false;
        for event in events {
            let was = state;
            state = next(state, event).unwrap_or(state);
            model = by_table(model, event).unwrap_or(model);
            prop_assert_eq!(state, model);
            is_started |= (was, event) == (New, ProbeDone) || (was, event) == (Dead, Revived);
            // Requests flow only after a probe, or where a user has tried again what was lost in one.
            prop_assert!(state != Live || is_started);
            // Removal is final.
            prop_assert!(was != Deleting || state == Deleting);
            // A device that sleeps or is out of reach comes back by a whole reset.
            prop_assert!(!(matches!(was, Suspended | Frozen | Dead) && state == Live));
        }
    }
}

#[test]
fn of_two_that_ask_for_the_same_only_one_acts() {
    for state in STATES {
        for event in EVENTS {
            if let Some(after) = next(state, event) {
                assert_eq!(next(after, event), None, "{state:?} {event:?} twice");
            }
        }
    }
}

#[test]
fn removal_is_final_and_possible_from_everywhere_but_while_a_reset_stops_the_device() {
    for state in STATES {
        let is_possible = !matches!(state, Deleting | Resetting);
        let want = is_possible.then_some(Deleting);
        assert_eq!(next(state, RemoveAsked), want, "{state:?}");
    }
    // That does not last: whatever ends it, removal is possible.
    for after in EVENTS.iter().filter_map(|&event| next(Resetting, event)) {
        assert_eq!(next(after, RemoveAsked), Some(Deleting), "{after:?}");
    }
    assert!(EVENTS.iter().all(|&event| next(Deleting, event).is_none()));
}

#[test]
fn few_states_lead_into_a_reset_and_only_a_reset_comes_back() {
    for state in STATES {
        for event in EVENTS {
            match next(state, event) {
                Some(Resetting) => assert!(matches!(
                    (state, event),
                    (Live, ResetAsked)
                        | (Dead, Revived)
                        | (Suspended, ResumeAsked)
                        | (Frozen, LinkReset)
                )),
                Some(Live) => assert!(matches!(
                    (state, event),
                    (New, ProbeDone) | (Connecting, ResetDone)
                )),
                _ => {}
            }
        }
    }
}

#[test]
fn nothing_but_its_own_end_starts_a_device_that_sleeps_or_is_out_of_reach() {
    for (state, end) in [(Suspended, ResumeAsked), (Frozen, LinkReset)] {
        for event in EVENTS {
            match next(state, event) {
                Some(Resetting) => assert_eq!(event, end),
                after => assert!(matches!(after, None | Some(Dead | Deleting))),
            }
        }
    }
}

#[test]
fn numbers_and_names_go_round() {
    for state in STATES {
        assert_eq!(State::from_u8(state.to_u8()), Some(state));
    }
    assert!((8..=255).all(|value| State::from_u8(value).is_none()));
    let names = STATES.map(State::name);
    let want = [
        "new",
        "live",
        "resetting",
        "connecting",
        "deleting",
        "dead",
        "suspended",
        "frozen",
    ];
    assert_eq!(names, want);
}

#[test]
fn requests_run_wait_or_fail_with_the_state() {
    for state in STATES {
        let want = match state {
            New | Live | Deleting => Admission::Run,
            Resetting | Connecting | Suspended | Frozen => Admission::Wait,
            Dead => Admission::Fail,
        };
        assert_eq!(state.admission(), want);
    }
}

// SPDX-License-Identifier: GPL-2.0
//! Queue and vector counts for every grant, and queue depth for every MQES.
//! seen to fail: vectors counted without the admin queue's; no `.max(1)` for a single vector;
//! the smaller of the two grants not taken; MQES taken as counted from one; 4097 accepted.

use crate::driver::nvme::depth::{depth, DepthError, QueueSize};
use crate::driver::nvme::queue_count::{granted, plan, wish, Grants, Plan};
use crate::driver::nvme::reg::Cap;
use proptest::prelude::*;

/// What must hold of a plan, whatever was granted.
fn check(grants: Grants, plan: Plan) {
    let queues = u32::from(plan.io_queues());
    let vectors = grants.vectors.max(1);
    assert!(queues <= grants.submission_queues, "{grants:?}: {plan:?}");
    assert!(queues <= grants.completion_queues, "{grants:?}: {plan:?}");
    assert!(queues <= grants.doorbells, "{grants:?}: {plan:?}");
    assert!(queues <= grants.wished.max(1), "{grants:?}: {plan:?}");
    assert!(u32::from(plan.vectors()) <= vectors, "{grants:?}: {plan:?}");
    let none = grants
        .submission_queues
        .min(grants.completion_queues)
        .min(grants.doorbells)
        == 0;
    assert_eq!(queues == 0, none, "{grants:?}: {plan:?}");
    // No queue is given away: one more would break a limit.
    let limit = grants
        .submission_queues
        .min(grants.completion_queues)
        .min(grants.doorbells)
        .min(grants.wished.max(1))
        .min(65535);
    assert!(
        queues == limit || vectors == 1 || queues + 1 == vectors,
        "{grants:?}: {plan:?}"
    );
    // Each queue has a vector that exists; no two share one unless there is one only.
    assert_eq!(plan.vector(0), Some(0));
    let shown = queues.min(70) as u16;
    for qid in 1..=shown {
        let vector = plan.vector(qid).unwrap();
        assert!(vector < plan.vectors(), "{grants:?}: {plan:?}");
        assert_eq!(vector, if vectors == 1 { 0 } else { qid });
    }
    if let Some(beyond) = plan.io_queues().checked_add(1) {
        assert_eq!(plan.vector(beyond), None);
    }
    assert_eq!(plan.is_shared(), plan.vectors() == 1);
    assert!(vectors > 1 || queues <= 1);
}

#[test]
fn every_small_grant_gives_a_plan_that_fits() {
    for wished in 0..8 {
        for submission_queues in 0..8 {
            for completion_queues in 0..8 {
                for vectors in 0..10 {
                    for doorbells in 0..8 {
                        let grants = Grants {
                            wished,
                            submission_queues,
                            completion_queues,
                            vectors,
                            doorbells,
                        };
                        check(grants, plan(grants));
                    }
                }
            }
        }
    }
}

#[test]
fn four_cpus_with_all_they_want_have_four_queues_and_five_vectors() {
    let all = Grants {
        wished: 4,
        submission_queues: 64,
        completion_queues: 64,
        vectors: 5,
        doorbells: 1023,
    };
    assert_eq!((plan(all).io_queues(), plan(all).vectors()), (4, 5));
    let fewer = plan(Grants { vectors: 3, ..all });
    assert_eq!((fewer.io_queues(), fewer.vectors()), (2, 3));
    let one = plan(Grants { vectors: 1, ..all });
    assert_eq!(
        (one.io_queues(), one.vectors(), one.vector(1)),
        (1, 1, Some(0))
    );
    let refused = plan(Grants {
        submission_queues: 0,
        ..all
    });
    assert_eq!(refused.io_queues(), 0);
}

#[test]
fn the_grant_is_zero_based_completion_queues_above() {
    assert_eq!(granted(0), (1, 1));
    assert_eq!(granted(0x0002_0001), (2, 3));
    assert_eq!(granted(u32::MAX), (65536, 65536));
}

#[test]
fn the_wish_is_one_per_cpu_unless_limited() {
    assert_eq!(wish(4, 0), 4);
    assert_eq!(wish(4, 2), 2);
    assert_eq!(wish(4, 9), 4);
    assert_eq!(wish(0, 0), 1);
    assert_eq!(wish(u32::MAX, 0), 65535);
}

/// CAP with this MQES.
fn cap(mqes: u16) -> Cap {
    Cap(u64::from(mqes))
}

#[test]
fn depth_is_the_parameter_cut_to_mqes_for_every_mqes() {
    for mqes in 0..=u16::MAX {
        for parameter in [2, 3, 32, 1023, 1024, 4096] {
            let got = depth(parameter, cap(mqes)).map(QueueSize::entries);
            let want = parameter.min(u32::from(mqes) + 1);
            match want {
                1 => assert_eq!(got, Err(DepthError::Mqes(0))),
                _ => assert_eq!(got, Ok(want)),
            }
        }
    }
}

#[test]
fn depth_refuses_a_parameter_outside_2_to_4096() {
    for parameter in [0, 1, 4097, 65536, u32::MAX] {
        let got = depth(parameter, cap(2047));
        assert_eq!(got, Err(DepthError::Parameter(parameter)));
    }
    let text = depth(1, cap(2047)).unwrap_err().to_string();
    assert_eq!(text, "queue depth of 1 entries is outside 2..=4096");
    let text = depth(2, cap(0)).unwrap_err().to_string();
    assert_eq!(text, "cap.mqes of 0 leaves no entry for a command");
}

#[test]
fn a_queue_size_is_2_to_65536() {
    assert_eq!(QueueSize::new(0), None);
    assert_eq!(QueueSize::new(1), None);
    assert_eq!(QueueSize::new(65537), None);
    for entries in 2..=65536u32 {
        let size = QueueSize::new(entries).unwrap();
        assert_eq!(size.entries(), entries);
        assert_eq!(u32::from(size.entries_z()), entries - 1);
        assert_eq!(size.commands_max(), entries - 1);
        let log2 = u32::from(size.log2_floor());
        assert!(1 << log2 <= entries && entries < 2 << log2);
        assert_eq!(size.power_of_two().entries(), 1 << log2);
    }
}

proptest! {
    #[test]
    fn every_grant_gives_a_plan_that_fits(
        wished: u32,
        submission_queues: u32,
        completion_queues: u32,
        vectors: u32,
        doorbells: u32,
    ) {
        let grants = Grants { wished, submission_queues, completion_queues, vectors, doorbells };
        check(grants, plan(grants));
    }

    #[test]
    fn large_grants_of_nearly_the_same_size_fit(
        base in 0u32..70000,
        offsets in prop::array::uniform5(0u32..4),
    ) {
        let [a, b, c, d, e] = offsets.map(|offset| base + offset);
        let grants = Grants {
            wished: a,
            submission_queues: b,
            completion_queues: c,
            vectors: d,
            doorbells: e,
        };
        check(grants, plan(grants));
    }

    #[test]
    fn the_wish_is_never_zero_and_never_above_its_limits(cpus: u32, parameter: u32) {
        let wish = u32::from(wish(cpus, parameter));
        prop_assert!(wish >= 1);
        prop_assert!(wish <= cpus.max(1));
        prop_assert!(parameter == 0 || wish <= parameter);
    }
}

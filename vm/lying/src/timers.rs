// SPDX-License-Identifier: GPL-2.0
//! What is to happen later, apart from completions.

use crate::data::Range;
use std::time::{Duration, Instant};

/// What happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Task {
    /// CSTS.RDY follows CC.EN.
    Ready,
    Disabled,
    ShutDown,
    Fatal,
    /// An interrupt, and so many more a millisecond apart.
    Raise {
        vector: u16,
        left: u32,
    },
    /// A word of a completion queue is put right, with another interrupt.
    Word {
        at: u64,
        value: u32,
        vector: Option<u16>,
    },
    /// A marker is written where data were.
    Marker {
        ranges: Vec<Range>,
    },
    /// The socket is closed.
    Leave,
}

/// Tasks with their time.
#[derive(Default)]
pub struct Timers {
    tasks: Vec<(Instant, Task)>,
}

impl Timers {
    pub fn add(&mut self, after: Duration, task: Task) {
        self.tasks.push((Instant::now() + after, task));
    }

    /// When the next one is due.
    pub fn next(&self) -> Option<Instant> {
        self.tasks.iter().map(|(at, _)| *at).min()
    }

    /// Those that are due, in order.
    pub fn take_due(&mut self) -> Vec<Task> {
        if self.tasks.is_empty() {
            return Vec::new();
        }
        let now = Instant::now();
        let (mut due, later): (Vec<_>, Vec<_>) = std::mem::take(&mut self.tasks)
            .into_iter()
            .partition(|(at, _)| *at <= now);
        self.tasks = later;
        due.sort_by_key(|(at, _)| *at);
        due.into_iter().map(|(_, task)| task).collect()
    }

    /// A reset forgets what belongs to queues; what lies about memory goes on.
    pub fn forget_commands(&mut self) {
        self.tasks
            .retain(|(_, t)| matches!(t, Task::Marker { .. } | Task::Leave | Task::ShutDown));
    }

    /// Changes of state that were put off.
    pub fn forget_states(&mut self) {
        let is_state = |t: &Task| {
            matches!(
                t,
                Task::Ready | Task::Disabled | Task::ShutDown | Task::Fatal | Task::Leave
            )
        };
        self.tasks.retain(|(_, t)| !is_state(t));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_due_comes_in_order_and_once() {
        let mut timers = Timers::default();
        timers.add(Duration::from_secs(100), Task::Ready);
        timers.add(Duration::from_micros(1), Task::Fatal);
        timers.add(Duration::ZERO, Task::Disabled);
        std::thread::sleep(Duration::from_millis(1));
        assert_eq!(timers.take_due(), [Task::Disabled, Task::Fatal]);
        assert_eq!(timers.take_due(), []);
        assert!(timers.next().is_some());
        timers.forget_states();
        assert_eq!(timers.next(), None);
    }
}

// SPDX-License-Identifier: GPL-2.0
//! Counts of what was seen and done, for tests to look at.

use std::collections::BTreeMap;

/// The counts.
#[derive(Default)]
pub struct Stats {
    commands: BTreeMap<String, u64>,
    pub enables: u64,
    pub resets: u64,
    pub shutdowns: u64,
    pub function_resets: u64,
    pub completions: u64,
    pub interrupts: u64,
    pub events: u64,
    pub aborts_done: u64,
    pub doorbells: u64,
}

impl Stats {
    pub fn command(&mut self, is_admin: bool, opcode: u8) {
        // Counted under the names that `op=` takes.
        let count = match crate::matcher::name_of(is_admin, opcode) {
            Some(name) => match self.commands.get_mut(name) {
                Some(count) => count,
                None => self.commands.entry(name.to_owned()).or_default(),
            },
            None => {
                let kind = if is_admin { "admin" } else { "io" };
                self.commands
                    .entry(format!("{kind}-{opcode:#04x}"))
                    .or_default()
            }
        };
        *count += 1;
    }

    /// As `NAME=COUNT`.
    pub fn lines(&self) -> Vec<String> {
        let fixed = [
            ("enables", self.enables),
            ("resets", self.resets),
            ("shutdowns", self.shutdowns),
            ("function-resets", self.function_resets),
            ("completions", self.completions),
            ("interrupts", self.interrupts),
            ("events", self.events),
            ("aborts-done", self.aborts_done),
            ("doorbells", self.doorbells),
        ];
        let fixed = fixed.iter().map(|(name, n)| format!("{name}={n}"));
        let commands = self.commands.iter().map(|(name, n)| format!("{name}={n}"));
        fixed.chain(commands).collect()
    }
}

// SPDX-License-Identifier: GPL-2.0
//! What the driver does against the specification: a line each, to a file that must stay empty.

use std::fs::File;
use std::io::Write as _;
use std::time::Instant;

/// Lines at most: one broken rule is enough, and a driver may break it at each command.
const LINES_MAX: u64 = 1000;

/// The log.
pub struct Breaches {
    file: Option<File>,
    begin: Instant,
    name: String,
    pub count: u64,
    /// The latest ones.
    pub latest: Vec<String>,
}

impl Breaches {
    pub fn new(name: &str, file: Option<File>) -> Self {
        Self {
            file,
            begin: Instant::now(),
            name: name.to_owned(),
            count: 0,
            latest: Vec::new(),
        }
    }

    pub fn add(&mut self, what: impl AsRef<str>) {
        self.count += 1;
        let ms = self.begin.elapsed().as_millis();
        let line = format!("{}: {ms} ms: {}", self.name, what.as_ref());
        if self.count <= LINES_MAX {
            if let Some(file) = &mut self.file {
                // Nobody is there to be told that the log cannot be written.
                let _ = writeln!(file, "{line}");
            }
        }
        self.latest.push(line);
        if self.latest.len() > 20 {
            self.latest.remove(0);
        }
    }
}

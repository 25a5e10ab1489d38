// SPDX-License-Identifier: GPL-2.0
//! The command line.

use std::path::PathBuf;

/// What the device is started with.
#[derive(Debug, Default)]
pub struct Options {
    /// Where it listens for QEMU, and for lines.
    pub socket: PathBuf,
    pub control: PathBuf,
    /// The log of broken rules.
    pub breaches: Option<PathBuf>,
    pub serial: String,
    /// Lines that are carried out first.
    pub lines: Vec<String>,
    /// A file of such lines.
    pub script: Option<PathBuf>,
}

impl Options {
    pub fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut found = Self {
            serial: "lying".into(),
            ..Self::default()
        };
        while let Some(name) = words.next() {
            let value = words
                .next()
                .ok_or_else(|| format!("{name} needs a value"))?;
            match name.as_str() {
                "--socket" => found.socket = value.into(),
                "--control" => found.control = value.into(),
                "--breaches" => found.breaches = Some(value.into()),
                "--serial" => found.serial = value,
                "--line" => found.lines.push(value),
                "--script" => found.script = Some(value.into()),
                _ => return Err(format!("unknown option {name}; see README.md")),
            }
        }
        if found.socket.as_os_str().is_empty() || found.control.as_os_str().is_empty() {
            return Err("--socket and --control are needed".into());
        }
        Ok(found)
    }
}

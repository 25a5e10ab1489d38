// SPDX-License-Identifier: GPL-2.0
//! Clients of the control socket: a line each, answered by lines of which the last is "ok" or
//! "error WHY".

use crate::controller::Controller;
use std::io::{Read as _, Write as _};
use std::os::fd::{AsFd as _, BorrowedFd};
use std::os::unix::net::UnixStream;

/// A line that is longer is none.
const LINE_BYTES_MAX: usize = 65536;

/// One client.
pub struct Client {
    stream: UnixStream,
    partial: Vec<u8>,
}

impl Client {
    pub fn new(stream: UnixStream) -> Self {
        Self {
            stream,
            partial: Vec::new(),
        }
    }

    pub fn fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }

    /// Reads what has come and answers whole lines. False: the client has gone.
    pub fn serve(&mut self, controller: &mut Controller) -> bool {
        let mut data = [0; 4096];
        match self.stream.read(&mut data) {
            Ok(n) if n > 0 && self.partial.len() < LINE_BYTES_MAX => {
                self.partial.extend_from_slice(&data[..n]);
            }
            _ => return false,
        }
        while let Some(end) = self.partial.iter().position(|b| *b == b'\n') {
            let line: Vec<u8> = self.partial.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line);
            let text = match controller.obey(line.trim()) {
                Ok(mut lines) => {
                    lines.push("ok\n".into());
                    lines.join("\n")
                }
                Err(why) => format!("error {why}\n"),
            };
            controller.flush_interrupts();
            if self.stream.write_all(text.as_bytes()).is_err() {
                return false;
            }
        }
        true
    }
}

// SPDX-License-Identifier: GPL-2.0
//! The loop: one thread that waits for both sockets, their clients and the next timer.

use crate::breach::Breaches;
use crate::control::Client;
use crate::controller::{Controller, Setup};
use crate::device::Device;
use crate::host::Host;
use crate::options::Options;
use crate::session::Session;
use std::fs::OpenOptions;
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixListener;
use std::time::{Duration, Instant};

/// MSI-X vectors: one for each I/O queue, one for the admin queue.
const VECTORS: u16 = 65;
/// Entries of a queue, less one.
const MQES_Z: u16 = 2047;

/// A function that leaves gives all ones at once; its socket is closed when the client has been quiet for
/// so long, as QEMU aborts now and then when it is closed under a request.
const QUIET: Duration = Duration::from_millis(100);

/// Serves until it is ended.
pub fn run(options: Options) -> Result<(), String> {
    let mut device = make(&options)?;
    let listen = |path: &std::path::Path| {
        let _ = std::fs::remove_file(path);
        UnixListener::bind(path).map_err(|e| format!("{}: {e}", path.display()))
    };
    let control = listen(&options.control)?;
    let socket = listen(&options.socket)?;
    let mut session: Option<Session> = None;
    let mut clients: Vec<Client> = Vec::new();
    let mut last_message = Instant::now();
    loop {
        // The device's socket first, and only when nobody is connected, its listener.
        let mut fds = vec![match &session {
            Some(session) => session.fd(),
            None => socket.as_fd(),
        }];
        fds.push(control.as_fd());
        fds.extend(clients.iter().map(Client::fd));
        let ready = crate::sys::wait_readable(&fds, timeout_ms(&device.controller, last_message));
        device.controller.run_timers();
        device.controller.flush_interrupts();
        if ready[0] {
            last_message = Instant::now();
            session = match session.take() {
                Some(session) => serve(session, &mut device),
                None => socket.accept().ok().map(|(stream, _)| Session::new(stream)),
            };
        }
        let mut heard = ready[2..].iter();
        clients.retain_mut(|client| match heard.next() {
            Some(true) => client.serve(&mut device.controller),
            _ => true,
        });
        if ready[1] {
            clients.extend(control.accept().ok().map(|(stream, _)| Client::new(stream)));
        }
        if device.controller.lies.is_gone && last_message.elapsed() >= QUIET {
            drop(session.take());
            device.disconnect();
        }
    }
}

/// One message; the session, unless it has ended.
fn serve(mut session: Session, device: &mut Device) -> Option<Session> {
    match session.serve(device) {
        Ok(()) => Some(session),
        Err(_) => {
            device.disconnect();
            None
        }
    }
}

/// Until the next timer, rounded up; -1: none.
fn timeout_ms(controller: &Controller, last_message: Instant) -> i32 {
    let mut next = controller.next_due();
    if controller.lies.is_gone {
        next = next.into_iter().chain([last_message + QUIET]).min();
    }
    match next {
        None => -1,
        Some(at) => {
            let left = at.saturating_duration_since(Instant::now());
            left.as_micros().div_ceil(1000).min(1 << 30) as i32
        }
    }
}

fn make(options: &Options) -> Result<Device, String> {
    let breaches = match &options.breaches {
        Some(path) => Some(
            OpenOptions::new()
                .create(true)
                .append(true)
                .open(path)
                .map_err(|e| format!("{}: {e}", path.display()))?,
        ),
        None => None,
    };
    let setup = Setup {
        serial: options.serial.clone(),
        queues: VECTORS - 1,
        mqes_z: MQES_Z,
        mdts: 7,
        has_shadow: false,
    };
    let log = Breaches::new(&options.serial, breaches);
    let mut controller = Controller::new(setup, Host::new(VECTORS), log);
    let mut lines = options.lines.clone();
    if let Some(path) = &options.script {
        let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
        lines.extend(text.lines().map(str::to_owned));
    }
    for line in lines {
        controller
            .obey(&line)
            .map_err(|why| format!("'{line}': {why}"))?;
    }
    Ok(Device::new(controller))
}

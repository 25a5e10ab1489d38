// SPDX-License-Identifier: GPL-2.0
//! One client of the device socket: receives messages, has the PCI function act, answers.

use crate::message::{self as m, Header, HEADER_BYTES};
use std::io::{self, Write as _};
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;

/// Regions of a PCI function as VFIO numbers them: BARs from 0 on, then ROM, configuration, VGA.
const REGIONS: u32 = 9;
/// The configuration space.
pub const CONFIG_REGION: u32 = 7;
/// Interrupts as VFIO numbers them: INTx, MSI, MSI-X, error, request.
const IRQS: u32 = 5;
const MSIX_IRQ: u32 = 2;
const ERROR_IRQ: u32 = 3;

/// SET_IRQS: no data follow, an eventfd follows, trigger.
const IRQ_NO_DATA: u32 = 1;
const IRQ_EVENTFD: u32 = 4;
const IRQ_TRIGGER: u32 = 32;

const EINVAL: i32 = 22;
const EOPNOTSUPP: i32 = 95;

/// What is behind the socket.
pub trait Function {
    /// Bytes of a region; 0 where there is none.
    fn region_bytes(&self, region: u32) -> u64;
    fn vectors(&self) -> u32;
    fn read(&mut self, region: u32, offset: u64, data: &mut [u8]);
    fn write(&mut self, region: u32, offset: u64, data: &[u8]);
    /// Memory of the guest, with a descriptor if it can be mapped, from that offset on.
    fn map(&mut self, start: u64, bytes: u64, fd: Option<(OwnedFd, u64)>, writable: bool);
    fn unmap(&mut self, start: u64, bytes: u64);
    fn unmap_all(&mut self);
    /// The eventfd of an MSI-X vector, or none any more.
    fn set_vector(&mut self, vector: u32, fd: Option<OwnedFd>);
    fn clear_vectors(&mut self);
    /// A reset of the whole function.
    fn reset(&mut self);
}

/// A connected client.
pub struct Session {
    stream: UnixStream,
    body: Vec<u8>,
}

impl Session {
    pub fn new(stream: UnixStream) -> Self {
        Self {
            stream,
            body: Vec::new(),
        }
    }

    pub fn fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }

    /// Receives one message and acts on it. An error ends the session.
    pub fn serve(&mut self, function: &mut impl Function) -> io::Result<()> {
        let mut raw = [0; HEADER_BYTES];
        let mut fds = Vec::new();
        self.fill(&mut raw, &mut fds)?;
        let header = Header::parse(&raw);
        let Some(bytes) = header.body_bytes() else {
            return Err(io::ErrorKind::InvalidData.into());
        };
        let mut body = std::mem::take(&mut self.body);
        body.clear();
        body.resize(bytes, 0);
        self.fill(&mut body, &mut fds)?;
        let answer = answer(&header, &mut body, fds, function);
        if header.wants_reply() {
            let reply = header.reply(answer.as_deref().map_err(|e| *e));
            self.stream.write_all(&reply)?;
        }
        self.body = body;
        Ok(())
    }

    fn fill(&self, data: &mut [u8], fds: &mut Vec<OwnedFd>) -> io::Result<()> {
        let mut done = 0;
        while done < data.len() {
            match crate::sys::receive(self.fd(), &mut data[done..], fds) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(n) => done += n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        Ok(())
    }
}

/// Acts on a message; what to answer, or an errno.
fn answer(
    header: &Header,
    body: &mut [u8],
    fds: Vec<OwnedFd>,
    function: &mut impl Function,
) -> Result<Vec<u8>, i32> {
    match header.command {
        m::VERSION => Ok(version()),
        m::DMA_MAP => {
            let (flags, offset) = (m::word32(body, 4), m::word64(body, 8));
            let fd = fds.into_iter().next().map(|fd| (fd, offset));
            function.map(m::word64(body, 16), m::word64(body, 24), fd, flags & 2 != 0);
            Ok(Vec::new())
        }
        m::DMA_UNMAP => {
            // Flag 1: all of it.
            if m::word32(body, 4) & 2 != 0 {
                function.unmap_all();
            } else {
                function.unmap(m::word64(body, 8), m::word64(body, 16));
            }
            Ok(body.to_vec())
        }
        m::GET_INFO => {
            // It can be reset, and is a PCI function.
            m::put32(body, 4, 3);
            m::put32(body, 8, REGIONS);
            m::put32(body, 12, IRQS);
            Ok(body.to_vec())
        }
        m::GET_REGION_INFO => {
            let bytes = function.region_bytes(m::word32(body, 8));
            // Readable and writable; without the flag for mapping every access comes here.
            m::put32(body, 4, if bytes == 0 { 0 } else { 3 });
            m::put32(body, 12, 0);
            m::put64(body, 16, bytes);
            m::put64(body, 24, 0);
            Ok(body.to_vec())
        }
        m::GET_IRQ_INFO => {
            let count = match m::word32(body, 8) {
                MSIX_IRQ => function.vectors(),
                // Never raised; QEMU complains where there is none.
                ERROR_IRQ => 1,
                _ => 0,
            };
            // By eventfd, and not to be resized.
            m::put32(body, 4, 1 | 8);
            m::put32(body, 12, count);
            Ok(body.to_vec())
        }
        m::SET_IRQS => set_irqs(body, fds, function),
        m::REGION_READ => {
            let (offset, region, count) = access(body)?;
            let mut out = body.get(..16).ok_or(EINVAL)?.to_vec();
            out.resize(16 + count, 0xff);
            function.read(region, offset, &mut out[16..]);
            Ok(out)
        }
        m::REGION_WRITE => {
            let (offset, region, count) = access(body)?;
            let data = body.get(16..16 + count).ok_or(EINVAL)?;
            function.write(region, offset, data);
            Ok(body[..16].to_vec())
        }
        m::RESET => {
            function.reset();
            Ok(Vec::new())
        }
        _ => Err(EOPNOTSUPP),
    }
}

/// The offset, region and length of an access.
fn access(body: &[u8]) -> Result<(u64, u32, usize), i32> {
    let count = m::word32(body, 12) as usize;
    if count > m::MESSAGE_BYTES_MAX {
        return Err(EINVAL);
    }
    Ok((m::word64(body, 0), m::word32(body, 8), count))
}

/// 0.0: QEMU refuses any other.
fn version() -> Vec<u8> {
    let mut out = vec![0; 4];
    out.extend_from_slice(
        b"{\"capabilities\":{\"max_msg_fds\":16,\"max_data_xfer_size\":1048576}}\0",
    );
    out
}

fn set_irqs(body: &[u8], fds: Vec<OwnedFd>, function: &mut impl Function) -> Result<Vec<u8>, i32> {
    let (flags, index) = (m::word32(body, 4), m::word32(body, 8));
    let (start, count) = (m::word32(body, 12), m::word32(body, 16));
    if index != MSIX_IRQ || flags & IRQ_TRIGGER == 0 {
        return Ok(Vec::new());
    }
    if flags & IRQ_NO_DATA != 0 && count == 0 {
        function.clear_vectors();
    }
    if flags & IRQ_EVENTFD != 0 {
        // QEMU enables MSI-X with a vector that has no descriptor yet.
        let mut fds = fds.into_iter();
        for vector in start..start.saturating_add(count).min(function.vectors()) {
            function.set_vector(vector, fds.next());
        }
    }
    Ok(Vec::new())
}

// SPDX-License-Identifier: GPL-2.0
//! Messages of vfio-user: header, commands, the structures of VFIO that they carry.
//!
//! vfio-user protocol specification (docs/interop/vfio-user.rst in QEMU's sources).

/// Bytes of a header.
pub const HEADER_BYTES: usize = 16;
/// The longest message that is taken.
pub const MESSAGE_BYTES_MAX: usize = 2 << 20;

/// Flags: this is a reply.
const REPLY: u32 = 1;
/// Flags: the sender wants no reply (a posted write).
const NO_REPLY: u32 = 1 << 4;
/// Flags: the reply carries an error number.
const ERROR: u32 = 1 << 5;

pub const VERSION: u16 = 1;
pub const DMA_MAP: u16 = 2;
pub const DMA_UNMAP: u16 = 3;
pub const GET_INFO: u16 = 4;
pub const GET_REGION_INFO: u16 = 5;
pub const GET_IRQ_INFO: u16 = 7;
pub const SET_IRQS: u16 = 8;
pub const REGION_READ: u16 = 9;
pub const REGION_WRITE: u16 = 10;
pub const RESET: u16 = 13;

/// What stands before each message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    pub id: u16,
    pub command: u16,
    /// Of the whole message.
    pub bytes: u32,
    pub flags: u32,
}

impl Header {
    pub fn parse(raw: &[u8; HEADER_BYTES]) -> Self {
        Self {
            id: word16(raw, 0),
            command: word16(raw, 2),
            bytes: word32(raw, 4),
            flags: word32(raw, 8),
        }
    }

    /// The length of what follows, if it can be right.
    pub fn body_bytes(&self) -> Option<usize> {
        let body = (self.bytes as usize).checked_sub(HEADER_BYTES)?;
        (body <= MESSAGE_BYTES_MAX).then_some(body)
    }

    pub fn wants_reply(&self) -> bool {
        self.flags & NO_REPLY == 0
    }

    /// The answer to this message: `Err` carries an errno.
    pub fn reply(&self, body: Result<&[u8], i32>) -> Vec<u8> {
        let (data, flags, errno) = match body {
            Ok(data) => (data, REPLY, 0),
            Err(errno) => (&[][..], REPLY | ERROR, errno as u32),
        };
        let mut out = Vec::with_capacity(HEADER_BYTES + data.len());
        out.extend_from_slice(&self.id.to_ne_bytes());
        out.extend_from_slice(&self.command.to_ne_bytes());
        out.extend_from_slice(&((HEADER_BYTES + data.len()) as u32).to_ne_bytes());
        out.extend_from_slice(&flags.to_ne_bytes());
        out.extend_from_slice(&errno.to_ne_bytes());
        out.extend_from_slice(data);
        out
    }
}

/// 16 bits at `at`; 0 beyond the end, as for all of these.
pub fn word16(data: &[u8], at: usize) -> u16 {
    data.get(at..at + 2)
        .map_or(0, |b| u16::from_ne_bytes([b[0], b[1]]))
}

/// 32 bits at `at`.
pub fn word32(data: &[u8], at: usize) -> u32 {
    data.get(at..at + 4)
        .map_or(0, |b| u32::from_ne_bytes(b.try_into().unwrap_or_default()))
}

/// 64 bits at `at`.
pub fn word64(data: &[u8], at: usize) -> u64 {
    data.get(at..at + 8)
        .map_or(0, |b| u64::from_ne_bytes(b.try_into().unwrap_or_default()))
}

/// Puts 32 bits at `at`, where there is room.
pub fn put32(data: &mut [u8], at: usize, value: u32) {
    if let Some(room) = data.get_mut(at..at + 4) {
        room.copy_from_slice(&value.to_ne_bytes());
    }
}

/// Puts 64 bits at `at`, where there is room.
pub fn put64(data: &mut [u8], at: usize, value: u64) {
    if let Some(room) = data.get_mut(at..at + 8) {
        room.copy_from_slice(&value.to_ne_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(bytes: u32) -> [u8; HEADER_BYTES] {
        let mut raw = [0; HEADER_BYTES];
        raw[0] = 7;
        raw[2] = REGION_WRITE as u8;
        put32(&mut raw, 4, bytes);
        put32(&mut raw, 8, NO_REPLY);
        raw
    }

    #[test]
    fn a_header_is_read_and_answered() {
        let h = Header::parse(&header(24));
        assert_eq!((h.id, h.command), (7, REGION_WRITE));
        assert_eq!(h.body_bytes(), Some(8));
        assert!(!h.wants_reply());
        let reply = h.reply(Ok(&[1, 2]));
        assert_eq!(reply.len(), HEADER_BYTES + 2);
        assert_eq!(word32(&reply, 4), 18);
        assert_eq!(word32(&reply, 8), REPLY);
        let refused = h.reply(Err(22));
        assert_eq!(word32(&refused, 8), REPLY | ERROR);
        assert_eq!(word32(&refused, 12), 22);
    }

    #[test]
    fn a_length_that_cannot_be_right_is_refused() {
        assert_eq!(Header::parse(&header(15)).body_bytes(), None);
        assert_eq!(Header::parse(&header(u32::MAX)).body_bytes(), None);
        assert_eq!(Header::parse(&header(16)).body_bytes(), Some(0));
    }
}

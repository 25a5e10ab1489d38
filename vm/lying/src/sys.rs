// SPDX-License-Identifier: GPL-2.0
//! What needs the C library: messages with file descriptors, poll, mappings, vectored file I/O. All
//! `unsafe` of the device is here.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::sync::atomic::{fence, AtomicU32, Ordering};

/// File descriptors that one message may carry.
const FDS_MAX: usize = 16;

/// A piece of memory for vectored I/O. It stays valid as long as the mapping that it came from.
pub type Piece = libc::iovec;

/// Receives into `data`, and adds the descriptors that came along to `fds`. 0: the peer has gone.
pub fn receive(
    socket: BorrowedFd<'_>,
    data: &mut [u8],
    fds: &mut Vec<OwnedFd>,
) -> io::Result<usize> {
    // Aligned as control messages must be.
    let mut control = [0u64; 2 + FDS_MAX / 2];
    let mut piece = libc::iovec {
        iov_base: data.as_mut_ptr().cast(),
        iov_len: data.len(),
    };
    // SAFETY: all zero is a valid msghdr.
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    message.msg_iov = &mut piece;
    message.msg_iovlen = 1;
    message.msg_control = control.as_mut_ptr().cast();
    message.msg_controllen = size_of_val(&control);
    // SAFETY: the message describes `data` and `control`, both alive and writable.
    let bytes = unsafe { libc::recvmsg(socket.as_raw_fd(), &mut message, libc::MSG_CMSG_CLOEXEC) };
    if bytes < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the kernel has filled the message in.
    let mut header = unsafe { libc::CMSG_FIRSTHDR(&message) };
    while !header.is_null() {
        // SAFETY: a header that CMSG_FIRSTHDR or CMSG_NXTHDR gave lies within `control`.
        let part = unsafe { &*header };
        if part.cmsg_level == libc::SOL_SOCKET && part.cmsg_type == libc::SCM_RIGHTS {
            // SAFETY: CMSG_LEN only computes.
            let empty = unsafe { libc::CMSG_LEN(0) } as usize;
            let count = (part.cmsg_len - empty) / size_of::<i32>();
            for index in 0..count {
                // SAFETY: the data of the header are `count` descriptors, which are now ours.
                let fd = unsafe {
                    let first = libc::CMSG_DATA(header).cast::<i32>();
                    OwnedFd::from_raw_fd(first.add(index).read_unaligned())
                };
                fds.push(fd);
            }
        }
        // SAFETY: both are from the same message.
        header = unsafe { libc::CMSG_NXTHDR(&message, header) };
    }
    Ok(bytes as usize)
}

/// Waits until one of `fds` can be read, or for `timeout_ms` (-1: for ever); which can.
pub fn wait_readable(fds: &[BorrowedFd<'_>], timeout_ms: i32) -> Vec<bool> {
    let mut polled: Vec<libc::pollfd> = fds
        .iter()
        .map(|fd| libc::pollfd {
            fd: fd.as_raw_fd(),
            events: libc::POLLIN,
            revents: 0,
        })
        .collect();
    // SAFETY: a slice of as many entries as said.
    let n = unsafe {
        libc::poll(
            polled.as_mut_ptr(),
            polled.len() as libc::nfds_t,
            timeout_ms,
        )
    };
    polled.iter().map(|p| n > 0 && p.revents != 0).collect()
}

/// Memory of the guest, shared with it: it may change at any time, so it is never borrowed.
pub struct Mapping {
    start: *mut u8,
    bytes: usize,
}

impl Mapping {
    /// Maps `bytes` of a file from `offset` on.
    pub fn new(fd: &OwnedFd, offset: u64, bytes: usize, writable: bool) -> io::Result<Self> {
        let protection = libc::PROT_READ | if writable { libc::PROT_WRITE } else { 0 };
        // SAFETY: a new mapping, wherever the kernel wants it.
        let start = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                bytes,
                protection,
                libc::MAP_SHARED,
                fd.as_raw_fd(),
                offset as libc::off_t,
            )
        };
        if start == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        Ok(Self {
            start: start.cast(),
            bytes,
        })
    }

    /// The address of `bytes` at `offset`.
    fn at(&self, offset: usize, bytes: usize) -> *mut u8 {
        assert!(offset
            .checked_add(bytes)
            .is_some_and(|end| end <= self.bytes));
        // SAFETY: within the mapping, as just seen.
        unsafe { self.start.add(offset) }
    }

    pub fn read(&self, offset: usize, data: &mut [u8]) {
        let from = self.at(offset, data.len());
        // SAFETY: within the mapping; the guest's memory does not overlap with ours.
        unsafe { std::ptr::copy_nonoverlapping(from, data.as_mut_ptr(), data.len()) }
    }

    pub fn write(&self, offset: usize, data: &[u8]) {
        let to = self.at(offset, data.len());
        // SAFETY: as in `read`; it was mapped writable, see `Memory`.
        unsafe { std::ptr::copy_nonoverlapping(data.as_ptr(), to, data.len()) }
    }

    /// The aligned word at `offset`, which the guest reads or writes as one.
    fn word(&self, offset: usize) -> &AtomicU32 {
        let at = self.at(offset, 4).cast::<u32>();
        assert!(at.is_aligned());
        // SAFETY: aligned, within the mapping, which lives as long as `self`.
        unsafe { AtomicU32::from_ptr(at) }
    }

    /// Reads a word, after all that was done before.
    pub fn load(&self, offset: usize) -> u32 {
        fence(Ordering::SeqCst);
        u32::from_le(self.word(offset).load(Ordering::Acquire))
    }

    /// Writes a word; what was written before is visible before it.
    pub fn store(&self, offset: usize, value: u32) {
        self.word(offset).store(value.to_le(), Ordering::Release);
        fence(Ordering::SeqCst);
    }

    /// A piece of it for vectored I/O.
    pub fn piece(&self, offset: usize, bytes: usize) -> Piece {
        libc::iovec {
            iov_base: self.at(offset, bytes).cast(),
            iov_len: bytes,
        }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: it was mapped with these bounds, and nobody borrows it any more.
        unsafe { libc::munmap(self.start.cast(), self.bytes) };
    }
}

/// Which way data go between a file and memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    FileToMemory,
    MemoryToFile,
}

/// Moves all `pieces`, one after the other, from or to `offset` of a file.
pub fn transfer(fd: &OwnedFd, way: Way, mut pieces: &[Piece], offset: u64) -> io::Result<()> {
    /// The kernel takes no more at once (IOV_MAX).
    const PIECES_MAX: usize = 1024;
    let mut at = offset as libc::off_t;
    while !pieces.is_empty() {
        let now = &pieces[..pieces.len().min(PIECES_MAX)];
        let wanted: usize = now.iter().map(|p| p.iov_len).sum();
        let (list, count) = (now.as_ptr(), now.len() as i32);
        // SAFETY: the pieces lie in mappings that the caller keeps.
        let moved = unsafe {
            match way {
                Way::FileToMemory => libc::preadv(fd.as_raw_fd(), list, count, at),
                Way::MemoryToFile => libc::pwritev(fd.as_raw_fd(), list, count, at),
            }
        };
        if moved < 0 {
            return Err(io::Error::last_os_error());
        }
        // A regular file within its size moves all, unless its file system is full.
        if moved as usize != wanted {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        at += moved as libc::off_t;
        pieces = &pieces[now.len()..];
    }
    Ok(())
}

/// Gives a part of a file back; it reads as zeroes.
pub fn punch(fd: &OwnedFd, offset: u64, bytes: u64) -> io::Result<()> {
    let mode = libc::FALLOC_FL_PUNCH_HOLE | libc::FALLOC_FL_KEEP_SIZE;
    // SAFETY: no memory is involved.
    let status = unsafe {
        libc::fallocate(
            fd.as_raw_fd(),
            mode,
            offset as libc::off_t,
            bytes as libc::off_t,
        )
    };
    if status < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// A file in memory, for a namespace without one.
pub fn memory_file() -> io::Result<OwnedFd> {
    // SAFETY: the name is a C string.
    let fd = unsafe { libc::memfd_create(c"lying".as_ptr(), libc::MFD_CLOEXEC) };
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: a new descriptor, which is ours.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

// SPDX-License-Identifier: GPL-2.0
//! The namespace identification descriptor list.
//!
//! Base 5.17.2.3 (CNS 03h): a type, a length, two reserved bytes, the identifier; type or length
//! zero ends the list.

use core::fmt;

/// Bytes before the identifier.
const HEADER_BYTES: usize = 4;

/// One descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Descriptor {
    /// NIDT 1h: IEEE extended unique identifier.
    Eui64([u8; 8]),
    /// NIDT 2h: namespace globally unique identifier.
    Nguid([u8; 16]),
    /// NIDT 3h: UUID.
    Uuid([u8; 16]),
    /// NIDT 4h: command set identifier; 0 is the NVM command set.
    Csi(u8),
    /// Any other type, which is passed over.
    Other(u8),
}

/// What is wrong with a list. The list ends there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DescriptorError {
    /// A type whose identifier has another length.
    Length {
        /// The type.
        nidt: u8,
        /// The length that it was given.
        bytes: u8,
    },
    /// A descriptor goes beyond the end of the data. Carries where it starts.
    Overrun {
        /// Offset of the descriptor.
        offset: usize,
        /// The length that it was given.
        bytes: u8,
    },
}

impl fmt::Display for DescriptorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { nidt, bytes } => {
                write!(f, "namespace descriptor of type {nidt} has {bytes} bytes")
            }
            Self::Overrun { offset, bytes } => write!(
                f,
                "namespace descriptor of {bytes} bytes at offset {offset} goes beyond the data"
            ),
        }
    }
}

/// Iterates over a list; stops after the first error.
#[derive(Clone, Debug)]
pub(crate) struct Descriptors<'a> {
    /// What has not been looked at.
    rest: &'a [u8],
    /// Where it starts.
    offset: usize,
}

/// The descriptors in `data`.
pub(crate) fn descriptors(data: &[u8]) -> Descriptors<'_> {
    Descriptors {
        rest: data,
        offset: 0,
    }
}

impl Descriptors<'_> {
    /// Ends the iteration with an error.
    fn fail(&mut self, error: DescriptorError) -> Option<Result<Descriptor, DescriptorError>> {
        self.rest = &[];
        Some(Err(error))
    }
}

impl Iterator for Descriptors<'_> {
    type Item = Result<Descriptor, DescriptorError>;

    fn next(&mut self) -> Option<Self::Item> {
        let (&[nidt, bytes, _, _], body) = self.rest.split_first_chunk::<HEADER_BYTES>()?;
        if nidt == 0 || bytes == 0 {
            self.rest = &[];
            return None;
        }
        let Some((id, rest)) = body.split_at_checked(usize::from(bytes)) else {
            let offset = self.offset;
            return self.fail(DescriptorError::Overrun { offset, bytes });
        };
        let found = match (nidt, id) {
            (1, id) => id.try_into().ok().map(Descriptor::Eui64),
            (2, id) => id.try_into().ok().map(Descriptor::Nguid),
            (3, id) => id.try_into().ok().map(Descriptor::Uuid),
            (4, &[csi]) => Some(Descriptor::Csi(csi)),
            (4, _) => None,
            _ => Some(Descriptor::Other(nidt)),
        };
        let Some(found) = found else {
            return self.fail(DescriptorError::Length { nidt, bytes });
        };
        self.rest = rest;
        self.offset = self
            .offset
            .saturating_add(HEADER_BYTES)
            .saturating_add(usize::from(bytes));
        Some(Ok(found))
    }
}

/// The identifiers of a namespace; each from the first descriptor of its type that is not all
/// zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ids {
    /// IEEE extended unique identifier.
    pub(crate) eui64: Option<[u8; 8]>,
    /// Namespace globally unique identifier.
    pub(crate) nguid: Option<[u8; 16]>,
    /// UUID.
    pub(crate) uuid: Option<[u8; 16]>,
    /// Command set identifier; `None` or 0 is the NVM command set.
    pub(crate) csi: Option<u8>,
}

/// The identifier, unless it is all zero, which means that there is none.
pub(super) fn unless_zero<const N: usize>(id: [u8; N]) -> Option<[u8; N]> {
    id.iter().any(|&byte| byte != 0).then_some(id)
}

impl Ids {
    /// Gathers what the list in `data` says.
    pub(crate) fn parse(data: &[u8]) -> Result<Self, DescriptorError> {
        let mut ids = Self::default();
        for descriptor in descriptors(data) {
            match descriptor? {
                Descriptor::Eui64(id) => ids.eui64 = ids.eui64.or(unless_zero(id)),
                Descriptor::Nguid(id) => ids.nguid = ids.nguid.or(unless_zero(id)),
                Descriptor::Uuid(id) => ids.uuid = ids.uuid.or(unless_zero(id)),
                Descriptor::Csi(csi) => ids.csi = ids.csi.or(Some(csi)),
                Descriptor::Other(_) => {}
            }
        }
        Ok(ids)
    }

    /// Whether `other` are those of another namespace: an identifier of the same kind differs, or,
    /// where both are `whole`, one has what the other has not.
    pub(crate) fn contradict(&self, other: &Self, whole: bool) -> bool {
        /// Both are there, and are not the same.
        fn differ<T: PartialEq>(a: &Option<T>, b: &Option<T>) -> bool {
            a.is_some() && b.is_some() && a != b
        }
        differ(&self.uuid, &other.uuid)
            || differ(&self.nguid, &other.nguid)
            || differ(&self.eui64, &other.eui64)
            || whole
                && (self.uuid, self.nguid, self.eui64) != (other.uuid, other.nguid, other.eui64)
    }

    /// Adds what Identify Namespace itself says where the list said nothing.
    #[must_use]
    pub(crate) fn or_namespace(mut self, namespace: &super::Namespace) -> Self {
        self.eui64 = self.eui64.or(namespace.eui64());
        self.nguid = self.nguid.or(namespace.nguid());
        self
    }
}

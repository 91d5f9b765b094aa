//! The program that writes a subject, as far as the metadata of the subject shows it.

use crate::engine::model::{Covers, Program};

/// A program that writes the subject (rulebook 7.14). If it gets a denial, it may stop before it creates the Service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Writer {
    /// The owner that controls the subject, or else its first owner; `None` if the subject has no owner.
    pub owner: Option<Owner>,
    /// The program; `None` if the owner and the marks belong to no known program.
    pub program: Option<&'static Program>,
}

/// An owner of a subject, from `metadata.ownerReferences`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Its kind.
    pub kind: Box<str>,
    /// Its name.
    pub name: Box<str>,
    /// It is the managing controller of the subject.
    pub controls: bool,
}

impl Writer {
    /// Whether the program writes the subject as a whole. Otherwise a user writes it, and the program creates some of its
    /// Services.
    pub fn writes_subject(&self) -> bool {
        self.owner.is_some() || self.program.is_some_and(|program| program.covers == Covers::Ingress)
    }

    /// Returns an estimate of the memory, in bytes.
    pub(super) fn heap_bytes(&self) -> usize {
        size_of::<Self>() + self.owner.as_ref().map_or(0, |owner| owner.kind.len() + owner.name.len())
    }
}

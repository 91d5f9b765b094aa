//! Programs that create Ingresses before their Services, or Services out of other objects (rulebook 7.14, 7.15).

use super::Maker;

/// A program that creates Ingresses or Services, and how it is recognized.
#[derive(Debug, PartialEq, Eq)]
pub struct Program {
    /// The name, for people.
    pub name: &'static str,
    /// The marks of the Ingresses that the program creates. One of them suffices.
    pub marks: &'static [Mark],
    /// The backends of a marked Ingress that the program is responsible for.
    pub covers: Covers,
    /// When the program creates the Services of an Ingress that it creates.
    pub creates: Creates,
    /// The kinds of objects for which the program creates Services.
    pub makers: &'static [Maker],
    /// The files of the source code that show it: `owner/repository version, files`.
    pub source: &'static str,
}

/// A mark of an Ingress in its metadata.
#[derive(Debug, PartialEq, Eq)]
pub enum Mark {
    /// An owner of this API group.
    Owner(&'static str),
    /// A label with this key.
    Label(&'static str, Value),
    /// An annotation with this key.
    Annotation(&'static str, Value),
}

/// The values of a label or an annotation that are a mark.
#[derive(Debug, PartialEq, Eq)]
pub enum Value {
    /// Every value.
    Any,
    /// This value.
    Is(&'static str),
    /// Every value with this beginning.
    StartsWith(&'static str),
}

/// The backends of an Ingress that a program is responsible for.
#[derive(Debug, PartialEq, Eq)]
pub enum Covers {
    /// All: the program creates the Ingress.
    Ingress,
    /// The Services whose name is this prefix and so many hexadecimal digits: the program creates them out of the
    /// Ingress of a user.
    HexNames {
        /// The prefix.
        prefix: &'static str,
        /// The number of digits.
        digits: usize,
    },
    /// The Services that other programs create out of objects which the program applies together with the Ingress. They
    /// appear later than the Ingress.
    Made,
}

/// When a program creates the Services of an Ingress that it creates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Creates {
    /// After the Ingress.
    After,
    /// At the same time, or in an order that is not known.
    Beside,
    /// In the order in which the user lists them.
    AsListed,
    /// Before the Ingress.
    Before,
    /// The program does not create them.
    Never,
}

impl Program {
    /// Whether the program creates the Service `name` of a marked Ingress itself.
    pub fn creates(&self, name: &str) -> bool {
        match self.covers {
            Covers::Ingress => matches!(self.creates, Creates::After | Creates::Beside | Creates::AsListed),
            Covers::HexNames { prefix, digits } => {
                let is_digit = |digit: u8| digit.is_ascii_digit() || (b'a'..=b'f').contains(&digit);
                name.strip_prefix(prefix).is_some_and(|rest| rest.len() == digits && rest.bytes().all(is_digit))
            }
            Covers::Made => false,
        }
    }
}

impl Value {
    /// Whether `value` is a mark.
    pub fn is(&self, value: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Is(expected) => value == *expected,
            Self::StartsWith(beginning) => value.starts_with(beginning),
        }
    }
}

//! `metadata.ownerReferences` of an Ingress, and the marks of the programs that write it.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, SeqAccess, Visitor};

use super::mapping::Mapping;
use super::text::{Name, Text};
use crate::engine::programs;
use crate::engine::subject::{Owner, Writer};

/// The owner that controls an object, or else its first owner. An object may list thousands; the others are not kept.
#[derive(Debug, Default)]
pub(super) struct Owners<'a>(Option<OwnerReference<'a>>);

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct OwnerReference<'a> {
    #[serde(borrow)]
    api_version: Option<Name<'a>>,
    #[serde(borrow)]
    kind: Option<Name<'a>>,
    #[serde(borrow)]
    name: Option<Name<'a>>,
    controller: Option<bool>,
}

impl OwnerReference<'_> {
    fn controls(&self) -> bool {
        self.controller == Some(true)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Owners<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OwnersVisitor;

        impl<'de> Visitor<'de> for OwnersVisitor {
            type Value = Owners<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a sequence")
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Owners::default())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut owners: A) -> Result<Self::Value, A::Error> {
                let mut best: Option<OwnerReference<'de>> = None;
                while let Some(owner) = owners.next_element::<Option<Mapping<OwnerReference<'de>>>>()? {
                    let Some(Mapping(owner)) = owner else { continue };
                    if best.as_ref().is_none_or(|best| owner.controls() && !best.controls()) {
                        best = Some(owner);
                    }
                }
                Ok(Owners(best))
            }
        }

        deserializer.deserialize_any(OwnersVisitor)
    }
}

/// The program that writes an object with these owners and labels, and with an annotation that is a mark of the program
/// `annotated`. The owner counts first, then the order of the programs.
pub(super) fn writer(
    owners: Owners<'_>,
    labels: &[(Text<'_>, Text<'_>)],
    annotated: Option<programs::Index>,
) -> Option<Box<Writer>> {
    let Owners(owner) = owners;
    let text = |name: &Option<Name<'_>>| name.as_deref().unwrap_or_default().into();
    let by_owner =
        owner.as_ref().and_then(|owner| programs::by_owner(owner.api_version.as_deref()?, owner.kind.as_deref()?));
    let marked = || {
        let labelled = labels.iter().filter_map(|(key, value)| programs::by_label(key, value));
        labelled.chain(annotated).min().and_then(programs::at)
    };
    let program = by_owner.or_else(marked);
    let owner =
        owner.map(|owner| Owner { kind: text(&owner.kind), name: text(&owner.name), controls: owner.controls() });
    (owner.is_some() || program.is_some()).then(|| Box::new(Writer { owner, program }))
}

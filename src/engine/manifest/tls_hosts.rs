//! `spec.tls` of an Ingress: the hosts.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, SeqAccess, Visitor};

use super::mapping::Mapping;
use super::text::Text;
use super::wire::nullable;

/// The hosts of all entries of `spec.tls`, in the order of the object.
#[derive(Debug, Default)]
pub(super) struct TlsHosts {
    /// The number of entries. An entry need not name a host.
    pub(super) entries: usize,
    pub(super) hosts: Vec<Box<str>>,
}

#[derive(Debug, Default, Deserialize)]
struct Entry<'a> {
    #[serde(borrow, default, deserialize_with = "nullable")]
    hosts: Vec<Text<'a>>,
}

impl<'de> Deserialize<'de> for TlsHosts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;

        impl<'de> Visitor<'de> for Entries {
            type Value = TlsHosts;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a sequence")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<TlsHosts, A::Error> {
                let mut all = TlsHosts::default();
                while let Some(Mapping(Entry { hosts })) = entries.next_element()? {
                    all.entries += 1;
                    all.hosts.extend(hosts.into_iter().map(Box::from));
                }
                // The index keeps subjects.
                all.hosts.shrink_to_fit();
                Ok(all)
            }
        }

        deserializer.deserialize_seq(Entries)
    }
}

//! Structures that are mappings in JSON.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

/// A structure that only a mapping becomes. serde alone also takes a list of the values of the fields, which the API server
/// refuses.
#[derive(Debug, Default)]
pub struct Mapping<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Mapping<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MappingVisitor<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for MappingVisitor<T> {
            type Value = Mapping<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(fields)).map(Mapping)
            }
        }

        deserializer.deserialize_map(MappingVisitor(PhantomData))
    }
}

/// Deserializes a structure from a mapping. `null` is the default.
///
/// # Errors
/// If it is neither `null` nor a mapping that is a `T`.
pub(super) fn mapping<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    nullable_mapping::<D, T, T>(deserializer)
}

/// Deserializes a structure from a mapping; `None` for `null`.
///
/// # Errors
/// As [`mapping`].
pub(super) fn optional_mapping<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    nullable_mapping::<D, T, Option<T>>(deserializer)
}

/// Deserializes a `T` from a mapping and converts it to an `R`. `null` is the default of `R`. One visitor does it all,
/// because each further wrapper would move the structure again.
fn nullable_mapping<'de, D, T, R>(deserializer: D) -> Result<R, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
    R: From<T> + Default,
{
    struct NullableVisitor<T, R>(PhantomData<(T, R)>);

    impl<'de, T: Deserialize<'de>, R: From<T> + Default> Visitor<'de> for NullableVisitor<T, R> {
        type Value = R;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a map")
        }

        fn visit_unit<E: Error>(self) -> Result<R, E> {
            Ok(R::default())
        }

        fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<R, A::Error> {
            T::deserialize(MapAccessDeserializer::new(fields)).map(R::from)
        }
    }

    deserializer.deserialize_any(NullableVisitor(PhantomData))
}

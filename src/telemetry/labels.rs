//! The closed sets that metric labels take their values from.
//!
//! A label whose value comes from a request lets whoever sends requests grow the registry without bound,
//! so every label is an enum here, or a `&'static str` of the program text.

use std::fmt::{self, Write as _};

use prometheus_client::encoding::{EncodeLabelValue, LabelValueEncoder};

use crate::engine::model::Action;
use crate::engine::policy::Verdict;

macro_rules! label_values {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$variant_meta])* $variant,)+
        }

        impl $name {
            /// All there are.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The label's value.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }

        impl EncodeLabelValue for $name {
            fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> fmt::Result {
                encoder.write_str(self.as_str())
            }
        }
    };
}

/// Makes label values of the engine's own closed sets.
macro_rules! label_values_of_the_engine {
    ($($name:ty),+) => {
        $(impl EncodeLabelValue for $name {
            fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> fmt::Result {
                encoder.write_str(self.as_str())
            }
        })+
    };
}

label_values_of_the_engine!(Verdict, Action);

label_values! {
    /// How a live read of the API server ended.
    ReadResult {
        /// The object exists.
        Found = "found",
        /// The API server says that the object does not exist.
        Absent = "absent",
        /// No answer that tells: timed out, forbidden, failed, not decodable.
        Unknown = "unknown",
    }
}

label_values! {
    /// How an attempt ended.
    Outcome {
        /// It succeeded.
        Ok = "ok",
        /// It failed; what was there before is kept.
        Failed = "failed",
    }
}

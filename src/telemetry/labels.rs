//! The values of metric labels.
//!
//! With a label whose value comes from a request, clients could grow the registry without bound. Therefore each
//! label is an enum, or a `&'static str` of the program text.

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
            /// All values.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The value of the label.
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

/// Implements label values for enums of the engine.
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
    /// The result of a live read of the API server.
    ReadResult {
        /// The object exists.
        Found = "found",
        /// The object does not exist.
        Absent = "absent",
        /// Not known: the read timed out, was forbidden, failed, or the object cannot be decoded.
        Unknown = "unknown",
    }
}

label_values! {
    /// The result of an attempt.
    Outcome {
        /// The attempt succeeded.
        Ok = "ok",
        /// The attempt failed; the previous state is still in use.
        Failed = "failed",
    }
}

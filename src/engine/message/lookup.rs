//! Failed lookups, in words.

use std::borrow::Cow;

use crate::engine::kinds::Kind;
use crate::engine::view::{Stage, Unknown};

/// Why an object of `kind` could not be looked up: `timeout`, or whose permission is missing.
pub fn why_unknown(why: Unknown, kind: Kind, stage: Stage) -> Cow<'static, str> {
    match (why, stage) {
        (Unknown::Forbidden, Stage::Admission) => without_permission(kind).into(),
        (Unknown::Forbidden, _) => format!("you may not list {}", plural(kind)).into(),
        _ => why.as_str().into(),
    }
}

/// What the webhook could not check: `what` is the object, of `kind`.
pub fn not_checked(what: &str, kind: Kind, why: Unknown) -> String {
    match why {
        // The permission is about the kind, and without it no object of the kind is checked.
        Unknown::Forbidden => format!("not checked: {}", without_permission(kind)),
        _ => format!("not checked: {what} ({why})"),
    }
}

fn without_permission(kind: Kind) -> String {
    format!("Backstop's ServiceAccount cannot read {}", plural(kind))
}

/// The word for several objects of `kind`: `NetworkPolicies`.
fn plural(kind: Kind) -> String {
    let (name, plural) = (kind.name(), kind.plural());
    let same = name.bytes().zip(plural.bytes()).take_while(|(a, b)| a.eq_ignore_ascii_case(b)).count();
    format!("{}{}", name.get(..same).unwrap_or_default(), plural.get(same..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_permission_names_who_lacks_it() {
        let why = |stage| why_unknown(Unknown::Forbidden, Kind::Service, stage);
        assert_eq!(why(Stage::Admission), "Backstop's ServiceAccount cannot read Services");
        assert_eq!(why(Stage::OverCluster), "you may not list Services");
        assert_eq!(why_unknown(Unknown::Timeout, Kind::Service, Stage::Admission), "timeout");
        let words = not_checked("EndpointSlices of \"web\"", Kind::EndpointSlice, Unknown::Forbidden);
        assert_eq!(words, "not checked: Backstop's ServiceAccount cannot read EndpointSlices");
        assert_eq!(plural(Kind::NetworkPolicy), "NetworkPolicies");
        assert_eq!(
            not_checked("Service \"web\"", Kind::Service, Unknown::Timeout),
            "not checked: Service \"web\" (timeout)"
        );
    }
}

//! A controller that could not be identified.

use super::endpoint_rules::EndpointRules;
use super::profile::{Actions, Annotations, Profile, StandsIn, WrongPort};
use crate::engine::model::Action;

/// Ports are read as the API means them, and only warned about: some controllers accept more (rulebook 4.4). A
/// missing Service is certain enough to refuse.
pub const UNKNOWN: Profile = Profile {
    id: "unknown",
    title: "an unknown controller",
    wrong_port: WrongPort { number: Action::Warn, name: Action::Warn },
    actions: Actions::Unknown,
    resource: Action::Off,
    endpoints: EndpointRules { unmanaged: Action::Audit, misnamed: Action::Audit, ..EndpointRules::STRICT },
    annotations: Annotations {
        canary: Action::Audit,
        redirect: Action::Audit,
        stands_in: StandsIn::Maybe,
        answers: &[
            "configuration-snippet",
            "server-snippet",
            "server-snippets",
            "location-snippets",
            "redirect-to",
            "request-redirect",
        ],
        ..Profile::STRICT.annotations
    },
    without_backend: "the controller will have no backend for this path",
    without_endpoints: "requests fail until endpoints are ready",
    ..Profile::STRICT
};

//! A controller that could not be identified.

use super::endpoint_rules::EndpointRules;
use super::profile::{Actions, Annotations, DefaultBackendAnswers, Profile, WrongPort};
use super::routing::DefaultBackendUse;
use super::shape::{Redirect, RedirectValue};
use crate::engine::model::Action;

/// Port references are matched as the API defines them. A mismatch is only a warning, because some controllers accept
/// more (rulebook 4.4). A missing Service fails on every controller that the rulebook describes, so it is denied.
pub const UNKNOWN: Profile = Profile {
    id: "unknown",
    title: "an unknown controller",
    wrong_port: WrongPort { number: Action::Warn, name: Action::Warn },
    actions: Actions::Unknown,
    resource: Action::Off,
    endpoints: EndpointRules { unmanaged: Action::Audit, misnamed: Action::Audit, ..EndpointRules::STRICT },
    annotations: Annotations {
        canary: Action::Audit,
        redirects: &Redirect::of_ingress_nginx(Action::Audit, RedirectValue::Any),
        default_backend_answers: DefaultBackendAnswers::Maybe,
        answering: &[
            "configuration-snippet",
            "server-snippet",
            "server-snippets",
            "location-snippets",
            "plugins",
            "redirect-to",
            "request-redirect",
        ],
        ..Profile::STRICT.annotations
    },
    default_backend: DefaultBackendUse::PerhapsWithoutRules,
    // Of APISIX, which has no profile.
    service_namespace: &["k8s.apisix.apache.org/svc-namespace"],
    without_backend: "the controller will have no backend for this path",
    without_endpoints: "requests fail until endpoints are ready",
    ..Profile::STRICT
};

//! Any text as an action of the AWS Load Balancer Controller, and as the value of other annotations: no panic, neither
//! reading nor judging; what is no JSON is told; and a forward goes to Services that the text names.

#![no_main]

use backstop::engine::controllers;
use backstop::engine::evaluate::{Settings, evaluate};
use backstop::engine::manifest::{ACTION_PREFIX, ingress};
use backstop::engine::model::{Action, ActionSpec, Target};
use backstop::engine::view::Snapshot;
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

fuzz_target!(|text: &str| {
    let key = format!("{ACTION_PREFIX}fwd");
    let whole = json!({
        "metadata": {"name": "web", "annotations": {
            key: text,
            "kubernetes.io/ingress.class": text,
            "nginx.ingress.kubernetes.io/default-backend": text,
            "alb.ingress.kubernetes.io/target-type": text,
            "backstop.dev/ignore": text,
        }},
        "spec": {"defaultBackend": {"service": {"name": "fwd", "port": {"name": "use-annotation"}}}},
    });
    let subject = ingress(&whole.to_string(), "shop").expect("annotations are never read so strictly");
    let action = subject.actions.get("fwd").expect("it is there");
    match serde_json::from_str::<Value>(text) {
        Err(_) => assert!(matches!(action, ActionSpec::Unreadable(_)), "{action:?}"),
        Ok(said) => {
            let targets = if let ActionSpec::Forward(targets) = action { targets.as_slice() } else { &[] };
            for group in targets {
                let Target::Service { name, .. } = &group.target else { panic!("{group:?}") };
                assert!(groups(&said).any(|said| names(said, name, group.idle)), "{name} is not in {said}");
            }
        }
    }
    let world = Snapshot::complete();
    for profile in controllers::ALL {
        let settings = Settings { fallback: Some(profile), ..Settings::default() };
        evaluate(&subject, &world, settings, &|_, _| Action::Deny);
    }
});

/// The target groups of a forward, in either spelling.
fn groups(action: &Value) -> impl Iterator<Item = &Value> {
    let config = either(action, "forwardConfig", "ForwardConfig");
    config
        .and_then(|config| either(config, "targetGroups", "TargetGroups"))
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

fn names(group: &Value, service: &str, idle: bool) -> bool {
    either(group, "serviceName", "ServiceName").is_some_and(|name| name == service)
        && either(group, "weight", "Weight").is_some_and(|weight| weight == 0) == idle
}

fn either<'v>(object: &'v Value, one: &str, other: &str) -> Option<&'v Value> {
    object.get(one).or_else(|| object.get(other))
}

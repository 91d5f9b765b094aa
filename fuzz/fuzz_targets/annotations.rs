//! Any text as an action of the AWS Load Balancer Controller, and as the value of other annotations, causes no panic.
//! Text that is not JSON is refused. A forward has only Services that the text names.

#![no_main]

use backstop::engine::controllers;
use backstop::engine::controllers::identify;
use backstop::engine::evaluate::{Gates, Settings, evaluate};
use backstop::engine::manifest::ingress;
use backstop::engine::subject::{ACTION_PREFIX, ActionSpec};
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
    let action = subject.action("fwd").expect("it is there");
    match serde_json::from_str::<Value>(text) {
        Err(_) => assert!(matches!(action, ActionSpec::Refused(_)), "{action:?}"),
        Ok(value) => {
            let targets = if let ActionSpec::Forward(targets) = action { targets.as_slice() } else { &[] };
            for group in targets {
                let name =
                    &*subject.targets[group.target as usize].service().expect("a forward has only Services").name;
                assert!(
                    groups(&value).any(|group_of_text| names(group_of_text, name, group.idle)),
                    "{name} is not in {value}"
                );
            }
        }
    }
    let world = Snapshot::complete();
    for profile in controllers::ALL {
        let settings = Settings { fallback: Some((*profile).into()), ..Settings::default() };
        let controller = identify(&subject, &world, settings.controllers, settings.fallback, settings.stored);
        evaluate(&subject, controller, &world, &Gates::open(&subject), settings);
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

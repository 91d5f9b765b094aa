//! Converts a document without mistakes to a configuration.

use serde_json::Value;

use super::keys::GRACE_CHECK;
use crate::engine::checks::{self, CheckSettings};
use crate::engine::controllers::{self, Assignment, Assignments, ControllerPods, Options, TargetType};
use crate::engine::model::{Action, Labels};
use crate::engine::policy::{Configuration, Exemptions, OnUnknown};

/// Converts `file`. Absent keys have their defaults.
pub(super) fn configuration(file: &Value) -> Configuration {
    let default = Configuration::default();
    Configuration {
        mode: word(file.get("mode")).and_then(|word| word.parse().ok()).unwrap_or(default.mode),
        checks: check_settings(file.get("checks")),
        controllers: Assignments(items(file.get("controllers")).iter().map(assignment).collect()),
        exempt: exemptions(file.get("exempt")),
        allow_ignore_annotation: flag(file.get("allowIgnoreAnnotation")).unwrap_or(default.allow_ignore_annotation),
        on_unknown: match word(file.get("onUnknown")) {
            Some("deny") => OnUnknown::Deny,
            _ => OnUnknown::Allow,
        },
    }
}

fn check_settings(settings: Option<&Value>) -> CheckSettings {
    let mut result = CheckSettings::default();
    for (id, settings) in settings.and_then(Value::as_object).into_iter().flatten() {
        let Some(check) = checks::by_id(id) else { continue };
        if let Some(action) = word(settings.get("action")).and_then(action) {
            result.actions.insert(check.id, action);
        }
        let grace = settings.get("grace").and_then(Value::as_str).and_then(|grace| grace.parse().ok());
        if let Some(grace) = grace.filter(|_| id == GRACE_CHECK) {
            result.grace = grace;
        }
    }
    result
}

fn action(word: &str) -> Option<Action> {
    [Action::Deny, Action::Warn, Action::Audit, Action::Off].into_iter().find(|action| action.as_str() == word)
}

fn assignment(entry: &Value) -> Assignment {
    let options = |key: &str| entry.get("options").and_then(|options| options.get(key));
    Assignment {
        class: entry.pointer("/match/ingressClass").and_then(Value::as_str).unwrap_or_default().to_owned(),
        profile: word(entry.get("profile")).and_then(controllers::by_id),
        options: Options {
            version: options("version").and_then(Value::as_str).and_then(|version| version.parse().ok()),
            allow_external_name: flag(options("allowExternalName")),
            allow_empty_services: flag(options("allowEmptyServices")),
            annotations_prefix: options("annotationsPrefix").and_then(Value::as_str).map(str::to_owned),
            target_type: match word(options("targetType")) {
                Some("instance") => Some(TargetType::Instance),
                Some("ip") => Some(TargetType::Ip),
                _ => None,
            },
            service_upstream: flag(options("serviceUpstream")),
        },
        pods: entry.get("pods").filter(|pods| !pods.is_null()).map(|pods| ControllerPods {
            namespace: word(pods.get("namespace")).unwrap_or_default().to_owned(),
            selector: labels(pods.get("selector")),
            host_network: flag(pods.get("hostNetwork")).unwrap_or_default(),
        }),
    }
}

fn exemptions(exempt: Option<&Value>) -> Exemptions {
    let default = Exemptions::default();
    let list = |key: &str| {
        let listed = exempt.and_then(|exempt| exempt.get(key)).filter(|list| !list.is_null());
        listed.map(|list| items(Some(list)).iter().filter_map(Value::as_str).map(str::to_owned).collect())
    };
    Exemptions {
        namespaces: list("namespaces").unwrap_or(default.namespaces),
        users: list("users").unwrap_or(default.users),
        groups: list("groups").unwrap_or(default.groups),
        labels: labels(exempt.and_then(|exempt| exempt.get("labels"))),
    }
}

fn items(list: Option<&Value>) -> &[Value] {
    list.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn labels(pairs: Option<&Value>) -> Labels {
    let pairs = pairs.and_then(Value::as_object).into_iter().flatten();
    pairs.filter_map(|(key, value)| Some((key.as_str(), value.as_str()?))).collect()
}

fn flag(value: Option<&Value>) -> Option<bool> {
    value.and_then(Value::as_bool)
}

/// Returns a word. In the YAML of Kubernetes, `off` without quotes is false.
fn word(value: Option<&Value>) -> Option<&str> {
    match value {
        Some(Value::Bool(false)) => Some("off"),
        Some(Value::String(word)) => Some(word),
        _ => None,
    }
}

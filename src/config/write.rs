//! Writes a configuration as a file, with all defaults.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use super::keys::{API_VERSION, GRACE_CHECK, KIND};
use crate::engine::checks;
use crate::engine::controllers::{Assignment, ControllerPods, Options, TargetType};
use crate::engine::model::{Action, Labels};
use crate::engine::policy::Configuration;

/// Writes every key. Reading the result gives the same configuration.
impl Serialize for Configuration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let settings = |check: &&'static checks::Check| {
            let action = self.checks.actions.get(&check.id).copied().unwrap_or(check.action);
            let grace = (check.id.0 == GRACE_CHECK).then(|| duration(self.checks.grace));
            (check.id.0, CheckEntry { action, grace })
        };
        let file = File {
            api_version: API_VERSION,
            kind: KIND,
            mode: self.mode.to_string(),
            checks: checks::ALL.iter().map(settings).collect(),
            controllers: self.controllers.0.iter().map(Controller::from).collect(),
            exempt: Exempt {
                namespaces: self.exempt.namespaces.iter().map(String::as_str).collect(),
                users: self.exempt.users.iter().map(String::as_str).collect(),
                groups: self.exempt.groups.iter().map(String::as_str).collect(),
                labels: pairs(&self.exempt.labels),
            },
            allow_ignore_annotation: self.allow_ignore_annotation,
            on_unknown: self.on_unknown.as_str(),
        };
        file.serialize(serializer)
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct File<'a> {
    api_version: &'a str,
    kind: &'a str,
    mode: String,
    checks: BTreeMap<&'a str, CheckEntry>,
    controllers: Vec<Controller<'a>>,
    exempt: Exempt<'a>,
    allow_ignore_annotation: bool,
    on_unknown: &'a str,
}

#[derive(Serialize)]
struct CheckEntry {
    action: Action,
    #[serde(skip_serializing_if = "Option::is_none")]
    grace: Option<String>,
}

#[derive(Serialize)]
struct Controller<'a> {
    #[serde(rename = "match")]
    of: Match<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    options: Option<OptionsFile<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pods: Option<Pods<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Match<'a> {
    ingress_class: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OptionsFile<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allow_external_name: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allow_empty_services: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    annotations_prefix: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    service_upstream: Option<bool>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Pods<'a> {
    namespace: &'a str,
    selector: BTreeMap<&'a str, &'a str>,
    host_network: bool,
}

#[derive(Serialize)]
struct Exempt<'a> {
    namespaces: Vec<&'a str>,
    users: Vec<&'a str>,
    groups: Vec<&'a str>,
    labels: BTreeMap<&'a str, &'a str>,
}

impl<'a> From<&'a Assignment> for Controller<'a> {
    fn from(assignment: &'a Assignment) -> Self {
        let Assignment { class, profile, options, pods } = assignment;
        // An entry needs a profile, options or pods: without the others, empty options are written.
        let empty = *options == Options::default() && (profile.is_some() || pods.is_some());
        Self {
            of: Match { ingress_class: class },
            profile: profile.map(|profile| profile.id),
            options: (!empty).then(|| OptionsFile::from(options)),
            pods: pods.as_ref().map(Pods::from),
        }
    }
}

impl<'a> From<&'a Options> for OptionsFile<'a> {
    fn from(options: &'a Options) -> Self {
        Self {
            version: options.version.map(|version| version.to_string()),
            allow_external_name: options.allow_external_name,
            allow_empty_services: options.allow_empty_services,
            annotations_prefix: options.annotations_prefix.as_deref(),
            target_type: options.target_type.map(|target| match target {
                TargetType::Instance => "instance",
                TargetType::Ip => "ip",
            }),
            service_upstream: options.service_upstream,
        }
    }
}

impl<'a> From<&'a ControllerPods> for Pods<'a> {
    fn from(pods: &'a ControllerPods) -> Self {
        let ControllerPods { namespace, selector, host_network } = pods;
        Self { namespace, selector: pairs(selector), host_network: *host_network }
    }
}

fn pairs(labels: &Labels) -> BTreeMap<&str, &str> {
    labels.iter().collect()
}

/// Formats a duration as `1h30m`: the format of jiff without spaces.
fn duration(duration: jiff::SignedDuration) -> String {
    format!("{duration:#}").replace(' ', "")
}

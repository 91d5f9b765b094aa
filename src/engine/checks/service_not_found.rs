//! The Service does not exist.

use super::{Applies, Check, Docs, Rule};
use crate::engine::model::{
    Action, CheckId, Claim, Creates, Finding, FindingText, Found, Part, Program, Promise, ServiceTarget, Target,
};
use crate::engine::resolve::{Background, Resolution};
use crate::engine::subject::Writer;
use crate::engine::view::{Elsewhere, Lookup};
use crate::text::{either, meant};

const ID: CheckId = CheckId("service-not-found");

pub(super) const CHECK: Check = Check {
    id: ID,
    summary: "the Service does not exist",
    action: Action::Deny,
    when: "deny, if a live read confirms that the Service does not exist; warn on Cilium and Istio, where \
           another cluster may have the Service, if a program such as Flagger will create the Service, and for a backend \
           that the controller ignores or may ignore",
    docs: Docs {
        what: "A backend names a Service that does not exist in the namespace of the Ingress. A backend of an Ingress \
               cannot refer to another namespace.",
        why: "No controller can route the path. ingress-nginx answers 503. Traefik and Contour drop the route: \
              requests get 404, or another route of the host answers them, perhaps of another team. \
              On AWS and GKE the load balancer may no longer be updated.",
        example: "backend:\n  service:\n    name: wbe        # the Service is called web\n    port: {number: 80}",
        fix: "Correct the name (`kubectl get service -n NAMESPACE` lists the Services), or create the Service. If both \
              are new, apply the Service before the Ingress, or run the same apply again: the second run finds the \
              Service.",
        options: "The finding is only a warning for a Service that a program creates out of a custom resource, such as a \
                  Canary of Flagger or a Kibana: if the object is known, or if the API group is served and the name has \
                  the form of such a Service (`logs-kb-http`). If Flagger is installed, it is only a warning for a Service \
                  with the name of a Deployment or DaemonSet that has no Canary yet. `exempt` excludes \
                  namespaces, labels, users and groups. In a namespace with the label `backstop.dev/mode: warn`, an \
                  Ingress may be created before its Service.",
    },
    applies: Applies::Everywhere,
    rule: Rule::Service(run),
    elaborate: Some(elaborate),
};

fn run<'r>(resolution: &'r Resolution<'_>) -> Option<Found<'r>> {
    if !matches!(resolution.service, Lookup::Absent) {
        return None;
    }
    let action = resolution.profile().missing_service;
    let makers = resolution.context.view.makers(resolution.namespace()).found();
    let promise = makers.and_then(|makers| makers.promise(resolution.name()));
    let mut finding = match (promise, resolution.context.subject.writer.as_deref()) {
        (Some(promise @ (Promise::Object(..) | Promise::Workload(..))), _) => {
            promised(resolution, promise, action.min(Action::Warn))
        }
        // The gate of the subject limits the finding.
        (_, Some(writer)) if writer.writes_subject() => written(resolution, writer, action),
        (_, Some(writer)) if creates(writer, resolution.name()) => {
            written(resolution, writer, action.min(Action::Warn))
        }
        (Some(promise @ Promise::Form(..)), _) => promised(resolution, promise, action.min(Action::Warn)),
        (None, _) => missing(resolution, action),
    };
    finding.claim = Some(Claim::Absent(resolution.service_name()));
    Some(finding)
}

/// The next step if the Service is in one other namespace, or if the backend has a DNS name, which the API server
/// refuses.
fn other_namespace(background: &Background<'_>, target: &ServiceTarget) -> Option<String> {
    let own = "an Ingress reaches only Services of its own namespace";
    let parts: Vec<&str> = target.name.split('.').take(3).collect();
    if let [service, namespace, "svc"] = parts.as_slice() {
        return Some(format!("{own}, by their plain names: create it in namespace \"{namespace}\" for \"{service}\""));
    }
    let subject = &background.subject.name;
    let Elsewhere { namespace, service_unstated, subject_unstated } =
        background.view.elsewhere(subject, &target.name)?;
    let set = |namespace: &str| format!("set metadata.namespace to \"{namespace}\" or pass -n {namespace}");
    Some(match (service_unstated, subject_unstated) {
        (false, true) => set(namespace),
        (true, false) => {
            format!("the manifest of Service \"{}\" states no namespace: {}", target.name, set(&subject.namespace))
        }
        _ => format!("Service \"{}\" is in namespace \"{namespace}\": {own}", target.name),
    })
}

/// The finding if nothing is known to create the Service.
fn missing<'r>(resolution: &'r Resolution<'_>, action: Action) -> Found<'r> {
    let text = move || FindingText {
        reason: format!("Service \"{}\" does not exist", resolution.name()),
        context: format!(" in namespace \"{}\"", resolution.namespace()),
        consequence: resolution.profile().without_backend.into(),
        help: "apply the Service first, or run the same apply again; or correct the name".to_owned(),
        ..FindingText::default()
    };
    resolution.finding(ID, Part::ServiceName, action, text)
}

/// Adds the names of Services that were probably meant. This function compares the name with all names of the
/// namespace.
fn elaborate(background: &Background<'_>, finding: &mut Finding) {
    let Some(target) = finding.target.as_ref().and_then(Target::service) else { return };
    // A program will create a promised Service, so its name is not a typing error. Only the form of a name may be.
    let makers = background.view.makers(&target.namespace).found();
    let promise = makers.and_then(|makers| makers.promise(&target.name));
    let may_be_an_error = matches!(promise, Some(Promise::Form(..)));
    let promised = promise.is_some() && !may_be_an_error
        || background.subject.writer.as_deref().is_some_and(|writer| creates(writer, &target.name));
    let names = background.view.service_names(&target.namespace);
    // The comparison of two long names takes longer.
    let units_per_name = 1 + target.name.len() / 4;
    if promised || background.meter.spend(names.len().saturating_mul(units_per_name)).is_err() {
        return;
    }
    let near = meant(&target.name, &names);
    if near.is_empty() {
        if let Some(help) = other_namespace(background, target) {
            finding.text.help = help;
        }
        return;
    }
    let choice = either(&near);
    finding.text.hint = format!("did you mean {choice}?");
    if may_be_an_error {
        return;
    }
    finding.text.help = format!(
        "use {choice} instead; or, if \"{}\" is new, apply the Service first, or run the same apply again",
        target.name
    );
    finding.text.evidence = near.iter().map(|near| format!("Service \"{near}\" exists")).collect();
}

/// The finding if a program will create the Service for an object. The guide of Flagger applies the Ingress first, and
/// Helm, Argo CD and Flux apply custom resources last (rulebook 7.12, 7.15).
fn promised<'r>(resolution: &'r Resolution<'_>, promise: Promise<'r>, action: Action) -> Found<'r> {
    resolution.finding(ID, Part::ServiceName, action, move || promised_text(resolution, promise))
}

fn promised_text(resolution: &Resolution<'_>, promise: Promise<'_>) -> FindingText {
    let (name, namespace) = (resolution.name(), resolution.namespace());
    let kind = promise.kind();
    let (program, kind, group) = (kind.program.name, kind.maker.kind, kind.maker.group);
    let (brief, when, help, evidence) = match promise {
        Promise::Object(maker, object) => {
            let see = format!("kubectl describe {}.{group} {object}", kind.to_lowercase());
            let help = if maker.maker.everywhere {
                format!("if it does not appear, see the state of {kind} \"{object}\"")
            } else {
                format!("if it does not appear, see why: {see} -n {namespace}")
            };
            let maker = format!("{kind} \"{object}\"");
            (creates_it(program), format!("{program} creates it for {maker}"), help, format!("{maker} exists"))
        }
        Promise::Workload(_, workload) => {
            let workload = format!("{workload} \"{name}\"");
            let help = format!("apply the {kind} that names {workload}, or create the Service yourself");
            let when = format!("{program} creates it once a {kind} names {workload}");
            (may_create_it(program), when, help, format!("{workload} exists"))
        }
        Promise::Form(_, object) => {
            let maker = if object.is_empty() { format!("the {kind}") } else { format!("{kind} \"{object}\"") };
            let help = format!("apply {maker}, or correct the name");
            let when = format!("{program} creates it once {maker} exists");
            (may_create_it(program), when, help, format!("the API server serves {group}"))
        }
    };
    FindingText {
        reason: format!("Service \"{name}\" does not exist"),
        brief,
        context: format!(" in namespace \"{namespace}\" yet; {when}"),
        consequence: format!("{} until then", resolution.profile().without_backend).into(),
        help,
        evidence: vec![evidence],
        ..FindingText::default()
    }
}

fn creates_it(program: &str) -> String {
    format!(" yet: {program} creates it")
}

fn may_create_it(program: &str) -> String {
    format!(": {program} may create it")
}

/// Whether the program that writes the subject creates the Service `name` itself.
fn creates(writer: &Writer, name: &str) -> bool {
    writer.program.is_some_and(|program| program.creates(name))
}

/// The finding if a program writes the subject, or creates the Service out of the subject (rulebook 7.14).
fn written<'r>(resolution: &'r Resolution<'_>, writer: &'r Writer, action: Action) -> Found<'r> {
    resolution.finding(ID, Part::ServiceName, action, move || written_text(resolution, writer))
}

fn written_text(resolution: &Resolution<'_>, writer: &Writer) -> FindingText {
    let (name, namespace) = (resolution.name(), resolution.namespace());
    let who = writer.describe(resolution.context.subject.kind.0);
    let order = writer.program.and_then(|program| Some((program, program.creates.phrase()?)));
    let follows = creates(writer, name);
    let yet = if follows { " yet" } else { "" };
    let why = order.map_or_else(|| who.clone(), |(program, phrase)| format!("{} {phrase}", program.name));
    let short =
        writer.program.and_then(|program| Some(format!("{} {}", program.name, program.creates.short_phrase()?)));
    let short = short.unwrap_or_else(|| who.clone());
    let help = match (&writer.owner, order) {
        (None, Some((Program { creates: Creates::AsListed, .. }, _))) => {
            "list the Service before the Ingress".to_owned()
        }
        (Some(owner), _) => {
            format!("if the Service does not appear, see the state of {} \"{}\"", owner.kind, owner.name)
        }
        (None, Some((program, _))) => format!("if the Service does not appear, see what {} reports", program.name),
        (None, None) => "apply the Service first, or run the same apply again; or correct the name".to_owned(),
    };
    let until = if follows { " until then" } else { "" };
    FindingText {
        reason: format!("Service \"{name}\" does not exist"),
        brief: if follows { format!(" yet: {short}") } else { format!("; {short}") },
        context: format!(" in namespace \"{namespace}\"{yet}; {why}"),
        consequence: format!("{}{until}", resolution.profile().without_backend).into(),
        help,
        evidence: vec![who],
        ..FindingText::default()
    }
}

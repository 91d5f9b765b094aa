//! The Service does not exist.

use super::{Applies, Check, Docs, Rule};
use crate::engine::message::{another_name, create_service};
use crate::engine::model::{
    Action, CheckId, Claim, Covers, Creates, Finding, FindingText, Found, MakerKind, Makers, Part, Program, Promise,
    ServiceTarget, Target,
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
           another cluster may have the Service, if a program such as Flagger will create the Service, or may create it, \
           and for a backend that the controller ignores or may ignore",
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
                  with the name of a Deployment or DaemonSet that has no Canary yet. In files, it is only a warning if \
                  an object of a kind that Backstop does not know has the name of the Service or the beginning of it, or \
                  if a chart is installed in the namespace (HelmRelease, HelmChart, Application of Argo CD). It is only a \
                  warning for an Ingress that Flux applies, if the API server serves HelmReleases. `exempt` excludes \
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
    let writer = resolution.context.subject.writer.as_deref();
    let makers = resolution.context.view.makers(resolution.namespace()).found();
    let promise = makers.and_then(|makers| promise(makers, writer, resolution.name()));
    let mut finding = match (promise, writer) {
        (Some(promise), _) if promise.is_certain() => promised(resolution, promise, action.min(Action::Warn)),
        // The gate of the subject limits the finding.
        (_, Some(writer)) if writer.writes_subject() => written(resolution, writer, action),
        (_, Some(writer)) if creates(writer, resolution.name()) => {
            written(resolution, writer, action.min(Action::Warn))
        }
        (Some(promise), _) => promised(resolution, promise, action.min(Action::Warn)),
        (None, _) => missing(resolution, action),
    };
    finding.claim = Some(Claim::Absent(resolution.service_name()));
    Some(finding)
}

/// Why the Service `name` of a subject of `writer` is expected to be created.
fn promise<'m>(makers: &'m Makers, writer: Option<&Writer>, name: &'m str) -> Option<Promise<'m>> {
    let applies_all = || writer.and_then(|writer| writer.program).is_some_and(|it| it.covers == Covers::Made);
    makers.promise(name).or_else(|| makers.later(name).filter(|_| applies_all()))
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
        help: create_service(resolution.context.view.stage()),
        ..FindingText::default()
    };
    resolution.finding(ID, Part::ServiceName, action, text)
}

/// Adds the names of Services that were probably meant. This function compares the name with the names of all Services of
/// the namespace, and of all Services that programs are expected to create in it.
fn elaborate(background: &Background<'_>, finding: &mut Finding) {
    let Some(target) = finding.target.as_ref().and_then(Target::service) else { return };
    // A program will create a promised Service, so its name is not a typing error. A name that is only possible may be one.
    let (view, writer) = (background.view, background.subject.writer.as_deref());
    let makers = view.makers(&target.namespace).found();
    let promise = makers.and_then(|makers| promise(makers, writer, &target.name));
    let may_be_an_error = promise.is_some_and(|promise| !promise.is_certain());
    let promised = promise.is_some() && !may_be_an_error || writer.is_some_and(|writer| creates(writer, &target.name));
    if promised {
        return;
    }
    let mut names = view.service_names(&target.namespace);
    let future: Vec<&str> = makers.into_iter().flat_map(Makers::service_names).collect();
    // The comparison of two long names takes longer.
    let units_per_name = 1 + target.name.len() / 4;
    let count = names.len().saturating_add(future.len());
    if background.meter.spend(count.saturating_mul(units_per_name)).is_err() {
        return;
    }
    let exists = |name: &str| matches!(view.service(&target.namespace, name), Lookup::Found(_));
    names.extend(future.into_iter().filter(|name| !exists(name)));
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
    finding.text.help = another_name(view.stage(), &target.name, &choice);
    let seen = |name: &&str| match makers.and_then(|makers| makers.promise(name)).filter(|_| !exists(name)) {
        Some(Promise::Object(MakerKind { program, .. }, _)) => format!("{} creates Service \"{name}\"", program.name),
        _ => format!("Service \"{name}\" exists"),
    };
    finding.text.evidence = near.iter().map(seen).collect();
}

/// The finding if a program will create the Service for an object, or may create it. The guide of Flagger applies the
/// Ingress first, and Helm, Argo CD and Flux apply custom resources last (rulebook 7.12, 7.15).
fn promised<'r>(resolution: &'r Resolution<'_>, promise: Promise<'r>, action: Action) -> Found<'r> {
    resolution.finding(ID, Part::ServiceName, action, move || promised_text(resolution, promise))
}

fn promised_text(resolution: &Resolution<'_>, promise: Promise<'_>) -> FindingText {
    let (name, namespace) = (resolution.name(), resolution.namespace());
    let Creation { who, when, help, evidence } = creation(promise, name, namespace);
    let certain = matches!(promise, Promise::Object(..));
    FindingText {
        reason: format!("Service \"{name}\" does not exist"),
        brief: if certain { format!(" yet: {who}") } else { format!(": {who}") },
        brief_detail: if certain { " creates it".to_owned() } else { " may create it".to_owned() },
        context: format!(" in namespace \"{namespace}\" yet; {when}"),
        consequence: format!("{} until then", resolution.profile().without_backend).into(),
        help,
        evidence: vec![evidence],
        ..FindingText::default()
    }
}

/// How a promised Service is created, in words.
struct Creation {
    /// The program or the object that creates it.
    who: String,
    /// When, and for what: a clause.
    when: String,
    /// The next step.
    help: String,
    /// The observation.
    evidence: String,
}

fn creation(promise: Promise<'_>, name: &str, namespace: &str) -> Creation {
    let may = |object: String, program: &str| Creation {
        when: format!("{object}{program} may create it"),
        help: format!("see which Services {object} creates, or correct the name"),
        evidence: format!("{object} exists"),
        who: object,
    };
    match promise {
        Promise::Object(MakerKind { program, maker }, object) => {
            let (kind, group) = (maker.kind, maker.group);
            let see = format!("kubectl describe {}.{group} {object}", kind.to_lowercase());
            let help = if maker.everywhere {
                format!("if it does not appear, see the state of {kind} \"{object}\"")
            } else {
                format!("if it does not appear, see why: {see} -n {namespace}")
            };
            let when = format!("{} creates it for {kind} \"{object}\"", program.name);
            Creation { who: program.name.to_owned(), when, help, evidence: format!("{kind} \"{object}\" exists") }
        }
        Promise::Workload(MakerKind { program, maker }, workload) => {
            let (kind, workload) = (maker.kind, format!("{workload} \"{name}\""));
            let help = format!("apply the {kind} that names {workload}, or create the Service yourself");
            let when = format!("{} creates it once a {kind} names {workload}", program.name);
            Creation { who: program.name.to_owned(), when, help, evidence: format!("{workload} exists") }
        }
        Promise::Form(MakerKind { program, maker }, object) => {
            let kind = maker.kind;
            let object = if object.is_empty() { format!("the {kind}") } else { format!("{kind} \"{object}\"") };
            let help = format!("apply {object}, or correct the name");
            let when = format!("{} creates it once {object} exists", program.name);
            let evidence = format!("the API server serves {}", maker.group);
            Creation { who: program.name.to_owned(), when, help, evidence }
        }
        Promise::Perhaps(MakerKind { program, maker }, object) => {
            may(format!("{} \"{object}\"", maker.kind), &format!(" ({})", program.name))
        }
        Promise::Other(kind, object) => may(format!("{kind} \"{object}\""), ""),
        Promise::Later(MakerKind { maker, .. }) => Creation {
            who: format!("a {}", maker.kind),
            when: format!("a {} that is applied together with the Ingress may create it later", maker.kind),
            help: "apply the Ingress in a later step than the object that creates the Service, or correct the name"
                .to_owned(),
            evidence: format!("the API server serves {}", maker.group),
        },
    }
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
    let short = writer.program.and_then(|program| Some((program.name, program.creates.short_phrase()?)));
    let (short, brief_detail) = short
        .map_or_else(|| (who.clone(), String::new()), |(program, phrase)| (program.to_owned(), format!(" {phrase}")));
    let help = match (&writer.owner, order) {
        (None, Some((Program { creates: Creates::AsListed, .. }, _))) => {
            "list the Service before the Ingress".to_owned()
        }
        (Some(owner), _) => {
            format!("if the Service does not appear, see the state of {} \"{}\"", owner.kind, owner.name)
        }
        (None, Some((program, _))) => format!("if the Service does not appear, see what {} reports", program.name),
        (None, None) => create_service(resolution.context.view.stage()),
    };
    let until = if follows { " until then" } else { "" };
    FindingText {
        reason: format!("Service \"{name}\" does not exist"),
        brief: if follows { format!(" yet: {short}") } else { format!("; {short}") },
        brief_detail,
        context: format!(" in namespace \"{namespace}\"{yet}; {why}"),
        consequence: format!("{}{until}", resolution.profile().without_backend).into(),
        help,
        evidence: vec![who],
        ..FindingText::default()
    }
}

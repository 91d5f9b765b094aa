//! Builds views of a cluster from YAML.

use std::sync::LazyLock;

use backstop::engine::controllers::{Assignment, Assignments, ControllerPods, Options, identify};
use backstop::engine::evaluate::{Evaluation, Gates, Settings, evaluate};
use backstop::engine::kinds::{documents, object};
use backstop::engine::model::{Finding, FindingField};
use backstop::engine::policy::{Change, Circumstances, Configuration, Judgement, Occasion, judge};
use backstop::engine::subject::{Reference, Subject};
use backstop::engine::view::{Index, Snapshot, View};

use crate::index::available;

/// A view of a cluster that has exactly the objects of `yaml`.
pub fn world(yaml: &str) -> Snapshot {
    let mut world = Snapshot::complete();
    for document in documents(yaml.as_bytes()) {
        let document = document.unwrap_or_else(|broken| panic!("{broken}:\n{yaml}"));
        world.insert(object(&document.value, "default").unwrap_or_else(|error| panic!("{error}:\n{yaml}")));
    }
    world
}

/// An index of the objects of `yaml` that are watched.
pub fn indexed(yaml: &str) -> Index {
    let mut index = available();
    for document in documents(yaml.as_bytes()) {
        index.apply(object(&document.unwrap().value, "default").unwrap());
    }
    index
}

/// Where controllers run: the controller of the class `nginx` in a namespace of its own, the controller of the class
/// `host` in the network of the node. This matters only if the cluster has NetworkPolicies.
pub static CONTROLLERS: LazyLock<Assignments> = LazyLock::new(|| {
    let assignment = |class: &str, host_network| Assignment {
        class: class.to_owned(),
        profile: None,
        options: Options::default(),
        pods: Some(ControllerPods {
            namespace: "ingress-nginx".to_owned(),
            selector: [("app.kubernetes.io/name", "ingress-nginx")].into_iter().collect(),
            host_network,
        }),
    };
    Assignments(vec![assignment("nginx", false), assignment("host", true)])
});

/// The Ingress of `world`, judged as a creation.
pub fn judged(world: &Snapshot) -> Judgement {
    judged_with(world, &CONTROLLERS).expect("it is to be judged")
}

/// The Ingress of `world`, judged as a creation with the controllers of a configuration; `None` if it is not to be
/// judged.
pub fn judged_with(world: &Snapshot, controllers: &Assignments) -> Option<Judgement> {
    let (subject, configuration) = (subject(world), Configuration::default());
    let change = Change::creation(subject);
    let circumstances = Circumstances::new(&configuration, subject, &change, Occasion::default(), world);
    let settings = Settings { controllers, ..Settings::default() };
    judge(&circumstances, settings).map(|(judgement, _)| judgement)
}

/// The evaluation of `subject` with open gates.
pub fn evaluated(subject: &Subject, view: &dyn View, settings: Settings<'_>) -> Evaluation {
    let controller = identify(subject, view, settings.controllers, settings.fallback, settings.stored);
    evaluate(subject, controller, view, &Gates::open(subject), settings)
}

/// The paths of the fields that a finding with this field and these references is about.
pub fn fields(subject: &Subject, field: &FindingField, references: &[u32]) -> Vec<String> {
    subject.places(field, references).map(|place| place.field.0).collect()
}

/// The whole sentence of a finding.
pub fn sentence(subject: &Subject, finding: &Finding) -> String {
    let place = subject.places(&finding.field, &finding.references).next().expect("a finding has a place");
    finding.sentence(place.reference.map(Reference::requests).as_deref())
}

/// The Ingress of `world` under judgement: the only one, or `shop/web`.
pub fn subject(world: &Snapshot) -> &Subject {
    let all: Vec<&Subject> = world.subjects().collect();
    let found = match *all {
        [only] => Some(only),
        _ => all.into_iter().find(|subject| subject.name.to_string() == "shop/web"),
    };
    found.expect("the world holds one Ingress, or one called shop/web")
}

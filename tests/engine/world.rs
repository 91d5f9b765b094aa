//! Worlds made of YAML, for tests to look at.

use backstop::engine::evaluate::{Evaluation, Settings, evaluate};
use backstop::engine::manifest::{documents, object};
use backstop::engine::model::{Action, Subject};
use backstop::engine::policy::{Change, Circumstances, Configuration, Judgement, Occasion, judge};
use backstop::engine::view::Snapshot;

/// The objects of `yaml`, as the whole world.
pub fn world(yaml: &str) -> Snapshot {
    let mut world = Snapshot::complete();
    for document in documents(yaml.as_bytes()) {
        let document = document.unwrap_or_else(|broken| panic!("{broken}:\n{yaml}"));
        world.insert(object(&document.value, "default").unwrap_or_else(|error| panic!("{error}:\n{yaml}")));
    }
    world
}

/// The one Ingress of `world`, evaluated.
pub fn evaluated(world: &Snapshot) -> Evaluation<'static> {
    evaluate(subject(world), world, Settings::default(), &|_, _| Action::Deny)
}

/// The one Ingress of `world`, judged as a creation.
pub fn judged(world: &Snapshot) -> Judgement {
    let (subject, configuration) = (subject(world), Configuration::default());
    let circumstances =
        Circumstances::new(&configuration, subject, Change::creation(subject), Occasion::default(), world);
    judge(evaluated(world), &circumstances)
}

/// The one Ingress of `world`.
pub fn subject(world: &Snapshot) -> &Subject {
    let mut subjects = world.subjects();
    let subject = subjects.next().expect("the world holds an Ingress");
    assert!(subjects.next().is_none(), "the world holds one Ingress only");
    subject
}

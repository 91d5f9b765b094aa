//! Backstop's verdict on every shape, from the objects as the API server stores them.

use std::collections::BTreeMap;
use std::fmt;

use backstop::engine::controllers::Assignments;
use backstop::engine::evaluate::Settings;
use backstop::engine::kinds;
use backstop::engine::model::{Action, Effect, ObjectName};
use backstop::engine::policy::{Change, Circumstances, Configuration, Judged, Occasion, judge};
use backstop::engine::subject::{DEFAULT_BACKEND, Reference, Subject};
use backstop::engine::view::Snapshot;
use jiff::{SignedDuration, Timestamp};

use crate::setups::SetUp;
use crate::shapes::{Beside, NAMESPACE, Shape};

/// The verdict on one route.
#[derive(Clone, Debug)]
pub(crate) struct Prediction {
    /// The predicted effect on requests.
    pub(crate) effect: Effect,
    /// The worst action of its findings; `Off` if there is none.
    pub(crate) action: Action,
    /// The checks with a finding.
    pub(crate) checks: Vec<&'static str>,
}

impl fmt::Display for Prediction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.checks.is_empty() {
            return f.write_str("pass");
        }
        write!(f, "{}, {} ({})", self.action.as_str(), self.effect_word(), self.checks.join(", "))
    }
}

impl Prediction {
    /// The effect, for people.
    pub(crate) fn effect_word(&self) -> String {
        format!("{:?}", self.effect).to_lowercase()
    }
}

/// The predictions, by the ids of set-up and shape.
pub(crate) struct Predictions(BTreeMap<(&'static str, String), Prediction>);

impl Predictions {
    pub(crate) fn of(&self, setup: &SetUp, shape: &Shape) -> Result<Prediction, String> {
        let found = self.0.get(&(setup.id, shape.id.clone())).cloned();
        found.ok_or_else(|| format!("there is no Ingress {}", shape.ingress_name(setup.id)))
    }
}

/// Judges every Ingress in a dump of the cluster.
pub(crate) fn all(dump: &str, setups: &[&'static SetUp], shapes: &[Shape]) -> Result<Predictions, String> {
    let snapshot = snapshot(dump)?;
    let subjects: BTreeMap<&ObjectName, &Subject> =
        snapshot.subjects().map(|subject| (&subject.name, subject)).collect();
    let mut predictions = BTreeMap::new();
    for setup in setups {
        for shape in shapes.iter().filter(|shape| setup.serves(shape)) {
            let name = ObjectName::new(NAMESPACE, shape.ingress_name(setup.id));
            let subject = subjects.get(&name).ok_or_else(|| format!("the dump lacks {name}"))?;
            predictions.insert((setup.id, shape.id.clone()), predict(setup, shape, subject, &snapshot)?);
        }
    }
    Ok(Predictions(predictions))
}

fn snapshot(dump: &str) -> Result<Snapshot, String> {
    let mut snapshot = Snapshot::complete();
    for document in kinds::values(dump.as_bytes()) {
        let document = document.map_err(|broken| broken.to_string())?;
        snapshot.insert(kinds::object(&document.value, "").map_err(|error| error.to_string())?);
    }
    Ok(snapshot)
}

fn predict(setup: &SetUp, shape: &Shape, subject: &Subject, snapshot: &Snapshot) -> Result<Prediction, String> {
    // Late enough that no Pod counts as starting.
    let now = Timestamp::now().checked_add(SignedDuration::from_mins(10)).map_err(|error| error.to_string())?;
    let controllers = Assignments(vec![setup.assignment()]);
    let settings = Settings { controllers: &controllers, now: Some(now), ..Settings::default() };
    let (configuration, change) = (Configuration::default(), Change::creation(subject));
    let circumstances = Circumstances::new(&configuration, subject, &change, Occasion::default(), snapshot);
    let judged = judge(&circumstances, settings).ok_or_else(|| format!("{} is not judged", subject.name))?;
    let judgement = judged.0;
    if judgement.controller.profile.id != setup.profile && !shape.is_classless() {
        return Err(format!("{} is taken for {}", subject.name, judgement.controller.profile.id));
    }
    // Findings about the default backend and other paths concern other requests.
    let is_of_route = |reference: &Reference| match reference.place.form() {
        Some(form) if *form == DEFAULT_BACKEND => shape.beside == Beside::Only,
        Some(_) => reference.path.as_deref() == Some(shape.path()),
        None => true,
    };
    let other = |judged: &&Judged| {
        let mut references = judged.finding.references.iter().filter_map(|index| subject.reference(*index)).peekable();
        references.peek().is_some() && !references.any(is_of_route)
    };
    let of_route: Vec<&Judged> = judgement.findings.iter().filter(|judged| !other(judged)).collect();
    let action = of_route.iter().map(|judged| judged.action).max().unwrap_or(Action::Off);
    let effect = of_route.iter().map(|judged| judged.finding.effect).max_by_key(|effect| severity(*effect));
    let mut checks: Vec<&'static str> = of_route.iter().map(|judged| judged.finding.check.0).collect();
    checks.dedup();
    Ok(Prediction { effect: effect.unwrap_or(Effect::Works), action, checks })
}

/// The rank of an effect: the highest of a route's findings counts.
fn severity(effect: Effect) -> u8 {
    match effect {
        Effect::Works => 0,
        Effect::Unsure => 1,
        Effect::Elsewhere => 2,
        Effect::Fails => 3,
    }
}

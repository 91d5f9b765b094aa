//! What Backstop says of every shape, from the objects as the API server holds them.

use std::collections::BTreeMap;
use std::fmt;

use backstop::engine::controllers::by_id;
use backstop::engine::evaluate::{Settings, evaluate};
use backstop::engine::manifest;
use backstop::engine::model::{Action, Effect, Location, ObjectName, Subject};
use backstop::engine::policy::{Change, Circumstances, Configuration, Judged, Occasion, judge};
use backstop::engine::view::Snapshot;
use jiff::{SignedDuration, Timestamp};

use crate::setups::SetUp;
use crate::shapes::{NAMESPACE, Shape};

/// What it says of one route.
#[derive(Clone, Debug)]
pub(crate) struct Prediction {
    /// Whether a request would reach a ready Pod of the Service that the rule names.
    pub(crate) works: bool,
    /// The worst of its findings; `Off` where there is none.
    pub(crate) action: Action,
    /// The checks that found something.
    pub(crate) checks: Vec<&'static str>,
}

impl fmt::Display for Prediction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.action == Action::Off { "pass" } else { self.action.as_str() };
        match self.checks.as_slice() {
            [] => f.write_str(verdict),
            checks => write!(f, "{verdict} ({})", checks.join(", ")),
        }
    }
}

/// By the names of set-up and shape.
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
            predictions.insert((setup.id, shape.id.clone()), predict(setup, subject, &snapshot)?);
        }
    }
    Ok(Predictions(predictions))
}

fn snapshot(dump: &str) -> Result<Snapshot, String> {
    let mut snapshot = Snapshot::complete();
    for document in manifest::values(dump.as_bytes()) {
        let document = document.map_err(|broken| broken.to_string())?;
        snapshot.insert(manifest::object(&document.value, "").map_err(|error| error.to_string())?);
    }
    Ok(snapshot)
}

fn predict(setup: &SetUp, subject: &Subject, snapshot: &Snapshot) -> Result<Prediction, String> {
    let profile = by_id(setup.profile).ok_or_else(|| format!("there is no profile {}", setup.profile))?;
    // Later than any Pod may still count as starting.
    let now = Timestamp::now().checked_add(SignedDuration::from_mins(10)).map_err(|error| error.to_string())?;
    let settings = Settings { fallback: Some(profile), now: Some(now), ..Settings::default() };
    let (configuration, change) = (Configuration::default(), Change::creation(subject));
    let circumstances = Circumstances::new(&configuration, subject, change, Occasion::default(), snapshot);
    let evaluation =
        evaluate(subject, snapshot, settings, &|controller, backend| circumstances.cap(controller, backend).0);
    let judgement = judge(evaluation, &circumstances);
    if judgement.controller.profile.id != setup.profile {
        return Err(format!("{} is taken for {}", subject.name, judgement.controller.profile.id));
    }
    // The route is the rule's; a default backend serves other requests.
    let of_route: Vec<&Judged> = judgement
        .findings
        .iter()
        .filter(|judged| judged.finding.backend.as_ref().is_some_and(|it| it.location != Location::DefaultBackend))
        .collect();
    let action = of_route.iter().map(|judged| judged.action).max().unwrap_or(Action::Off);
    let mut checks: Vec<&'static str> = of_route.iter().map(|judged| judged.finding.check.0).collect();
    checks.dedup();
    Ok(Prediction { works: of_route.iter().all(|judged| works(judged)), action, checks })
}

/// Whether requests of a backend would reach a ready Pod of its Service in spite of a finding.
fn works(judged: &Judged) -> bool {
    judged.finding.effect == Effect::Works
}

//! Evaluation: runs the checks for one subject under one controller. The result also contains failed lookups, and the
//! live reads that could change it.

mod needs;
mod uses;

use std::cell::OnceCell;
use std::sync::Arc;

use jiff::Timestamp;

use super::checks::{self, Check, CheckSettings, Forward, Rule};
use super::controllers::{Assignments, Controller, Profile};
use super::model::{
    Action, CheckId, Claim, Effect, Finding, FindingField, Mitigation, ObjectName, Part, Target, annotation_field,
};
use super::resolve::{Clock, Context, MOST_UNITS, Meter, Resolution, Substitute, resolve};
use super::subject::{ACTION_PREFIX, Subject};
use super::view::{Needs, Unknown, View};
use needs::{NeedCollector, Unconfirmed};
use uses::{Use, uses};

/// The inputs of an evaluation besides the subject and the view.
#[derive(Clone, Copy, Debug)]
pub struct Settings<'a> {
    /// The configuration of controllers.
    pub controllers: &'a Assignments,
    /// The profile of subjects whose controller cannot be identified otherwise.
    pub fallback: Option<&'static Profile>,
    /// The configuration of checks.
    pub checks: &'a CheckSettings,
    /// The current time; `None` if the view has none, such as files.
    pub now: Option<Timestamp>,
    /// The subject was stored before, so it no longer gets the default class.
    pub stored: bool,
    /// Checks whose findings are only recorded, because an annotation of the subject silences them.
    pub silenced: &'a [CheckId],
    /// The maximum number of findings that the caller reports. The most severe ones are kept, and the others are
    /// counted.
    pub reported: usize,
    /// The units of work that the evaluation may spend, at most [`MOST_UNITS`]. Work beyond them becomes a gap.
    pub units: usize,
}

static NO_ASSIGNMENTS: Assignments = Assignments(Vec::new());
static DEFAULT_CHECKS: CheckSettings = CheckSettings::DEFAULT;

/// No configuration and no current time.
impl Default for Settings<'_> {
    fn default() -> Self {
        let (controllers, checks) = (&NO_ASSIGNMENTS, &DEFAULT_CHECKS);
        Self {
            controllers,
            fallback: None,
            checks,
            now: None,
            stored: false,
            silenced: &[],
            reported: usize::MAX,
            units: MOST_UNITS,
        }
    }
}

/// The most severe action that findings may have, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gate {
    /// The most severe action. The mode may limit it further.
    pub most: Action,
    /// Why the action is limited, for people; `None` for an open gate.
    pub why: Option<&'static str>,
}

impl Gate {
    /// A gate that allows every action.
    pub const OPEN: Self = Self { most: Action::Deny, why: None };
}

/// The gates of one subject: one for the subject, and one for each of its distinct targets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gates {
    /// The gate for findings about the subject as a whole.
    pub subject: Gate,
    /// The gates for findings about targets, each at the index of its target.
    pub targets: Vec<Gate>,
    /// The controller answers requests of a subject of this shape without its backends (rows 26 and 27).
    pub spared: bool,
}

impl Gates {
    /// Gates that allow every action.
    pub fn open(subject: &Subject) -> Self {
        Self { subject: Gate::OPEN, targets: vec![Gate::OPEN; subject.targets.len()], spared: false }
    }

    /// The gate for findings about the target with this index.
    pub fn target(&self, index: u32) -> Gate {
        let index = usize::try_from(index).unwrap_or(usize::MAX);
        self.targets.get(index).copied().unwrap_or(Gate::OPEN)
    }
}

/// A fact that could not be looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The index of the target whose judgement lacks the fact.
    pub target: u32,
    /// The references to the target, as indexes of the references of the subject.
    pub references: Arc<[u32]>,
    /// The name of the action of an annotation that refers to the target.
    pub action_name: Option<Box<str>>,
    /// The object, for people: `Service "web"`.
    pub what: String,
    /// Why the fact is unknown.
    pub why: Unknown,
}

impl Gap {
    /// The field of the reference or action.
    pub fn field(&self) -> FindingField {
        match &self.action_name {
            Some(name) => FindingField::At(annotation_field(&format!("{ACTION_PREFIX}{name}"))),
            None => FindingField::Reference(Part::ServiceName),
        }
    }
}

/// The result of one evaluation.
#[derive(Clone, Debug, Default)]
pub struct Evaluation {
    /// The findings about each target in the order of the references, then about the subject as a whole.
    pub findings: Vec<Finding>,
    /// The facts that could not be looked up.
    pub gaps: Vec<Gap>,
    /// The live reads that prove denials, and those that explain warnings.
    pub needs: Needs,
    /// The time until which the result is valid if no fact changes; `None` if time alone cannot change it.
    pub valid_until: Option<Timestamp>,
    /// [`Settings::units`] were enough for the whole evaluation.
    pub complete: bool,
}

/// Evaluates `subject` under `controller` with the facts of `view`.
///
/// Targets whose gate is off are left out. Findings that are only recorded need no live reads. The work is linear in
/// the size of the subject, plus one resolution for each distinct target. Work beyond [`Settings::units`] becomes a
/// gap.
pub fn evaluate(
    subject: &Subject,
    controller: Controller<'_>,
    view: &dyn View,
    gates: &Gates,
    settings: Settings<'_>,
) -> Evaluation {
    let meter = Meter::new(settings.units);
    let context = context(subject, controller, view, (settings, &meter));
    let mut evaluator = Evaluator {
        context,
        settings,
        gates,
        substitute: context.substitute(),
        resolutions: std::iter::repeat_with(OnceCell::new).take(subject.targets.len()).collect(),
        needs: NeedCollector::default(),
        out: Evaluation::default(),
    };
    for one in uses(&context).iter().filter(|one| gates.target(one.target).most > Action::Off) {
        evaluator.evaluate_use(one);
    }
    if gates.subject.most > Action::Off {
        evaluator.evaluate_subject();
    }
    let Evaluator { mut out, needs, .. } = evaluator;
    out.needs = needs.finish(&context);
    out.valid_until = meter.valid_until();
    out.complete = !meter.is_exhausted();
    out
}

/// Adds expensive details to `findings`, such as names that were probably meant. The caller passes only findings that
/// are reported. Returns whether `units` of work were enough.
pub fn elaborate<'f>(
    findings: impl IntoIterator<Item = &'f mut Finding>,
    subject: &Subject,
    controller: Controller<'_>,
    view: &dyn View,
    units: usize,
) -> bool {
    let meter = Meter::new(units);
    let context = context(subject, controller, view, (Settings::default(), &meter));
    for finding in findings {
        if let Some(elaborate) = checks::by_id(finding.found_by.0).and_then(|check| check.elaborate) {
            elaborate(&context, finding);
        }
    }
    !meter.is_exhausted()
}

fn context<'a>(
    subject: &'a Subject,
    controller: Controller<'a>,
    view: &'a dyn View,
    (settings, meter): (Settings<'_>, &'a Meter),
) -> Context<'a> {
    let clock = settings.now.map(|now| Clock { now, grace: settings.checks.grace });
    Context { subject, controller, view, clock, meter }
}

/// Runs the checks and collects their findings.
struct Evaluator<'a> {
    context: Context<'a>,
    settings: Settings<'a>,
    gates: &'a Gates,
    /// The Service that answers if the Service of a rule cannot.
    substitute: Substitute<'a>,
    /// The resolution of each target, at its index. Each is computed when it is first needed.
    resolutions: Vec<OnceCell<Resolution<'a>>>,
    needs: NeedCollector,
    out: Evaluation,
}

/// The context of a finding, for [`Evaluator::add`].
struct About<'r, 'a> {
    /// The resolution, if the finding is about a Service.
    resolution: Option<&'r Resolution<'a>>,
    /// The most severe action that the finding may have.
    most: Action,
}

impl<'a> Evaluator<'a> {
    fn evaluate_use(&mut self, one: &Use) {
        let resolutions = std::mem::take(&mut self.resolutions);
        let resolution = self.resolution(&resolutions, one.target);
        let most = self.gates.target(one.target).most;
        if let Some(resolution) = resolution {
            self.note_unknowns(resolution, one, (None, most));
        }
        let target = self.context.subject.targets.get(index(one.target));
        for check in checks::ALL.iter().filter(|check| check.applies.to(self.context.subject.kind)) {
            let found = match (check.rule, resolution) {
                (Rule::Service(run), Some(resolution)) => run(resolution),
                (Rule::Target(run), _) => target.and_then(|target| run(&self.context, target)),
                (Rule::Service(_), None) | (Rule::Subject(_), _) => None,
            };
            let found = found.map(|finding| self.mitigated(resolution, one, finding));
            self.add(check, found, &About { resolution, most });
        }
        if let Some(Target::Action(name)) = target {
            let context = self.context;
            for forward in checks::forwards(&context, name) {
                self.evaluate_forward(&resolutions, one, &forward);
            }
        }
        self.resolutions = resolutions;
    }

    /// Judges a Service that an action forwards to like a backend. The finding is about the action.
    fn evaluate_forward(&mut self, resolutions: &[OnceCell<Resolution<'a>>], one: &Use, forward: &Forward<'a>) {
        let target = forward.group.target;
        let Some(resolution) = self.resolution(resolutions, target) else { return };
        let naming = self.gates.target(one.target).most;
        let most = if naming > Action::Audit { self.gates.target(target).most } else { naming };
        let through = Use { target, references: Arc::clone(&one.references), unused: false };
        let read_for = if forward.group.idle { Action::Audit } else { most };
        self.note_unknowns(resolution, &through, (Some(forward.action), read_for));
        let of_service = |check: &&Check| {
            let Rule::Service(run) = check.rule else { return None };
            let finding = run(resolution)?;
            Some(Finding { action: self.settings.checks.action(check, finding.action), ..finding })
        };
        let found = forward.finding(resolution, checks::ALL.iter().filter_map(of_service));
        let found = found.map(|finding| self.mitigated(Some(resolution), &through, finding));
        self.add(&checks::ACTION_ANNOTATION, found, &About { resolution: Some(resolution), most });
    }

    fn resolution<'r>(&self, all: &'r [OnceCell<Resolution<'a>>], target: u32) -> Option<&'r Resolution<'a>> {
        let service = self.context.subject.targets.get(index(target))?.service()?;
        all.get(index(target)).map(|cell| cell.get_or_init(|| resolve(self.context, service)))
    }

    /// Adds the gap of the resolution. Requests the Pods that could change the result, unless findings are only
    /// recorded.
    fn note_unknowns(&mut self, resolution: &Resolution<'a>, one: &Use, (action, most): (Option<&str>, Action)) {
        if let Some((what, why)) = resolution.gap() {
            let references = Arc::clone(&one.references);
            self.out.gaps.push(Gap { target: one.target, references, action_name: action.map(Box::from), what, why });
        }
        if most > Action::Audit {
            self.needs.explain(resolution);
        }
    }

    /// Returns the finding with its references. The finding becomes milder if the controller ignores the reference, or
    /// if something else answers: the primary of a canary, a redirect, or the Service of ingress-nginx's default
    /// backend. With such a Service, a reference that can never work is still a warning. An outage is only recorded,
    /// because the Service exists for that case (rows 26 to 29, and measured).
    fn mitigated(&self, resolution: Option<&Resolution<'_>>, one: &Use, mut finding: Finding) -> Finding {
        finding.references = Arc::clone(&one.references);
        finding.target_index = Some(one.target);
        if finding.effect != Effect::Fails || resolution.is_none() {
            return finding;
        }
        if one.unused {
            finding.action = finding.action.min(Action::Warn);
            finding.mitigation = Some(Mitigation::Unused { controller: self.context.profile().title });
            return finding;
        }
        if self.gates.spared {
            finding.effect = Effect::Elsewhere;
            finding.mitigation = Some(Mitigation::Spared);
            return finding;
        }
        // The default backend answers if there is no endpoint. A ClusterIP or an external host counts as an endpoint
        // (from the source code of ingress-nginx).
        if resolution.is_some_and(Resolution::has_own_address) {
            return finding;
        }
        let service = match self.substitute {
            Substitute::None => return finding,
            Substitute::Possible(service) => {
                finding.action = finding.action.min(Action::Warn);
                finding.effect = Effect::Unsure;
                service
            }
            Substitute::Certain(service) => {
                let denies = finding.action == Action::Deny;
                finding.action = if denies { Action::Warn } else { finding.action.min(Action::Audit) };
                finding.effect = Effect::Elsewhere;
                service
            }
        };
        let certain = matches!(self.substitute, Substitute::Certain(_));
        finding.mitigation = Some(Mitigation::DefaultBackend { service: service.into(), certain });
        finding
    }

    fn evaluate_subject(&mut self) {
        for check in checks::ALL.iter().filter(|check| check.applies.to(self.context.subject.kind)) {
            if let Rule::Subject(run) = check.rule {
                self.add(check, run(&self.context), &About { resolution: None, most: Action::Audit });
            }
        }
    }

    /// Adds findings of `check`, and requests the live reads that confirm them.
    fn add(&mut self, check: &Check, findings: impl IntoIterator<Item = Finding>, about: &About<'_, 'a>) {
        let silenced = self.settings.silenced.contains(&check.id);
        let most = if silenced { about.most.min(Action::Audit) } else { about.most };
        for mut finding in findings {
            finding.action = self.settings.checks.action(check, finding.action);
            let by_configuration = finding.action == Action::Deny && finding.claim.is_none();
            if by_configuration {
                finding.claim = finding
                    .target
                    .as_ref()
                    .and_then(Target::service)
                    .map(|target| Claim::Service(ObjectName::new(&*target.namespace, &*target.name)));
            }
            if finding.action == Action::Off {
                continue;
            }
            let unconfirmed = Unconfirmed { finding: &finding, most, by_configuration };
            self.needs.confirm(&self.context, about.resolution, unconfirmed);
            self.out.findings.push(finding);
        }
    }
}

fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

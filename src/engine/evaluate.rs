//! Evaluation: the checks over one subject under one controller, what could not be looked up, and what a live read could add.

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

/// What an evaluation may assume beside the view.
#[derive(Clone, Copy, Debug)]
pub struct Settings<'a> {
    /// What the operator says about controllers.
    pub controllers: &'a Assignments,
    /// The profile of subjects whose controller cannot be identified otherwise.
    pub fallback: Option<&'static Profile>,
    /// What the operator says about checks.
    pub checks: &'a CheckSettings,
    /// The present; `None` where the view has none, as files.
    pub now: Option<Timestamp>,
    /// The subject has been stored before: it gets no default class any more.
    pub stored: bool,
    /// Checks whose findings are recorded at most, because the owners of the subject ignore them.
    pub silenced: &'a [CheckId],
    /// How many findings the caller reports. Of more, the worst are kept and the others counted.
    pub reported: usize,
    /// How many units of work the evaluation may spend, [`MOST_UNITS`] at most: what goes beyond becomes a gap.
    pub units: usize,
}

static NO_ASSIGNMENTS: Assignments = Assignments(Vec::new());
static OWN_ACTIONS: CheckSettings = CheckSettings::DEFAULT;

/// The operator says nothing, and there is no present.
impl Default for Settings<'_> {
    fn default() -> Self {
        let (controllers, checks) = (&NO_ASSIGNMENTS, &OWN_ACTIONS);
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

/// How far findings may go, and why not further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gate {
    /// The most severe action, apart from the mode.
    pub most: Action,
    /// Why it is not more severe, for people; `None` for a gate that is open.
    pub why: Option<&'static str>,
}

impl Gate {
    /// A gate that lets every action through.
    pub const OPEN: Self = Self { most: Action::Deny, why: None };
}

/// The gates of one subject: computed once, for the subject and for each of its distinct targets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gates {
    /// For findings about the subject as a whole.
    pub subject: Gate,
    /// For findings about targets, each at the index of its target.
    pub targets: Vec<Gate>,
    /// The controller serves a subject of this shape without its backends (rows 26 and 27).
    pub spared: bool,
}

impl Gates {
    /// Gates that let everything through.
    pub fn open(subject: &Subject) -> Self {
        Self { subject: Gate::OPEN, targets: vec![Gate::OPEN; subject.targets.len()], spared: false }
    }

    /// The gate for findings about the target with this index.
    pub fn target(&self, index: u32) -> Gate {
        let index = usize::try_from(index).unwrap_or(usize::MAX);
        self.targets.get(index).copied().unwrap_or(Gate::OPEN)
    }
}

/// Something that could not be looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The index of the target whose judgement lacks it.
    pub target: u32,
    /// The references to the target, as indexes of the references of the subject.
    pub references: Arc<[u32]>,
    /// The action of an annotation that leads to the target.
    pub action_name: Option<Box<str>>,
    /// What it is, for people: `Service "web"`.
    pub what: String,
    /// Why it is unknown.
    pub why: Unknown,
}

impl Gap {
    /// The field to look at.
    pub fn field(&self) -> FindingField {
        match &self.action_name {
            Some(name) => FindingField::At(annotation_field(&format!("{ACTION_PREFIX}{name}"))),
            None => FindingField::Reference(Part::ServiceName),
        }
    }
}

/// What is known of one subject after one evaluation.
#[derive(Clone, Debug, Default)]
pub struct Evaluation {
    /// What is wrong: with each target in the order of the references, then with the subject as a whole.
    pub findings: Vec<Finding>,
    /// What could not be looked up.
    pub gaps: Vec<Gap>,
    /// The live reads that prove denials, and those that explain warnings.
    pub needs: Needs,
    /// Until when the result holds as long as no fact changes; `None` where time alone cannot change it.
    pub valid_until: Option<Timestamp>,
    /// The units of [`Settings::units`] sufficed.
    pub complete: bool,
}

/// Evaluates `subject` under `controller`, by what `view` knows.
///
/// Targets whose gate is off are left out, and nothing is read for those that would only be recorded. The work is linear in
/// the size of the subject, plus one resolution for each distinct target; what goes beyond [`Settings::units`] becomes a
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

/// Adds to `findings` what is expensive to find out, such as names that were probably meant. The caller passes only
/// findings that are reported. Returns whether `units` of work sufficed.
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
    /// The Service that answers where the Service of a rule cannot.
    substitute: Substitute<'a>,
    /// The resolution of each target, at its index: made when it is first needed.
    resolutions: Vec<OnceCell<Resolution<'a>>>,
    needs: NeedCollector,
    out: Evaluation,
}

/// What a finding is about, for [`Evaluator::add`].
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

    /// A Service that an action forwards to is judged like a backend. The finding is about the action.
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

    /// Notes what the resolution lacks, and asks for the Pods that would tell more if the user may hear of it.
    fn note_unknowns(&mut self, resolution: &Resolution<'a>, one: &Use, (action, most): (Option<&str>, Action)) {
        if let Some((what, why)) = resolution.gap() {
            let references = Arc::clone(&one.references);
            self.out.gaps.push(Gap { target: one.target, references, action_name: action.map(Box::from), what, why });
        }
        if most > Action::Audit {
            self.needs.explain(resolution);
        }
    }

    /// Returns the finding with its references, made milder where the reference does not matter or something else answers in
    /// its place: the primary of a canary, a redirect, or the Service of ingress-nginx's default backend. A reference that
    /// can never work is worth a warning then; an outage is what the substitute is for (rows 26 to 29, and measured).
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
        // The substitute answers where there is no endpoint, and an address of its own counts as an endpoint (by reading).
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

    /// Adds findings of `check`, and asks for what confirms them.
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

fn index(of: u32) -> usize {
    usize::try_from(of).unwrap_or(usize::MAX)
}

//! Evaluation: runs the checks for one subject under one controller. The result also contains failed lookups, and the
//! live reads that could change it.

mod gap;
mod gates;
mod needs;
mod shared;
mod uses;

use std::cell::OnceCell;

use jiff::Timestamp;

use super::checks::{self, Check, CheckSettings, Forward, Rule};
use super::controllers::{Assignments, Controller, Profile};
use super::model::{Action, CheckId, Claim, Effect, Finding, Found, FoundReferences, Mitigation, Target};
use super::resolve::{Clock, Context, MOST_UNITS, Meter, MeteredView, Resolution, Substitute, resolve};
use super::subject::Subject;
use super::view::{Needs, View};
pub use gap::Gap;
pub use gates::{Gate, Gates};
use needs::{NeedCollector, Unconfirmed};
use shared::Shared;
use uses::{Use, Uses};

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
    /// The caller discards the judgement if it needs live reads, so that it then lacks the expensive details.
    pub provisional: bool,
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
            provisional: false,
            units: MOST_UNITS,
        }
    }
}

/// The result of one evaluation.
#[derive(Clone, Debug, Default)]
pub struct Evaluation {
    /// The findings about each target in the order of the references, then about the subject as a whole. Empty if
    /// [`evaluate_each`] has reported them.
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

/// Evaluates `subject` under `controller` with the facts of `view`, and collects all findings with their texts.
pub fn evaluate(
    subject: &Subject,
    controller: Controller<'_>,
    view: &dyn View,
    gates: &Gates,
    settings: Settings<'_>,
) -> Evaluation {
    let mut findings = Vec::new();
    let mut collect = |found: Found<'_>| findings.push(found.into_finding());
    let evaluation = evaluate_each(subject, controller, view, (gates, settings), &mut collect);
    Evaluation { findings, ..evaluation }
}

/// Evaluates `subject` under `controller` with the facts of `view`, and passes each finding to `report`, in the order of
/// [`Evaluation::findings`]. The text of a finding is composed only if `report` asks for it.
///
/// Targets whose gate is off are left out. Findings that are only recorded need no live reads. The work is linear in
/// the size of the subject, plus one resolution for each distinct target. Work beyond [`Settings::units`] becomes a
/// gap.
pub fn evaluate_each(
    subject: &Subject,
    controller: Controller<'_>,
    view: &dyn View,
    (gates, settings): (&Gates, Settings<'_>),
    report: &mut dyn FnMut(Found<'_>),
) -> Evaluation {
    let meter = Meter::new(settings.units);
    let view = MeteredView::new(view, &meter);
    let context = context(subject, controller, &view, (settings, &meter));
    let shared = Shared::new(&context);
    let mut evaluator = Evaluator {
        context,
        settings,
        gates,
        substitute: context.substitute(),
        needs: NeedCollector::default(),
        gaps: Vec::new(),
        report,
    };
    let gated = |one: &Use<'_>| gates.of(one.target, one.references.as_slice()).most > Action::Off;
    for one in Uses::of(&context).iter().filter(gated) {
        evaluator.evaluate_use(&one, &shared);
    }
    if gates.subject.most > Action::Off {
        evaluator.evaluate_subject();
    }
    let Evaluator { needs, gaps, .. } = evaluator;
    Evaluation {
        findings: Vec::new(),
        gaps,
        needs: needs.finish(&context),
        valid_until: meter.valid_until(),
        complete: !meter.is_exhausted(),
    }
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
    let view = MeteredView::new(view, &meter);
    let context = context(subject, controller, &view, (Settings::default(), &meter));
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

/// Runs the checks and reports their findings.
struct Evaluator<'a> {
    context: Context<'a>,
    settings: Settings<'a>,
    gates: &'a Gates,
    /// The Service that answers if the Service of a rule cannot.
    substitute: Substitute<'a>,
    needs: NeedCollector,
    gaps: Vec<Gap>,
    report: &'a mut dyn FnMut(Found<'_>),
}

/// The context of a finding, for [`Evaluator::add`].
struct About<'r, 'a> {
    /// The resolution, if the finding is about a Service.
    resolution: Option<&'r Resolution<'a>>,
    /// The most severe action that the finding may have.
    most: Action,
}

impl<'a> Evaluator<'a> {
    fn evaluate_use(&mut self, one: &Use<'_>, shared: &Shared<'a>) {
        let (context, own) = (self.context, OnceCell::new());
        let resolution = self.resolution(shared.get(one.target).unwrap_or(&own), one.target);
        let most = self.gates.of(one.target, one.references.as_slice()).most;
        if let Some(resolution) = resolution {
            self.note_unknowns(resolution, (one, one.target), (None, most));
        }
        let target = context.subject.targets.get(index(one.target));
        for check in applicable(context.subject) {
            let found = match (check.rule, resolution) {
                (Rule::Service(run), Some(resolution)) => run(resolution),
                (Rule::Target(run), _) => target.and_then(|target| run(&context, target)),
                (Rule::Service(_), None) | (Rule::Subject(_), _) => None,
            };
            if let Some(finding) = found {
                let finding = self.mitigated(resolution, (one, one.target), finding);
                self.add(check, finding, &About { resolution, most });
            }
        }
        if let Some(Target::Action(name)) = target {
            for forward in checks::forwards(&context, name) {
                self.evaluate_forward(one, &forward, shared);
            }
        }
    }

    /// Judges a Service that an action forwards to like a backend. The finding is about the action.
    fn evaluate_forward(&mut self, one: &Use<'_>, forward: &Forward<'a>, shared: &Shared<'a>) {
        let (target, own) = (forward.group.target, OnceCell::new());
        let Some(resolution) = self.resolution(shared.get(target).unwrap_or(&own), target) else { return };
        let naming = self.gates.of(one.target, one.references.as_slice()).most;
        let most = if naming > Action::Audit { self.gates.target(target).most } else { naming };
        let read_for = if forward.group.idle { Action::Audit } else { most };
        self.note_unknowns(resolution, (one, target), (Some(forward.action), read_for));
        let of_service = |check: &&Check| {
            let Rule::Service(run) = check.rule else { return None };
            let finding = run(resolution)?;
            Some(Found { action: self.settings.checks.action(check, finding.action), ..finding })
        };
        if let Some(finding) = forward.finding(resolution, checks::ALL.iter().filter_map(of_service)) {
            let finding = self.mitigated(Some(resolution), (one, target), finding);
            self.add(&checks::ACTION_ANNOTATION, finding, &About { resolution: Some(resolution), most });
        }
    }

    /// The resolution of a target that is a Service, from `cell`. It is computed when it is first needed.
    fn resolution<'r>(&self, cell: &'r OnceCell<Resolution<'a>>, target: u32) -> Option<&'r Resolution<'a>> {
        let service = self.context.subject.targets.get(index(target))?.service()?;
        Some(cell.get_or_init(|| resolve(self.context, service)))
    }

    /// Adds the gap of the resolution of `target`, which has this use. Requests the Pods that could change the result,
    /// unless findings are only recorded.
    fn note_unknowns(
        &mut self,
        resolution: &Resolution<'a>,
        (one, target): (&Use<'_>, u32),
        (action, most): (Option<&str>, Action),
    ) {
        if let Some((what, why)) = resolution.gap() {
            let references = one.references.shared();
            self.gaps.push(Gap { target, references, action_name: action.map(Box::from), what, why });
        }
        if most > Action::Audit {
            self.needs.explain(resolution);
        }
    }

    /// Returns the finding about `target` with the references of its use. The finding becomes milder if the controller ignores the reference, or
    /// if something else answers: the primary of a canary, a redirect, or the Service of ingress-nginx's default
    /// backend. With such a Service, a reference that can never work is still a warning. An outage is only recorded,
    /// because the Service exists for that case (rows 26 to 29, and measured).
    fn mitigated<'r>(
        &self,
        resolution: Option<&Resolution<'_>>,
        (one, target): (&'r Use<'_>, u32),
        mut finding: Found<'r>,
    ) -> Found<'r>
    where
        'a: 'r,
    {
        finding.references = FoundReferences::Use(&one.references);
        finding.target = self.context.subject.targets.get(index(target));
        finding.target_index = Some(target);
        if finding.effect != Effect::Fails || resolution.is_none() {
            return finding;
        }
        if one.unused && one.target == target {
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
        let context = self.context;
        for check in applicable(context.subject) {
            if let Rule::Subject(run) = check.rule {
                for finding in run(&context) {
                    self.add(check, finding, &About { resolution: None, most: Action::Audit });
                }
            }
        }
    }

    /// Reports a finding of `check`, and requests the live reads that confirm it.
    fn add(&mut self, check: &Check, mut finding: Found<'_>, about: &About<'_, 'a>) {
        let silenced = self.settings.silenced.contains(&check.id);
        let most = if silenced { about.most.min(Action::Audit) } else { about.most };
        finding.action = self.settings.checks.action(check, finding.action);
        let by_configuration = finding.action == Action::Deny && finding.claim.is_none();
        if by_configuration {
            let service = finding.target.and_then(Target::service);
            finding.claim = service.map(|target| Claim::Service(target.service_name()));
        }
        if finding.action > Action::Off {
            let unconfirmed = Unconfirmed { finding: &finding, most, by_configuration };
            self.needs.confirm(&self.context, about.resolution, unconfirmed);
            (self.report)(finding);
        }
    }
}

/// The checks that examine `subject`.
fn applicable(subject: &Subject) -> impl Iterator<Item = &'static Check> {
    checks::ALL.iter().copied().filter(|check| check.applies.to(subject.kind))
}

fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

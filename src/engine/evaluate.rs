//! Evaluation: runs the checks for one subject under each candidate, which is the profile of a controller that may serve
//! it. The result also contains failed lookups, and the live reads that could change it.

mod gap;
mod gates;
mod lane;
mod merge;
mod needs;
mod shared;
mod uses;

use std::cell::OnceCell;

use jiff::Timestamp;

use super::checks::{self, Check, CheckSettings, Rule};
use super::controllers::{Assignments, Candidates, Controller, Profile};
use super::model::{Action, CheckId, Claim, Finding, Found, Target};
use super::resolve::{Background, Clock, Context, MOST_UNITS, Meter, MeteredView};
use super::subject::Subject;
use super::view::{Needs, View};
pub use gap::Gap;
pub use gates::{Gate, Gates, Spared};
pub use lane::Candidate;
use lane::{Fault, Lane, Resolved, Step};
use merge::{Steps, compare_consequences, mildest_first, refusals};
use needs::{NeedCollector, Unconfirmed};
use uses::{Use, Uses};

/// The inputs of an evaluation besides the subject and the view.
#[derive(Clone, Copy, Debug)]
pub struct Settings<'a> {
    /// The configuration of controllers.
    pub controllers: &'a Assignments,
    /// The candidates of subjects whose controller cannot be identified otherwise.
    pub fallback: Option<Candidates>,
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

/// Evaluates `subject` under the candidates of `controller` with the facts of `view`, and collects all findings with
/// their texts.
pub fn evaluate(
    subject: &Subject,
    controller: Controller<'_>,
    view: &dyn View,
    gates: &Gates,
    settings: Settings<'_>,
) -> Evaluation {
    let mut findings = Vec::new();
    let mut collect = |found: Found<'_>, _| findings.push(found.into_finding());
    let mut candidates: Vec<_> = controller.candidates().map(|controller| Candidate { controller, gates }).collect();
    if candidates.is_empty() {
        candidates.push(Candidate { controller, gates });
    }
    let evaluation = evaluate_each(subject, &candidates, view, settings, &mut collect);
    Evaluation { findings, ..evaluation }
}

/// Evaluates `subject` under each of the `candidates` with the facts of `view`. Passes each finding with its gate to
/// `report`, in the order of [`Evaluation::findings`]. The text of a finding is composed only if `report` asks for it.
///
/// If there are several candidates, the findings of the mildest one count, for each use of a target and for each check
/// of the subject. A denial that only some of them cause is a warning. A candidate that rejects the subject as a whole
/// does not count if another one accepts the subject. Targets whose gate is off are left out. Findings that are only
/// recorded need no live reads. The work under one candidate is linear in the size of the subject, plus one resolution
/// for each distinct target. Work beyond [`Settings::units`], which all candidates share, becomes a gap.
pub fn evaluate_each(
    subject: &Subject,
    candidates: &[Candidate<'_>],
    view: &dyn View,
    settings: Settings<'_>,
    report: &mut dyn FnMut(Found<'_>, Gate),
) -> Evaluation {
    let meter = Meter::new(settings.units);
    let view = MeteredView::new(view, &meter);
    let unused = |candidate: &Candidate<'_>| candidate.controller.profile().unused(subject);
    match candidates {
        [only] => {
            let context = context(subject, only.controller, &view, (settings, &meter));
            let unused = [unused(only)];
            let (uses, [of_only]) = (Uses::of(subject, &unused), &unused);
            let lanes = [Lane::new(&context, only.gates, settings, (&uses, of_only))];
            Evaluator::new(&lanes, &[], report).evaluate(&uses)
        }
        several => {
            let counted: Vec<_> = Candidate::accepting(several).collect();
            let all_reject = counted.len() == several.len();
            let others = several.iter().filter(|it| !all_reject && it.gates.rejected);
            let rejecting: Vec<_> = others.map(|it| it.controller.profile()).collect();
            let contexts = counted.iter().map(|it| context(subject, it.controller, &view, (settings, &meter)));
            let contexts: Vec<_> = contexts.collect();
            let unused: Vec<_> = counted.iter().copied().map(unused).collect();
            let uses = Uses::of(subject, &unused);
            let each = contexts.iter().zip(&counted).zip(&unused);
            let lanes = each.map(|((context, it), unused)| Lane::new(context, it.gates, settings, (&uses, unused)));
            Evaluator::new(&lanes.collect::<Vec<_>>(), &rejecting, report).evaluate(&uses)
        }
    }
}

/// Adds expensive details to `findings`, such as names that were probably meant. The caller passes only findings that
/// are reported. Returns whether `units` of work were enough.
pub fn elaborate<'f>(
    findings: impl IntoIterator<Item = &'f mut Finding>,
    subject: &Subject,
    view: &dyn View,
    units: usize,
) -> bool {
    let meter = Meter::new(units);
    let background = Background { subject, view: &MeteredView::new(view, &meter), meter: &meter };
    for finding in findings {
        if let Some(elaborate) = checks::by_id(finding.found_by.0).and_then(|check| check.elaborate) {
            elaborate(&background, finding);
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

/// Reports the findings of the candidates, and requests live reads.
struct Evaluator<'e, 'a> {
    lanes: &'e [Lane<'a>],
    /// The profiles of further candidates, which reject the subject as a whole.
    rejecting: &'e [&'static Profile],
    needs: NeedCollector,
    gaps: Vec<Gap>,
    report: &'e mut dyn FnMut(Found<'_>, Gate),
}

impl<'e, 'a> Evaluator<'e, 'a> {
    fn new(
        lanes: &'e [Lane<'a>],
        rejecting: &'e [&'static Profile],
        report: &'e mut dyn FnMut(Found<'_>, Gate),
    ) -> Self {
        Self { lanes, rejecting, needs: NeedCollector::default(), gaps: Vec::new(), report }
    }

    /// The only candidate; `None` if there are several.
    fn only(&self) -> Option<&'e Lane<'a>> {
        if let ([only], []) = (self.lanes, self.rejecting) { Some(only) } else { None }
    }

    fn evaluate(mut self, uses: &Uses<'_>) -> Evaluation {
        for one in uses.iter() {
            self.evaluate_use(&one);
        }
        if self.lanes.iter().all(|lane| lane.gates.subject.most > Action::Off) {
            self.evaluate_subject(uses.subject());
        }
        let Self { lanes, needs, gaps, .. } = self;
        let Some(first) = lanes.first() else { return Evaluation::default() };
        let substitute = lanes.iter().find_map(|lane| lane.context.default_backend());
        let meter = first.context.meter;
        Evaluation {
            findings: Vec::new(),
            gaps,
            needs: needs.finish(first.context, substitute),
            valid_until: meter.valid_until(),
            complete: !meter.is_exhausted(),
        }
    }

    fn evaluate_use(&mut self, one: &Use<'_>) {
        if let Some(lane) = self.only() {
            let own = OnceCell::new();
            return lane.judge_use(one, &own, &mut |step| self.take(lane, step));
        }
        let own: Vec<_> = self.lanes.iter().map(|_| OnceCell::new()).collect();
        let of_lane = |(lane, own)| Steps::of(lane, |lane, step| lane.judge_use(one, own, step));
        self.take_mildest(self.lanes.iter().zip(&own).map(of_lane).collect());
    }

    fn evaluate_subject(&mut self, subject: &Subject) {
        for check in
            applicable(subject).filter(|check| matches!(check.rule, Rule::Subject(_) | Rule::TargetAndSubject(..)))
        {
            if let Some(lane) = self.only() {
                lane.judge_subject(check, &mut |step| self.take(lane, step));
            } else {
                let of_lane = |lane| Steps::of(lane, |lane, step| lane.judge_subject(check, step));
                self.take_mildest(self.lanes.iter().map(of_lane).collect());
            }
        }
    }

    /// Takes the steps of the mildest candidate, and warns of what another one denies. Requests the Pods that could make
    /// another candidate milder.
    fn take_mildest(&mut self, mut all: Vec<Steps<'_, 'a>>) {
        mildest_first(&mut all);
        let refusals = refusals(&mut all, self.rejecting);
        compare_consequences(&mut all, self.rejecting);
        let mut all = all.into_iter();
        let Some(Steps { lane, all: steps, .. }) = all.next() else { return };
        if steps.iter().any(|step| matches!(step, Step::Found(_))) {
            for step in all.flat_map(|other| other.all) {
                if let Step::Resolved(resolved) = step {
                    self.explain(&resolved);
                }
            }
        }
        for step in steps {
            self.take(lane, step);
        }
        for (lane, fault) in refusals {
            self.take_fault(lane, fault);
        }
    }

    fn take(&mut self, lane: &Lane<'a>, step: Step<'_, 'a>) {
        match step {
            Step::Found(fault) => self.take_fault(lane, fault),
            Step::Resolved(resolved) => {
                if let Some((what, kind, why)) = resolved.resolution.gap() {
                    let (target, references) = (resolved.target, resolved.references.shared());
                    let action_name = resolved.action.map(Box::from);
                    self.gaps.push(Gap { target, references, action_name, what, kind, why });
                }
                self.explain(&resolved);
            }
        }
    }

    /// Requests the Pods that could change the result, unless findings are only recorded.
    fn explain(&mut self, resolved: &Resolved<'_, 'a>) {
        if resolved.most > Action::Audit {
            self.needs.explain(resolved.resolution);
        }
    }

    /// Reports a finding, and requests the live reads that confirm it.
    fn take_fault(&mut self, lane: &Lane<'a>, fault: Fault<'_, 'a>) {
        let Fault { mut found, resolution, most } = fault;
        let by_configuration = found.action == Action::Deny && found.claim.is_none();
        if by_configuration {
            let service = found.target.and_then(Target::service);
            found.claim = service.map(|target| Claim::Service(target.service_name()));
        }
        let unconfirmed = Unconfirmed { finding: &found, most, by_configuration };
        self.needs.confirm(lane.context, resolution, unconfirmed);
        let gate = lane.gate(&found);
        (self.report)(found, gate);
    }
}

/// The checks that examine `subject`.
fn applicable(subject: &Subject) -> impl Iterator<Item = &'static Check> {
    checks::ALL.iter().copied().filter(|check| check.applies.to(subject.kind))
}

fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

//! Checks over a subject and a view: findings, what is unknown, and what a live read could add.

mod needs;

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::checks::{self, Case, Check, CheckSettings, Forward, Hints, Rule, Scene, StandIn};
use super::controllers::{Assignments, Controller, Profile, identify};
use super::model::{
    Action, Backend, CheckId, Claim, Effect, FieldPath, Finding, ObjectName, PortRef, Subject, Target, USE_ANNOTATION,
};
use super::view::{Needs, Unknown, View};
use needs::{NeedCollector, Unconfirmed};

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
    /// Checks whose findings are recorded at most, because the subject's owners ignore them.
    pub silenced: &'a [CheckId],
}

static NO_ASSIGNMENTS: Assignments = Assignments(Vec::new());
static OWN_ACTIONS: CheckSettings = CheckSettings::OWN;

/// Nobody said anything, and there is no present.
impl Default for Settings<'_> {
    fn default() -> Self {
        Self {
            controllers: &NO_ASSIGNMENTS,
            fallback: None,
            checks: &OWN_ACTIONS,
            now: None,
            stored: false,
            silenced: &[],
        }
    }
}

/// Something that could not be looked up.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gap {
    /// The field whose judgement lacks it.
    pub field: FieldPath,
    /// Which of the subject's backends that is, counted from 0.
    pub backend: usize,
    /// What it is, for people: `Service "web"`.
    pub what: String,
    /// Why it is unknown.
    pub why: Unknown,
}

/// What is known of one subject after one look.
#[derive(Clone, Debug)]
pub struct Evaluation<'a> {
    /// The controller, and what told it.
    pub controller: Controller<'a>,
    /// What is wrong: of each backend in their order, then of the subject as a whole.
    pub findings: Vec<Finding>,
    /// What could not be looked up.
    pub gaps: Vec<Gap>,
    /// The live reads that prove denials, and those that explain warnings.
    pub needs: Needs,
}

/// The worst that may come of a backend, or of the subject as a whole (`None`), given who serves it.
pub type Cap<'c> = &'c dyn Fn(&Controller<'_>, Option<&Backend>) -> Action;

/// Judges `subject` by what `view` knows.
///
/// Backends whose `cap` is off are left out, and nobody reads anything for those that would only be recorded.
pub fn evaluate<'a>(subject: &Subject, view: &dyn View, settings: Settings<'a>, cap: Cap<'_>) -> Evaluation<'a> {
    let controller = identify(subject, view, settings.controllers, settings.fallback, settings.stored);
    let started_by = settings.now.and_then(|now| now.checked_sub(settings.checks.grace).ok());
    let hints = Hints::default();
    let scene = Scene { subject, controller, view, hints: &hints, started_by };
    let spared = controller.shape(subject).is_some_and(|(_, cap)| cap <= Action::Audit);
    let out = Evaluation::of(controller);
    let (stand_in, actions, needs) = (scene.stand_in(), BTreeSet::new(), NeedCollector::default());
    let mut judge = Judge { scene, settings, spared, stand_in, actions, needs, out };
    for (at, backend) in subject.backends.iter().enumerate() {
        let cap = cap(&controller, Some(backend));
        if cap > Action::Off {
            judge.backend(at, backend, cap);
        }
    }
    if cap(&controller, None) > Action::Off {
        judge.subject();
    }
    let Judge { mut out, needs, .. } = judge;
    out.needs = needs.finish(&scene);
    out
}

/// The Service reference of a backend that has one.
fn service(backend: &Backend) -> Option<(&str, &PortRef)> {
    match &backend.target {
        // Not a Service but the name of an action, on any controller that knows the word.
        Target::Service { port: PortRef::Name(word), .. } if word == USE_ANNOTATION => None,
        Target::Service { name, port } => Some((name, port)),
        Target::Resource { .. } | Target::Nothing => None,
    }
}

impl<'a> Evaluation<'a> {
    fn of(controller: Controller<'a>) -> Self {
        Self { controller, findings: Vec::new(), gaps: Vec::new(), needs: Needs::default() }
    }
}

/// Runs the checks and gathers what they say.
struct Judge<'s, 'a> {
    scene: Scene<'s>,
    settings: Settings<'a>,
    /// The controller is known to do without the backends of a subject of this shape.
    spared: bool,
    /// Who answers where a rule's own Service cannot.
    stand_in: StandIn<'s>,
    /// The backends' actions whose forwards have been judged.
    actions: BTreeSet<&'s Target>,
    needs: NeedCollector,
    out: Evaluation<'a>,
}

impl<'s> Judge<'s, '_> {
    /// Judges a backend, of which nothing worse than `cap` may come.
    fn backend(&mut self, at: usize, backend: &'s Backend, cap: Action) {
        let case = service(backend).map(|reference| Case::new(self.scene, backend, reference));
        if let Some(case) = &case {
            self.look(at, case, cap);
        }
        for check in checks::ALL {
            match (check.rule, &case) {
                (Rule::Service(run), Some(case)) => {
                    let found = run(case).map(|finding| self.answered(case, finding));
                    self.add(check, found, Some(case), cap);
                }
                (Rule::Backend(run), _) => self.add(check, run(&self.scene, backend), None, cap),
                (Rule::Service(_), None) | (Rule::Subject(_), _) => {}
            }
        }
        // Once for each action, of which thousands of paths may make use.
        if let Some(forwards) = checks::forwards(self.scene, backend)
            && self.actions.insert(&backend.target)
        {
            for forward in forwards {
                self.forward(at, &forward, cap);
            }
        }
    }

    /// Notes what a case lacks, and asks for the Pods that would tell more if more than a record may come of it.
    fn look(&mut self, at: usize, case: &Case<'_>, cap: Action) {
        if let Some((what, why)) = case.gap() {
            self.out.gaps.push(Gap { field: case.field("service.name"), backend: at, what, why });
        }
        if cap > Action::Audit {
            self.needs.explain(case);
        }
    }

    /// A Service that an action forwards to is judged like a backend, and told of as the action's.
    fn forward(&mut self, at: usize, forward: &Forward<'_>, cap: Action) {
        let Some(reference) = service(&forward.backend) else { return };
        let case = Case::new(self.scene, &forward.backend, reference);
        self.look(at, &case, if forward.idle { Action::Audit } else { cap });
        let of_service = |check: &&Check| {
            let Rule::Service(run) = check.rule else { return None };
            let finding = run(&case)?;
            Some(Finding { action: self.settings.checks.action(check, finding.action), ..finding })
        };
        let found = forward.told(&case, checks::ALL.iter().filter_map(of_service));
        let found = found.map(|finding| self.answered(&case, finding));
        self.add(&checks::ACTION_ANNOTATION, found, Some(&case), cap);
    }

    /// What becomes of a finding where the backend does not matter, or something else answers in its place: a canary's
    /// primary, a redirect, or the Service of ingress-nginx's default backend. A reference that should never be so is worth a
    /// warning; an outage is what the other one is there for (rows 26 to 29, and measured).
    fn answered(&self, case: &Case<'_>, mut finding: Finding) -> Finding {
        if finding.effect != Effect::Fails {
            return finding;
        }
        if finding.backend.as_ref().is_some_and(|backend| self.scene.leaves_unused(backend)) {
            finding.action = finding.action.min(Action::Warn);
            let title = self.scene.profile().title;
            finding.reason = format!("{}; {title} ignores spec.defaultBackend beside rules", finding.reason);
            finding.detail.clone_from(&finding.reason);
            finding.note.clear();
            "remove it, or give it an Ingress of its own, without rules".clone_into(&mut finding.help);
            return finding;
        }
        if self.spared {
            finding.effect = Effect::Elsewhere;
            // It tells of requests that fail, and these do not.
            finding.note.clear();
            return finding;
        }
        // It answers where there is no endpoint, and such an address is taken for one (by reading).
        let stand_in = if case.has_own_address() { StandIn::Nobody } else { self.stand_in };
        let (name, verb) = match stand_in {
            StandIn::Nobody => return finding,
            StandIn::Perhaps(name) => {
                finding.action = finding.action.min(Action::Warn);
                finding.effect = Effect::Unsure;
                (name, "may answer")
            }
            StandIn::Certain(name) => {
                let denies = finding.action == Action::Deny;
                finding.action = if denies { Action::Warn } else { finding.action.min(Action::Audit) };
                finding.effect = Effect::Elsewhere;
                (name, "answers")
            }
        };
        finding.note = format!("the default backend Service \"{name}\" {verb} instead");
        finding.detail = format!("{} ({})", finding.reason, finding.note);
        finding.reason = format!("{} (default backend \"{name}\" {verb})", finding.reason);
        finding
    }

    fn subject(&mut self) {
        for check in checks::ALL {
            if let Rule::Subject(run) = check.rule {
                self.add(check, run(&self.scene), None, Action::Audit);
            }
        }
    }

    /// Adds findings of `check`, and asks for what confirms them. `cap` is the worst that may come of them.
    fn add(
        &mut self,
        check: &Check,
        findings: impl IntoIterator<Item = Finding>,
        case: Option<&Case<'_>>,
        cap: Action,
    ) {
        let cap = if self.settings.silenced.contains(&check.id) { cap.min(Action::Audit) } else { cap };
        for mut finding in findings {
            finding.action = self.settings.checks.action(check, finding.action);
            let by_configuration = finding.action == Action::Deny && finding.claim.is_none();
            if by_configuration {
                finding.claim = service_of(&self.scene, &finding);
            }
            if finding.action == Action::Off {
                continue;
            }
            self.needs.confirm(&self.scene, case, Unconfirmed { finding: &finding, cap, by_configuration });
            self.out.findings.push(finding);
        }
    }
}

/// The claim of a finding that denies only because the configuration says so.
fn service_of(scene: &Scene<'_>, finding: &Finding) -> Option<Claim> {
    let (name, _) = finding.backend.as_ref().and_then(service)?;
    Some(Claim::Service(ObjectName::new(scene.namespace(), name)))
}

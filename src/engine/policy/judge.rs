//! From findings to a verdict: gates first, then modes (rulebook 11.1).

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::Timestamp;
use serde::Serialize;

use super::circumstances::{Circumstances, DRY_RUN};
use super::ignore::Ignored;
use super::unknown::{Answer, Obstacle, answer};
use super::worst::Worst;
use super::{Mode, notes};
use crate::engine::controllers::{Controller, Identified, identify};
use crate::engine::evaluate::{Candidate, Evaluation, Gap, Gate, Settings, elaborate, evaluate_each};
use crate::engine::model::{Action, CheckId, Claim, Finding, Found};
use crate::engine::view::{Lookup, Needs, Proof};

/// The reason if no live read was made or answered.
const UNCONFIRMED: &str = "no live read could confirm it";
/// The reason if the Service does not exist, and Backstop could not read the objects by which programs create Services.
const MAKERS_UNKNOWN: &str = "whether another program creates it could not be read";
/// The maximum number of findings of one subject that get expensive details, such as similar names. Admission never
/// shows more findings.
const ELABORATED: usize = 50;

/// The result for a subject, ordered from harmless to severe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Nothing was found.
    Pass,
    /// Something could not be looked up, and there is no finding.
    Unknown,
    /// The most severe finding is recorded only.
    Audit,
    /// The most severe finding is a warning.
    Warn,
    /// The subject is denied.
    Deny,
}

impl Verdict {
    /// The word of reports and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Unknown => "unknown",
            Self::Audit => "audit",
            Self::Warn => "warn",
            Self::Deny => "deny",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<Action> for Verdict {
    fn from(action: Action) -> Self {
        match action {
            Action::Off => Self::Pass,
            Action::Audit => Self::Audit,
            Action::Warn => Self::Warn,
            Action::Deny => Self::Deny,
        }
    }
}

/// A finding and the action that policy gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// The finding.
    pub finding: Finding,
    /// The resulting action; never [`Action::Off`].
    pub action: Action,
    /// The action in mode `enforce`.
    pub enforced: Action,
    /// Why the action is milder than the action of the finding, for people; `None` if it is not.
    pub softened: Option<Cow<'static, str>>,
    /// Why the denial is not proven. The configuration denies what cannot be checked. `None` if the denial is proven,
    /// or if the finding does not deny.
    pub unproven: Option<&'static str>,
    /// What proves the finding; `None` where the finding would not be refused even in the mode `enforce`, or stands
    /// without a proof.
    pub proof: Option<Proof>,
}

impl Judged {
    /// The reason of [`Self::softened`], if it is that the finding could not be proven or that the request is a dry
    /// run. A user must see these two reasons, because the same request may be denied later.
    pub fn doubt(&self) -> Option<&str> {
        self.softened.as_deref().filter(|why| [DRY_RUN, UNCONFIRMED, MAKERS_UNKNOWN].contains(why))
    }
}

/// Everything that was found about one subject.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// The profiles of the controllers that may serve the subject, and what identified them.
    pub controller: Identified,
    /// The most severe action of the findings; `Unknown` or `Pass` if there are none.
    pub verdict: Verdict,
    /// The findings whose action is not off, in the order of references and checks. If the caller limits the number of
    /// findings, the most severe ones.
    pub findings: Vec<Judged>,
    /// The number of fields with a finding, by check and action. Findings that were left out are counted.
    pub counts: BTreeMap<(CheckId, Action), usize>,
    /// The subject would be denied in mode `enforce`.
    pub would_deny: bool,
    /// What could not be looked up.
    pub gaps: Vec<Gap>,
    /// The time until which the judgement is valid if no fact changes; `None` if time alone cannot change it.
    pub valid_until: Option<Timestamp>,
    /// The units of work that the caller allowed were enough for the whole judgement.
    pub complete: bool,
}

impl Judgement {
    /// The empty judgement of a subject that is not judged.
    pub fn untouched(controller: Identified) -> Self {
        Self {
            controller,
            verdict: Verdict::Pass,
            findings: Vec::new(),
            counts: BTreeMap::new(),
            would_deny: false,
            gaps: Vec::new(),
            valid_until: None,
            complete: true,
        }
    }

    /// The number of fields that have a finding with `action`, including findings that were left out.
    pub fn count(&self, action: Action) -> usize {
        self.counts.iter().filter(|((_, of), _)| *of == action).map(|(_, count)| count).sum()
    }
}

impl Circumstances<'_> {
    /// Applies the gate, the annotation `backstop.dev/ignore`, the need for proof, and the mode to `finding`, and adds it
    /// to `worst`.
    fn judge(&self, gate: Gate, ignored: Option<&Ignored<'_>>, finding: Found<'_>, worst: &mut Worst) {
        let Gate { mut most, mut why } = gate;
        if most > Action::Audit && ignored.is_some_and(|ignored| ignored.silences(finding.check)) {
            (most, why) = (Action::Audit, Some("the annotation backstop.dev/ignore silences it"));
        }
        let mut unproven = None;
        if finding.action.min(most) == Action::Deny
            && let Some(doubt) = self.doubt(&finding)
        {
            match self.answer_to_doubt(&finding) {
                Answer::Deny => unproven = Some(doubt),
                Answer::Allow | Answer::AllowWithWarning => (most, why) = (Action::Warn, Some(doubt)),
            }
        }
        let enforced = finding.action.min(most);
        let action = enforced.min(self.mode.cap());
        worst.add((finding.check, finding.field_count()), (action, enforced), || {
            let softened = match (action < enforced, enforced < finding.action) {
                (true, _) => Some("the mode of the cluster or namespace allows no more".into()),
                (false, true) => why.map(|why| self.reason(why)),
                (false, false) => None,
            };
            let proven = enforced == Action::Deny && unproven.is_none();
            let proof = finding.claim.filter(|_| proven).and_then(|claim| self.view.proof(claim));
            Judged { finding: finding.into_finding(), action, enforced, softened, unproven, proof }
        });
    }

    /// Why a denial is not proven by a live read (gate G4); `None` if it is proven.
    fn doubt(&self, finding: &Found<'_>) -> Option<&'static str> {
        let claim = finding.claim.filter(|claim| self.mode_known && self.view.proves(*claim));
        match claim {
            None => finding.claim.and_then(|claim| self.view.why_unproven(claim)).or(Some(UNCONFIRMED)),
            Some(Claim::Absent(service)) => {
                let unknown = matches!(self.view.makers(service.namespace), Lookup::Unknown(_));
                unknown.then_some(MAKERS_UNKNOWN)
            }
            Some(Claim::Service(_) | Claim::View) => None,
        }
    }

    /// The answer if a denial is not proven. A live read can confirm a Service in time. Other claims are never proven
    /// at admission, so they only warn.
    fn answer_to_doubt(&self, finding: &Found<'_>) -> Answer {
        match finding.claim {
            Some(Claim::Absent(_) | Claim::Service(_)) => answer(Obstacle::Unconfirmed, self.configuration.on_unknown),
            Some(Claim::View) | None => Answer::AllowWithWarning,
        }
    }

    /// Adds the denials for `gaps` to `worst`, and returns the other gaps. Gaps of one action that read the same are kept
    /// once: an action may forward to thousands of ports of one Service.
    fn judge_gaps(&self, candidates: &[Candidate<'_>], mut gaps: Vec<Gap>, worst: &mut Worst) -> Vec<Gap> {
        let mut known = BTreeSet::new();
        let passes = |gap: &Gap| {
            let denial = self.denied_for_gap(candidates, gap);
            if let Some(action) = &gap.action_name
                && !known.insert((action.clone(), gap.what.clone(), gap.why, denial.is_some()))
            {
                return false;
            }
            let Some(finding) = denial else { return true };
            let (about, action) = ((finding.check, finding.field_count()), Action::Deny);
            worst.add(about, (action, action), || Judged {
                finding: finding.into_finding(),
                action,
                enforced: action,
                softened: None,
                unproven: None,
                proof: None,
            });
            false
        };
        gaps.retain(passes);
        gaps
    }

    /// A denial for a target that could not be looked up, if the configuration denies those and no gate prevents it.
    fn denied_for_gap<'g>(&'g self, candidates: &[Candidate<'_>], gap: &'g Gap) -> Option<Found<'g>> {
        if answer(Obstacle::Fact(gap.why), self.configuration.on_unknown) != Answer::Deny {
            return None;
        }
        let open = |it: &Candidate<'_>| it.gates.of(gap.target, &gap.references).most == Action::Deny;
        let denies = self.mode == Mode::Enforce && Candidate::accepting(candidates).all(open);
        let target = self.subject.targets.get(usize::try_from(gap.target).ok()?)?;
        denies.then(|| notes::lookup_failed(gap, target, self.view.stage()))
    }

    /// Adds the findings of policy itself.
    fn add_notes(&self, gate: Gate, ignored: Option<&Ignored<'_>>, worst: &mut Worst) {
        let mut notes = Vec::new();
        if let Some(label) = self.malformed_mode {
            notes.push(notes::malformed_mode(&self.subject.name.namespace, label, self.mode));
        }
        match ignored {
            Some(ignored) if self.configuration.allow_ignore_annotation => notes.extend(notes::ignored(ignored)),
            Some(ignored) if worst.has_visible(&ignored.checks) => notes.push(notes::ignore_not_allowed()),
            _ => {}
        }
        for note in notes {
            self.judge(gate, None, note, worst);
        }
    }
}

/// Judges the subject of `circumstances`. Returns the judgement, and the live reads that could change it; `None` if the
/// subject is exempt from judgement.
pub fn judge(circumstances: &Circumstances<'_>, settings: Settings<'_>) -> Option<(Judgement, Needs)> {
    if circumstances.passes_untouched() {
        return None;
    }
    let Circumstances { subject, view, .. } = *circumstances;
    let controller = identify(subject, view, settings.controllers, settings.fallback, settings.stored);
    let mut candidates = controller.candidates();
    let (first, second) = (candidates.next().unwrap_or(controller), candidates.next());
    let gates = circumstances.gates(&first);
    let first = Candidate { controller: first, gates: &gates };
    let Some(second) = second else { return Some(judge_under(circumstances, controller, &[first], settings)) };
    let others: Vec<_> = [second].into_iter().chain(candidates).map(|it| (it, circumstances.gates(&it))).collect();
    let others = others.iter().map(|(controller, gates)| Candidate { controller: *controller, gates });
    let candidates: Vec<_> = [first].into_iter().chain(others).collect();
    Some(judge_under(circumstances, controller, &candidates, settings))
}

/// Judges the subject of `circumstances` under these candidates of `controller`.
fn judge_under(
    circumstances: &Circumstances<'_>,
    controller: Controller<'_>,
    candidates: &[Candidate<'_>],
    settings: Settings<'_>,
) -> (Judgement, Needs) {
    let Circumstances { subject, view, configuration, occasion, .. } = *circumstances;
    let ignored = Ignored::of(subject);
    let counts = ignored.as_ref().filter(|_| configuration.allow_ignore_annotation);
    let settings = Settings { silenced: counts.map_or(&[], |ignored| &ignored.checks), ..settings };
    let mut worst = Worst::new(settings.reported);
    let mut report = |found: Found<'_>, gate: Gate| circumstances.judge(gate, counts, found, &mut worst);
    let Evaluation { gaps, mut needs, valid_until, complete, .. } =
        evaluate_each(subject, candidates, view, settings, &mut report);
    if occasion.dry_run {
        // A dry run is never denied, so it needs no proof. The Pods are still read: an unready backend is only worth a
        // warning if its Pods are not part of a rollout in progress.
        needs.keep_only_pods();
    }
    let gate = candidates.first().map_or(Gate::OPEN, |it| it.gates.subject);
    let passed = circumstances.judge_gaps(candidates, gaps, &mut worst);
    circumstances.add_notes(gate, ignored.as_ref(), &mut worst);
    let verdict = Verdict::from(worst.action());
    let verdict = if passed.is_empty() { verdict } else { verdict.max(Verdict::Unknown) };
    let would_deny = verdict < Verdict::Deny && worst.has_enforced_denial();
    let (mut findings, counts) = worst.into_parts();
    let elaborated = most_severe_first(&mut findings).into_iter().take(ELABORATED);
    let discarded = settings.provisional && !needs.is_empty();
    let complete = (discarded || elaborate(elaborated, subject, view, settings.units)) && complete;
    let controller = controller.identified;
    let judgement =
        Judgement { controller, verdict, findings, counts, would_deny, gaps: passed, valid_until, complete };
    (judgement, needs)
}

/// The findings, the most severe first.
fn most_severe_first(findings: &mut [Judged]) -> Vec<&mut Finding> {
    let mut order: Vec<&mut Judged> = findings.iter_mut().collect();
    order.sort_by_key(|judged| std::cmp::Reverse((judged.action, judged.enforced)));
    order.into_iter().map(|judged| &mut judged.finding).collect()
}

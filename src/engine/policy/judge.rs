//! From findings to a verdict: gates first, then modes (rulebook 11.1).

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::Serialize;

use super::circumstances::{Circumstances, DRY_RUN};
use super::ignore::Ignored;
use super::unknown::{Answer, Trouble, answer};
use super::{Mode, notes};
use crate::engine::controllers::{Identified, identify};
use crate::engine::evaluate::{Evaluation, Gap, Gate, Gates, Settings, elaborate, evaluate};
use crate::engine::model::{Action, CheckId, Claim, Finding};
use crate::engine::view::{Lookup, Needs, Proof};

/// The reason where no live read was made, or none answered.
const UNCONFIRMED: &str = "no live read could confirm it";
/// The reason where the Service is absent, and Flagger may create it.
const MAKERS_UNKNOWN: &str = "whether Flagger creates it could not be read";
/// For how many findings of one subject the names that were probably meant are looked for: the search is expensive, and
/// more are never shown at admission.
const ELABORATED: usize = 50;

/// The worst of what was found about a subject, ordered from harmless to severe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Nothing was found.
    Pass,
    /// Something could not be looked up, and nothing worse was found.
    Unknown,
    /// Something is recorded.
    Audit,
    /// The user is warned.
    Warn,
    /// The subject is refused.
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

/// A finding and what policy makes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// The finding.
    pub finding: Finding,
    /// What is done about it; never [`Action::Off`].
    pub action: Action,
    /// What would be done about it were the mode `enforce`.
    pub enforced: Action,
    /// Why the action is milder than the finding deserves, for people; `None` where it is not.
    pub softened: Option<&'static str>,
    /// Why the denial rests on no proof, and stands because the configuration refuses what cannot be checked; `None`
    /// where it is proven.
    pub unproven: Option<&'static str>,
    /// What proves the finding; `None` where the finding would not be refused even in the mode `enforce`, or stands
    /// without a proof.
    pub proof: Option<Proof>,
}

impl Judged {
    /// Of [`Self::softened`], what the user must know who takes everything else for refused: that the finding could not be
    /// proven, or is about a dry run.
    pub fn doubt(&self) -> Option<&'static str> {
        self.softened.filter(|why| [DRY_RUN, UNCONFIRMED, MAKERS_UNKNOWN].contains(why))
    }
}

/// Everything that was found about one subject.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// The controller profile, and what identified it.
    pub controller: Identified,
    /// The worst of the findings, or `Unknown`, or `Pass`.
    pub verdict: Verdict,
    /// The findings that are not off, in the order of references and checks: all of them, or the worst if the caller asked
    /// for no more.
    pub findings: Vec<Judged>,
    /// How many fields of the subject each check found something about, by the action; findings left out are counted.
    pub counts: BTreeMap<(CheckId, Action), usize>,
    /// Only the mode keeps the subject from being refused.
    pub would_deny: bool,
    /// What could not be looked up.
    pub gaps: Vec<Gap>,
    /// Until when the judgement holds as long as no fact changes; `None` where time alone cannot change it.
    pub valid_until: Option<Timestamp>,
    /// The units of work that the caller allowed sufficed.
    pub complete: bool,
}

impl Judgement {
    /// The judgement of a subject that is not judged, served by `controller`.
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

    /// How many fields have a finding with `action`, whether it was left out or not.
    pub fn count(&self, action: Action) -> usize {
        self.counts.iter().filter(|((_, of), _)| *of == action).map(|(_, count)| count).sum()
    }
}

impl Circumstances<'_> {
    /// What policy makes of `finding`, which passes `gate` at most.
    fn judge(&self, gate: Gate, ignored: Option<&Ignored<'_>>, finding: Finding) -> Judged {
        let Gate { mut most, mut why } = gate;
        if most > Action::Audit && ignored.is_some_and(|ignored| ignored.silences(finding.check)) {
            (most, why) = (Action::Audit, Some("the annotation backstop.dev/ignore says so"));
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
        let softened = match (action < enforced, enforced < finding.action) {
            (true, _) => Some("the mode of the cluster or namespace allows no more"),
            (false, true) => why,
            (false, false) => None,
        };
        let proven = enforced == Action::Deny && unproven.is_none();
        let proof = finding.claim.as_ref().filter(|_| proven).and_then(|claim| self.view.proof(claim));
        Judged { finding, action, enforced, softened, unproven, proof }
    }

    /// Why a denial would rest on nothing but a cache (gate G4).
    fn doubt(&self, finding: &Finding) -> Option<&'static str> {
        let claim = finding.claim.as_ref().filter(|claim| self.mode_known && self.view.proves(claim));
        match claim {
            None => Some(UNCONFIRMED),
            Some(Claim::Absent(service)) => {
                let unknown = matches!(self.view.makers(&service.namespace), Lookup::Unknown(_));
                unknown.then_some(MAKERS_UNKNOWN)
            }
            Some(Claim::Service(_) | Claim::View) => None,
        }
    }

    /// The answer to a denial that is in doubt. Only a Service can be looked up in time; other claims are never proven at
    /// admission.
    fn answer_to_doubt(&self, finding: &Finding) -> Answer {
        match finding.claim {
            Some(Claim::Absent(_) | Claim::Service(_)) => answer(Trouble::Unconfirmed, self.configuration.on_unknown),
            Some(Claim::View) | None => Answer::AllowWithWarning,
        }
    }

    /// The refusal of what could not be looked up, where the configuration wants it and no gate forbids it.
    fn refused(&self, gates: &Gates, gap: &Gap) -> Option<Finding> {
        if answer(Trouble::Fact(gap.why), self.configuration.on_unknown) != Answer::Deny {
            return None;
        }
        let denies = self.mode == Mode::Enforce && gates.target(gap.target).most == Action::Deny;
        let target = self.subject.targets.get(usize::try_from(gap.target).ok()?)?;
        denies.then(|| notes::lookup_failed(gap, target))
    }

    /// The findings that policy makes itself.
    fn notes(&self, gate: Gate, found: &[Judged], ignored: Option<&Ignored<'_>>) -> Vec<Judged> {
        let mut notes = Vec::new();
        if let Some(label) = self.malformed_mode {
            notes.push(notes::malformed_mode(&self.subject.name.namespace, label, self.mode));
        }
        match ignored {
            Some(ignored) if self.configuration.allow_ignore_annotation => notes.extend(notes::ignored(ignored)),
            Some(ignored)
                if found.iter().any(|one| one.action > Action::Audit && ignored.silences(one.finding.check)) =>
            {
                notes.push(notes::ignored_in_vain());
            }
            _ => {}
        }
        notes.into_iter().map(|note| self.judge(gate, None, note)).collect()
    }
}

/// Judges the subject of `circumstances` by what their view knows: the judgement, and the live reads that could add to it.
/// `None` where the subject is not to be judged.
pub fn judge(circumstances: &Circumstances<'_>, settings: Settings<'_>) -> Option<(Judgement, Needs)> {
    if circumstances.passes_untouched() {
        return None;
    }
    let Circumstances { subject, view, configuration, occasion, .. } = *circumstances;
    let controller = identify(subject, view, settings.controllers, settings.fallback, settings.stored);
    let gates = circumstances.gates(&controller);
    let ignored = Ignored::of(subject);
    let counts = ignored.as_ref().filter(|_| configuration.allow_ignore_annotation);
    let settings = Settings { silenced: counts.map_or(&[], |ignored| &ignored.checks), ..settings };
    let Evaluation { findings, gaps, mut needs, valid_until, complete } =
        evaluate(subject, controller, view, &gates, settings);
    if occasion.dry_run {
        // A dry run is never denied, so that nothing has to be proven. Whether an unready backend deserves a warning
        // depends on its Pods: a rollout that is under way must not be warned of.
        needs.keep_only_pods();
    }
    let judged = |finding: Finding| {
        circumstances.judge(finding.target_index.map_or(gates.subject, |index| gates.target(index)), counts, finding)
    };
    let mut findings: Vec<Judged> = findings.into_iter().map(judged).collect();
    let mut passed = Vec::with_capacity(gaps.len());
    for gap in gaps {
        match circumstances.refused(&gates, &gap) {
            Some(finding) => findings.push(Judged {
                action: Action::Deny,
                enforced: Action::Deny,
                finding,
                softened: None,
                unproven: None,
                proof: None,
            }),
            None => passed.push(gap),
        }
    }
    findings.extend(circumstances.notes(gates.subject, &findings, ignored.as_ref()));
    findings.retain(|judged| judged.action > Action::Off);
    let worst = findings.iter().map(|judged| judged.action.into()).max().unwrap_or(Verdict::Pass);
    let verdict = if passed.is_empty() { worst } else { worst.max(Verdict::Unknown) };
    let would_deny = verdict < Verdict::Deny && findings.iter().any(|judged| judged.enforced == Action::Deny);
    let counts = count(&findings);
    keep_worst(&mut findings, settings.reported);
    let elaborated = worst_first(&mut findings).into_iter().take(ELABORATED);
    let complete = elaborate(elaborated, subject, controller, view, settings.units) && complete;
    let controller = controller.identified;
    let judgement =
        Judgement { controller, verdict, findings, counts, would_deny, gaps: passed, valid_until, complete };
    Some((judgement, needs))
}

fn count(findings: &[Judged]) -> BTreeMap<(CheckId, Action), usize> {
    let mut counts = BTreeMap::new();
    for judged in findings {
        *counts.entry((judged.finding.check, judged.action)).or_default() += judged.finding.field_count();
    }
    counts
}

/// Keeps the `most` worst findings, in their order.
fn keep_worst(findings: &mut Vec<Judged>, most: usize) {
    if findings.len() <= most {
        return;
    }
    let mut order: Vec<usize> = (0..findings.len()).collect();
    order.sort_by_key(|index| findings.get(*index).map(|judged| std::cmp::Reverse((judged.action, judged.enforced))));
    order.truncate(most);
    order.sort_unstable();
    let mut kept = order.into_iter().peekable();
    let mut index = 0;
    findings.retain(|_| {
        let keep = kept.next_if_eq(&index).is_some();
        index += 1;
        keep
    });
    findings.shrink_to_fit();
}

/// The findings, the worst first.
fn worst_first(findings: &mut [Judged]) -> Vec<&mut Finding> {
    let mut order: Vec<&mut Judged> = findings.iter_mut().collect();
    order.sort_by_key(|judged| std::cmp::Reverse((judged.action, judged.enforced)));
    order.into_iter().map(|judged| &mut judged.finding).collect()
}

//! From findings to a verdict: gates first, then modes (rulebook 11.1).

use std::fmt;

use serde::Serialize;

use super::exempt::is_solver_path;
use super::ignore::Ignored;
use super::unknown::{Answer, Trouble, answer};
use super::{Change, Configuration, Mode, notes};
use crate::engine::controllers::{Controller, Identified, Shape};
use crate::engine::evaluate::{Evaluation, Gap, Settings, evaluate};
use crate::engine::manifest::mode_label;
use crate::engine::model::{Action, Backend, Claim, Finding, Subject};
use crate::engine::view::{Lookup, Needs, View};

/// Nothing will be stored.
const DRY_RUN: &str = "dry run: may follow";
/// Nobody looked, or nobody could.
const UNCONFIRMED: &str = "no live read could confirm it";
/// The Service is absent, and that is not the whole of it.
const MAKERS_UNKNOWN: &str = "whether Flagger is to make it could not be read";

/// The worst that is said of a subject; ordered from harmless to severe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Nothing to say.
    Pass,
    /// Something could not be looked up, and nothing worse was found.
    Unknown,
    /// Something to record.
    Audit,
    /// Something to tell.
    Warn,
    /// Refused.
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
    /// Why it is milder than the finding deserves, for people; `None` where it is not.
    pub softened: Option<&'static str>,
}

impl Judged {
    /// Of [`Self::softened`], what the user must hear who thinks that all else would have been refused: that there was
    /// no telling.
    pub fn doubt(&self) -> Option<&'static str> {
        self.softened.filter(|why| [DRY_RUN, UNCONFIRMED, MAKERS_UNKNOWN].contains(why))
    }
}

/// All that is said of one subject.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// The controller profile, and what told it.
    pub controller: Identified,
    /// The worst of the findings, or `Unknown`, or `Pass`.
    pub verdict: Verdict,
    /// The findings that are not off, in the order of the backends and checks.
    pub findings: Vec<Judged>,
    /// What could not be looked up.
    pub gaps: Vec<Gap>,
}

impl Judgement {
    /// Whether only the mode keeps it from being refused.
    pub fn would_deny(&self) -> bool {
        self.verdict < Verdict::Deny && self.findings.iter().any(|judged| judged.enforced == Action::Deny)
    }

    /// Of a subject of which nothing is to be judged, served by `controller`.
    pub fn untouched(controller: Identified) -> Self {
        Self { controller, verdict: Verdict::Pass, findings: Vec::new(), gaps: Vec::new() }
    }
}

/// What is known of a request beside its objects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Occasion {
    /// Nothing will be stored: what is missing may come with the same apply (gate G2).
    pub dry_run: bool,
    /// The object comes before others of its release, of which the view shows nothing yet.
    pub early: bool,
    /// Whoever asks is exempt, as [`Exemptions::spare_user`](super::Exemptions::spare_user) says (gate G6).
    pub exempt_user: bool,
}

/// The circumstances of a judgement: what is under judgement, where, and how far findings may go.
#[derive(Clone)]
pub struct Circumstances<'a> {
    configuration: &'a Configuration,
    subject: &'a Subject,
    change: &'a Change<'a>,
    occasion: Occasion,
    /// The smaller of the cluster's mode and the namespace's.
    mode: Mode,
    /// The namespace's labels could be read, so that [`Self::mode`] is certain.
    mode_known: bool,
    /// What the namespace's label says instead of a mode.
    malformed_mode: Option<&'a str>,
    view: &'a dyn View,
}

impl<'a> Circumstances<'a> {
    /// The circumstances of `subject`, with the namespace's own mode from `view`.
    ///
    /// A label that is no mode counts as none: the cluster's mode holds, and a warning says so.
    pub fn new(
        configuration: &'a Configuration,
        subject: &'a Subject,
        change: &'a Change<'a>,
        occasion: Occasion,
        view: &'a dyn View,
    ) -> Self {
        let mode = configuration.mode;
        let namespace = view.namespace(&subject.name.namespace);
        let label = match namespace {
            Lookup::Found(facts) => mode_label(facts),
            Lookup::Absent | Lookup::Unknown(_) => None,
        };
        let own = label.map(str::parse::<Mode>);
        let malformed_mode = label.filter(|_| matches!(own, Some(Err(_))));
        let mode = own.and_then(Result::ok).map_or(mode, |own| own.min(mode));
        let mode_known = !matches!(namespace, Lookup::Unknown(_)) && view.proves_namespace(&subject.name.namespace);
        Self { configuration, subject, change, occasion, mode, mode_known, malformed_mode, view }
    }

    /// Whether nothing can come of a judgement: it is switched off, or the object is none of our business.
    fn passes_untouched(&self) -> bool {
        self.mode == Mode::Off
            || self.subject.deleting
            || self.configuration.exempt.spare(self.subject)
            || (self.change.is_none() && !self.reinterprets())
    }

    /// Whether an old reference may mean something else now, or has not been judged before.
    fn reinterprets(&self) -> bool {
        self.change.reinterprets() || self.change.old().is_some_and(|old| self.configuration.exempt.spare(old))
    }

    /// The worst that may come of `backend`, or of the subject as a whole, whatever is found and were the mode `enforce`;
    /// and why it is no more.
    fn cap(&self, controller: &Controller<'_>, backend: Option<&Backend>) -> (Action, Option<&'static str>) {
        let was_there = backend.map_or_else(|| self.change.old().is_some(), |backend| self.change.had(backend));
        // Row 3: never told again, unless what changed may have changed its meaning (gate G1).
        let again = if self.reinterprets() { Action::Warn } else { Action::Audit };
        let gates = [
            (backend.is_some_and(is_solver_path), Action::Off, "it is cert-manager's"),
            (was_there, again, "the reference was there before"),
            (self.occasion.dry_run, Action::Warn, DRY_RUN),
            (self.occasion.early, Action::Warn, "its annotations have it applied before the rest of its release"),
            (controller.uncertain, Action::Warn, "its IngressClass could not be looked up"),
            (self.occasion.exempt_user, Action::Warn, "whoever asks is exempt"),
        ];
        let closed = gates.into_iter().filter(|(closed, ..)| *closed).map(|(_, cap, why)| (cap, why));
        let shape =
            controller.shape(self.subject).filter(|_| backend.is_some()).map(|(shape, cap)| (cap, why_spared(shape)));
        let strictest = closed.chain(shape).min_by_key(|(cap, _)| *cap);
        strictest.map_or((Action::Deny, None), |(cap, why)| (cap, Some(why)))
    }

    fn judge(&self, controller: &Controller<'_>, ignored: Option<&Ignored<'_>>, mut finding: Finding) -> Judged {
        let (mut cap, mut why) = self.cap(controller, finding.backend.as_ref());
        if cap > Action::Audit && ignored.is_some_and(|ignored| ignored.silences(finding.check)) {
            (cap, why) = (Action::Audit, Some("the annotation backstop.dev/ignore says so"));
        }
        let doubt = if finding.action.min(cap) == Action::Deny { self.doubt(&finding) } else { None };
        match doubt {
            Some(doubt) if self.doubted(&finding) == Answer::Deny => {
                let refused_all_the_same = format!("; {doubt} (onUnknown: deny)");
                finding.detail.push_str(&refused_all_the_same);
                finding.note.push_str(&refused_all_the_same);
            }
            Some(_) => (cap, why) = (Action::Warn, doubt),
            None => {}
        }
        let enforced = finding.action.min(cap);
        let action = enforced.min(self.mode.cap());
        let softened = match (action < enforced, enforced < finding.action) {
            (true, _) => Some("the mode of the cluster or namespace allows no more"),
            (false, true) => why,
            (false, false) => None,
        };
        Judged { finding, action, enforced, softened }
    }

    /// Why a denial would rest on no more than a cache (gate G4).
    fn doubt(&self, finding: &Finding) -> Option<&'static str> {
        let claim = finding.claim.as_ref().filter(|claim| self.mode_known && self.view.proves(claim));
        match claim {
            None => Some(UNCONFIRMED),
            Some(Claim::Absent(service)) => {
                let unknown = matches!(self.view.makers(&service.namespace), Lookup::Unknown(_));
                unknown.then_some(MAKERS_UNKNOWN)
            }
            Some(Claim::Service(_) | Claim::Picture) => None,
        }
    }

    /// What becomes of a denial that is in doubt. Only a Service can be looked up in time: for anything else, nobody
    /// promised to look.
    fn doubted(&self, finding: &Finding) -> Answer {
        match finding.claim {
            Some(Claim::Absent(_) | Claim::Service(_)) => answer(Trouble::Unconfirmed, self.configuration.on_unknown),
            Some(Claim::Picture) | None => Answer::AllowWithWarning,
        }
    }

    /// The refusal of what could not be looked up, where the configuration wants it and nothing else forbids it.
    fn refused(&self, controller: &Controller<'_>, gap: &Gap) -> Option<Finding> {
        if answer(Trouble::Fact(gap.why), self.configuration.on_unknown) != Answer::Deny {
            return None;
        }
        let backend = self.subject.backends.get(gap.backend)?;
        let denies = self.mode == Mode::Enforce && self.cap(controller, Some(backend)).0 == Action::Deny;
        denies.then(|| notes::lookup_failed(gap.clone(), backend))
    }

    /// What is to be said beside the findings of the checks.
    fn notes(&self, controller: &Controller<'_>, found: &[Judged], ignored: Option<&Ignored<'_>>) -> Vec<Judged> {
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
        notes.into_iter().map(|note| self.judge(controller, None, note)).collect()
    }
}

/// Why a legal shape is spared, for people.
fn why_spared(shape: Shape) -> &'static str {
    match shape {
        Shape::Canary => "it is a canary: the primary serves while the canary's backend does not",
        Shape::Redirect => "it only redirects, so that its backend may be a dummy",
        Shape::Answer => "its annotations may answer before a backend is asked",
    }
}

/// Judges the subject of `circumstances` by what their view knows: the verdict, and what a live read could add to it.
/// `None` where nothing of the subject is to be judged.
pub fn judge(circumstances: &Circumstances<'_>, settings: Settings<'_>) -> Option<(Judgement, Needs)> {
    if circumstances.passes_untouched() {
        return None;
    }
    let cap = |controller: &Controller<'_>, backend: Option<&Backend>| circumstances.cap(controller, backend).0;
    let ignored = Ignored::of(circumstances.subject);
    let counts = ignored.as_ref().filter(|_| circumstances.configuration.allow_ignore_annotation);
    let settings = Settings { silenced: counts.map_or(&[], |ignored| &ignored.checks), ..settings };
    let Evaluation { controller, findings, gaps, mut needs } =
        evaluate(circumstances.subject, circumstances.view, settings, &cap);
    if circumstances.occasion.dry_run {
        // A dry run is never denied, so that nothing has to be proven. Whether an unready backend deserves a warning
        // depends on its Pods: a rollout that is under way must not be warned of.
        needs.keep_only_pods();
    }
    let judged = findings.into_iter().map(|finding| circumstances.judge(&controller, counts, finding));
    let mut findings: Vec<Judged> = judged.collect();
    let mut passed = Vec::with_capacity(gaps.len());
    for gap in gaps {
        match circumstances.refused(&controller, &gap) {
            Some(finding) => {
                findings.push(Judged { action: Action::Deny, enforced: Action::Deny, finding, softened: None });
            }
            None => passed.push(gap),
        }
    }
    findings.extend(circumstances.notes(&controller, &findings, ignored.as_ref()));
    findings.retain(|judged| judged.action > Action::Off);
    let worst = findings.iter().map(|judged| judged.action.into()).max().unwrap_or(Verdict::Pass);
    let verdict = if passed.is_empty() { worst } else { worst.max(Verdict::Unknown) };
    Some((Judgement { controller: controller.identified, verdict, findings, gaps: passed }, needs))
}

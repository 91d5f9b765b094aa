//! The findings of several candidates become those of one.
//!
//! A denial needs every candidate to fail: for each use, the findings of the mildest candidate count. What another
//! candidate denies is a warning then. The texts say what each candidate does if they differ.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::lane::{Fault, Lane, Step};
use crate::engine::controllers::Profile;
use crate::engine::model::{Action, CheckId, Effect, FindingText, Found};

/// The steps of one candidate.
pub(super) struct Steps<'r, 'a> {
    pub(super) lane: &'r Lane<'a>,
    pub(super) all: Vec<Step<'r, 'a>>,
    /// Another finding already says what happens to requests with this candidate.
    told: bool,
}

impl<'r, 'a> Steps<'r, 'a> {
    /// The steps that `judge` passes on.
    pub(super) fn of(lane: &'r Lane<'a>, judge: impl FnOnce(&'r Lane<'a>, &mut dyn FnMut(Step<'r, 'a>))) -> Self {
        let mut steps = Vec::new();
        judge(lane, &mut |step| steps.push(step));
        Self { lane, all: steps, told: false }
    }

    /// The action of the most severe finding; `Off` if there is none.
    pub(super) fn severity(&self) -> Action {
        self.faults().map(|fault| self.severity_of(fault)).max().unwrap_or(Action::Off)
    }

    /// The action of the most severe finding, without the gates.
    fn ungated(&self) -> Action {
        self.faults().map(|fault| fault.found.action).max().unwrap_or(Action::Off)
    }

    fn severity_of(&self, Fault { found, .. }: &Fault<'_, '_>) -> Action {
        found.action.min(self.lane.gate(found).most)
    }

    fn faults(&self) -> impl Iterator<Item = &Fault<'r, 'a>> {
        self.all.iter().filter_map(|step| if let Step::Found(fault) = step { Some(fault) } else { None })
    }

    /// Whether something could not be looked up.
    fn has_gap(&self) -> bool {
        self.all.iter().any(|step| matches!(step, Step::Resolved(resolved) if resolved.resolution.gap().is_some()))
    }

    /// Takes out the findings of `check`.
    fn take(&mut self, check: CheckId) -> Vec<Fault<'r, 'a>> {
        let of_check = |step: &mut Step<'_, '_>| matches!(step, Step::Found(fault) if fault.found.check == check);
        let taken = self.all.extract_if(.., of_check);
        taken.filter_map(|step| if let Step::Found(fault) = step { Some(fault) } else { None }).collect()
    }

    /// What happens to requests, by the first of the most severe findings. `None` if another finding already says it.
    fn outcome(&mut self) -> Option<Outcome<'r>> {
        let worst = self
            .faults()
            .max_by_key(|fault| (self.severity_of(fault), fault.found.action))
            .map(|fault| fault.found.check);
        let taken = worst.and_then(|check| self.take(check).into_iter().next());
        (taken.is_some() || !self.told).then(|| Outcome::of(self.lane, taken))
    }
}

/// Moves the mildest candidate to the front. Of equally mild ones, the one whose findings the gates limit less comes
/// first, then the first one. A candidate for which something could not be looked up is worse than one without a finding.
pub(super) fn mildest_first(all: &mut [Steps<'_, '_>]) {
    let mildest = all.iter().enumerate().min_by_key(|(_, steps)| (steps.severity(), steps.ungated(), steps.has_gap()));
    if let Some((at, _)) = mildest
        && let Some(front) = all.get_mut(..=at)
    {
        front.rotate_right(1);
    }
}

/// Adds to the most severe finding of the first candidate what happens to requests with the others. `rejecting` are
/// candidates that reject the subject as a whole.
pub(super) fn compare_consequences<'r, 'a>(all: &mut [Steps<'r, 'a>], rejecting: &[&'static Profile]) {
    let Some((first, others)) = all.split_first_mut() else { return };
    let (profile, severity) = (first.lane.context.profile(), first.severity());
    let lane = first.lane;
    let worst = first.all.iter_mut().find_map(|step| match step {
        Step::Found(Fault { found, .. }) if found.action.min(lane.gate(found).most) == severity => Some(found),
        Step::Found(_) | Step::Resolved(_) => None,
    });
    let Some(found) = worst else { return };
    let of_other = |other: &mut Steps<'r, 'a>| match other.take(found.check).into_iter().next() {
        Some(fault) => Some(Outcome::of(other.lane, Some(fault))),
        None => other.outcome(),
    };
    let outcomes: Vec<Outcome<'_>> = others.iter_mut().filter_map(of_other).collect();
    compare(found, profile, (outcomes, rejecting));
}

/// The findings that deny under another candidate than the first, and are not reported under the first. Each is a
/// warning. The work is linear in the number of steps.
pub(super) fn refusals<'r, 'a>(
    all: &mut [Steps<'r, 'a>],
    rejecting: &[&'static Profile],
) -> Vec<(&'r Lane<'a>, Fault<'r, 'a>)> {
    let mut refusals = Vec::new();
    let Some((first, others)) = all.split_first_mut() else { return refusals };
    let accepting = first.lane.context.profile().title;
    // A finding that the first candidate reports says what happens with the others.
    let seen = first.faults().filter(|fault| fault.found.action >= Action::Warn);
    let reported: BTreeSet<CheckId> = seen.map(|fault| fault.found.check).collect();
    while let Some((at, check)) = refused(others, &reported) {
        let milder = Outcome::of(first.lane, first.take(check).into_iter().next());
        let mut outcomes = vec![milder];
        let mut refusing = None;
        for (index, other) in others.iter_mut().enumerate() {
            let faults = other.take(check);
            other.told |= !faults.is_empty();
            if index == at {
                refusing = Some((other.lane, faults));
            } else {
                outcomes.push(Outcome::of(other.lane, faults.into_iter().next()));
            }
        }
        let Some((lane, mut faults)) = refusing else { break };
        for fault in &mut faults {
            soften(fault, accepting);
        }
        if let [only] = &mut *faults {
            compare(&mut only.found, lane.context.profile(), (outcomes, rejecting));
        }
        refusals.extend(faults.into_iter().map(|fault| (lane, fault)));
    }
    refusals
}

/// The first of `others` that denies by a check that is not `reported`, and the check.
fn refused(others: &[Steps<'_, '_>], reported: &BTreeSet<CheckId>) -> Option<(usize, CheckId)> {
    let denies = |fault: &&Fault<'_, '_>| fault.found.action == Action::Deny && !reported.contains(&fault.found.check);
    let mut refused = others.iter().map(|other| other.faults().find(denies)).enumerate();
    refused.find_map(|(at, fault)| Some((at, fault?.found.check)))
}

/// Makes a warning of a denial that the candidate called `accepting` does not cause.
fn soften(fault: &mut Fault<'_, '_>, accepting: &'static str) {
    fault.most = fault.most.min(Action::Warn);
    fault.resolution = None;
    let found = &mut fault.found;
    found.action = found.action.min(Action::Warn);
    found.effect = Effect::Unsure;
    let text = std::mem::replace(&mut found.text, Box::new(FindingText::default));
    found.text = Box::new(move || {
        let text = text();
        FindingText { brief: format!("{}; {accepting} accepts it", text.brief), ..text }
    });
}

/// What happens to requests with a candidate.
struct Outcome<'r> {
    profile: &'static Profile,
    /// `None` if the candidate has no finding.
    found: Option<Found<'r>>,
}

impl<'r> Outcome<'r> {
    fn of<'a>(lane: &Lane<'a>, fault: Option<Fault<'r, 'a>>) -> Self {
        Self { profile: lane.context.profile(), found: fault.map(|fault| fault.found) }
    }
}

/// Adds to `found`, a finding under `profile`, what happens to requests with the others.
fn compare<'r>(
    found: &mut Found<'r>,
    profile: &'static Profile,
    (others, rejecting): (Vec<Outcome<'r>>, &[&'static Profile]),
) {
    let own = std::mem::replace(&mut found.text, Box::new(FindingText::default));
    let rejecting = rejecting.to_vec();
    found.text = Box::new(move || with_consequences(profile, own(), others, rejecting));
}

/// What happens to requests with a candidate that has no finding.
const SERVED: Cow<'static, str> = Cow::Borrowed("requests reach the Service");
/// What happens to requests with a candidate that rejects the subject as a whole.
const REJECTED: Cow<'static, str> = Cow::Borrowed("the whole Ingress is rejected");

/// The text with what happens to requests with each candidate, if they differ: `with ingress-nginx, requests get 503; with
/// Traefik, the route is dropped`.
fn with_consequences(
    profile: &'static Profile,
    text: FindingText,
    others: Vec<Outcome<'_>>,
    rejecting: Vec<&'static Profile>,
) -> FindingText {
    let mut groups: Vec<(Vec<&Profile>, Cow<'static, str>)> = vec![(vec![profile], text.consequence.clone())];
    let others = others
        .into_iter()
        .map(|Outcome { profile, found }| (profile, found.map_or(SERVED, |found| (found.text)().consequence)));
    for (profile, consequence) in others.chain(rejecting.into_iter().map(|profile| (profile, REJECTED))) {
        match groups.iter_mut().find(|(_, known)| *known == consequence) {
            Some((profiles, _)) => profiles.push(profile),
            None => groups.push((vec![profile], consequence)),
        }
    }
    groups.retain(|(_, consequence)| !consequence.is_empty());
    if groups.len() < 2 {
        return text;
    }
    let parts = groups.iter().map(|(profiles, consequence)| format!("with {}, {consequence}", listed(profiles)));
    FindingText { consequence: parts.collect::<Vec<_>>().join("; ").into(), ..text }
}

/// The names of controllers as a list: `a, b since 3.7 and c`.
fn listed(profiles: &[&Profile]) -> String {
    let names: Vec<String> = profiles.iter().map(|it| format!("{}{}", it.title, it.versions)).collect();
    match names.as_slice() {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        _ => names.concat(),
    }
}

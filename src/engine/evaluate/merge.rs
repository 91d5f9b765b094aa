//! The findings of several candidates become those of one.
//!
//! A denial needs every candidate to fail: for each use, the findings of the mildest candidate count. If that one serves
//! what another one certainly refuses, the refusal is recorded. The texts say what each candidate does if they differ.

use std::borrow::Cow;

use super::lane::{Fault, Lane, Step};
use crate::engine::controllers::Profile;
use crate::engine::model::{Action, CheckId, Effect, FindingText, Found};

/// The steps of one candidate.
pub(super) struct Steps<'r, 'a> {
    pub(super) lane: &'r Lane<'a>,
    pub(super) steps: Vec<Step<'r, 'a>>,
}

impl<'r, 'a> Steps<'r, 'a> {
    /// The steps that `judge` passes on.
    pub(super) fn of(lane: &'r Lane<'a>, judge: impl FnOnce(&'r Lane<'a>, &mut dyn FnMut(Step<'r, 'a>))) -> Self {
        let mut steps = Vec::new();
        judge(lane, &mut |step| steps.push(step));
        Self { lane, steps }
    }

    /// The action of the most severe finding; `Off` if there is none.
    pub(super) fn severity(&self) -> Action {
        let of_step = |step: &Step<'_, '_>| match step {
            Step::Found(fault) => self.severity_of(fault),
            Step::Resolved(_) => Action::Off,
        };
        self.steps.iter().map(of_step).max().unwrap_or(Action::Off)
    }

    fn severity_of(&self, Fault { found, .. }: &Fault<'_, '_>) -> Action {
        found.action.min(self.lane.gate(found).most)
    }

    /// Whether something could not be looked up.
    fn has_gap(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Resolved(resolved) if resolved.resolution.gap().is_some()))
    }

    /// Takes out a finding of `check`, or else the most severe finding.
    fn take(&mut self, check: Option<CheckId>) -> Option<Found<'r>> {
        let key = |(_, step): &(usize, &Step<'_, '_>)| match step {
            Step::Found(fault) => Some((Some(fault.found.check) == check, self.severity_of(fault))),
            Step::Resolved(_) => None,
        };
        let found = self.steps.iter().enumerate().filter(|step| key(step).is_some());
        let (at, _) = found.max_by_key(key)?;
        match self.steps.swap_remove(at) {
            Step::Found(fault) => Some(fault.found),
            Step::Resolved(_) => None,
        }
    }
}

/// Moves the mildest candidate to the front. Of equally mild ones, the first counts. A candidate for which something could
/// not be looked up is worse than one without a finding.
pub(super) fn mildest_first(all: &mut [Steps<'_, '_>]) {
    let mildest = all.iter().enumerate().min_by_key(|(_, steps)| (steps.severity(), steps.has_gap()));
    if let Some((at, _)) = mildest
        && let Some(front) = all.get_mut(..=at)
    {
        front.rotate_right(1);
    }
}

/// Adds to the most severe finding of the first candidate what happens to requests with the others.
pub(super) fn compare_consequences(all: &mut [Steps<'_, '_>]) {
    let Some((first, others)) = all.split_first_mut() else { return };
    let (profile, severity) = (first.lane.context.profile(), first.severity());
    let lane = first.lane;
    let worst = first.steps.iter_mut().find_map(|step| match step {
        Step::Found(Fault { found, .. }) if found.action.min(lane.gate(found).most) == severity => Some(found),
        Step::Found(_) | Step::Resolved(_) => None,
    });
    let Some(found) = worst else { return };
    compare(found, profile, others.iter_mut());
}

/// The finding of a candidate that would deny what the first candidate serves, with what happens to requests with each
/// candidate. It is only recorded.
pub(super) fn refusal<'r, 'a>(all: &mut [Steps<'r, 'a>]) -> Option<(&'r Lane<'a>, Fault<'r, 'a>)> {
    let serves = all.first().is_some_and(|first| first.severity() == Action::Off && !first.has_gap());
    let refusing = all.iter().position(|steps| steps.severity() == Action::Deny).filter(|_| serves)?;
    let (before, rest) = all.split_at_mut(refusing);
    let (refusing, after) = rest.split_first_mut()?;
    let found = Found { action: Action::Audit, effect: Effect::Unsure, claim: None, ..refusing.take(None)? };
    let mut fault = Fault { found, resolution: None, most: Action::Audit };
    compare(&mut fault.found, refusing.lane.context.profile(), before.iter_mut().chain(after));
    Some((refusing.lane, fault))
}

/// Adds to `found`, a finding under `profile`, what happens to requests with the others.
fn compare<'r: 's, 's, 'a: 'r>(
    found: &mut Found<'r>,
    profile: &'static Profile,
    others: impl Iterator<Item = &'s mut Steps<'r, 'a>>,
) {
    let take = |other: &'s mut Steps<'r, 'a>| (other.lane.context.profile(), other.take(Some(found.check)));
    let others: Vec<(&'static Profile, Option<Found<'r>>)> = others.map(take).collect();
    let own = std::mem::replace(&mut found.text, Box::new(FindingText::default));
    found.text = Box::new(move || with_consequences(profile, own(), others));
}

/// What happens to requests with a candidate that has no finding.
const SERVED: Cow<'static, str> = Cow::Borrowed("requests reach the Service");

/// The text with what happens to requests with each candidate, if they differ: `with ingress-nginx, requests get 503; with
/// Traefik, the route is dropped`.
fn with_consequences(
    profile: &'static Profile,
    text: FindingText,
    others: Vec<(&'static Profile, Option<Found<'_>>)>,
) -> FindingText {
    let mut groups: Vec<(Vec<&Profile>, Cow<'static, str>)> = vec![(vec![profile], text.consequence.clone())];
    for (profile, other) in others {
        let consequence = other.map_or(SERVED, |other| (other.text)().consequence);
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

//! The evaluation of one subject under one candidate: the profile of a controller that may serve the subject.

use std::cell::OnceCell;

use super::gates::{Gate, Gates, Spared};
use super::shared::Shared;
use super::uses::{Use, Uses};
use super::{Settings, applicable, index};
use crate::engine::checks::{self, Check, Forward, Rule};
use crate::engine::controllers::{Controller, DefaultBackendAnswers, UnusedReferences};
use crate::engine::model::{Action, Effect, Found, FoundReferences, Mitigation, SharedReferences, Target, Unused};
use crate::engine::resolve::{Context, PortMatch, Resolution, Substitute, resolve};

/// A controller that may serve the subject, under the profile of one candidate.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// The controller.
    pub controller: Controller<'a>,
    /// The gates of the subject if this controller serves it.
    pub gates: &'a Gates,
}

impl Candidate<'_> {
    /// The candidates that accept the subject; all of them if each one rejects the subject as a whole. The findings of
    /// the others do not count.
    pub fn accepting(all: &[Self]) -> impl Iterator<Item = &Self> {
        let is_accepted = all.iter().any(|candidate| !candidate.gates.rejected);
        all.iter().filter(move |candidate| !(is_accepted && candidate.gates.rejected))
    }
}

/// The evaluation under one candidate.
pub(super) struct Lane<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) gates: &'a Gates,
    settings: Settings<'a>,
    /// The Service that answers if the Service of a rule cannot.
    substitute: Substitute<'a>,
    shared: Shared<'a>,
    /// The references that the controller does not use.
    unused: &'a UnusedReferences,
}

/// A step of the evaluation of a use.
pub(super) enum Step<'r, 'a> {
    /// A Service was looked up.
    Resolved(Resolved<'r, 'a>),
    /// A check found a fault.
    Found(Fault<'r, 'a>),
}

/// A Service that was looked up for a use.
pub(super) struct Resolved<'r, 'a> {
    pub(super) resolution: &'r Resolution<'a>,
    /// The index of the target.
    pub(super) target: u32,
    pub(super) references: &'r SharedReferences<'r>,
    /// The action of an annotation that forwards to the target.
    pub(super) action: Option<&'r str>,
    /// The most severe action that a finding about the target may have.
    pub(super) most: Action,
}

/// A finding with its configured action.
pub(super) struct Fault<'r, 'a> {
    pub(super) found: Found<'r>,
    /// The resolution, if the finding is about a Service.
    pub(super) resolution: Option<&'r Resolution<'a>>,
    /// The most severe action that the finding may have, as far as live reads could confirm it.
    pub(super) most: Action,
}

impl<'a> Lane<'a> {
    pub(super) fn new(
        context: &'a Context<'a>,
        gates: &'a Gates,
        settings: Settings<'a>,
        (uses, unused): (&Uses<'_>, &'a UnusedReferences),
    ) -> Self {
        let (substitute, shared) = (context.substitute(), Shared::new(context.subject, uses));
        Self { context, gates, settings, substitute, shared, unused }
    }

    /// Runs the checks for all references of a use. `own` is the place of its resolution, if no other use has the target.
    pub(super) fn judge_use<'r>(
        &'r self,
        one: &'r Use<'r>,
        own: &'r OnceCell<Resolution<'a>>,
        step: &mut dyn FnMut(Step<'r, 'a>),
    ) {
        let most = self.gates.of(one.target, one.references.as_slice()).most;
        if most == Action::Off {
            return;
        }
        let resolution = self.resolution(self.shared.get(one.target).unwrap_or(own), one.target);
        if let Some(resolution) = resolution {
            let references = &one.references;
            step(Step::Resolved(Resolved { resolution, target: one.target, references, action: None, most }));
        }
        let target = self.context.subject.targets.get(index(one.target));
        let mut works = true;
        for check in applicable(self.context.subject) {
            let found = match (check.rule, resolution) {
                (Rule::Service(run), Some(resolution)) => run(resolution),
                (Rule::Target(run) | Rule::TargetAndSubject(run, _), _) => {
                    target.and_then(|target| run(self.context, target))
                }
                (Rule::Unused(run), _) => self
                    .why_unused(one)
                    .filter(|_| works)
                    .map(|why| self.placed((one, one.target), run(self.context, why))),
                (Rule::Service(_), None) | (Rule::Subject(_), _) => None,
            };
            if let Some(found) = found {
                works &= found.effect == Effect::Works || found.action == Action::Off;
                let found = match check.rule {
                    Rule::Unused(_) => found,
                    _ => self.mitigated(resolution, (one, one.target), found),
                };
                self.pass(check, found, (resolution, most), step);
            }
        }
        if let Some(Target::Action(name)) = target {
            for forward in checks::forwards(self.context, name) {
                self.judge_forward(one, forward, step);
            }
        }
    }

    /// Judges a Service that an action forwards to like a backend. The finding is about the action.
    fn judge_forward<'r>(&'r self, one: &'r Use<'r>, forward: Forward<'a>, step: &mut dyn FnMut(Step<'r, 'a>)) {
        let target = forward.group.target;
        let Some(resolution) = self.shared.get(target).and_then(|cell| self.resolution(cell, target)) else { return };
        let naming = self.gates.of(one.target, one.references.as_slice()).most;
        let most = if naming > Action::Audit { self.gates.target(target).most } else { naming };
        let read_for = if forward.group.idle { Action::Audit } else { most };
        let (references, action) = (&one.references, Some(forward.action));
        step(Step::Resolved(Resolved { resolution, target, references, action, most: read_for }));
        let of_service = |check: &&Check| {
            let Rule::Service(run) = check.rule else { return None };
            let finding = run(resolution)?;
            Some(Found { action: self.settings.checks.action(check, finding.action), ..finding })
        };
        if let Some(found) = forward.finding(resolution, checks::ALL.iter().filter_map(of_service)) {
            let found = self.mitigated(Some(resolution), (one, target), found);
            self.pass(&checks::ACTION_ANNOTATION, found, (Some(resolution), most), step);
        }
    }

    /// Runs a check of the subject as a whole.
    pub(super) fn judge_subject<'r>(&'r self, check: &Check, step: &mut dyn FnMut(Step<'r, 'a>)) {
        let (Rule::Subject(run) | Rule::TargetAndSubject(_, run)) = check.rule else { return };
        for found in run(self.context) {
            self.pass(check, found, (None, Action::Audit), step);
        }
    }

    /// Passes a finding of `check` on, unless the configuration turns it off.
    fn pass<'r>(
        &self,
        check: &Check,
        mut found: Found<'r>,
        (resolution, most): (Option<&'r Resolution<'a>>, Action),
        step: &mut dyn FnMut(Step<'r, 'a>),
    ) {
        let Settings { checks, silenced, .. } = self.settings;
        found.action = checks.action(check, found.action);
        if found.action > Action::Off {
            let most = if silenced.contains(&check.id) { most.min(Action::Audit) } else { most };
            step(Step::Found(Fault { found, resolution, most }));
        }
    }

    /// The resolution of a target that is a Service, from `cell`. It is computed when it is first needed.
    fn resolution<'r>(&self, cell: &'r OnceCell<Resolution<'a>>, target: u32) -> Option<&'r Resolution<'a>> {
        let service = self.context.subject.targets.get(index(target))?.service()?;
        Some(cell.get_or_init(|| resolve(self.context, service)))
    }

    /// The gate for `found`.
    pub(super) fn gate(&self, found: &Found<'_>) -> Gate {
        let of_target = |index| self.gates.of(index, found.references.as_slice());
        found.target_index.map_or(self.gates.subject, of_target)
    }

    /// Why the controller does not use the references of `one`; `None` if it does.
    fn why_unused(&self, one: &Use<'_>) -> Option<Unused> {
        let first = one.references.as_slice().first().filter(|_| one.separate)?;
        self.unused.why(*first)
    }

    /// Returns the finding with its target and with the references of its use.
    fn placed<'r>(&self, (one, target): (&'r Use<'r>, u32), found: Found<'r>) -> Found<'r>
    where
        'a: 'r,
    {
        Found {
            references: FoundReferences::Use(&one.references),
            target: self.context.subject.targets.get(index(target)),
            target_index: Some(target),
            ..found
        }
    }

    /// Returns the finding about `target` with the references of its use. The finding becomes milder if the controller
    /// does not use the reference, or if something else answers: the primary of a canary, a redirect, or the Service of
    /// ingress-nginx's default backend. With such a Service, a reference that can never work is still a warning. An
    /// outage is only recorded, because the Service exists for that case (rows 26 to 29, and measured).
    fn mitigated<'r>(
        &self,
        resolution: Option<&Resolution<'_>>,
        (one, target): (&'r Use<'r>, u32),
        finding: Found<'r>,
    ) -> Found<'r>
    where
        'a: 'r,
    {
        let mut finding = self.placed((one, target), finding);
        let Some(resolution) = resolution.filter(|_| finding.effect == Effect::Fails) else { return finding };
        if let Some(why) = self.why_unused(one).filter(|_| one.target == target) {
            finding.action = finding.action.min(Action::Warn);
            finding.mitigation = Some(Mitigation::Unused { controller: self.context.profile().title, why });
            return finding;
        }
        let has_port = matches!(resolution.port, Some(PortMatch::Port(_)));
        let spares = |spared: &Spared| spared.except != Some(target) && (has_port || !spared.needs_port);
        if let Some(spared) = self.gates.spared.filter(spares) {
            if spared.needs_port {
                finding.action = finding.action.min(spared.most);
            }
            finding.effect = Effect::Elsewhere;
            finding.mitigation = Some(Mitigation::Spared);
            return finding;
        }
        // The default backend answers if there is no endpoint. A ClusterIP or an external host counts as an endpoint
        // (from the source code of ingress-nginx).
        let answers = self.context.profile().annotations.default_backend_answers;
        if resolution.has_own_address() || (answers == DefaultBackendAnswers::NoEndpoints && !has_port) {
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
}

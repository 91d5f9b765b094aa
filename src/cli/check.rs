//! `backstop check`: checks manifests, a snapshot or a cluster.

use std::path::PathBuf;

use clap::{ArgGroup, ValueEnum};
use jiff::Timestamp;

use super::{CommandError, Console, ERROR, FAILED, Global, Level, PASSED, invalid_configuration};
use crate::engine::controllers::{self, Assignments, Candidates, Version, identify};
use crate::engine::evaluate::Settings;
use crate::engine::policy::{Change, Circumstances, Configuration, Judgement, Occasion, Verdict, judge};
use crate::engine::view::{Snapshot, View as _};
use crate::report::{self, ErrorReport, Report, SourceDocument, SubjectReport, Texts};
use crate::sources::configuration::configuration;
use crate::sources::{self, ClusterSource, Loaded, Selection, SourcedSubject};
use crate::text::{either, near, partly};

/// The global flags that have an effect without `--cluster`.
const WITHOUT_CLUSTER: [&str; 4] = ["--config", "--namespace", "--all-namespaces", "--output"];

/// Arguments of `check`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  # A directory and its subdirectories
  backstop check -f manifests/
  # The output of Helm or kustomize
  helm template shop ./chart | backstop check -f -
  # The Services are elsewhere: objects that are not in the manifests are unknown, not missing
  backstop check -f ingress.yaml --partial
  # As if applied to a saved cluster; with Flagger, save canaries.flagger.app, too
  kubectl get svc,endpointslices,ing,ingressclasses,ns,pods,deploy,sts,ds,rs -A -o json > prod.json
  backstop check -f ingress.yaml --snapshot prod.json
  # As if applied to the live cluster, with your permissions; the default namespace is the namespace of the context
  backstop check -f ingress.yaml --cluster
  # Fail a pipeline on warnings
  backstop check -f . -o json --fail-on warn

Exit codes: 0 no verdict is as severe as --fail-on, 1 at least one is, 2 something could not be read.")]
pub(super) struct Args {
    #[command(flatten)]
    sources: Sources,
    /// The controller of Ingresses whose controller cannot be identified otherwise, and its version
    #[arg(long, value_name = "PROFILE[@VERSION]", value_parser = candidates)]
    controller: Option<Candidates>,
    /// The mildest verdict that gives exit code 1
    #[arg(long, value_name = "VERDICT", default_value = "deny")]
    fail_on: FailOn,
}

/// The flags that name sources.
#[derive(Debug, Default, clap::Args)]
#[group(skip)]
#[command(group = ArgGroup::new("source").args(["filename", "snapshot", "cluster"]).required(true).multiple(true))]
struct Sources {
    /// Manifests to check: a file, a directory with its subdirectories (*.yaml, *.yml, *.json, no names that begin with a dot),
    /// or - for standard input; repeatable
    #[arg(short, long, value_name = "FILE|DIR|-")]
    filename: Vec<PathBuf>,
    /// The state of the cluster from files. It is complete: objects that are not in it do not exist
    #[arg(long, value_name = "FILE|DIR", conflicts_with = "cluster")]
    snapshot: Option<PathBuf>,
    /// The state of the cluster from the API server
    #[arg(long)]
    cluster: bool,
    /// The manifests are incomplete: objects that are not in them are unknown instead of missing
    #[arg(long, requires = "filename", conflicts_with_all = ["snapshot", "cluster"])]
    partial: bool,
}

impl Sources {
    /// The present time, if the state is read now. The present of a snapshot is the time at which it was saved.
    fn now(&self) -> Option<Timestamp> {
        self.cluster.then(Timestamp::now)
    }

    /// Reads the sources, and prints notes about them.
    fn load(&self, controllers: &Assignments, global: &Global, console: Console) -> Result<Loaded, CommandError> {
        if let (false, Some(flag)) = (self.cluster, global.unused_flag(&WITHOUT_CLUSTER)) {
            return Err(CommandError::new(format!("{flag} has no effect without --cluster")));
        }
        if global.all_namespaces && !self.filename.is_empty() {
            let message = "--all-namespaces has no effect with --filename: all manifests are checked";
            return Err(CommandError::new(message));
        }
        let selection = Selection {
            manifests: self.filename.clone(),
            snapshot: self.snapshot.clone(),
            partial: self.partial,
            namespace: global.namespace.clone(),
            controllers: controllers.pods().cloned().collect(),
        };
        let cluster = if self.cluster { Some(ClusterSource::open(&global.client())?) } else { None };
        let mut notes = Vec::new();
        let loaded = sources::load(&selection, cluster.as_ref(), &mut notes);
        console.notes(&notes);
        Ok(loaded?)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FailOn {
    /// Ingresses that the webhook would deny
    Deny,
    /// Also warnings
    Warn,
    /// Also findings that are only recorded
    Audit,
    /// Also facts that could not be looked up
    Unknown,
    /// Never
    Never,
}

impl FailOn {
    fn fails(self, verdict: Verdict) -> bool {
        match self {
            Self::Deny => verdict >= Verdict::Deny,
            Self::Warn => verdict >= Verdict::Warn,
            Self::Audit => verdict >= Verdict::Audit,
            Self::Unknown => verdict >= Verdict::Unknown,
            Self::Never => false,
        }
    }
}

/// Reads the id of a controller profile, and the version of the controller: `traefik-nginx@3.7`.
pub(super) fn candidates(text: &str) -> Result<Candidates, String> {
    let (id, version) = text.split_once('@').map_or((text, None), |(id, version)| (id, Some(version)));
    let profile = controllers::by_id(id).ok_or_else(|| {
        let ids: Vec<_> = controllers::ALL.iter().map(|profile| profile.id).collect();
        let near = near(id, ids.iter().copied()).map_or_else(|| partly(id, ids.iter().copied()), |near| vec![near]);
        let hint = if near.is_empty() { String::new() } else { format!("did you mean {}? ", either(&near)) };
        format!("{hint}the profiles are {}", ids.join(", "))
    })?;
    let version = version.map(|version| version.parse::<Version>().map_err(|error| format!("\"{version}\": {error}")));
    Ok(Candidates::from(profile).with_version(version.transpose()?))
}

/// Runs `backstop check`. In JSON and YAML, an error becomes a report, too.
pub(super) fn run(args: &Args, global: &Global, console: Console) -> Result<u8, CommandError> {
    let form = global.form();
    reported(args, global, console).or_else(|error| {
        let report = Report::new(Vec::new(), vec![ErrorReport::from(error.message.clone())]);
        console.result(&form.write(&report, String::new)?)?;
        Err(error)
    })
}

fn reported(args: &Args, global: &Global, console: Console) -> Result<u8, CommandError> {
    let configuration = configuration(global.config.as_deref());
    let configuration = configuration.map_err(|error| invalid_configuration(&error, console))?;
    let Loaded { mut view, subjects, errors, texts, saved_at } =
        args.sources.load(&configuration.controllers, global, console)?;
    for error in &errors {
        console.styled(Level::Error, &error.to_string(), || report::error(error, &texts));
    }
    if subjects.is_empty() && errors.is_empty() {
        console.note(Level::Info, "there is no Ingress to check");
    }
    if !subjects.is_empty() && !errors.is_empty() && !args.sources.partial {
        console.note(Level::Info, "objects that could not be read count as unknown, not as missing");
    }
    let settings = configuration.settings(args.controller, args.sources.now().or(saved_at));
    let judged = subjects
        .iter()
        .map(|subject| judged(subject, &texts, view.near(subject.file(), &subject.subject), &configuration, settings))
        .collect();
    let report = Report::new(judged, errors);
    let text = global.form().write(&report, || report::text(&report, &texts, global.detail()))?;
    console.result(&text)?;
    Ok(match (report.errors.is_empty(), args.fail_on.fails(report.worst())) {
        (false, _) => ERROR,
        (true, true) => FAILED,
        (true, false) => PASSED,
    })
}

/// Judges a manifest as if it were created now.
fn judged(
    sourced: &SourcedSubject,
    texts: &Texts,
    view: &Snapshot,
    configuration: &Configuration,
    settings: Settings<'_>,
) -> SubjectReport {
    let SourcedSubject { subject, origin, draft } = sourced;
    let change = Change::creation(subject);
    let occasion = Occasion { draft: *draft, ..Occasion::default() };
    let circumstances = Circumstances::new(configuration, subject, &change, occasion, view);
    let judgement = match judge(&circumstances, settings) {
        Some((judgement, _)) => judgement,
        None => {
            Judgement::untouched(identify(subject, view, settings.controllers, settings.fallback, false).identified)
        }
    };
    let origin = origin.as_ref().map(|(file, document)| SourceDocument { file, document, texts });
    SubjectReport::new(subject, judgement, view.stage(), origin)
}

#[cfg(test)]
mod tests {
    use super::Sources;

    #[test]
    fn only_a_cluster_has_a_present() {
        assert!(Sources { cluster: true, ..Sources::default() }.now().is_some());
        assert!(Sources::default().now().is_none());
    }
}

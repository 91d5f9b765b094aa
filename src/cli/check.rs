//! `backstop check`: judges manifests.

use clap::ValueEnum;

use super::sources::{self, Loaded, Placed, Sources};
use super::{Console, FAILED, Global, Level, PASSED, TROUBLE, Trouble, policy_file};
use crate::engine::controllers::{self, Profile, identify};
use crate::engine::evaluate::Settings;
use crate::engine::policy::{Change, Circumstances, Configuration, Judgement, Occasion, Verdict, judge};
use crate::engine::view::Snapshot;
use crate::report::{self, Fault, Origin, Report, SubjectReport, Texts};
use crate::text::{either, near, partly};

/// Arguments of `check`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  # A directory and all below it
  backstop check -f manifests/
  # What Helm or kustomize render
  helm template shop ./chart | backstop check -f -
  # The Services live elsewhere: what is absent is unknown, not missing
  backstop check -f ingress.yaml --partial
  # As if applied to a cluster that was saved before; with Flagger, save canaries.flagger.app, too
  kubectl get svc,endpointslices,ing,ingressclasses,ns,pods,deploy,sts,ds,rs -A -o json > prod.json
  backstop check -f ingress.yaml --snapshot prod.json
  # As if applied to the live cluster, which is read as you; without a namespace the manifest is of the context's
  backstop check -f ingress.yaml --cluster
  # For a pipeline that takes warnings seriously
  backstop check -f . -o json --fail-on warn

Exit codes: 0 nothing at or above --fail-on, 1 something is, 2 something could not be read.")]
pub(super) struct Args {
    #[command(flatten)]
    sources: Sources,
    /// The controller of Ingresses whose controller nothing else tells
    #[arg(long, value_name = "PROFILE", value_parser = profile)]
    controller: Option<&'static Profile>,
    /// The mildest verdict that makes the command fail
    #[arg(long, value_name = "VERDICT", default_value = "deny")]
    fail_on: FailOn,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FailOn {
    /// What the webhook would refuse
    Deny,
    /// Also warnings
    Warn,
    /// Also what is only recorded
    Audit,
    /// Also what could not be looked up
    Unknown,
    /// Nothing: only report
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

/// Reads the id of a controller profile.
pub(super) fn profile(id: &str) -> Result<&'static Profile, String> {
    controllers::by_id(id).ok_or_else(|| {
        let ids: Vec<_> = controllers::ALL.iter().map(|profile| profile.id).collect();
        let near = near(id, ids.iter().copied()).map_or_else(|| partly(id, ids.iter().copied()), |near| vec![near]);
        let hint = if near.is_empty() { String::new() } else { format!("did you mean {}? ", either(&near)) };
        format!("{hint}the profiles are {}", ids.join(", "))
    })
}

/// Runs it. Programs get a report of trouble, too.
pub(super) fn run(args: &Args, global: &Global, console: Console) -> Result<u8, Trouble> {
    let form = global.form();
    reported(args, global, console).or_else(|trouble| {
        let report = Report::new(Vec::new(), vec![Fault::from(trouble.message.clone())]);
        console.result(&form.write(&report, String::new)?)?;
        Err(trouble)
    })
}

fn reported(args: &Args, global: &Global, console: Console) -> Result<u8, Trouble> {
    let configuration = policy_file::configuration(global, console)?;
    let mut sources = args.sources.clone();
    sources.network_policies = configuration.controllers.use_network_policies();
    let Loaded { view, subjects, faults, texts } = sources::load(&sources, global, console)?;
    for fault in &faults {
        console.styled(Level::Error, &fault.to_string(), || report::fault(fault, &texts));
    }
    if subjects.is_empty() && faults.is_empty() {
        console.note(Level::Info, "there is no Ingress to judge");
    }
    if !subjects.is_empty() && !faults.is_empty() && !args.sources.partial {
        console.note(Level::Info, "what could not be read counts as unknown, not as missing");
    }
    let settings = configuration.settings(args.controller, sources.now());
    let judged = subjects.iter().map(|placed| judged(placed, &texts, &view, &configuration, settings)).collect();
    let report = Report::new(judged, faults);
    let text = global.form().write(&report, || report::text(&report, &texts, global.detail()))?;
    console.result(&text)?;
    Ok(match (report.errors.is_empty(), args.fail_on.fails(report.worst())) {
        (false, _) => TROUBLE,
        (true, true) => FAILED,
        (true, false) => PASSED,
    })
}

/// A manifest is judged as if it were created now.
fn judged(
    placed: &Placed,
    texts: &Texts,
    view: &Snapshot,
    configuration: &Configuration,
    settings: Settings<'_>,
) -> SubjectReport {
    let Placed { subject, origin } = placed;
    let change = Change::creation(subject);
    let circumstances = Circumstances::new(configuration, subject, &change, Occasion::default(), view);
    let judgement = match judge(&circumstances, settings) {
        Some((judgement, _)) => judgement,
        None => {
            Judgement::untouched(identify(subject, view, settings.controllers, settings.fallback, false).identified)
        }
    };
    let origin = origin.as_ref().map(|(file, document)| Origin { file, document, texts });
    SubjectReport::new(subject, judgement, origin)
}

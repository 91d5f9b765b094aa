//! Random shapes against the controllers. Each disagreement is tried again alone, and then made as small as possible.
//!
//! All shapes of a set-up run at once. In each later round, the judge tries simpler drafts of every disagreement at once,
//! and goes on with the first one that shows the same disagreement.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use backstop::engine::model::Action;

use crate::cluster::{Batch, Cluster};
use crate::compare::{self, Outcome};
use crate::control_plane::programs::Programs;
use crate::control_plane::progress;
use crate::known;
use crate::predict;
use crate::setups::SetUp;
use crate::shapes::{Draft, MOST, Shape};
use crate::traffic::Owners;

/// Disagreements of one kind that are made small. More of them rarely show more.
const OF_A_KIND: usize = 2;
/// Disagreements of a set-up that are made small.
const OF_A_SETUP: usize = 24;
/// Rounds for one set-up. Each of them takes about half a minute.
const ROUNDS: usize = 12;

/// Which shapes to judge.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Random {
    /// The number of shapes.
    pub(crate) count: u16,
    /// The same seed gives the same shapes.
    pub(crate) seed: u64,
}

/// Judges random shapes by `setups`, and prints every disagreement in its smallest form. Returns whether there is none.
pub(crate) fn judge(setups: &[&'static SetUp], programs: &Programs, random: Random) -> Result<bool, String> {
    let Random { count, seed } = random;
    println!("{count} random shapes, seed {seed}");
    let mut run = Run { cluster: Cluster::start(setups)?, programs, used: 0 };
    let drafts: Vec<Draft> = (0..count.into()).map(|number| Draft::random(seed, number)).collect();
    let shapes = run.create("random", setups, &drafts)?;
    let outcomes = run.outcomes("random", setups, &shapes)?;
    let mut all = Vec::new();
    for (setup, outcomes) in setups.iter().zip(&outcomes) {
        let of_setup: Vec<&Outcome<'_>> = outcomes.iter().map(|(_, outcome)| outcome).collect();
        compare::print(setup, &of_setup);
        let suspects: Vec<Suspect> = outcomes
            .iter()
            .filter_map(|(at, outcome)| Some(Suspect::new(drafts.get(*at)?, disagreement(outcome)?, outcome)))
            .collect();
        println!("{} of {} shapes disagree", suspects.len(), outcomes.len());
        for Suspect { draft, kind, .. } in &suspects {
            println!("suspect:  {draft}: {kind}");
        }
        all.push((*setup, few(suspects)));
    }
    let mut agrees = true;
    for (setup, suspects) in all {
        let proven = run.smallest(setup, suspects)?;
        agrees &= proven.is_empty();
        for Suspect { draft, report, .. } in proven {
            println!("DISAGREE: {draft}\n{report}");
        }
    }
    println!("seed {seed}: {}", if agrees { "no disagreement" } else { "there are disagreements" });
    Ok(agrees)
}

/// The running cluster.
struct Run<'a> {
    cluster: Cluster,
    programs: &'a Programs,
    /// The number of shapes so far.
    used: u16,
}

/// What makes two disagreements the same: the prediction, and the kinds of the answers.
type Disagreement = (Action, String, bool, usize, usize);

/// A draft about which Backstop and a controller disagree.
struct Suspect {
    draft: Draft,
    disagreement: Disagreement,
    /// The prediction and the answers in words.
    kind: String,
    /// The objects, the prediction and the answers, for people.
    report: String,
}

impl Suspect {
    fn new(draft: &Draft, disagreement: Disagreement, outcome: &Outcome<'_>) -> Self {
        let Outcome { shape, setup, prediction, answers } = outcome;
        let kind =
            format!("predicted {prediction}, got {}, with a catch-all {}", answers.alone, answers.with_catch_all);
        let mut report = format!("{}\n", outcome.line());
        for object in shape.objects.iter().cloned().chain(shape.ingresses(setup.id)) {
            let yaml = serde_saphyr::to_string(&object).unwrap_or_else(|_| object.to_string());
            let _ = write!(report, "---\n{yaml}");
        }
        Self { draft: draft.clone(), disagreement, kind, report }
    }
}

/// How the prediction and the answers differ; `None` if they do not, or if the difference is known.
fn disagreement(outcome: &Outcome<'_>) -> Option<Disagreement> {
    let Outcome { setup, shape, prediction, answers } = outcome;
    let denied = outcome.denied_falsely();
    if !denied && (outcome.agrees() || known::random_reason(setup.id, &shape.what, prediction, answers).is_some()) {
        return None;
    }
    let (alone, caught) = (compare::column(&answers.alone), compare::column(&answers.with_catch_all));
    Some((prediction.action, prediction.effect_word(), denied, alone, caught))
}

/// A few suspects of each kind, those with the shortest descriptions.
fn few(mut suspects: Vec<Suspect>) -> Vec<Suspect> {
    suspects.sort_by_key(|suspect| suspect.draft.to_string().len());
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    suspects.retain(|suspect| {
        let kind = kinds.entry(suspect.kind.clone()).or_default();
        *kind += 1;
        *kind <= OF_A_KIND
    });
    suspects.truncate(OF_A_SETUP);
    suspects
}

/// The first drafts to try for a suspect: simpler ones, and the draft itself.
fn again(draft: &Draft) -> Vec<Draft> {
    draft.parts().into_iter().chain(draft.simpler()).chain([draft.clone()]).collect()
}

impl Run<'_> {
    /// Creates the shapes of `drafts`, and two that every controller serves, for `setups`.
    fn create(&mut self, name: &str, setups: &[&SetUp], drafts: &[Draft]) -> Result<Vec<Shape>, String> {
        let mut shapes = Vec::new();
        for draft in [Draft::plain(), Draft::with_default_backend()].iter().chain(drafts) {
            self.used += 1;
            if self.used > MOST {
                return Err(format!("a cluster has addresses for {MOST} shapes"));
            }
            shapes.push(draft.shape(&format!("s{}", self.used), self.used));
        }
        let batch = Batch { name, shapes: &shapes, control: &shapes[0].id };
        self.cluster.add(&batch, setups)?;
        Ok(shapes)
    }

    /// The outcomes of `shapes` for each of `setups`, each with the number of its draft.
    fn outcomes<'s>(
        &self,
        name: &str,
        setups: &[&'static SetUp],
        shapes: &'s [Shape],
    ) -> Result<Vec<Vec<(usize, Outcome<'s>)>>, String> {
        let dump = self.cluster.dump()?;
        let predictions = predict::all(&dump, setups, shapes)?;
        let owners = Owners::of(&dump);
        let batch = Batch { name, shapes, control: &shapes[0].id };
        let mut all = Vec::new();
        for setup in setups {
            let answers = self.cluster.answers(setup, &batch, self.programs, &owners)?;
            let mut outcomes = Vec::new();
            for (at, (shape, answers)) in shapes.iter().zip(answers).enumerate().skip(2) {
                if let Some(answers) = answers {
                    let prediction = predictions.of(setup, shape)?;
                    outcomes.push((at - 2, Outcome { setup, shape, prediction, answers }));
                }
            }
            all.push(outcomes);
        }
        Ok(all)
    }

    /// The suspects that disagree again, each in its smallest form.
    fn smallest(&mut self, setup: &'static SetUp, suspects: Vec<Suspect>) -> Result<Vec<Suspect>, String> {
        let mut open: Vec<(Vec<Draft>, Suspect)> =
            suspects.into_iter().map(|suspect| (again(&suspect.draft), suspect)).collect();
        let mut smallest: Vec<Suspect> = Vec::new();
        for round in 0..ROUNDS {
            if open.is_empty() {
                break;
            }
            progress(&format!("round {round}: {} disagreements", open.len()));
            let drafts: Vec<Draft> = open.iter().flat_map(|(drafts, _)| drafts.clone()).collect();
            let name = format!("{}-round-{round}", setup.id);
            let shapes = self.create(&name, &[setup], &drafts)?;
            let outcomes = self.outcomes(&name, &[setup], &shapes)?.pop().unwrap_or_default();
            let mut outcomes: BTreeMap<usize, Outcome<'_>> = outcomes.into_iter().collect();
            let (mut first, mut next) = (0, Vec::new());
            for (drafts, suspect) in open {
                let again = (first..).zip(&drafts).find_map(|(at, draft)| {
                    let outcome = outcomes.remove(&at)?;
                    let same = disagreement(&outcome)? == suspect.disagreement;
                    same.then(|| Suspect::new(draft, suspect.disagreement.clone(), &outcome))
                });
                first += drafts.len();
                match again {
                    Some(suspect) => next.push((suspect.draft.simpler(), suspect)),
                    None if round == 0 => println!("only once: {}", suspect.draft),
                    None => smallest.push(suspect),
                }
            }
            open = next;
        }
        smallest.extend(open.into_iter().map(|(_, suspect)| suspect));
        smallest.sort_by_key(|suspect| suspect.draft.to_string());
        smallest.dedup_by(|a, b| a.draft == b.draft);
        Ok(smallest)
    }
}

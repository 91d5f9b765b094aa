//! What was predicted beside what was got.

use std::collections::{BTreeMap, BTreeSet};

use backstop::engine::model::Action;

use crate::cluster::Answers;
use crate::known;
use crate::predict::Prediction;
use crate::setups::SetUp;
use crate::shapes::Shape;
use crate::traffic::Answer;

/// One route of one controller.
pub(crate) struct Outcome<'a> {
    pub(crate) setup: &'static SetUp,
    pub(crate) shape: &'a Shape,
    pub(crate) prediction: Prediction,
    pub(crate) answers: Answers,
}

impl Outcome<'_> {
    /// Whether the requests got what was predicted, with and without something that catches all.
    fn agrees(&self) -> bool {
        let served = |answer: &Answer| *answer == Answer::Served;
        let Answers { alone, with_catch_all } = &self.answers;
        served(alone) == self.prediction.works && served(with_catch_all) == self.prediction.works
    }

    /// Whether a route that serves would have been refused.
    fn denied_falsely(&self) -> bool {
        self.prediction.action == Action::Deny
            && [&self.answers.alone, &self.answers.with_catch_all].contains(&&Answer::Served)
    }

    /// For people: whose, which, what was said, what was got.
    fn line(&self) -> String {
        let Self { setup, shape, prediction, answers } = self;
        let got = if answers.alone == answers.with_catch_all {
            answers.alone.to_string()
        } else {
            format!("{}, with a catch-all {}", answers.alone, answers.with_catch_all)
        };
        format!("{} {} [{}]: predicted {prediction}, got {got}", setup.id, shape.id, shape.what)
    }
}

/// Prints the confusion tables and every disagreement; whether all of those are known.
pub(crate) fn report(outcomes: &[Outcome<'_>]) -> bool {
    let mut setups: Vec<&'static SetUp> = outcomes.iter().map(|outcome| outcome.setup).collect();
    setups.dedup_by_key(|setup| setup.id);
    for setup in &setups {
        confusion(setup, outcomes);
    }
    let mut fine = true;
    let mut used = BTreeSet::new();
    for outcome in outcomes.iter().filter(|outcome| !outcome.agrees() || outcome.denied_falsely()) {
        let reason = known::reason(outcome.setup.id, &outcome.shape.id);
        if let Some((entry, why)) = reason.filter(|_| !outcome.denied_falsely()) {
            used.insert(entry);
            println!("known:    {} ({why})", outcome.line());
        } else {
            fine = false;
            let word = if outcome.denied_falsely() { "DENIAL:  " } else { "DISAGREE:" };
            println!("{word} {}", outcome.line());
        }
    }
    for (entry, setup, shape) in known::entries() {
        let judged = setups.iter().any(|judged| setup == "*" || judged.id == setup);
        if judged && !used.contains(&entry) {
            fine = false;
            println!("UNUSED:   {setup} {shape} is a known disagreement, and there is none");
        }
    }
    fine
}

fn confusion(setup: &SetUp, outcomes: &[Outcome<'_>]) {
    let mut counts: BTreeMap<(Action, usize), usize> = BTreeMap::new();
    let own = outcomes.iter().filter(|outcome| outcome.setup.id == setup.id);
    for outcome in own {
        for answer in [&outcome.answers.alone, &outcome.answers.with_catch_all] {
            *counts.entry((outcome.prediction.action, column(answer))).or_default() += 1;
        }
    }
    println!("\n{} ({}), shapes alone and with a catch-all:", setup.id, setup.what);
    println!("  {:<10} {:>8} {:>10} {:>10} {:>8}", "predicted", "served", "elsewhere", "not served", "varies");
    for (word, action) in
        [("pass", Action::Off), ("audit", Action::Audit), ("warn", Action::Warn), ("deny", Action::Deny)]
    {
        let count = |column: usize| counts.get(&(action, column)).copied().unwrap_or_default();
        println!("  {word:<10} {:>8} {:>10} {:>10} {:>8}", count(0), count(1), count(2), count(3));
    }
}

fn column(answer: &Answer) -> usize {
    match answer {
        Answer::Served => 0,
        Answer::OtherPort(_) | Answer::Other(_) => 1,
        Answer::Status(_) | Answer::Nothing => 2,
        Answer::Varies => 3,
    }
}

//! Predictions compared with answers.

use std::collections::{BTreeMap, BTreeSet};

use backstop::engine::model::{Action, Effect};

use crate::cluster::Answers;
use crate::known;
use crate::predict::Prediction;
use crate::setups::SetUp;
use crate::shapes::{CATCH_ALL, Shape};
use crate::traffic::Answer;

/// One route of one controller.
pub(crate) struct Outcome<'a> {
    pub(crate) setup: &'static SetUp,
    pub(crate) shape: &'a Shape,
    pub(crate) prediction: Prediction,
    pub(crate) answers: Answers,
}

impl Outcome<'_> {
    /// Whether the answers are as predicted, without and with the catch-all.
    pub(crate) fn agrees(&self) -> bool {
        let fits = |answer: &Answer| match (self.prediction.effect, column(answer)) {
            (Effect::Works, column) => column == SERVED,
            // Another port of the Service cannot be told from the right one.
            (Effect::Elsewhere, SERVED) => self.shape.right_port.is_none(),
            (Effect::Elsewhere, column) => column == ELSEWHERE,
            (Effect::Fails, NOT_SERVED) | (Effect::Unsure, _) => true,
            // The route is gone, and the catch-all answers.
            (Effect::Fails, _) => *answer == Answer::Other(CATCH_ALL.to_owned()),
        };
        fits(&self.answers.alone) && fits(&self.answers.with_catch_all)
    }

    /// Whether Backstop denies a route that works.
    pub(crate) fn denied_falsely(&self) -> bool {
        self.prediction.action == Action::Deny
            && [&self.answers.alone, &self.answers.with_catch_all].contains(&&Answer::Served)
    }

    /// One line for people: set-up, shape, prediction, answers.
    pub(crate) fn line(&self) -> String {
        let Self { setup, shape, prediction, answers } = self;
        let got = if answers.alone == answers.with_catch_all {
            answers.alone.to_string()
        } else {
            format!("{}, with a catch-all {}", answers.alone, answers.with_catch_all)
        };
        format!("{} {} [{}]: predicted {prediction}, got {got}", setup.id, shape.id, shape.what)
    }
}

/// Prints the confusion tables and every disagreement. Returns whether all disagreements are known.
pub(crate) fn report(outcomes: &[Outcome<'_>]) -> bool {
    let mut setups: Vec<&'static SetUp> = outcomes.iter().map(|outcome| outcome.setup).collect();
    setups.dedup_by_key(|setup| setup.id);
    for setup in &setups {
        let of_setup: Vec<&Outcome<'_>> = outcomes.iter().filter(|outcome| outcome.setup.id == setup.id).collect();
        print(setup, &of_setup);
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

/// The number of answers of each kind for each prediction: served, served elsewhere, not served, varying.
pub(crate) fn confusion(outcomes: &[&Outcome<'_>]) -> Vec<(String, [usize; 4])> {
    let mut counts: BTreeMap<(Action, String), [usize; 4]> = BTreeMap::new();
    for Outcome { prediction, answers, .. } in outcomes {
        let action = if prediction.action == Action::Off { "pass" } else { prediction.action.as_str() };
        let words = format!("{action}, {}", prediction.effect_word());
        let row = counts.entry((prediction.action, words)).or_default();
        row[column(&answers.alone)] += 1;
        row[column(&answers.with_catch_all)] += 1;
    }
    counts.into_iter().map(|((_, words), row)| (words, row)).collect()
}

/// Prints the confusion table of a set-up.
pub(crate) fn print(setup: &SetUp, outcomes: &[&Outcome<'_>]) {
    println!("\n{} ({}), shapes alone and with a catch-all:", setup.id, setup.what);
    println!("  {:<18} {:>8} {:>10} {:>11} {:>7}", "predicted", "served", "elsewhere", "not served", "varies");
    for (words, [served, elsewhere, not, varies]) in confusion(outcomes) {
        println!("  {words:<18} {served:>8} {elsewhere:>10} {not:>11} {varies:>7}");
    }
}

const SERVED: usize = 0;
const ELSEWHERE: usize = 1;
const NOT_SERVED: usize = 2;
const VARIES: usize = 3;

/// The kind of an answer: served, elsewhere, not served, varying.
pub(crate) fn column(answer: &Answer) -> usize {
    match answer {
        Answer::Served => SERVED,
        Answer::OtherPort(_) | Answer::Other(_) | Answer::Status(300..400) => ELSEWHERE,
        Answer::Status(_) | Answer::Nothing => NOT_SERVED,
        Answer::Varies => VARIES,
    }
}

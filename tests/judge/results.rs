//! Writes `docs/controllers.json`: the measured answers, for programs.
//!
//! `schema` is the version of the format. `setups` has the controllers with their options and versions. `routes` has the
//! shapes of routes. The answers of a route are in `results`, by the id of the set-up: `alone` without and `withCatchAll` with
//! a healthy default backend for all hosts. The words are those of `docs/controllers.md`, without markup.

use serde_json::{Map, Value, json};

use crate::compare::Outcome;
use crate::control_plane::programs::Programs;
use crate::page;
use crate::setups::{self, SetUp};
use crate::shapes::Shape;
use crate::traffic::Answer;

/// The version of the format.
const SCHEMA: u32 = 1;

/// Writes the file.
pub(crate) fn write(outcomes: &[Outcome<'_>], programs: &Programs, kubernetes: &str) -> Result<(), String> {
    let setups: Vec<Value> = setups::ALL.iter().map(|setup| describe(setup, programs)).collect();
    let routes: Vec<Value> = page::shapes(outcomes).into_iter().map(|shape| route(outcomes, shape)).collect();
    let document = json!({"schema": SCHEMA, "kubernetes": kubernetes, "setups": setups, "routes": routes});
    let text = serde_json::to_string_pretty(&document).map_err(|error| error.to_string())?;
    page::write_document("controllers.json", &format!("{text}\n"))
}

fn describe(setup: &SetUp, programs: &Programs) -> Value {
    let versions: Map<String, Value> =
        setup.programs.iter().map(|program| ((*program).to_owned(), programs.version(program).into())).collect();
    json!({"id": setup.id, "description": setup.what, "profile": setup.profile, "versions": versions})
}

fn route(outcomes: &[Outcome<'_>], shape: &Shape) -> Value {
    let word = |answer: &Answer| page::word(shape, answer).replace('*', "");
    let of_shape = outcomes.iter().filter(|outcome| outcome.shape.id == shape.id);
    let results: Map<String, Value> = of_shape
        .map(|outcome| {
            let answers = &outcome.answers;
            let result = json!({"alone": word(&answers.alone), "withCatchAll": word(&answers.with_catch_all)});
            (outcome.setup.id.to_owned(), result)
        })
        .collect();
    json!({"id": shape.id, "group": shape.group, "route": shape.what, "results": results})
}

//! Writes `docs/controllers.md`: the measured answers to requests.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::cluster::Answers;
use crate::compare::{self, Outcome};
use crate::control_plane::programs::Programs;
use crate::shapes::Shape;
use crate::traffic::Answer;
use crate::{known, setups};

const INTRODUCTION: &str = "<!-- Written by `make judge`. -->
# What ingress controllers serve

Whether a route works depends on the ingress controller that serves it. This page is measured: real controllers read
the Ingresses below from a real API server and answered real requests. `make judge` compares the answers with Backstop's
verdicts.

Each row is a route with a Service and Pods of its own. A cell is the answer to a request for the route:

| | |
|---|---|
| served | a Pod of the Service that the rule names, on the right port |
| :9090 | a Pod of that Service, on another port |
| *name* | another Service |
| 404, 503, … | this status |
| varies | the answer differs from request to request |

In a cell with two parts, the second is the answer with a healthy default backend for all hosts (`catch-all`) in the
cluster. [controllers.json](controllers.json) has the same answers for programs. `–` means that the route says nothing about
the controller: it does not know canaries, so that two Ingresses own one path.

";

const VERDICTS: &str = "
## Backstop's verdicts

Backstop judged the same objects, as the API server stores them. A row is a verdict with its predicted effect on requests,
and how many answers there were of each kind. Each route counts twice: without and with the catch-all. The catch-all may
serve a broken route. `unsure` is an effect that the API does not tell, such as who serves a class that does not exist.

| column | verdict, effect | served | elsewhere | not served | varies |
|---|---|---|---|---|---|
";

/// Writes the page.
pub(crate) fn write(outcomes: &[Outcome<'_>], programs: &Programs, kubernetes: &str) -> Result<(), String> {
    write_document("controllers.md", &page(outcomes, programs, kubernetes))
}

/// Writes a file in `docs`.
pub(crate) fn write_document(name: &str, text: &str) -> Result<(), String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let file = folder.join(name);
    let written = fs::create_dir_all(&folder).and_then(|()| fs::write(&file, text));
    written.map_err(|error| format!("{}: {error}", file.display()))
}

/// The shapes of `outcomes`, each once, in their order.
pub(crate) fn shapes<'o>(outcomes: &[Outcome<'o>]) -> Vec<&'o Shape> {
    let mut seen = std::collections::BTreeSet::new();
    outcomes.iter().map(|outcome| outcome.shape).filter(|shape| seen.insert(&shape.id)).collect()
}

fn page(outcomes: &[Outcome<'_>], programs: &Programs, kubernetes: &str) -> String {
    let mut page = INTRODUCTION.to_owned();
    let _ = writeln!(page, "## Controllers\n\nKubernetes {kubernetes}.\n");
    page.push_str("| column | set-up | versions |\n|---|---|---|\n");
    for setup in setups::ALL {
        let versions: Vec<String> =
            setup.programs.iter().map(|program| format!("{program} {}", programs.version(program))).collect();
        let _ = writeln!(page, "| {} | {} | {} |", setup.id, setup.what, versions.join(", "));
    }
    let mut group = "";
    for shape in shapes(outcomes) {
        if shape.group != group {
            group = shape.group;
            let ids: Vec<&str> = setups::ALL.iter().map(|setup| setup.id).collect();
            let _ =
                write!(page, "\n## {group}\n\n| route | {} |\n|---|{}\n", ids.join(" | "), "---|".repeat(ids.len()));
        }
        let _ = writeln!(page, "| {} | {} |", shape.what, cells(outcomes, shape).join(" | "));
    }
    page.push_str(VERDICTS);
    for setup in setups::ALL {
        let of_setup: Vec<&Outcome<'_>> = outcomes.iter().filter(|outcome| outcome.setup.id == setup.id).collect();
        for (words, counts) in compare::confusion(&of_setup) {
            let [served, elsewhere, not, varies] = counts.map(|count| count.to_string());
            let _ = writeln!(page, "| {} | {words} | {served} | {elsewhere} | {not} | {varies} |", setup.id);
        }
    }
    page.push_str("\nBackstop disagrees on purpose about:\n\n");
    let disagreements = outcomes.iter().filter(|outcome| !outcome.agrees());
    for (outcome, (_, why)) in disagreements.filter_map(|it| Some((it, known::reason(it.setup.id, &it.shape.id)?))) {
        let Outcome { setup, shape, answers, .. } = outcome;
        let _ = writeln!(page, "- {}, {}, {} ({}): {why}.", setup.id, shape.group, shape.what, cell(shape, answers));
    }
    page
}

fn cells(outcomes: &[Outcome<'_>], shape: &Shape) -> Vec<String> {
    let of = |id: &str| outcomes.iter().find(|outcome| outcome.setup.id == id && outcome.shape.id == shape.id);
    setups::ALL
        .iter()
        .map(|setup| of(setup.id).map_or("–".to_owned(), |outcome| cell(shape, &outcome.answers)))
        .collect()
}

fn cell(shape: &Shape, answers: &Answers) -> String {
    let (alone, caught) = (word(shape, &answers.alone), word(shape, &answers.with_catch_all));
    if alone == caught { alone } else { format!("{alone}, {caught}") }
}

/// The answer in a few words: the content of a cell.
pub(crate) fn word(shape: &Shape, answer: &Answer) -> String {
    match answer {
        Answer::Served => "served".to_owned(),
        Answer::OtherPort(port) => format!(":{port}"),
        // The names of further Services of a shape begin with its name.
        Answer::Other(who) => format!("*{}*", who.strip_prefix(&format!("{}-", shape.id)).unwrap_or(who)),
        Answer::Status(code) => code.to_string(),
        Answer::Nothing | Answer::Varies => answer.to_string(),
    }
}

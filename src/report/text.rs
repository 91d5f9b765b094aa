//! The report as text: findings with the lines of the files that they are about.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet};

use super::model::{ErrorReport, FileSpan, FindingReport, GapReport, Report, SubjectReport, Summary};
use super::texts::Texts;
use super::visible::visible_line;
use crate::engine::model::{Action, FieldPath};
use crate::engine::policy::Verdict;
use crate::text::{Position, Problem, visible};

/// The amount of detail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// Findings only.
    Quiet,
    /// Findings and the summary.
    #[default]
    Normal,
    /// Findings, observations, passed subjects and the summary.
    Verbose,
}

/// Formats a report as text with ANSI colors, which the caller removes where they are not wanted.
pub fn text(report: &Report, texts: &Texts, detail: Detail) -> String {
    let mut out = String::new();
    for subject in &report.subjects {
        for finding in &subject.findings {
            push(&mut out, &render(finding_group(subject, finding, texts, detail)));
        }
        for gap in &subject.unknown {
            push(&mut out, &render(gap_group(subject, gap, texts)));
        }
    }
    if detail == Detail::Verbose {
        for subject in report.subjects.iter().filter(|subject| subject.verdict == Verdict::Pass) {
            out.push_str(&passed(subject));
        }
    }
    if detail > Detail::Quiet && report.summary.subjects > 0 {
        out.push_str(&summary(&report.summary));
    }
    out
}

/// Formats an error about a file or document that could not be read, as text with ANSI colors.
pub fn error(error: &ErrorReport, texts: &Texts) -> String {
    let message = visible(&error.message).into_owned();
    let Some(line) = error.line else {
        let words = format!("{}: {message}", visible(&error.file));
        return render(Group::with_title(Level::ERROR.primary_title(words))) + "\n";
    };
    let column = error.column.unwrap_or(1);
    let span = FileSpan { file: error.file.clone(), line, column, end_column: Some(column.saturating_add(1)) };
    render(Level::ERROR.primary_title(message).element(snippet(&span, texts, None))) + "\n\n"
}

/// Formats a mistake in a configuration file, as text with ANSI colors.
pub fn problem(file: &str, problem: &Problem, texts: &Texts) -> String {
    let Problem { position, path, message, suggestion } = problem;
    let colon = if path.is_empty() { "" } else { ": " };
    let title = visible(&format!("{path}{colon}{message}")).into_owned();
    let Position { line, column, length } = *position;
    let end_column = Some(column.saturating_add(length.max(1)));
    let span = FileSpan { file: file.to_owned(), line, column, end_column };
    let group = Level::ERROR.primary_title(title).element(snippet(&span, texts, None));
    let help = suggestion.as_ref().map(|words| Level::HELP.message(visible(words)));
    render(group.elements(help)) + "\n\n"
}

fn push(out: &mut String, rendered: &str) {
    out.push_str(rendered);
    out.push_str("\n\n");
}

fn render(group: Group<'_>) -> String {
    Renderer::styled().render(&[group])
}

fn level(action: Action) -> Level<'static> {
    match action {
        Action::Deny => Level::ERROR.with_name("deny"),
        Action::Warn => Level::WARNING.with_name("warn"),
        Action::Audit | Action::Off => Level::INFO.with_name("audit"),
    }
}

fn finding_group<'a>(subject: &SubjectReport, finding: &'a FindingReport, texts: &Texts, detail: Detail) -> Group<'a> {
    let title = level(finding.action).primary_title(visible(&finding.reason)).id(finding.check.0);
    let mut label = named(subject);
    if let Some(route) = &finding.route {
        label = format!("{label}, {route}");
    }
    let mut group = title.element(match &finding.location {
        Some(span) => snippet(span, texts, Some(label)),
        None => field(&label, &finding.field),
    });
    if !finding.note.is_empty() {
        group = group.element(Level::NOTE.message(visible(&finding.note)));
    }
    if let Some(softened) = &finding.softened {
        group = group.element(Level::NOTE.message(visible(softened)));
    }
    if detail == Detail::Verbose {
        group =
            group.elements(finding.evidence.iter().map(|seen| Level::NOTE.with_name("seen").message(visible(seen))));
    }
    if !finding.help.is_empty() {
        group = group.element(Level::HELP.message(visible(&finding.help)));
    }
    group
}

fn gap_group<'a>(subject: &SubjectReport, gap: &GapReport, texts: &Texts) -> Group<'a> {
    let level = Level::INFO.with_name("unknown");
    let words = format!("{} could not be looked up: {}", gap.what, gap.why);
    let title = level.primary_title(visible(&words).into_owned());
    title.element(match &gap.location {
        Some(span) => snippet(span, texts, Some(named(subject))),
        None => field(&named(subject), &gap.field),
    })
}

/// The field of an object that is not from a file.
fn field(object: &str, field: &FieldPath) -> Element<'static> {
    Origin::path(visible(&format!("{object}: {field}")).into_owned()).into()
}

/// The line of the file with carets below the value; only file and line if the text is not known.
fn snippet(position: &FileSpan, texts: &Texts, label: Option<String>) -> Element<'static> {
    let file = visible(&position.file).into_owned();
    let Some(line) = texts.line(&position.file, position.line) else {
        return Origin::path(file).line(position.line).char_column(position.column).into();
    };
    let line = visible_line(line);
    let span = byte_range(&line, position);
    let mark = AnnotationKind::Primary.span(span).label(label.map(|label| visible(&label).into_owned()));
    Snippet::source(line).line_start(position.line).path(file).annotation(mark).into()
}

/// The byte range of `line` from the column to the end column.
fn byte_range(line: &str, position: &FileSpan) -> Range<usize> {
    let byte = |column: usize| line.char_indices().nth(column.saturating_sub(1)).map_or(line.len(), |(at, _)| at);
    let from = byte(position.column);
    let to = position.end_column.map_or_else(|| line.trim_end().len(), byte);
    from..to.max(from)
}

fn named(subject: &SubjectReport) -> String {
    format!("{} {}/{}", subject.kind, subject.namespace, subject.name)
}

fn passed(subject: &SubjectReport) -> String {
    let from = subject.source.as_ref().map(|source| format!(" ({}:{})", source.file, source.line)).unwrap_or_default();
    format!("pass: {}\n", visible(&format!("{}{from}", named(subject))))
}

fn summary(summary: &Summary) -> String {
    let Summary { subjects, deny, warn, audit, pass, unknown } = summary;
    let noun = if *subjects == 1 { "Ingress" } else { "Ingresses" };
    format!("{subjects} {noun}: {deny} deny, {warn} warn, {audit} audit, {pass} pass, {unknown} unknown\n")
}

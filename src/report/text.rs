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
            out.push_str(&render(finding_group(subject, finding, texts, detail), finding.location.as_ref()));
        }
        for gap in &subject.unknown {
            out.push_str(&render(gap_group(subject, gap, texts), gap.location.as_ref()));
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
        let rendered = render(Group::with_title(Level::ERROR.primary_title(words)), None);
        return rendered.trim_end_matches('\n').to_owned() + "\n";
    };
    let column = error.column.unwrap_or(1);
    let span = FileSpan { file: error.file.clone(), line, column, end_column: Some(column.saturating_add(1)) };
    render(Level::ERROR.primary_title(message).element(snippet(&span, texts, None)), Some(&span))
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
    render(group.elements(help), Some(&span))
}

/// Stands for the name of the file until the group is rendered. No visible text contains this character.
const HERE: &str = "\0";

/// Renders a group about the value at `position`, and a blank line. The renderer sees only a part of a long line, so the
/// position is written here.
fn render(group: Group<'_>, position: Option<&FileSpan>) -> String {
    let rendered = Renderer::styled().render(&[group]) + "\n\n";
    let Some((FileSpan { file, line, column, .. }, (before, after))) = position.zip(rendered.split_once(HERE)) else {
        return rendered;
    };
    let after = after.trim_start_matches(|character: char| character == ':' || character.is_ascii_digit());
    format!("{before}{}:{line}:{column}{after}", visible(file))
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

/// The part of the line around the value with carets below the value; only the position if the text is not known.
fn snippet(position: &FileSpan, texts: &Texts, label: Option<String>) -> Element<'static> {
    let FileSpan { file, line, column, end_column } = position;
    let end = end_column.or_else(|| texts.end_column(file, *line)).unwrap_or(*column);
    let columns = *column..end.max(*column);
    let Some(quote) = texts.quote(file, *line, &columns) else {
        return Origin::path(HERE).line(*line).char_column(*column).into();
    };
    let text = visible_line(quote.text);
    let mut span = byte_range(&text, columns, quote.column);
    if end_column.is_none() {
        span.end = text.trim_end().len().clamp(span.start, span.end);
    }
    let mark = AnnotationKind::Primary.span(span).label(label.map(|label| visible(&label).into_owned()));
    Snippet::source(text).line_start(*line).path(HERE).annotation(mark).into()
}

/// The byte range of these columns in a text whose first character has the column `first`.
fn byte_range(text: &str, columns: Range<usize>, first: usize) -> Range<usize> {
    let byte = |column: usize| text.char_indices().nth(column.saturating_sub(first)).map_or(text.len(), |(at, _)| at);
    byte(columns.start)..byte(columns.end)
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

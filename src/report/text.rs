//! The report as text: findings with the lines of the files that they are about.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet};

use super::controllers::controller_notes;
use super::model::{ErrorReport, FileSpan, FindingReport, GapReport, Report, SubjectReport};
use super::texts::Texts;
use super::visible::visible_line;
use crate::engine::message::grouped;
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
    let mut printed = Printed::default();
    for subject in &report.subjects {
        let findings = grouped(&subject.findings, |finding| finding.group);
        let unknown = grouped(&subject.unknown, |gap| gap.group);
        printed.add(&findings, unknown.len());
        for group in &findings {
            out.push_str(&finding(subject, group, texts, detail));
        }
        for group in &unknown {
            out.push_str(&gap(subject, group, texts));
        }
    }
    if detail == Detail::Verbose {
        for subject in report.subjects.iter().filter(|subject| subject.verdict == Verdict::Pass) {
            out.push_str(&passed(subject));
        }
    }
    if detail > Detail::Quiet && report.summary.subjects > 0 {
        for note in controller_notes(&report.subjects, detail) {
            let rendered = render(Group::with_title(Level::NOTE.primary_title(visible(&note))), None);
            out.push_str(rendered.trim_end_matches('\n'));
            out.push('\n');
        }
        out.push_str(&printed.summary(report.summary.subjects));
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

/// Formats findings that read the same.
fn finding(subject: &SubjectReport, same: &[&FindingReport], texts: &Texts, detail: Detail) -> String {
    let Some((finding, others)) = same.split_first() else { return String::new() };
    let title = level(finding.action).primary_title(visible(&finding.reason)).id(finding.check.0);
    let mut label = named(subject);
    if let Some(route) = &finding.route {
        label = format!("{label}, {route}");
    }
    let mut group = title.element(match &finding.location {
        Some(span) => snippet(span, texts, Some(label)),
        None => field(&label, &finding.field),
    });
    let others = others.iter().map(|other| (other.location.as_ref(), &other.field, other.route.as_deref()));
    group = group.elements(further_places(others));
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
    render(group, finding.location.as_ref())
}

/// Formats failed lookups of one object.
fn gap(subject: &SubjectReport, same: &[&GapReport], texts: &Texts) -> String {
    let Some((gap, others)) = same.split_first() else { return String::new() };
    let level = Level::INFO.with_name("unknown");
    let words = format!("{} could not be looked up: {}", gap.what, gap.why);
    let group = level.primary_title(visible(&words).into_owned()).element(match &gap.location {
        Some(span) => snippet(span, texts, Some(named(subject))),
        None => field(&named(subject), &gap.field),
    });
    let others = others.iter().map(|other| (other.location.as_ref(), &other.field, None));
    render(group.elements(further_places(others)), gap.location.as_ref())
}

/// The other places, one line each: the position or the field, and the requests.
fn further_places<'p>(
    places: impl Iterator<Item = (Option<&'p FileSpan>, &'p FieldPath, Option<&'p str>)>,
) -> Option<Element<'static>> {
    let lines = places.map(|(location, field, route)| {
        let place = match location {
            Some(FileSpan { file, line, column, .. }) => format!("{file}:{line}:{column}"),
            None => field.to_string(),
        };
        let route = route.map(|route| format!(" {route}")).unwrap_or_default();
        visible(&format!("{place}{route}")).into_owned()
    });
    let lines: Vec<String> = lines.collect();
    (!lines.is_empty()).then(|| Level::NOTE.with_name("also").message(lines.join("\n")).into())
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

/// The number of printed findings and failed lookups: those that read the same count once.
#[derive(Debug, Default)]
struct Printed {
    deny: usize,
    warn: usize,
    audit: usize,
    unknown: usize,
    /// The subjects with at least one of them.
    subjects: usize,
}

impl Printed {
    /// Adds those of one subject.
    fn add(&mut self, findings: &[Vec<&FindingReport>], unknown: usize) {
        for finding in findings.iter().filter_map(|group| group.first()) {
            *match finding.action {
                Action::Deny => &mut self.deny,
                Action::Warn => &mut self.warn,
                Action::Audit | Action::Off => &mut self.audit,
            } += 1;
        }
        self.unknown += unknown;
        self.subjects += usize::from(!findings.is_empty() || unknown > 0);
    }

    /// The last line: `1 denial and 2 warnings in 2 of 14 Ingresses`.
    fn summary(&self, all: usize) -> String {
        let counts = [
            counted(self.deny, "denial", "denials"),
            counted(self.warn, "warning", "warnings"),
            counted(self.audit, "audit finding", "audit findings"),
            counted(self.unknown, "unknown fact", "unknown facts"),
        ];
        let ingresses = if all == 1 { "Ingress" } else { "Ingresses" };
        match counts.into_iter().flatten().collect::<Vec<_>>().as_slice() {
            [] => format!("no findings in {all} {ingresses}\n"),
            [only] => format!("{only} in {} of {all} {ingresses}\n", self.subjects),
            [first @ .., last] => {
                format!("{} and {last} in {} of {all} {ingresses}\n", first.join(", "), self.subjects)
            }
        }
    }
}

/// The number with its noun; `None` for zero.
fn counted(count: usize, one: &str, several: &str) -> Option<String> {
    (count > 0).then(|| format!("{count} {}", if count == 1 { one } else { several }))
}

//! Writes the fields of a text log line so that no value can forge another field or another line.
//!
//! Names of objects and users come from requests, and may hold line breaks, terminal escapes or `key=value`.

use std::fmt::{self, Debug, Write as _};

use tracing::field::{Field, Visit};
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::FormatFields;
use tracing_subscriber::fmt::format::Writer;

use crate::text::{is_hidden, visible};

/// Writes `message key=value key="a value"`.
#[derive(Clone, Copy, Debug)]
pub(super) struct OneLine;

impl<'writer> FormatFields<'writer> for OneLine {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'writer>, fields: R) -> fmt::Result {
        let mut visitor = LineVisitor { writer, result: Ok(()), first: true };
        fields.record(&mut visitor);
        visitor.result
    }
}

struct LineVisitor<'w> {
    writer: Writer<'w>,
    result: fmt::Result,
    first: bool,
}

impl LineVisitor<'_> {
    fn write(&mut self, field: &Field, value: &str) -> fmt::Result {
        if !std::mem::take(&mut self.first) {
            self.writer.write_char(' ')?;
        }
        let (name, ansi) = (field.name(), self.writer.has_ansi_escapes());
        match name.trim_start_matches("r#") {
            "message" => write!(self.writer, "{}", visible(value)),
            name if ansi => write!(self.writer, "\u{1b}[3m{name}\u{1b}[0m\u{1b}[2m=\u{1b}[0m{value}"),
            name => write!(self.writer, "{name}={value}"),
        }
    }
}

impl Visit for LineVisitor<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            self.record_debug(field, &format_args!("{value}"));
        } else {
            self.record_debug(field, &value);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        // Records of the `log` crate repeat their metadata as fields.
        if self.result.is_err() || field.name().starts_with("log.") {
            return;
        }
        let mut text = String::new();
        self.result = write!(text, "{value:?}");
        if field.name() != "message" && !is_one_word(&text) && !is_quoted(&text) {
            text = format!("{text:?}");
        }
        self.result = self.result.and_then(|()| self.write(field, &text));
    }
}

/// Whether `text` is one word that needs no quotes.
fn is_one_word(text: &str) -> bool {
    !text.is_empty() && !text.chars().any(|char| char.is_whitespace() || is_hidden(char) || matches!(char, '"' | '='))
}

/// Whether `text` is in quotes that nothing inside ends.
fn is_quoted(text: &str) -> bool {
    let Some(inside) = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else { return false };
    let mut escaped = false;
    let closed = inside.chars().any(|char| {
        let ends = is_hidden(char) || (char == '"' && !escaped);
        escaped = char == '\\' && !escaped;
        ends
    });
    !closed && !escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_end_where_they_should() {
        for (text, expected) in [
            (r#""web""#, true),
            (r#""a \"web\" b""#, true),
            (r#""a\\""#, true),
            (r#""a" b="c""#, false),
            (r#""a\""#, false),
            (r#"""#, false),
            ("\"a\nb\"", false),
            ("web", false),
        ] {
            assert_eq!(is_quoted(text), expected, "{text}");
        }
    }
}

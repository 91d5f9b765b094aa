//! Compares a document with the table of keys, and collects all mistakes.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde_json::{Map, Value};

use super::format::Format;
use super::keys::{GRACE_CHECK, Key, OPTIONS, ROOT, Shape, check_ids, keys};
use super::suggest::{did_you_mean, suggestion, word_list};
use crate::text::{Document, Lines, Position, Problem};

/// The longest grace that makes sense.
const MAX_GRACE: SignedDuration = SignedDuration::from_hours(24);

/// Returns all mistakes in `document`, which is part of the file with the content `text`.
pub(super) fn problems(document: &Document, text: &str) -> Vec<Problem> {
    let lines = Lines::of(text);
    let mut walk = Walk { document, root: "", lines: &lines, problems: Vec::new() };
    walk.object("", &document.value, ROOT);
    walk.controllers(document.value.get("controllers"));
    walk.earlier_values("controllers", |walk, value| walk.controllers(Some(value)));
    walk.problems
}

struct Walk<'a> {
    document: &'a Document,
    /// The path of the key whose value is `document`; empty for the whole file.
    root: &'a str,
    /// The content of the file.
    lines: &'a Lines<&'a str>,
    problems: Vec<Problem>,
}

impl Walk<'_> {
    /// Converts a path in the file to a path in the document.
    fn inside<'p>(&self, path: &'p str) -> &'p str {
        path.strip_prefix(self.root).unwrap_or(path)
    }

    fn position(&self, path: &str) -> Position {
        self.document.position(self.inside(path))
    }

    /// Checks the values that a later entry with the same key replaces: their mistakes count as well.
    fn earlier_values(&mut self, path: &str, check: impl Fn(&mut Walk<'_>, &Value)) {
        for (_, document) in self.document.earlier(self.inside(path)) {
            let mut walk = Walk { document: &document, root: path, lines: self.lines, problems: Vec::new() };
            check(&mut walk, &document.value);
            self.problems.append(&mut walk.problems);
        }
    }

    fn problem_at(&mut self, position: Position, path: &str, message: String, suggestion: Option<String>) {
        self.problems.push(Problem { position, path: path.to_owned(), message, suggestion });
    }

    /// Reports a mistake in the value at `path`.
    fn value_problem(&mut self, path: &str, message: String, suggestion: Option<String>) {
        self.problem_at(self.position(path), path, message, suggestion);
    }

    /// Reports a mistake in the key at `path`.
    fn key_problem(&mut self, path: &str, message: String, suggestion: Option<String>) {
        self.problem_at(self.document.name_position(self.inside(path)), path, message, suggestion);
    }

    fn object(&mut self, path: &str, value: &Value, keys: &'static [Key]) {
        let Value::Object(fields) = value else { return self.wrong_type(path, value, &Shape::Object(keys)) };
        let known: Vec<&Key> = keys.iter().collect();
        self.fields(path, fields, &known);
    }

    fn fields(&mut self, path: &str, fields: &Map<String, Value>, keys: &[&'static Key]) {
        for (name, value) in fields {
            let key_path = join(path, name);
            self.duplicate_keys(&key_path, name);
            match keys.iter().find(|key| key.name == name) {
                Some(key) => {
                    self.shape(&key_path, value, &key.shape);
                    self.earlier_values(&key_path, |walk, value| walk.shape(&key_path, value, &key.shape));
                }
                None => self.unknown_key(&key_path, name, keys),
            }
        }
        for key in keys.iter().filter(|key| key.required && is_absent(fields.get(key.name))) {
            let suggestion = match &key.shape {
                Shape::Exactly(text) => format!("write {}: {text}", key.name),
                Shape::Object(keys) => format!("write {}: {{{}: …}}", key.name, word_list(&required(keys), "and")),
                shape => format!("write {}: {shape}", key.name),
            };
            let position = if path.is_empty() { self.document.start() } else { self.position(path) };
            self.problem_at(position, &join(path, key.name), "required key is missing".to_owned(), Some(suggestion));
        }
    }

    /// Reports keys that are written twice: one of the two values would be lost.
    fn duplicate_keys(&mut self, path: &str, name: &str) {
        let last = self.document.name_position(self.inside(path));
        let earlier: Vec<Position> =
            self.document.earlier(self.inside(path)).into_iter().map(|(position, _)| position).collect();
        for (first, duplicate) in earlier.iter().zip(earlier.iter().skip(1).chain([&last])) {
            let suggestion = Some(format!("the other one is in line {}", first.line));
            self.problem_at(*duplicate, path, format!("duplicate key \"{name}\""), suggestion);
        }
    }

    fn unknown_key(&mut self, path: &str, name: &str, known: &[&'static Key]) {
        let names: Vec<&str> = known.iter().map(|key| key.name).collect();
        let suggestion = did_you_mean(name, &names, || match only_path_of(name) {
            Some(path) => format!("the key belongs to {path}"),
            None => format!("known keys here: {}", word_list(&names, "and")),
        });
        self.key_problem(path, format!("unknown key \"{name}\""), Some(suggestion));
    }

    fn shape(&mut self, path: &str, value: &Value, shape: &Shape) {
        // A key without a value is as good as absent, for example when all lines below it are commented out.
        if value.is_null() {
            return;
        }
        match (shape, value) {
            (Shape::Exactly(expected), Value::String(found)) => {
                if expected != found {
                    let message = format!("expected {expected}, found \"{found}\"");
                    self.value_problem(path, message, Some(format!("write {expected}")));
                }
            }
            (Shape::OneOf(words), found) => self.one_of(path, found, &words()),
            (Shape::Flag, Value::Bool(_)) => {}
            (Shape::Duration, Value::String(found)) => self.duration(path, found),
            (Shape::Text(format), Value::String(found)) => self.text(path, *format, found),
            (Shape::Texts(format), Value::Array(items)) => self.texts(path, *format, items),
            (Shape::Labels, Value::Object(pairs)) => self.labels(path, pairs),
            (Shape::Object(keys), Value::Object(_)) => self.object(path, value, keys),
            (Shape::Objects(keys), Value::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    self.object(&format!("{path}[{index}]"), item, keys);
                }
            }
            (Shape::Checks(keys), Value::Object(checks)) => self.checks(path, checks, keys),
            _ => self.wrong_type(path, value, shape),
        }
    }

    fn wrong_type(&mut self, path: &str, value: &Value, shape: &Shape) {
        let suggestion = match (shape, value) {
            (Shape::Text(_), Value::Number(_) | Value::Bool(_)) => {
                Some(format!("write \"{}\", with quotes", self.as_written(path, value)))
            }
            (Shape::Texts(_), Value::String(one)) => Some(format!("write [{one}]")),
            (Shape::Duration, Value::Number(number)) => Some(format!("write {number}s or {number}m")),
            (Shape::Flag, Value::String(word)) if word == "true" || word == "false" => {
                Some(format!("write {word}, without quotes"))
            }
            _ => None,
        };
        let suggestion = suggestion.unwrap_or_else(|| how_to_write(shape));
        self.value_problem(path, format!("expected {shape}, found {}", self.found(path, value)), Some(suggestion));
    }

    fn one_of(&mut self, path: &str, value: &Value, words: &[&'static str]) {
        match value {
            // In the YAML of Kubernetes, `off` without quotes is false.
            Value::Bool(false) if words.contains(&"off") => {}
            Value::String(word) if words.contains(&word.as_str()) => {}
            Value::String(word) => {
                self.value_problem(path, format!("invalid value \"{word}\""), Some(suggestion(word, words)));
            }
            _ => self.value_problem(
                path,
                format!("expected one of {}, found {}", words.join(", "), self.found(path, value)),
                Some(format!("use {}", word_list(words, "or"))),
            ),
        }
    }

    fn duration(&mut self, path: &str, text: &str) {
        let plain = text.chars().all(|c| c.is_ascii_digit() || matches!(c, 'h' | 'm' | 's')) && !text.contains("ms");
        match text.parse::<SignedDuration>().ok().filter(|_| plain) {
            None => {
                let message = format!("\"{text}\" is not a duration");
                self.value_problem(path, message, Some(how_to_write(&Shape::Duration)));
            }
            Some(duration) if duration > MAX_GRACE => {
                let message = format!("{text} is longer than a day");
                self.value_problem(path, message, Some("use at most 24h".to_owned()));
            }
            Some(_) => {}
        }
    }

    fn text(&mut self, path: &str, format: Format, text: &str) {
        if let Some((message, suggestion)) = format.mistake(text) {
            self.value_problem(path, message, suggestion);
        }
    }

    fn texts(&mut self, path: &str, format: Format, items: &[Value]) {
        let mut seen: BTreeMap<&str, String> = BTreeMap::new();
        for (index, item) in items.iter().enumerate() {
            let item_path = format!("{path}[{index}]");
            match item {
                Value::String(text) => {
                    self.text(&item_path, format, text);
                    if let Some(first) = seen.get(text.as_str()).cloned() {
                        let suggestion = self.other_line(&first);
                        self.value_problem(&item_path, format!("duplicate entry \"{text}\""), Some(suggestion));
                    } else {
                        seen.insert(text.as_str(), item_path);
                    }
                }
                _ => self.wrong_type(&item_path, item, &Shape::Text(format)),
            }
        }
    }

    fn other_line(&self, path: &str) -> String {
        format!("the other one is in line {}", self.position(path).line)
    }

    fn labels(&mut self, path: &str, pairs: &Map<String, Value>) {
        for (key, value) in pairs {
            let label_path = join(path, key);
            self.duplicate_keys(&label_path, key);
            if let Some((message, suggestion)) = Format::LabelKey.mistake(key) {
                self.key_problem(&label_path, message, suggestion);
            }
            self.label_value(&label_path, value);
            self.earlier_values(&label_path, |walk, value| walk.label_value(&label_path, value));
        }
    }

    fn label_value(&mut self, path: &str, value: &Value) {
        match value {
            Value::String(text) => self.text(path, Format::LabelValue, text),
            _ => self.wrong_type(path, value, &Shape::Text(Format::LabelValue)),
        }
    }

    fn checks(&mut self, path: &str, checks: &Map<String, Value>, keys: &'static [Key]) {
        let ids = check_ids();
        for (id, settings) in checks {
            let check_path = join(path, id);
            self.duplicate_keys(&check_path, id);
            if !ids.contains(&id.as_str()) {
                let suggestion = did_you_mean(id, &ids, || "`backstop checks` lists the checks".to_owned());
                self.key_problem(&check_path, format!("unknown check \"{id}\""), Some(suggestion));
            }
            self.check_settings(&check_path, id, settings, keys);
            self.earlier_values(&check_path, |walk, settings| walk.check_settings(&check_path, id, settings, keys));
        }
    }

    fn check_settings(&mut self, path: &str, id: &str, settings: &Value, keys: &'static [Key]) {
        match settings {
            Value::Null => {}
            Value::Object(fields) => self.check_fields(path, id, fields, keys),
            Value::String(word) => {
                let suggestion = Some(format!("write {{action: {word}}}"));
                self.value_problem(path, "expected a mapping, found text".to_owned(), suggestion);
            }
            _ => self.wrong_type(path, settings, &Shape::Object(keys)),
        }
    }

    /// Checks the settings of one check; only one check has a `grace`.
    fn check_fields(&mut self, path: &str, id: &str, fields: &Map<String, Value>, keys: &'static [Key]) {
        let foreign = |name: &String| keys.iter().any(|key| key.name == *name && !key.belongs_to(id));
        for (name, _) in fields.iter().filter(|(name, _)| foreign(name)) {
            let suggestion = Some(format!("only {GRACE_CHECK} has it"));
            self.key_problem(&join(path, name), format!("the check {id} has no key \"{name}\""), suggestion);
        }
        let mut rest = fields.clone();
        rest.retain(|name, _| !foreign(name));
        let known: Vec<&Key> = keys.iter().filter(|key| key.belongs_to(id)).collect();
        self.fields(path, &rest, &known);
    }

    /// Checks what involves more than one key of `controllers`.
    fn controllers(&mut self, entries: Option<&Value>) {
        let Some(Value::Array(entries)) = entries else { return };
        let mut seen: BTreeMap<&str, String> = BTreeMap::new();
        for (index, entry) in entries.iter().enumerate() {
            let path = format!("controllers[{index}]");
            let Value::Object(fields) = entry else { continue };
            if ["profile", "options", "pods"].iter().all(|key| is_absent(fields.get(*key))) {
                let message = "the entry has no profile, no options and no pods".to_owned();
                self.value_problem(&path, message, Some("add one of them, or remove the entry".to_owned()));
            }
            self.options(&path, fields);
            let Some(class) = entry.pointer("/match/ingressClass").and_then(Value::as_str) else { continue };
            let class_path = format!("{path}.match.ingressClass");
            match seen.get(class).cloned() {
                Some(first) => {
                    let suggestion = self.other_line(&first);
                    self.value_problem(&class_path, format!("class \"{class}\" has two entries"), Some(suggestion));
                }
                None => drop(seen.insert(class, class_path)),
            }
        }
    }

    /// Reports options that the profile of the entry does not have.
    fn options(&mut self, path: &str, entry: &Map<String, Value>) {
        let Some(Value::String(profile)) = entry.get("profile") else { return };
        let given = |key: &&Key| !is_absent(entry.get("options").and_then(|options| options.get(key.name)));
        let foreign = |key: &&Key| !key.profiles.is_empty() && !key.profiles.contains(&profile.as_str());
        for key in OPTIONS.iter().filter(given).filter(foreign) {
            let suggestion = format!("remove it: only {} have it", word_list(key.profiles, "and"));
            let message = format!("the profile {profile} has no option {}", key.name);
            self.key_problem(&format!("{path}.options.{}", key.name), message, Some(suggestion));
        }
    }

    /// Returns the value as it is written in the file, if possible: YAML 1.1 reads `yes` as true, `0123` as 83 and `1.10`
    /// as 1.1.
    fn as_written(&self, path: &str, value: &Value) -> String {
        let Position { line, column, length } = self.position(path);
        match self.lines.part(line, &(column..column.saturating_add(length))) {
            Some((written, _)) if !written.is_empty() => written.to_owned(),
            _ => value.to_string(),
        }
    }

    /// Describes a value of the wrong type.
    fn found(&self, path: &str, value: &Value) -> String {
        match value {
            Value::Null => "nothing".to_owned(),
            Value::Bool(_) | Value::Number(_) => self.as_written(path, value),
            Value::String(text) => format!("\"{text}\""),
            Value::Array(_) => "a list".to_owned(),
            Value::Object(_) => "a mapping".to_owned(),
        }
    }
}

/// Returns the path of the key `name` below `path`.
fn join(path: &str, name: &str) -> String {
    let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    match (path, plain) {
        ("", true) => name.to_owned(),
        (path, true) => format!("{path}.{name}"),
        (path, false) => format!("{path}[\"{name}\"]"),
    }
}

/// Returns the names of the required keys.
fn required(keys: &[Key]) -> Vec<&str> {
    keys.iter().filter(|key| key.required).map(|key| key.name).collect()
}

/// Returns how a value of this shape is written.
fn how_to_write(shape: &Shape) -> String {
    match shape {
        Shape::Exactly(text) => format!("write {text}"),
        Shape::OneOf(words) => format!("use {}", word_list(&words(), "or")),
        Shape::Flag => "use true or false".to_owned(),
        Shape::Duration => "write it as 90s, 2m or 1h30m".to_owned(),
        Shape::Text(format) => format!("for example {}", format.example()),
        Shape::Texts(format) => format!("for example [{}]", format.example()),
        Shape::Labels => "write each label as key: value".to_owned(),
        Shape::Object(keys) => {
            let names: Vec<&str> = keys.iter().map(|key| key.name).collect();
            format!("known keys here: {}", word_list(&names, "and"))
        }
        Shape::Objects(_) => "begin each entry with a dash".to_owned(),
        Shape::Checks(_) => "write the id of a check, and its settings below it".to_owned(),
    }
}

fn is_absent(value: Option<&Value>) -> bool {
    value.is_none_or(Value::is_null)
}

/// Returns the path of the key with this name, if there is exactly one such key.
fn only_path_of(name: &str) -> Option<String> {
    let mut paths = keys().into_iter().filter(|(_, key)| key.name == name).map(|(path, _)| path);
    paths.next().filter(|_| paths.next().is_none())
}

#[cfg(test)]
mod tests;

//! Holds a document against the table of keys, and collects all that is wrong.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde_json::{Map, Value};

use super::keys::{GRACE_CHECK, Key, OPTIONS, ROOT, Shape, check_ids, keys};
use super::suggest::{listed, meant, suggest};
use super::text::Text;
use crate::text::{Document, Position, Problem};

/// A day of grace is no grace.
const LONGEST: SignedDuration = SignedDuration::from_hours(24);

/// All that is wrong with `document`, which stands in `text`.
pub(super) fn problems(document: &Document, text: &str) -> Vec<Problem> {
    let mut walk = Walk { document, root: "", text, problems: Vec::new() };
    walk.object("", &document.value, ROOT);
    walk.controllers(document.value.get("controllers"));
    walk.replaced("controllers", |walk, value| walk.controllers(Some(value)));
    walk.problems
}

struct Walk<'a> {
    document: &'a Document,
    /// The path of the key whose value the document is; empty for the whole file.
    root: &'a str,
    /// The file.
    text: &'a str,
    problems: Vec<Problem>,
}

impl Walk<'_> {
    /// The path within the document.
    fn inside<'p>(&self, path: &'p str) -> &'p str {
        path.strip_prefix(self.root).unwrap_or(path)
    }

    /// Where the value at `path` stands.
    fn position(&self, path: &str) -> Position {
        self.document.position(self.inside(path))
    }

    /// Walks what was written at `path` before it was written again: its mistakes count as well.
    fn replaced(&mut self, path: &str, walked: impl Fn(&mut Walk<'_>, &Value)) {
        for (_, document) in self.document.earlier(self.inside(path)) {
            let mut walk = Walk { document: &document, root: path, text: self.text, problems: Vec::new() };
            walked(&mut walk, &document.value);
            self.problems.append(&mut walk.problems);
        }
    }

    fn at(&mut self, position: Position, path: &str, message: String, suggestion: Option<String>) {
        self.problems.push(Problem { position, path: path.to_owned(), message, suggestion });
    }

    /// Something is wrong with the value at `path`.
    fn value(&mut self, path: &str, message: String, suggestion: Option<String>) {
        self.at(self.position(path), path, message, suggestion);
    }

    /// Something is wrong with the key at `path`.
    fn key(&mut self, path: &str, message: String, suggestion: Option<String>) {
        self.at(self.document.name_position(self.inside(path)), path, message, suggestion);
    }

    fn object(&mut self, path: &str, value: &Value, keys: &'static [Key]) {
        let Value::Object(fields) = value else { return self.wrong_type(path, value, &Shape::Object(keys)) };
        let known: Vec<&Key> = keys.iter().collect();
        self.fields(path, fields, &known);
    }

    fn fields(&mut self, path: &str, fields: &Map<String, Value>, keys: &[&'static Key]) {
        for (name, value) in fields {
            let at = join(path, name);
            self.once(&at, name);
            match keys.iter().find(|key| key.name == name) {
                Some(key) => {
                    self.shape(&at, value, &key.shape);
                    self.replaced(&at, |walk, value| walk.shape(&at, value, &key.shape));
                }
                None => self.unknown_key(&at, name, keys),
            }
        }
        for key in keys.iter().filter(|key| key.required && is_absent(fields.get(key.name))) {
            let message = "it is missing".to_owned();
            let suggestion = match &key.shape {
                Shape::Exactly(text) => format!("write {}: {text}", key.name),
                Shape::Object(keys) => format!("write {}: {{{}: …}}", key.name, listed(&required(keys), "and")),
                shape => format!("write {}: {shape}", key.name),
            };
            let at = if path.is_empty() { self.document.start() } else { self.position(path) };
            self.at(at, &join(path, key.name), message, Some(suggestion));
        }
    }

    /// The key at `path` must not be there twice: of two values one would be lost.
    fn once(&mut self, path: &str, name: &str) {
        let last = self.document.name_position(self.inside(path));
        let earlier: Vec<Position> =
            self.document.earlier(self.inside(path)).into_iter().map(|(position, _)| position).collect();
        for (before, again) in earlier.iter().zip(earlier.iter().skip(1).chain([&last])) {
            let suggestion = Some(format!("it stands in line {} already", before.line));
            self.at(*again, path, format!("\"{name}\" is written twice"), suggestion);
        }
    }

    fn unknown_key(&mut self, path: &str, name: &str, known: &[&'static Key]) {
        let names: Vec<&str> = known.iter().map(|key| key.name).collect();
        let suggestion = meant(name, &names, || match elsewhere(name) {
            Some(path) => format!("it belongs at {path}"),
            None => format!("the keys here are {}", listed(&names, "and")),
        });
        self.key(path, format!("there is no key \"{name}\""), Some(suggestion));
    }

    fn shape(&mut self, path: &str, value: &Value, shape: &Shape) {
        // A key whose value was left out, as where all below it is commented out.
        if value.is_null() {
            return;
        }
        match (shape, value) {
            (Shape::Exactly(expected), Value::String(found)) => {
                if expected != found {
                    self.value(path, format!("it is \"{found}\", not {expected}"), Some(format!("write {expected}")));
                }
            }
            (Shape::Word(words), found) => self.word(path, found, &words()),
            (Shape::Flag, Value::Bool(_)) => {}
            (Shape::Duration, Value::String(found)) => self.duration(path, found),
            (Shape::Text(kind), Value::String(found)) => self.text(path, *kind, found),
            (Shape::Texts(kind), Value::Array(items)) => self.texts(path, *kind, items),
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
                Some(format!("write \"{}\", with the quotes", self.written(path, value)))
            }
            (Shape::Texts(_), Value::String(one)) => Some(format!("write [{one}]")),
            (Shape::Duration, Value::Number(number)) => Some(format!("write {number}s or {number}m")),
            (Shape::Flag, Value::String(word)) if word == "true" || word == "false" => {
                Some(format!("write {word}, without quotes"))
            }
            _ => None,
        };
        let suggestion = suggestion.unwrap_or_else(|| usual(shape));
        self.value(path, format!("expected {shape}, found {}", self.found(path, value)), Some(suggestion));
    }

    fn word(&mut self, path: &str, value: &Value, words: &[&'static str]) {
        match value {
            // `off` without quotes is false in the YAML of Kubernetes.
            Value::Bool(false) if words.contains(&"off") => {}
            Value::String(word) if words.contains(&word.as_str()) => {}
            Value::String(word) => {
                self.value(path, format!("it cannot be \"{word}\""), Some(suggest(word, words)));
            }
            _ => self.value(
                path,
                format!("expected one of {}, found {}", words.join(", "), self.found(path, value)),
                Some(format!("use {}", listed(words, "or"))),
            ),
        }
    }

    fn duration(&mut self, path: &str, text: &str) {
        let plain = text.chars().all(|c| c.is_ascii_digit() || matches!(c, 'h' | 'm' | 's')) && !text.contains("ms");
        match text.parse::<SignedDuration>().ok().filter(|_| plain) {
            None => {
                self.value(path, format!("\"{text}\" is no duration"), Some(usual(&Shape::Duration)));
            }
            Some(duration) if duration > LONGEST => {
                self.value(path, format!("{text} is longer than a day"), Some("use at most 24h".to_owned()));
            }
            Some(_) => {}
        }
    }

    fn text(&mut self, path: &str, kind: Text, text: &str) {
        if let Some((message, suggestion)) = kind.complaint(text) {
            self.value(path, message, suggestion);
        }
    }

    fn texts(&mut self, path: &str, kind: Text, items: &[Value]) {
        let mut seen: BTreeMap<&str, String> = BTreeMap::new();
        for (index, item) in items.iter().enumerate() {
            let at = format!("{path}[{index}]");
            match item {
                Value::String(text) => {
                    self.text(&at, kind, text);
                    if let Some(first) = seen.get(text.as_str()).cloned() {
                        self.value(&at, format!("\"{text}\" is listed twice"), Some(self.first(&first)));
                    } else {
                        seen.insert(text.as_str(), at);
                    }
                }
                _ => self.wrong_type(&at, item, &Shape::Text(kind)),
            }
        }
    }

    fn first(&self, path: &str) -> String {
        format!("it stands in line {} already", self.position(path).line)
    }

    fn labels(&mut self, path: &str, pairs: &Map<String, Value>) {
        for (key, value) in pairs {
            let at = join(path, key);
            self.once(&at, key);
            if let Some((message, suggestion)) = Text::LabelKey.complaint(key) {
                self.key(&at, message, suggestion);
            }
            self.label(&at, value);
            self.replaced(&at, |walk, value| walk.label(&at, value));
        }
    }

    fn label(&mut self, path: &str, value: &Value) {
        match value {
            Value::String(text) => self.text(path, Text::LabelValue, text),
            _ => self.wrong_type(path, value, &Shape::Text(Text::LabelValue)),
        }
    }

    fn checks(&mut self, path: &str, checks: &Map<String, Value>, keys: &'static [Key]) {
        let ids = check_ids();
        for (id, settings) in checks {
            let at = join(path, id);
            self.once(&at, id);
            if !ids.contains(&id.as_str()) {
                let suggestion = meant(id, &ids, || "`backstop checks` lists them".to_owned());
                self.key(&at, format!("there is no check \"{id}\""), Some(suggestion));
            }
            self.settings(&at, id, settings, keys);
            self.replaced(&at, |walk, settings| walk.settings(&at, id, settings, keys));
        }
    }

    fn settings(&mut self, path: &str, id: &str, settings: &Value, keys: &'static [Key]) {
        match settings {
            Value::Null => {}
            Value::Object(fields) => self.check(path, id, fields, keys),
            Value::String(word) => {
                let suggestion = Some(format!("write {{action: {word}}}"));
                self.value(path, "expected a mapping, found text".to_owned(), suggestion);
            }
            _ => self.wrong_type(path, settings, &Shape::Object(keys)),
        }
    }

    /// The settings of one check; `grace` is for one alone.
    fn check(&mut self, path: &str, id: &str, fields: &Map<String, Value>, keys: &'static [Key]) {
        let foreign = |name: &String| keys.iter().any(|key| key.name == *name && !key.belongs_to(id));
        for (name, _) in fields.iter().filter(|(name, _)| foreign(name)) {
            let suggestion = Some(format!("it belongs to {GRACE_CHECK}"));
            self.key(&join(path, name), format!("{id} has no {name}"), suggestion);
        }
        let mut rest = fields.clone();
        rest.retain(|name, _| !foreign(name));
        let known: Vec<&Key> = keys.iter().filter(|key| key.belongs_to(id)).collect();
        self.fields(path, &rest, &known);
    }

    /// What no single key of an entry of `controllers` tells.
    fn controllers(&mut self, entries: Option<&Value>) {
        let Some(Value::Array(entries)) = entries else { return };
        let mut seen: BTreeMap<&str, String> = BTreeMap::new();
        for (index, entry) in entries.iter().enumerate() {
            let path = format!("controllers[{index}]");
            let Value::Object(fields) = entry else { continue };
            let says = ["profile", "options", "pods"].iter().any(|key| !is_absent(fields.get(*key)));
            if !says {
                let suggestion = "add a profile, options or pods, or leave it out".to_owned();
                self.value(&path, "it says nothing about its controller".to_owned(), Some(suggestion));
            }
            self.options(&path, fields);
            let Some(class) = entry.pointer("/match/ingressClass").and_then(Value::as_str) else { continue };
            let at = format!("{path}.match.ingressClass");
            match seen.get(class).cloned() {
                Some(first) => {
                    self.value(&at, format!("class \"{class}\" has two entries"), Some(self.first(&first)));
                }
                None => drop(seen.insert(class, at)),
            }
        }
    }

    /// Options that mean nothing to the profile of their entry.
    fn options(&mut self, path: &str, entry: &Map<String, Value>) {
        let Some(Value::String(profile)) = entry.get("profile") else { return };
        let given = |key: &&Key| !is_absent(entry.get("options").and_then(|options| options.get(key.name)));
        let foreign = |key: &&Key| !key.profiles.is_empty() && !key.profiles.contains(&profile.as_str());
        for key in OPTIONS.iter().filter(given).filter(foreign) {
            let suggestion = format!("leave it out: it is for {}", listed(key.profiles, "and"));
            let message = format!("{} means nothing to {profile}", key.name);
            self.key(&format!("{path}.options.{}", key.name), message, Some(suggestion));
        }
    }

    /// A value as it is written where that can be told: YAML 1.1 takes `yes` for true, `0123` for 83 and `1.10` for 1.1.
    fn written(&self, path: &str, value: &Value) -> String {
        let Position { line, column, length } = self.position(path);
        let row = self.text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
        let written: String = row.chars().skip(column.saturating_sub(1)).take(length).collect();
        if written.is_empty() { value.to_string() } else { written }
    }

    /// What stands there, for people.
    fn found(&self, path: &str, value: &Value) -> String {
        match value {
            Value::Null => "nothing".to_owned(),
            Value::Bool(_) | Value::Number(_) => self.written(path, value),
            Value::String(text) => format!("\"{text}\""),
            Value::Array(_) => "a list".to_owned(),
            Value::Object(_) => "a mapping".to_owned(),
        }
    }
}

/// The path of the key `name` below `path`.
fn join(path: &str, name: &str) -> String {
    let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    match (path, plain) {
        ("", true) => name.to_owned(),
        (path, true) => format!("{path}.{name}"),
        (path, false) => format!("{path}[\"{name}\"]"),
    }
}

/// The names of the keys that must be there.
fn required(keys: &[Key]) -> Vec<&str> {
    keys.iter().filter(|key| key.required).map(|key| key.name).collect()
}

/// What to write where something of another type stands.
fn usual(shape: &Shape) -> String {
    match shape {
        Shape::Exactly(text) => format!("write {text}"),
        Shape::Word(words) => format!("use {}", listed(&words(), "or")),
        Shape::Flag => "use true or false".to_owned(),
        Shape::Duration => "write it as 90s, 2m or 1h30m".to_owned(),
        Shape::Text(kind) => format!("write one, such as {}", kind.example()),
        Shape::Texts(kind) => format!("write [{}]", kind.example()),
        Shape::Labels => "write each as key: value".to_owned(),
        Shape::Object(keys) => {
            format!("the keys here are {}", listed(&keys.iter().map(|key| key.name).collect::<Vec<_>>(), "and"))
        }
        Shape::Objects(_) => "begin each entry with a dash".to_owned(),
        Shape::Checks(_) => "write the id of a check, and below it what is set".to_owned(),
    }
}

fn is_absent(value: Option<&Value>) -> bool {
    value.is_none_or(Value::is_null)
}

/// The place of the one key of this name, where it is somewhere else.
fn elsewhere(name: &str) -> Option<String> {
    let mut places = keys().into_iter().filter(|(_, key)| key.name == name).map(|(path, _)| path);
    places.next().filter(|_| places.next().is_none())
}

#[cfg(test)]
mod tests;

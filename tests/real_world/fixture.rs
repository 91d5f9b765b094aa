//! A fixture and its header.
//!
//! The header is comments at the start of the YAML file, or the file `README` of a folder. A line of a comment that is
//! indented continues the one before it.
//!
//! ```yaml
//! # source: a public place: owner/repository#12, or a repository, a file and a version
//! # situation: What the manifests show, as sentences.
//! # expected: no-endpoints=warn
//! # message: words that a finding, an error or a note must contain
//! # today: none
//! # options: --controller traefik
//! # expected: none
//! ```
//!
//! Each `expected` is one run of `backstop check`. `options` before it are the options of this run; if `--snapshot` is
//! the last option, the fixture is the snapshot. `message` and `today` after `expected` belong to it.
//!
//! `expected` has the findings of each Ingress as `check=action`, in their order, or `none`. An Ingress is `unknown` if
//! something is not known. If there are several Ingresses, their names come first: `web: none; api: no-endpoints=warn`.
//! `none` alone is right for any number of Ingresses. The exit code follows from the findings; any other exit code is
//! stated: `none, exit 2`. `exit 2` alone is an error, whatever the findings are.
//!
//! `today` marks a known fault: it has the findings of today, or the words `no message` if only the message is missing.

use std::fmt;
use std::path::{Path, PathBuf};

/// A situation, and what Backstop should find in it.
pub struct Fixture {
    /// The YAML file or the folder.
    pub path: PathBuf,
    /// The name without the ending.
    pub name: String,
    pub runs: Vec<Run>,
}

/// One run of `backstop check`.
pub struct Run {
    pub options: Vec<String>,
    pub expected: Expectation,
    /// Words that the findings, the errors or the notes must contain.
    pub messages: Vec<String>,
    pub today: Option<Today>,
}

/// A known fault.
pub enum Today {
    Findings(Expectation),
    /// The findings are as expected, and a message is missing.
    NoMessage,
}

impl Today {
    pub const fn findings(&self) -> Option<&Expectation> {
        match self {
            Self::Findings(findings) => Some(findings),
            Self::NoMessage => None,
        }
    }
}

/// Findings and an exit code.
pub struct Expectation {
    text: String,
    /// Empty if only the exit code counts.
    pub ingresses: Vec<Ingress>,
    pub exit: Option<i32>,
}

/// The findings of one Ingress; `none` and `unknown` are among them.
pub struct Ingress {
    pub name: Option<String>,
    pub findings: Vec<String>,
}

impl fmt::Display for Expectation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl Expectation {
    /// Reads `web: none; api: no-endpoints=warn, exit 2`.
    fn read(text: &str) -> Result<Self, String> {
        let mut ingresses = Vec::new();
        let mut exit = None;
        for part in text.split("; ") {
            let (name, rest) = part.split_once(": ").map_or((None, part), |(name, rest)| (Some(name.to_owned()), rest));
            let mut findings = Vec::new();
            for finding in rest.split(", ") {
                match finding.strip_prefix("exit ") {
                    Some(code) => exit = Some(code.parse().map_err(|_| format!("{code:?} is no exit code"))?),
                    None => findings.push(finding.to_owned()),
                }
            }
            if !findings.is_empty() {
                ingresses.push(Ingress { name, findings });
            }
        }
        Ok(Self { text: text.to_owned(), ingresses, exit })
    }
}

impl Fixture {
    pub fn read(path: &Path) -> Result<Self, String> {
        let name = path.file_stem().and_then(|name| name.to_str()).ok_or("a name that is no text")?.to_owned();
        if name.split('-').any(|word| word.is_empty() || word.chars().all(|letter| letter.is_ascii_digit()))
            || !name.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-')
        {
            return Err("the name is not of lower-case words with dashes between them".to_owned());
        }
        if path.is_file() && path.extension().is_none_or(|extension| extension != "yaml") {
            return Err("neither a folder nor a file that ends in .yaml".to_owned());
        }
        let header = if path.is_dir() { path.join("README") } else { path.to_owned() };
        let text = std::fs::read_to_string(&header).map_err(|error| format!("{}: {error}", header.display()))?;
        Ok(Self { path: path.to_owned(), name, runs: runs(&fields(&text)?)? })
    }
}

/// The fields of a header: the comments at the start of a text.
fn fields(text: &str) -> Result<Vec<(String, String)>, String> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in text.lines().map_while(|line| line.strip_prefix('#')) {
        if let Some(more) = line.strip_prefix("   ") {
            let (_, value) = fields.last_mut().ok_or("the header starts with an indented line")?;
            value.push(' ');
            value.push_str(more.trim());
        } else {
            let (key, value) = line.trim().split_once(": ").ok_or_else(|| format!("no field of a header: {line:?}"))?;
            fields.push((key.to_owned(), value.trim().to_owned()));
        }
    }
    Ok(fields)
}

/// The runs that a header describes.
fn runs(fields: &[(String, String)]) -> Result<Vec<Run>, String> {
    let keys: Vec<&str> = fields.iter().map(|(key, _)| key.as_str()).collect();
    if !keys.starts_with(&["source", "situation"]) {
        return Err("the header does not start with `source` and `situation`".to_owned());
    }
    let mut runs: Vec<Run> = Vec::new();
    let mut options: Option<Vec<String>> = None;
    for (key, value) in fields {
        match key.as_str() {
            "source" if value.ends_with('.') => return Err("`source` ends with a full stop".to_owned()),
            "situation" if !value.ends_with('.') || value.starts_with(char::is_lowercase) => {
                return Err("`situation` is no sentence".to_owned());
            }
            "source" | "situation" => {}
            "options" => options = Some(value.split(' ').map(str::to_owned).collect()),
            "expected" => {
                let options = options.take().unwrap_or_default();
                let expected = Expectation::read(value)?;
                runs.push(Run { options, expected, messages: Vec::new(), today: None });
            }
            "message" | "today" => {
                let run =
                    runs.last_mut().filter(|_| options.is_none()).ok_or("a field without `expected` before it")?;
                match (key.as_str(), value.as_str()) {
                    ("message", words) => run.messages.push(words.to_owned()),
                    (_, "no message") => run.today = Some(Today::NoMessage),
                    (_, findings) if findings == run.expected.text => {
                        return Err("`today` is `expected`: remove `today`".to_owned());
                    }
                    (_, findings) => run.today = Some(Today::Findings(Expectation::read(findings)?)),
                }
            }
            other => return Err(format!("no field of a header: {other:?}")),
        }
    }
    if runs.is_empty() || options.is_some() {
        return Err("`expected` is missing".to_owned());
    }
    Ok(runs)
}

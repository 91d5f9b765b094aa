//! The kinds of text in the file, and what is wrong with one that is none.

use crate::engine::model::{is_label, is_subdomain};

/// A kind of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Text {
    /// The name of a namespace.
    Namespace,
    /// A user, as `kubectl auth whoami` tells.
    User,
    /// A group, as `kubectl auth whoami` tells.
    Group,
    /// The name of an ingress class; the annotation may hold anything.
    Class,
    /// Dotted names.
    Subdomain,
    /// The key of a label.
    LabelKey,
    /// The value of a label.
    LabelValue,
}

/// What is wrong with a text, and what to do about it.
pub(super) type Complaint = (String, Option<String>);

const ACCOUNT: &str = "system:serviceaccount:";
const ACCOUNTS: &str = "system:serviceaccounts:";
/// The API's patterns (RFC 1123 labels and subdomains, qualified names); for the schema.
const LABEL: &str = "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?";
const NAME: &str = "[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?";
/// Neither white space nor a control character.
const SOLID: &str = "[^\\s\\u0000-\\u001f\\u007f-\\u009f]+";

impl Text {
    /// What it is called, alone and in number.
    pub(super) fn called(self) -> (&'static str, &'static str) {
        match self {
            Self::Namespace => ("the name of a namespace", "namespaces"),
            Self::User => ("the name of a user", "users"),
            Self::Group => ("the name of a group", "groups"),
            Self::Class => ("the name of a class", "classes"),
            Self::Subdomain => ("a domain such as example.com", "domains"),
            Self::LabelKey => ("the key of a label", "keys of labels"),
            Self::LabelValue => ("the value of a label", "values of labels"),
        }
    }

    /// One that is well formed, for examples.
    pub(super) fn example(self) -> &'static str {
        match self {
            Self::Namespace => "kube-system",
            Self::User => "system:serviceaccount:velero:velero",
            Self::Group => "system:masters",
            Self::Class => "nginx",
            Self::Subdomain => "nginx.ingress.kubernetes.io",
            Self::LabelKey => "app.kubernetes.io/name",
            Self::LabelValue => "web",
        }
    }

    /// The most characters that it may have.
    pub(super) fn longest(self) -> usize {
        match self {
            Self::Namespace | Self::LabelValue => 63,
            Self::Class | Self::Subdomain => 253,
            // A prefix, a slash and a name.
            Self::LabelKey => 317,
            Self::User | Self::Group => 1024,
        }
    }

    /// A regular expression that it matches.
    pub(super) fn pattern(self) -> String {
        match self {
            Self::Namespace => format!("^{LABEL}$"),
            Self::User => format!("^(?!{ACCOUNTS}){SOLID}$"),
            Self::Group => format!("^(?!{ACCOUNT}){SOLID}$"),
            Self::Class => format!("^{SOLID}$"),
            Self::Subdomain => format!("^{LABEL}(\\.{LABEL})*$"),
            Self::LabelKey => format!("^((?=[^/]{{1,253}}/){LABEL}(\\.{LABEL})*/)?{NAME}$"),
            Self::LabelValue => format!("^({NAME})?$"),
        }
    }

    /// What is wrong with `text`.
    pub(super) fn complaint(self, text: &str) -> Option<Complaint> {
        let misplaced = match self {
            Self::User if text.starts_with(ACCOUNTS) => Some("a group: list it in groups"),
            Self::Group if text.starts_with(ACCOUNT) => Some("a user: list it in users"),
            _ => None,
        };
        if let Some(other) = misplaced {
            return Some((format!("\"{text}\" is no {}", self.word()), Some(format!("it is {other}"))));
        }
        if self.accepts(text) { None } else { Some(self.malformed(text)) }
    }

    fn malformed(self, text: &str) -> Complaint {
        let (called, _) = self.called();
        let rule = match self {
            Self::Namespace if text.contains('*') => "name each namespace: patterns mean nothing here",
            Self::Namespace => "lower-case letters, digits and -, at most 63",
            Self::User | Self::Group | Self::Class => "it must not be empty or hold white space",
            Self::Subdomain => "lower-case letters, digits, - and dots, at most 253",
            Self::LabelKey => "letters, digits, -, _ and dots, at most 63, behind a domain and a slash if need be",
            Self::LabelValue => "letters, digits, -, _ and dots, at most 63",
        };
        (format!("\"{text}\" is not {called}"), Some(rule.to_owned()))
    }

    fn word(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
            _ => "name",
        }
    }

    fn accepts(self, text: &str) -> bool {
        if text.chars().count() > self.longest() {
            return false;
        }
        match self {
            Self::Namespace => is_label(text),
            Self::User | Self::Group | Self::Class => {
                !text.is_empty() && !text.contains(char::is_whitespace) && !text.contains(char::is_control)
            }
            Self::Subdomain => is_subdomain(text),
            Self::LabelKey => match text.split_once('/') {
                Some((prefix, name)) => is_subdomain(prefix) && is_name(name),
                None => is_name(text),
            },
            Self::LabelValue => text.is_empty() || is_name(text),
        }
    }
}

/// The name part of a label's key, or a label's value that is not empty.
fn is_name(text: &str) -> bool {
    let ends = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let mut chars = text.chars();
    text.len() <= 63 && text.chars().all(inner) && ends(chars.next()) && ends(text.chars().next_back())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(Text::Namespace, &["shop", "a", "kube-system", "0a"], &["", "Shop", "a_b", "-a", "a-", "kube-*", "a.b"])]
    #[case(Text::User, &["jane", "system:serviceaccount:velero:velero", "jane@example.com"], &["", "a b", "system:serviceaccounts:a"])]
    #[case(Text::Group, &["system:masters", "system:serviceaccounts:a"], &["", "a\tb", "system:serviceaccount:a:b"])]
    #[case(Text::Subdomain, &["nginx.ingress.kubernetes.io", "a"], &["", "a..b", "a/b", "A.b"])]
    #[case(Text::LabelKey, &["app", "app.kubernetes.io/name", "A_b.c"], &["", "/a", "a/", "a/b/c", "-a", "A.B/c", "a b"])]
    #[case(Text::LabelValue, &["", "true", "a_B.c-d"], &["-", "a b", "ä", "a/b"])]
    fn what_is_one_and_what_is_none(#[case] kind: Text, #[case] good: &[&str], #[case] bad: &[&str]) {
        for text in good {
            assert_eq!(kind.complaint(text), None, "{text:?}");
        }
        for text in bad {
            assert!(kind.complaint(text).is_some(), "{text:?}");
        }
        assert!(kind.complaint(&"a".repeat(kind.longest() + 1)).is_some());
        assert_eq!(kind.complaint(kind.example()), None);
    }
}

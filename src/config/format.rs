//! The formats of the texts in the file.

use crate::engine::controllers::Version;
use crate::engine::model::{is_label, is_subdomain};

/// The format of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// The name of a namespace.
    Namespace,
    /// The name of a user, as `kubectl auth whoami` prints it.
    User,
    /// The name of a group, as `kubectl auth whoami` prints it.
    Group,
    /// The name of an ingress class; the annotation `kubernetes.io/ingress.class` may contain any text.
    Class,
    /// A domain name.
    Subdomain,
    /// The key of a label.
    LabelKey,
    /// The value of a label.
    LabelValue,
    /// The version of a controller.
    Version,
}

/// The description of a mistake, and the next step.
pub(super) type Mistake = (String, Option<String>);

/// The prefix of the users that are service accounts.
const ACCOUNT_USER: &str = "system:serviceaccount:";
/// The prefix of the groups of service accounts.
const ACCOUNT_GROUP: &str = "system:serviceaccounts:";
/// The patterns of the Kubernetes API for labels and subdomains (RFC 1123) and for qualified names. For the schema.
const LABEL: &str = "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?";
const NAME: &str = "[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?";
/// Neither white space nor control characters.
const NO_SPACE: &str = "[^\\s\\u0000-\\u001f\\u007f-\\u009f]+";

impl Format {
    /// The singular and the plural in messages.
    pub(super) fn nouns(self) -> (&'static str, &'static str) {
        match self {
            Self::Namespace => ("the name of a namespace", "namespaces"),
            Self::User => ("the name of a user", "users"),
            Self::Group => ("the name of a group", "groups"),
            Self::Class => ("the name of a class", "classes"),
            Self::Subdomain => ("a domain such as example.com", "domains"),
            Self::LabelKey => ("the key of a label", "keys of labels"),
            Self::LabelValue => ("the value of a label", "values of labels"),
            Self::Version => ("a version such as 3.7 or 3.7.13", "versions"),
        }
    }

    /// A valid text, for examples.
    pub(super) fn example(self) -> &'static str {
        match self {
            Self::Namespace => "kube-system",
            Self::User => "system:serviceaccount:velero:velero",
            Self::Group => "system:masters",
            Self::Class => "nginx",
            Self::Subdomain => "nginx.ingress.kubernetes.io",
            Self::LabelKey => "app.kubernetes.io/name",
            Self::LabelValue => "web",
            Self::Version => "3.7.13",
        }
    }

    /// The greatest length, in characters.
    pub(super) fn max_length(self) -> usize {
        match self {
            Self::Version => 17,
            Self::Namespace | Self::LabelValue => 63,
            Self::Class | Self::Subdomain => 253,
            // A prefix, a slash and a name.
            Self::LabelKey => 317,
            Self::User | Self::Group => 1024,
        }
    }

    /// The regular expression that valid texts match.
    pub(super) fn pattern(self) -> String {
        match self {
            Self::Namespace => format!("^{LABEL}$"),
            Self::User => format!("^(?!{ACCOUNT_GROUP}){NO_SPACE}$"),
            Self::Group => format!("^(?!{ACCOUNT_USER}){NO_SPACE}$"),
            Self::Class => format!("^{NO_SPACE}$"),
            Self::Subdomain => format!("^{LABEL}(\\.{LABEL})*$"),
            Self::LabelKey => format!("^((?=[^/]{{1,253}}/){LABEL}(\\.{LABEL})*/)?{NAME}$"),
            Self::LabelValue => format!("^({NAME})?$"),
            Self::Version => "^[0-9]{1,5}(\\.[0-9]{1,5}){0,2}$".to_owned(),
        }
    }

    /// Returns the mistake in `text`, if there is one.
    pub(super) fn mistake(self, text: &str) -> Option<Mistake> {
        let misplaced = match self {
            Self::User if text.starts_with(ACCOUNT_GROUP) => Some("a group: move it to groups"),
            Self::Group if text.starts_with(ACCOUNT_USER) => Some("a user: move it to users"),
            _ => None,
        };
        if let Some(other) = misplaced {
            return Some((format!("\"{text}\" is not a {}", self.word()), Some(format!("it is {other}"))));
        }
        if self.is_valid(text) { None } else { Some(self.malformed(text)) }
    }

    fn malformed(self, text: &str) -> Mistake {
        let (noun, _) = self.nouns();
        let rule = match self {
            Self::Namespace if text.contains('*') => "name each namespace: patterns are not supported",
            Self::Namespace => "use lowercase letters, digits and -, at most 63 characters",
            Self::User | Self::Group | Self::Class => "it must not be empty or contain white space",
            Self::Subdomain => "use lowercase letters, digits, - and dots, at most 253 characters",
            Self::LabelKey => {
                "use letters, digits, -, _ and dots, at most 63 characters, optionally after a domain and a slash"
            }
            Self::LabelValue => "use letters, digits, -, _ and dots, at most 63 characters",
            Self::Version => "use up to three numbers with dots between them",
        };
        (format!("\"{text}\" is not {noun}"), Some(rule.to_owned()))
    }

    fn word(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
            _ => "name",
        }
    }

    fn is_valid(self, text: &str) -> bool {
        if text.chars().count() > self.max_length() {
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
            Self::Version => text.parse::<Version>().is_ok() && !text.starts_with('v'),
        }
    }
}

/// Returns whether the text is valid as the name in the key of a label, or as a value of a label that is not empty.
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
    #[case(Format::Namespace, &["shop", "a", "kube-system", "0a"], &["", "Shop", "a_b", "-a", "a-", "kube-*", "a.b"])]
    #[case(Format::User, &["jane", "system:serviceaccount:velero:velero", "jane@example.com"], &["", "a b", "system:serviceaccounts:a"])]
    #[case(Format::Group, &["system:masters", "system:serviceaccounts:a"], &["", "a\tb", "system:serviceaccount:a:b"])]
    #[case(Format::Subdomain, &["nginx.ingress.kubernetes.io", "a"], &["", "a..b", "a/b", "A.b"])]
    #[case(Format::LabelKey, &["app", "app.kubernetes.io/name", "A_b.c"], &["", "/a", "a/", "a/b/c", "-a", "A.B/c", "a b"])]
    #[case(Format::Version, &["3", "3.7", "3.7.13"], &["", "v3", "3.", "3.7.1.2", "latest"])]
    #[case(Format::LabelValue, &["", "true", "a_B.c-d"], &["-", "a b", "ä", "a/b"])]
    fn texts_are_valid_or_not(#[case] format: Format, #[case] valid: &[&str], #[case] invalid: &[&str]) {
        for text in valid {
            assert_eq!(format.mistake(text), None, "{text:?}");
        }
        for text in invalid {
            assert!(format.mistake(text).is_some(), "{text:?}");
        }
        assert!(format.mistake(&"a".repeat(format.max_length() + 1)).is_some());
        assert_eq!(format.mistake(format.example()), None);
    }
}

//! Versions of controllers. Some facts of a profile hold only for some versions.

use std::fmt;
use std::str::FromStr;

use super::Profile;

/// A version of a controller, or all versions that begin alike: `3.7.13`, `3.7`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    major: u16,
    minor: Option<u16>,
    patch: Option<u16>,
}

impl Version {
    /// All versions that begin with these two numbers.
    pub(super) const fn new(major: u16, minor: u16) -> Self {
        Self { major, minor: Some(minor), patch: None }
    }

    /// The version with these three numbers.
    pub(super) const fn exact(major: u16, minor: u16, patch: u16) -> Self {
        Self { major, minor: Some(minor), patch: Some(patch) }
    }

    /// The first of these versions.
    fn first(self) -> (u16, u16, u16) {
        (self.major, self.minor.unwrap_or(0), self.patch.unwrap_or(0))
    }

    /// The last of these versions.
    fn last(self) -> (u16, u16, u16) {
        (self.major, self.minor.unwrap_or(u16::MAX), self.patch.unwrap_or(u16::MAX))
    }

    /// Whether all of these versions are older than `other`.
    pub fn is_before(self, other: Self) -> bool {
        self.last() < other.first()
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.major)?;
        let rest = [self.minor, self.patch];
        rest.into_iter().flatten().try_for_each(|number| write!(f, ".{number}"))
    }
}

/// The text is not a version.
#[derive(Debug, thiserror::Error)]
#[error("it is not a version such as 3.7 or 3.7.13")]
pub struct MalformedVersion;

impl FromStr for Version {
    type Err = MalformedVersion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut numbers = text.strip_prefix('v').unwrap_or(text).split('.').map(|number| {
            let digits = !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit());
            number.parse().ok().filter(|_| digits).ok_or(MalformedVersion)
        });
        let major = numbers.next().ok_or(MalformedVersion)??;
        let (minor, patch) = (numbers.next().transpose()?, numbers.next().transpose()?);
        if numbers.next().is_some() { Err(MalformedVersion) } else { Ok(Self { major, minor, patch }) }
    }
}

/// The versions of a controller that a profile describes.
#[derive(Debug)]
pub struct Versions {
    /// A version among them, which stands for all of them in reports.
    pub name: Option<Version>,
    /// The first of them.
    pub since: Option<Version>,
    /// The first version after them.
    pub until: Option<Version>,
    /// The profiles of the other versions of the controller.
    pub others: &'static [&'static Profile],
}

impl Versions {
    /// All versions of the controller.
    pub(super) const ALL: Self = Self { name: None, since: None, until: None, others: &[] };

    /// Whether one of them is among `versions`.
    pub(super) fn meet(&self, versions: Version) -> bool {
        self.until.is_none_or(|until| versions.first() < until.first())
            && self.since.is_none_or(|since| !versions.is_before(since))
    }
}

impl fmt::Display for Versions {
    /// For people, after the name of the controller: ` before 3.7`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.since, self.until) {
            (None, None) => Ok(()),
            (Some(since), None) => write!(f, " since {since}"),
            (None, Some(until)) => write!(f, " before {until}"),
            (Some(since), Some(until)) => write!(f, " since {since} and before {until}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        text.parse().unwrap()
    }

    #[test]
    fn versions_are_read_and_written() {
        for text in ["3", "3.7", "3.7.13", "0.0.0"] {
            assert_eq!(version(text).to_string(), text);
        }
        assert_eq!(version("v3.7"), version("3.7"));
        for text in ["", "v", "3.", ".7", "3.x", "3.7.1.0", "+3", "3.-7", "99999", "latest"] {
            assert!(text.parse::<Version>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_short_version_is_all_that_begin_with_it() {
        let before = Versions { until: Some(Version::new(3, 7)), ..Versions::ALL };
        let since = Versions { since: Some(Version::new(3, 7)), ..Versions::ALL };
        for (text, old, new) in [
            ("3", true, true),
            ("2", true, false),
            ("3.6", true, false),
            ("3.6.99", true, false),
            ("3.7", false, true),
            ("3.7.0", false, true),
            ("4", false, true),
        ] {
            assert_eq!((before.meet(version(text)), since.meet(version(text))), (old, new), "{text}");
        }
        assert!(version("3.1.14").is_before(version("3.2")) && !version("3").is_before(version("3.2")));
    }
}

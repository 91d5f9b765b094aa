//! The profiles of the controllers that may serve a subject.

use super::{Profile, ProfileSet, UNKNOWN, Version};

/// A set of profiles. The class `nginx` may belong to several controllers (rulebook 4.2.4), and nothing tells which of
/// them runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Candidates {
    /// The controllers.
    profiles: ProfileSet,
    /// The version of the controller; `None` if it is not known.
    version: Option<Version>,
}

impl Candidates {
    /// The profiles that `fits` accepts.
    pub(super) fn of(fits: impl Fn(&'static Profile) -> bool) -> Self {
        Self { profiles: ProfileSet::of(fits), version: None }
    }

    /// Whether there is no candidate: nothing is known about the controller.
    pub fn is_empty(self) -> bool {
        self.profiles.is_empty()
    }

    /// The profile of the only controller, which may have several versions; `None` if there are several controllers or
    /// none.
    pub fn only(self) -> Option<&'static Profile> {
        let mut all = self.profiles.iter();
        all.next().filter(|_| all.next().is_none())
    }

    /// The profile of the only controller; [`UNKNOWN`] if there are several or none.
    pub fn profile(self) -> &'static Profile {
        self.only().unwrap_or(&UNKNOWN)
    }

    /// The candidates if the controller has this version.
    #[must_use]
    pub fn with_version(self, version: Option<Version>) -> Self {
        Self { version: version.or(self.version), ..self }
    }

    /// The version of the controller; `None` if it is not known.
    pub fn version(self) -> Option<Version> {
        self.version
    }

    /// The profiles in the order of [`ALL`](super::ALL): one for each controller, or for each of its versions that differ.
    pub fn iter(self) -> impl Iterator<Item = &'static Profile> {
        let meets = move |profile: &&Profile| self.version.is_none_or(|version| profile.versions.meet(version));
        self.profiles.iter().flat_map(Profile::of_versions).filter(meets)
    }

    /// The candidates of a subject whose field selects `self` and whose annotation selects `other`: those that both
    /// select. If both select none in common, the controllers disagree on which of the two counts (rulebook 4.2.1), so
    /// each of them may serve the subject. If one of the two selects none that is known, none is known.
    pub(super) fn selected_with(self, other: Self) -> Self {
        let common = self.common(other);
        if common.is_empty() { self.or(other) } else { common }
    }

    /// The profiles of both sets.
    pub(super) fn common(self, other: Self) -> Self {
        Self { profiles: self.profiles.common(other.profiles), version: self.version.or(other.version) }
    }

    /// The candidates of a subject with one of two classes, of which one selects `self` and one selects `other`. If one of
    /// the two selects none that is known, none is known.
    pub(super) fn or(self, other: Self) -> Self {
        let known = !self.is_empty() && !other.is_empty();
        let profiles = if known { self.profiles.or(other.profiles) } else { ProfileSet::default() };
        Self { profiles, version: self.version.or(other.version) }
    }
}

impl From<&'static Profile> for Candidates {
    fn from(only: &'static Profile) -> Self {
        Self { profiles: only.into(), version: None }
    }
}

impl FromIterator<&'static Profile> for Candidates {
    fn from_iter<I: IntoIterator<Item = &'static Profile>>(all: I) -> Self {
        let profiles = all.into_iter().map(ProfileSet::from);
        Self { profiles: profiles.fold(ProfileSet::default(), ProfileSet::or), version: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::controllers::{ALL, by_id};

    fn set(ids: &str) -> Candidates {
        Candidates::of(|profile| ids.split_whitespace().any(|id| id == profile.id))
    }

    fn ids(candidates: Candidates) -> String {
        candidates.iter().map(|profile| profile.id).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn one_candidate_is_the_profile() {
        assert_eq!(Candidates::from(by_id("kong").unwrap()).profile().id, "kong");
        assert_eq!(set("kong traefik").profile().id, "unknown");
        assert_eq!(Candidates::default().profile().id, "unknown");
    }

    /// What the field selects, what the annotation selects, and the candidates.
    #[test]
    fn field_and_annotation_select() {
        for (field, annotation, expected) in [
            ("kong", "kong", "kong"),
            ("traefik", "traefik kong", "traefik"),
            ("traefik", "kong", "traefik kong"),
            ("traefik", "", ""),
            ("", "kong", ""),
        ] {
            assert_eq!(ids(set(field).selected_with(set(annotation))), expected, "{field} and {annotation}");
        }
    }

    /// Every version has one profile, and the name of a profile is one of its versions.
    #[test]
    fn versions_choose_profiles() {
        let of = |version: &str| {
            let candidates = set("traefik-nginx").with_version(Some(version.parse().unwrap()));
            candidates.iter().map(Profile::id_with_version).collect::<Vec<_>>().join(" ")
        };
        for (version, expected) in [
            ("3.6", "traefik-nginx@3.6 traefik-nginx@3.6.14"),
            ("3.6.14", "traefik-nginx@3.6.14"),
            ("3.6.15", "traefik-nginx@3.6"),
            ("3.7.0", "traefik-nginx@3.7"),
            ("4", "traefik-nginx@3.7"),
            ("3", "traefik-nginx@3.7 traefik-nginx@3.6 traefik-nginx@3.6.14"),
        ] {
            assert_eq!(of(version), expected, "{version}");
        }
        assert_eq!(set("traefik-nginx").profile().id, "traefik-nginx", "one controller of several versions");
        for profile in ALL.iter().flat_map(|profile| profile.of_versions()) {
            let named = profile.versions.name.is_none_or(|name| profile.versions.meet(name));
            assert!(
                named
                    && profile.versions.name.is_some()
                        == (profile.of_versions().count() > 1 || profile.versions.until.is_some())
            );
        }
    }

    #[test]
    fn two_default_classes() {
        for (one, other, expected) in
            [("kong", "kong", "kong"), ("traefik", "kong", "traefik kong"), ("kong", "", ""), ("", "", "")]
        {
            assert_eq!(ids(set(one).or(set(other))), expected, "{one} and {other}");
        }
    }
}

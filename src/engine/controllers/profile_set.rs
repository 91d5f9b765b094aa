//! Sets of controllers.

use super::{ALL, Profile};

/// Some of the controllers of [`ALL`], as bits. All versions of a controller are one member.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProfileSet(u32);

const _: () = assert!(ALL.len() <= 32, "each profile has a bit");

impl ProfileSet {
    /// All controllers.
    pub const EVERY: Self = Self(u32::MAX);

    /// Each profile of [`ALL`], with the set that has only its controller.
    pub(super) fn each() -> impl Iterator<Item = (&'static Profile, Self)> {
        ALL.iter().copied().zip((0..u32::BITS).map(|at| Self(1 << at)))
    }

    /// The controllers whose profiles `fits` accepts.
    pub(super) fn of(fits: impl Fn(&'static Profile) -> bool) -> Self {
        Self::each().filter(|(profile, _)| fits(profile)).fold(Self::default(), |all, (_, one)| all.or(one))
    }

    /// Whether there is no member.
    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The profiles in the order of [`ALL`], without those of other versions.
    pub(super) fn iter(self) -> impl Iterator<Item = &'static Profile> {
        Self::each().filter(move |(_, one)| self.0 & one.0 != 0).map(|(profile, _)| profile)
    }

    /// Whether the controller of `profile` is a member. The version of the profile makes no difference.
    pub fn has(self, profile: &Profile) -> bool {
        self == Self::EVERY || (!self.is_empty() && self.iter().any(|known| known.id == profile.id))
    }

    /// Adds the members of `other`.
    pub fn add(&mut self, other: Self) {
        self.0 |= other.0;
    }

    /// Removes the members of `other`.
    pub(super) fn remove(&mut self, other: Self) {
        self.0 &= !other.0;
    }

    /// The members of both sets.
    pub(super) fn common(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The members of either set.
    pub(super) fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl From<&Profile> for ProfileSet {
    fn from(only: &Profile) -> Self {
        Self::of(|profile| profile.id == only.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_controller_is_a_member_of_its_own() {
        for profile in ALL {
            let only = ProfileSet::from(*profile);
            assert_eq!(only.iter().map(|member| member.id).collect::<Vec<_>>(), [profile.id]);
            let mut others = ProfileSet::of(|_| true);
            others.remove(only);
            assert_eq!((others.iter().count(), others.has(profile)), (ALL.len() - 1, false));
            assert!(ProfileSet::EVERY.has(profile) && !ProfileSet::default().has(profile));
        }
    }

    /// A set has one member for all versions of a controller, so they must use the same references.
    #[test]
    fn the_versions_of_a_controller_use_the_same_references() {
        for profile in ALL {
            for version in profile.of_versions() {
                assert!(ProfileSet::from(*profile).has(version), "{}", version.id_with_version());
                let uses = |profile: &Profile| (profile.default_backend, profile.rules);
                assert_eq!(uses(version), uses(profile), "{}", version.id_with_version());
            }
        }
    }
}

//! The slices of one namespace: by Service for lookups, by their own name for events.

use std::sync::Arc;

use ahash::HashMap;

use crate::engine::model::SliceFacts;

/// The Service of a slice, and the unique number of the slice in the namespace. Numbers are not reused.
#[derive(Clone, Debug)]
struct Place {
    service: Arc<str>,
    number: u32,
}

/// The slices of one Service: numbers and facts at the same positions, boxed to the exact size. A large cluster has tens of
/// thousands of these lists, and nearly all have one or two entries.
#[derive(Clone, Debug, Default)]
struct Group {
    numbers: Box<[u32]>,
    facts: Box<[SliceFacts]>,
}

/// See the documentation of the module.
#[derive(Clone, Debug, Default)]
pub(super) struct Slices {
    places: HashMap<Box<str>, Place>,
    groups: HashMap<Arc<str>, Group>,
    next: u32,
}

impl Slices {
    pub(super) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.places.keys().map(|name| &**name)
    }

    pub(super) fn of(&self, service: &str) -> &[SliceFacts] {
        self.groups.get(service).map_or(&[], |group| &group.facts)
    }

    /// The Service and the facts of the slice `name`.
    pub(super) fn get(&self, name: &str) -> Option<(&str, &SliceFacts)> {
        let Place { service, number } = self.places.get(name)?;
        let group = self.groups.get(service)?;
        let at = group.numbers.iter().position(|other| other == number)?;
        Some((service, group.facts.get(at)?))
    }

    /// Adds or changes the slice `name` of `service`, which may have been a slice of another Service before.
    pub(super) fn apply(&mut self, name: &str, service: &str, facts: SliceFacts) {
        if let Some(place) = self.places.get(name).filter(|place| *place.service == *service) {
            if let Some(old) = self.groups.get_mut(service).and_then(|group| group.get_mut(place.number)) {
                *old = facts;
            }
            return;
        }
        self.delete(name);
        let service = self.groups.get_key_value(service).map_or_else(|| service.into(), |(key, _)| Arc::clone(key));
        let group = self.groups.entry(Arc::clone(&service)).or_default();
        let number = self.next;
        self.next = self.next.wrapping_add(1);
        group.numbers = std::mem::take(&mut group.numbers).into_iter().chain([number]).collect();
        group.facts = std::mem::take(&mut group.facts).into_iter().chain([facts]).collect();
        self.places.insert(name.into(), Place { service, number });
    }

    /// Deletes the slice `name`.
    pub(super) fn delete(&mut self, name: &str) {
        let Some(Place { service, number }) = self.places.remove(name) else { return };
        let Some(group) = self.groups.get_mut(&service) else { return };
        group.remove(number);
        if group.numbers.is_empty() {
            self.groups.remove(&service);
        }
    }
}

impl Group {
    fn get_mut(&mut self, number: u32) -> Option<&mut SliceFacts> {
        let at = self.numbers.iter().position(|other| *other == number)?;
        self.facts.get_mut(at)
    }

    fn remove(&mut self, number: u32) {
        let (numbers, facts) = (std::mem::take(&mut self.numbers), std::mem::take(&mut self.facts));
        let kept = numbers.into_iter().zip(facts).filter(|(other, _)| *other != number);
        let (numbers, facts): (Vec<_>, Vec<_>) = kept.unzip();
        (self.numbers, self.facts) = (numbers.into(), facts.into());
    }
}

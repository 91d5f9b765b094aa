//! The slices of one namespace: by Service for lookups, by their own name for events.

use std::sync::Arc;

use ahash::HashMap;

use crate::engine::model::SliceFacts;

/// A slice's Service and its number among all slices of the namespace, past and present.
#[derive(Debug)]
struct Place {
    service: Arc<str>,
    number: u32,
}

/// The slices of one Service: numbers and facts at the same positions, boxed to the exact size, because a large
/// cluster has tens of thousands of these lists and nearly all have one or two entries.
#[derive(Debug, Default)]
struct Group {
    numbers: Box<[u32]>,
    facts: Box<[SliceFacts]>,
}

/// See the module's page.
#[derive(Debug, Default)]
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

    /// Puts the slice `name` under `service`, wherever it was before; gives back what it replaced.
    pub(super) fn apply(&mut self, name: &str, service: &str, facts: SliceFacts) -> Option<SliceFacts> {
        if let Some(place) = self.places.get(name).filter(|place| *place.service == *service) {
            let group = self.groups.get_mut(service)?;
            let at = group.numbers.iter().position(|number| *number == place.number)?;
            return group.facts.get_mut(at).map(|old| std::mem::replace(old, facts));
        }
        let old = self.delete(name);
        let service = self.groups.get_key_value(service).map_or_else(|| service.into(), |(key, _)| Arc::clone(key));
        let group = self.groups.entry(Arc::clone(&service)).or_default();
        let number = self.next;
        self.next = self.next.wrapping_add(1);
        group.numbers = std::mem::take(&mut group.numbers).into_iter().chain([number]).collect();
        group.facts = std::mem::take(&mut group.facts).into_iter().chain([facts]).collect();
        self.places.insert(name.into(), Place { service, number });
        old
    }

    /// Removes the slice `name`; gives back what it held.
    pub(super) fn delete(&mut self, name: &str) -> Option<SliceFacts> {
        let Place { service, number } = self.places.remove(name)?;
        let group = self.groups.get_mut(&service)?;
        let at = group.numbers.iter().position(|other| *other == number)?;
        let mut facts = std::mem::take(&mut group.facts).into_vec();
        let mut numbers = std::mem::take(&mut group.numbers).into_vec();
        let old = facts.remove(at);
        numbers.remove(at);
        if facts.is_empty() {
            self.groups.remove(&service);
        } else {
            (group.facts, group.numbers) = (facts.into(), numbers.into());
        }
        Some(old)
    }
}

//! The Services of one namespace and their slices: by Service for lookups, by the slice's own name for events.

use std::sync::Arc;

use ahash::HashMap;

use crate::engine::model::{ServiceFacts, SliceFacts};

/// A slice's Service and its number among all slices of the namespace, past and present.
#[derive(Debug)]
struct Place {
    service: Arc<str>,
    number: u32,
}

/// What is known under one Service's name, in one place: in a large cluster a lookup waits for memory, not for the
/// processor, and who asks for the Service asks for its slices next.
#[derive(Debug, Default)]
struct Entry {
    /// `None` until the Service itself was seen: the kinds arrive in any order.
    facts: Option<ServiceFacts>,
    /// Numbers and facts of the slices at the same positions, boxed to the exact size, because a large cluster has
    /// tens of thousands of these lists and nearly all have one or two entries.
    numbers: Box<[u32]>,
    slices: Box<[SliceFacts]>,
}

impl Entry {
    fn is_empty(&self) -> bool {
        self.facts.is_none() && self.slices.is_empty()
    }
}

/// See the module's page.
#[derive(Debug, Default)]
pub(super) struct Services {
    entries: HashMap<Arc<str>, Entry>,
    places: HashMap<Box<str>, Place>,
    next: u32,
}

impl Services {
    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(super) fn count(&self) -> usize {
        self.names().count()
    }

    pub(super) fn count_slices(&self) -> usize {
        self.places.len()
    }

    /// The names of the Services that were seen themselves.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().filter(|(_, entry)| entry.facts.is_some()).map(|(name, _)| &**name)
    }

    pub(super) fn slice_names(&self) -> impl Iterator<Item = &str> {
        self.places.keys().map(|name| &**name)
    }

    pub(super) fn get(&self, name: &str) -> Option<&ServiceFacts> {
        self.entries.get(name)?.facts.as_ref()
    }

    pub(super) fn slices_of(&self, service: &str) -> &[SliceFacts] {
        self.entries.get(service).map_or(&[], |entry| &entry.slices)
    }

    /// Adds or changes a Service; gives back what it replaced.
    pub(super) fn apply(&mut self, name: &str, facts: ServiceFacts) -> Option<ServiceFacts> {
        match self.entries.get_mut(name) {
            Some(entry) => entry.facts.replace(facts),
            None => self.entries.entry(name.into()).or_default().facts.replace(facts),
        }
    }

    /// Removes a Service; its slices are removed by events of their own.
    pub(super) fn delete(&mut self, name: &str) -> Option<ServiceFacts> {
        let entry = self.entries.get_mut(name)?;
        let old = entry.facts.take();
        if entry.is_empty() {
            self.entries.remove(name);
        }
        old
    }

    /// Puts the slice `name` under `service`, wherever it was before; gives back what it replaced.
    pub(super) fn apply_slice(&mut self, name: &str, service: &str, facts: SliceFacts) -> Option<SliceFacts> {
        if let Some(place) = self.places.get(name).filter(|place| *place.service == *service) {
            let entry = self.entries.get_mut(service)?;
            let at = entry.numbers.iter().position(|number| *number == place.number)?;
            return entry.slices.get_mut(at).map(|old| std::mem::replace(old, facts));
        }
        let old = self.delete_slice(name);
        let service = self.entries.get_key_value(service).map_or_else(|| service.into(), |(key, _)| Arc::clone(key));
        let entry = self.entries.entry(Arc::clone(&service)).or_default();
        let number = self.next;
        self.next = self.next.wrapping_add(1);
        entry.numbers = std::mem::take(&mut entry.numbers).into_iter().chain([number]).collect();
        entry.slices = std::mem::take(&mut entry.slices).into_iter().chain([facts]).collect();
        self.places.insert(name.into(), Place { service, number });
        old
    }

    /// Removes the slice `name`; gives back what it held.
    pub(super) fn delete_slice(&mut self, name: &str) -> Option<SliceFacts> {
        let Place { service, number } = self.places.remove(name)?;
        let entry = self.entries.get_mut(&service)?;
        let at = entry.numbers.iter().position(|other| *other == number)?;
        let mut slices = std::mem::take(&mut entry.slices).into_vec();
        let mut numbers = std::mem::take(&mut entry.numbers).into_vec();
        let old = slices.remove(at);
        numbers.remove(at);
        (entry.slices, entry.numbers) = (slices.into(), numbers.into());
        if entry.is_empty() {
            self.entries.remove(&service);
        }
        Some(old)
    }
}

//! Services that do not exist yet, because a program will create them (rulebook 7.12, 7.15).

use std::collections::{BTreeMap, BTreeSet};

use super::{MakerFacts, MakerKind};

/// The longest name that a Service can have, in bytes (`DNS1035LabelMaxLength` in
/// `apimachinery/pkg/util/validation/validation.go` of Kubernetes).
const LONGEST_NAME: usize = 63;

/// The identity of an object among the objects of a namespace: name, kind, API group.
type Object = (String, &'static str, &'static str);

/// The objects that determine which Services programs will create in one namespace.
///
/// An Ingress may name thousands of missing Services, and a namespace may have thousands of these objects, so every
/// question is answered by lookups.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Makers {
    objects: BTreeMap<Object, MakerFacts>,
    /// The objects that create Services, by the name of the Service.
    by_service: BTreeMap<String, BTreeSet<Object>>,
    /// The objects that create Services, by the end of the names of the Services. The end begins with a dash.
    by_ending: BTreeMap<String, BTreeSet<Object>>,
    /// The number of objects that name each workload, by name and kind of the workload.
    by_workload: BTreeMap<String, BTreeMap<String, usize>>,
    /// The workloads that may get an object later, by name. Empty if no object can be added later.
    workloads: BTreeMap<String, BTreeMap<String, MakerKind>>,
    /// The kinds of which objects can be added later.
    served: Vec<MakerKind>,
}

/// Why a Service that does not exist is expected to be created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Promise<'a> {
    /// The program creates the Service for the object of this kind and name.
    Object(MakerKind, &'a str),
    /// The program creates the Service as soon as an object of this kind names the workload of this kind. The workload
    /// has the name of the Service.
    Workload(MakerKind, &'a str),
    /// The program creates a Service of this name as soon as an object of this kind and name exists. The name is empty if
    /// every object of this kind creates the Service.
    Form(MakerKind, &'a str),
}

impl Promise<'_> {
    /// The kind of objects out of which the program creates the Service.
    pub fn kind(&self) -> MakerKind {
        match self {
            Self::Object(kind, _) | Self::Workload(kind, _) | Self::Form(kind, _) => *kind,
        }
    }
}

impl Makers {
    /// Adds an object, or replaces the object of the same kind and name.
    pub fn add(&mut self, facts: MakerFacts) {
        let maker = facts.kind.maker;
        let object: Object = (facts.name.clone(), maker.kind, maker.group);
        if let Some(old) = self.objects.remove(&object) {
            self.remove_from_indexes(&object, &old);
        }
        for service in &facts.services {
            self.by_service.entry(service.clone()).or_default().insert(object.clone());
        }
        for ending in &facts.endings {
            self.by_ending.entry(ending.clone()).or_default().insert(object.clone());
        }
        if let Some((kind, name)) = &facts.workload {
            *self.by_workload.entry(name.clone()).or_default().entry(kind.clone()).or_default() += 1;
        }
        self.objects.insert(object, facts);
    }

    /// Adds a workload. If it is of a kind that objects of `maker` name, it may get such an object later.
    pub fn add_workload(&mut self, maker: MakerKind, kind: String, name: String) {
        if maker.maker.workloads.as_ref().is_some_and(|workloads| workloads.kinds.contains(&kind.as_str())) {
            self.workloads.entry(name).or_default().insert(kind, maker);
        }
    }

    /// Sets the kinds of which objects can be added later: the API server serves them.
    pub fn set_served(&mut self, kinds: Vec<MakerKind>) {
        self.served = kinds;
    }

    fn remove_from_indexes(&mut self, object: &Object, old: &MakerFacts) {
        let remove = |index: &mut BTreeMap<String, BTreeSet<Object>>, keys: &[String]| {
            for key in keys {
                if let Some(objects) = index.get_mut(key) {
                    objects.remove(object);
                }
            }
        };
        remove(&mut self.by_service, &old.services);
        remove(&mut self.by_ending, &old.endings);
        let Some((kind, name)) = &old.workload else { return };
        if let Some(count) = self.by_workload.get_mut(name).and_then(|kinds| kinds.get_mut(kind)) {
            *count = count.saturating_sub(1);
        }
    }

    /// Returns why `service` is expected to be created; `None` if it is not.
    pub fn promise<'a>(&'a self, service: &'a str) -> Option<Promise<'a>> {
        if service.len() > LONGEST_NAME {
            return None;
        }
        self.by_object(service).or_else(|| self.by_workload(service)).or_else(|| self.by_form(service))
    }

    /// The first object that creates the Service.
    fn by_object(&self, service: &str) -> Option<Promise<'_>> {
        let ends = service.match_indices('-').filter_map(|(at, _)| self.by_ending.get(service.get(at..)?));
        let first = self.by_service.get(service).into_iter().chain(ends).filter_map(BTreeSet::first).min()?;
        self.objects.get(first).map(|object| Promise::Object(object.kind, &object.name))
    }

    /// The workload with the name of the Service. If an object names the workload and creates a Service of another name,
    /// nothing creates this Service.
    fn by_workload(&self, service: &str) -> Option<Promise<'_>> {
        let claimed = self.by_workload.get(service);
        let is_claimed = |kind: &str| claimed.and_then(|kinds| kinds.get(kind)).is_some_and(|count| *count > 0);
        let mut workloads = self.workloads.get(service)?.iter();
        workloads.find(|(kind, _)| !is_claimed(kind)).map(|(kind, maker)| Promise::Workload(*maker, kind))
    }

    fn by_form<'a>(&self, service: &'a str) -> Option<Promise<'a>> {
        self.served.iter().find_map(|kind| Some(Promise::Form(*kind, kind.maker.typical_object(service)?)))
    }
}

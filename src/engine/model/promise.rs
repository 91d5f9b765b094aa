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
    /// The objects that may create Services, by the beginning of the names of the Services. The beginning ends with a dash,
    /// or it is empty: the names are not known.
    by_beginning: BTreeMap<String, BTreeSet<Object>>,
    /// The kinds of the objects of kinds that Backstop does not know, by the name of the object.
    others: BTreeMap<String, BTreeSet<String>>,
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
    /// The program creates Services for the object of this kind and name, and their names are not all known. A chart may
    /// give its Services any names.
    Perhaps(MakerKind, &'a str),
    /// An object of this kind and name exists. Backstop does not know the kind, and the name of the Service is the name of
    /// the object, or begins with it.
    Other(&'a str, &'a str),
    /// An object of this kind may follow in the same step as the Ingress, and the program may create the Service for it.
    Later(MakerKind),
}

impl Promise<'_> {
    /// Whether the program will create exactly this Service. Otherwise the name may be a typing error.
    pub fn is_certain(&self) -> bool {
        matches!(self, Self::Object(..) | Self::Workload(..))
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
        for beginning in &facts.beginnings {
            self.by_beginning.entry(beginning.clone()).or_default().insert(object.clone());
        }
        if let Some((kind, name)) = &facts.workload {
            *self.by_workload.entry(name.clone()).or_default().entry(kind.clone()).or_default() += 1;
        }
        self.objects.insert(object, facts);
    }

    /// Adds an object of a kind that Backstop does not know.
    pub fn add_other(&mut self, kind: &str, name: &str) {
        self.others.entry(name.to_owned()).or_default().insert(kind.to_owned());
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
        remove(&mut self.by_beginning, &old.beginnings);
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
        let certain = self.by_object(service).or_else(|| self.by_workload(service));
        let by_beginning = || self.by_beginning(service).or_else(|| self.by_other(service));
        let unknown_names = || self.of_first(self.by_beginning.get(""));
        certain.or_else(|| self.by_form(service)).or_else(by_beginning).or_else(unknown_names)
    }

    /// Returns why `service` may be created if the program that creates the Ingress may create objects of all kinds in the
    /// same step: the API server serves a kind for which a program can create the Service.
    pub fn later<'a>(&self, service: &str) -> Option<Promise<'a>> {
        let can_create = |kind: &&MakerKind| service.len() <= LONGEST_NAME && kind.maker.can_create(service);
        self.served.iter().find(can_create).map(|kind| Promise::Later(*kind))
    }

    /// The names of the Services that programs create for the objects, sorted. A name is left out if only
    /// its end is known.
    pub fn service_names(&self) -> impl Iterator<Item = &str> {
        let promised = self.by_service.iter().filter(|(_, objects)| !objects.is_empty());
        promised.map(|(name, _)| name.as_str())
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

    /// The first object that may create Services with such a beginning of their names.
    fn by_beginning(&self, service: &str) -> Option<Promise<'_>> {
        let beginnings = service.match_indices('-').filter_map(|(at, dash)| service.get(..at + dash.len()));
        beginnings.rev().find_map(|beginning| self.of_first(self.by_beginning.get(beginning)))
    }

    fn of_first(&self, objects: Option<&BTreeSet<Object>>) -> Option<Promise<'_>> {
        let object = objects?.first().and_then(|first| self.objects.get(first))?;
        Some(Promise::Perhaps(object.kind, &object.name))
    }

    /// The object of another kind whose name is the name of the Service, or the longest beginning of it.
    fn by_other(&self, service: &str) -> Option<Promise<'_>> {
        if self.others.is_empty() {
            return None;
        }
        let beginnings = service.match_indices('-').rev().filter_map(|(at, _)| service.get(..at));
        let mut names = std::iter::once(service).chain(beginnings);
        let (name, kinds) = names.find_map(|name| self.others.get_key_value(name))?;
        kinds.first().map(|kind| Promise::Other(kind, name))
    }

    fn by_form<'a>(&self, service: &'a str) -> Option<Promise<'a>> {
        self.served.iter().find_map(|kind| Some(Promise::Form(*kind, kind.maker.typical_object(service)?)))
    }
}

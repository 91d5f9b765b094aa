//! All that `backstop check` evaluates: manifests over a snapshot, over a cluster, or over nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::kustomization::Kustomizations;
use super::nearest::NearestView;
use super::reader::{Manifest, Reader};
use super::{ClusterSource, Note, SourceError};
use crate::engine::controllers::ControllerPods;
use crate::engine::kinds::Object;
use crate::engine::subject::Subject;
use crate::engine::view::{Lookup, Snapshot, Stage, View};
use crate::report::{ErrorReport, Texts};
use crate::text::{Document, near};

/// Why nothing is proven about a Service that a patch changes.
const PATCHED: &str = "a patch of a kustomization changes the Service";

/// What to read.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Manifests to check: files, directories and all below them, or `-` for standard input. If there is none, the
    /// Ingresses of the snapshot or the cluster are judged.
    pub manifests: Vec<PathBuf>,
    /// The files or the directory with the state of the cluster.
    pub snapshot: Option<PathBuf>,
    /// Whether objects that are not among the manifests are unknown instead of absent.
    pub partial: bool,
    /// The namespace of manifests that state none, and without manifests the only one to check.
    pub namespace: Option<String>,
    /// The Pods of controllers. They are listed in a cluster, and with them the NetworkPolicies: few users may list these,
    /// and few configurations need them.
    pub controllers: Vec<ControllerPods>,
}

/// What the sources hold.
#[derive(Debug)]
pub struct Loaded {
    /// All objects.
    pub view: NearestView,
    /// The Ingresses to check.
    pub subjects: Vec<SourcedSubject>,
    /// The files and documents that could not be read.
    pub errors: Vec<ErrorReport>,
    /// The texts of the manifests.
    pub texts: Texts,
    /// The time at which the snapshot was saved; `None` without a snapshot, or if no object of it has a time.
    pub saved_at: Option<Timestamp>,
}

/// A subject, and the file and document that it was read from, unless it comes from the cluster or a snapshot.
#[derive(Debug)]
pub struct SourcedSubject {
    /// The subject.
    pub subject: Subject,
    /// The name of the file, and the document.
    pub origin: Option<(String, Document)>,
    /// Why the subject may change before it is applied; `None` if it does not.
    pub draft: Option<&'static str>,
}

impl SourcedSubject {
    /// The name of the file.
    pub fn file(&self) -> Option<&str> {
        self.origin.as_ref().map(|(file, _)| file.as_str())
    }
}

/// Reads what `selection` names, over the state of `cluster` if there is one. Messages for the user go to `notes`, also
/// if it fails.
///
/// # Errors
/// If there is nothing to check, or the cluster cannot be listed. Files that cannot be read are [`Loaded::errors`] instead.
pub fn load(
    selection: &Selection,
    cluster: Option<&ClusterSource>,
    notes: &mut Vec<Note>,
) -> Result<Loaded, SourceError> {
    // As kubectl does.
    let context = cluster.and_then(ClusterSource::namespace);
    let namespace = selection.namespace.as_deref().or(context).unwrap_or("default");
    let mut reader = Reader::new(namespace, notes);
    let manifests = reader.manifests(&selection.manifests)?;
    let mut view = match (cluster, &selection.snapshot) {
        (Some(cluster), _) => {
            let mut namespaces = ingress_namespaces(&manifests);
            if namespaces.is_empty() {
                namespaces.extend(selection.namespace.clone());
            }
            cluster.list(&namespaces, &selection.controllers, reader.notes())?
        }
        (None, Some(path)) => reader.snapshot(path)?,
        (None, None) => {
            let mut view = if selection.partial { Snapshot::partial() } else { Snapshot::complete() };
            // Manifests have the IngressClass of a new controller at most.
            view.set_classes_elsewhere();
            view
        }
    };
    let saved_at = reader.saved_at();
    let (subjects, mut view) = if selection.manifests.is_empty() {
        let judged = stored(&view, selection.namespace.as_deref());
        if let (true, Some(own)) = (judged.is_empty(), &selection.namespace) {
            require_namespace(own, &view, cluster.is_some())?;
        }
        (judged, NearestView::of(view))
    } else {
        dispute_patched(reader.kustomizations(), &manifests, &mut view);
        view.set_unstated(manifests.iter().filter_map(Manifest::unstated).collect());
        let subjects = subjects(&manifests, reader.kustomizations());
        let (mut not_rendered, mut collected) = (BTreeSet::new(), BTreeMap::new());
        for Manifest { file, path, .. } in &manifests {
            if reader.kustomizations().adds_objects(path) {
                not_rendered.insert(file.clone());
            }
            if let Some(by) = reader.kustomizations().collect(path) {
                collected.entry(file.clone()).or_insert_with(|| by.clone());
            }
        }
        let nearest = NearestView::lay_over(manifests, view, reader.notes());
        (subjects, nearest.with_kustomizations(not_rendered, collected))
    };
    view.view_mut().set_stage(match (selection.manifests.is_empty(), cluster, &selection.snapshot) {
        (true, ..) => Stage::Stored,
        (false, Some(_), _) => Stage::OverCluster,
        (false, None, Some(_)) => Stage::OverSnapshot,
        (false, None, None) => Stage::Manifests,
    });
    let (errors, texts) = reader.end(view.view_mut());
    Ok(Loaded { view, subjects, errors, texts, saved_at })
}

/// Reads the state of a cluster from the files at `path`, for the webhook. Messages for the user go to `notes`.
///
/// # Errors
/// If a part of it cannot be read, or there is no object.
pub fn snapshot(path: &Path, notes: &mut Vec<Note>) -> Result<Snapshot, SourceError> {
    let selection = Selection { snapshot: Some(path.to_owned()), ..Selection::default() };
    let Loaded { view, errors, .. } = load(&selection, None, notes)?;
    match errors.into_iter().next() {
        None => {
            let mut snapshot = view.into_snapshot();
            snapshot.set_stage(Stage::Admission);
            Ok(snapshot)
        }
        Some(error) => Err(SourceError::UnreadableSnapshot(error)),
    }
}

/// The Ingresses of `view`, or of one namespace of it.
fn stored(view: &Snapshot, namespace: Option<&str>) -> Vec<SourcedSubject> {
    let judged = view.subjects().filter(|subject| namespace.is_none_or(|own| own == subject.name.namespace));
    judged.map(|subject| SourcedSubject { subject: subject.clone(), origin: None, draft: None }).collect()
}

/// The Ingresses among the manifests.
fn subjects(manifests: &[Manifest], kustomizations: &Kustomizations) -> Vec<SourcedSubject> {
    let ingresses = manifests.iter().filter_map(|Manifest { file, path, document, object }| {
        let Object::Ingress(subject) = object else { return None };
        let draft = kustomizations.draft(path, subject);
        let origin = Some((file.clone(), document.clone()));
        Some(SourcedSubject { subject: Subject::clone(subject), origin, draft })
    });
    ingresses.collect()
}

/// Notes that nothing is proven about the Services that patches change. The namespace of a patch counts if the Service states
/// it, too: a kustomization may set the namespace of both.
fn dispute_patched(kustomizations: &Kustomizations, manifests: &[Manifest], view: &mut Snapshot) {
    let services = manifests.iter().filter_map(|manifest| match &manifest.object {
        Object::Service(name, _) => Some((&*name.namespace, &*name.name)),
        _ => None,
    });
    let known: BTreeSet<(&str, &str)> = services.collect();
    for target in kustomizations.changed_services() {
        let (namespace, name) = (target.namespace.as_deref(), target.name.as_deref());
        let stated = namespace.zip(name).is_some_and(|service| known.contains(&service));
        view.doubtful_services().dispute((namespace.filter(|_| stated), name), PATCHED);
    }
}

/// The namespaces of the Ingresses among the manifests.
fn ingress_namespaces(manifests: &[Manifest]) -> BTreeSet<String> {
    let ingresses = manifests.iter().filter_map(|manifest| match &manifest.object {
        Object::Ingress(subject) => Some(subject.name.namespace.clone()),
        _ => None,
    });
    ingresses.collect()
}

/// Refuses a namespace that does not exist: "nothing to check" would look like a pass. Unless `complete`, the view
/// tells only if it holds Namespaces at all.
fn require_namespace(name: &str, view: &Snapshot, complete: bool) -> Result<(), SourceError> {
    let known: BTreeSet<&str> = view.namespace_names().collect();
    if !matches!(view.namespace(name), Lookup::Absent) || (known.is_empty() && !complete) {
        return Ok(());
    }
    let hint = match near(name, known) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => "name another with -n, or all with -A".to_owned(),
    };
    Err(SourceError::NoNamespace { name: name.to_owned(), hint })
}

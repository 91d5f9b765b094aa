//! Manifests and snapshots, read from files and standard input.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::files::{self, STDIN, display_name};
use super::foreign::{Class, Foreign};
use super::kustomization::{Kustomizations, is_kustomization};
use super::saved::Saved;
use super::{Note, SourceError};
use crate::engine::kinds::{
    Doubt, Identity, Kind, Object, Unusable, documents, doubt_of_object, doubt_of_text, object, refusal, unread, values,
};
use crate::engine::manifest::Head;
use crate::engine::model::{ObjectName, has_placeholder};
use crate::engine::view::Snapshot;
use crate::report::{ErrorReport, Texts};
use crate::text::{Document, DocumentError, Position};
use jiff::Timestamp;

/// The largest file that is read, in MiB: no manifest is that long.
const MAX_MIB: u64 = 256;

/// An object, and the file and document that it was read from.
pub(super) struct Manifest {
    pub(super) file: String,
    /// The path of the file without links.
    pub(super) path: Arc<Path>,
    pub(super) document: Document,
    /// The object; [`Object::Unread`] if it cannot be decoded.
    pub(super) object: Object,
}

impl Manifest {
    /// The kind and name of a Service or an Ingress whose manifest states no namespace.
    pub(super) fn unstated(&self) -> Option<(Kind, ObjectName)> {
        let identity = self.object.identity()?;
        let kind = identity.kind.filter(|kind| [Kind::Service, Kind::Ingress].contains(kind))?;
        let unstated = Head::of(&self.document.value).namespace.is_empty();
        unstated.then(|| (kind, ObjectName::new(identity.namespace, identity.name)))
    }

    /// The file and the line at which the object begins.
    pub(super) fn place(&self) -> String {
        format!("{}:{}", self.file, self.document.start().line)
    }
}

/// A manifest, by its directory, its kind, and its kind and name in words.
type KnownManifest = (Option<PathBuf>, Option<Kind>, String);

/// Reads files, and collects errors and notes on the way.
pub(super) struct Reader<'a> {
    /// The namespace of objects that state none.
    namespace: &'a str,
    notes: &'a mut Vec<Note>,
    errors: Vec<ErrorReport>,
    texts: Texts,
    /// The position of each manifest.
    known: BTreeMap<KnownManifest, String>,
    /// The objects that may stand in what could not be read.
    doubts: Vec<Doubt>,
    /// The objects that may get another name or another namespace instead of a placeholder.
    placeholders: Vec<Doubt>,
    /// The documents that are no objects.
    foreign: Foreign,
    kustomizations: Kustomizations,
    saved_at: Option<Timestamp>,
    /// Notes about the kinds that the snapshot lacks.
    unsaved: Vec<Note>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(namespace: &'a str, notes: &'a mut Vec<Note>) -> Self {
        Self {
            namespace,
            notes,
            errors: Vec::new(),
            texts: Texts::default(),
            known: BTreeMap::new(),
            doubts: Vec::new(),
            placeholders: Vec::new(),
            foreign: Foreign::default(),
            kustomizations: Kustomizations::default(),
            saved_at: None,
            unsaved: Vec::new(),
        }
    }

    /// The notes so far, to add others.
    pub(super) fn notes(&mut self) -> &mut Vec<Note> {
        self.notes
    }

    /// The kustomizations among the manifests.
    pub(super) fn kustomizations(&self) -> &Kustomizations {
        &self.kustomizations
    }

    /// Ends reading: adds the objects that may exist to `view`, and returns the errors and the texts of the manifests.
    pub(super) fn end(self, view: &mut Snapshot) -> (Vec<ErrorReport>, Texts) {
        self.notes.extend(self.unsaved);
        self.notes.extend(self.foreign.notes());
        self.doubts.iter().for_each(|doubt| view.add_doubt(doubt));
        self.placeholders.iter().for_each(|doubt| view.add_placeholder(doubt));
        (self.errors, self.texts)
    }

    /// Reads the state of a cluster from the files at `path`.
    pub(super) fn snapshot(&mut self, path: &Path) -> Result<Snapshot, SourceError> {
        let (mut view, mut count, mut unread) = (Snapshot::complete(), 0, Vec::new());
        let mut saved = Saved::default();
        for file in self.files(path)? {
            let Some(bytes) = self.read(&file) else { continue };
            let before = self.errors.len();
            for (document, decoded) in self.decoded(&file, values(&bytes)) {
                count += 1;
                saved.add_times(&document.value);
                match decoded {
                    Ok(object) => {
                        saved.add_kind(&object);
                        view.insert(object);
                    }
                    Err(unusable) => unread.extend(self.unusable(&file, &document, &unusable)),
                }
            }
            if self.errors.len() > before {
                self.texts.insert(display_name(&file), &bytes);
            }
        }
        for object in unread {
            saved.add_kind(&object);
            view.insert(object);
        }
        if count == 0 && self.errors.is_empty() {
            return Err(SourceError::EmptySnapshot(display_name(path)));
        }
        self.saved_at = saved.newest();
        // What could not be read is a better reason than that nobody saved it.
        self.doubts.iter().for_each(|doubt| view.add_doubt(doubt));
        self.unsaved = saved.complete(&mut view);
        Ok(view)
    }

    /// The time at which the snapshot was saved; `None` if no object of it has a time.
    pub(super) fn saved_at(&self) -> Option<Timestamp> {
        self.saved_at
    }

    /// Reads the manifests of all files.
    pub(super) fn manifests(&mut self, paths: &[PathBuf]) -> Result<Vec<Manifest>, SourceError> {
        let mut files = Vec::new();
        for path in paths {
            files.append(&mut self.files(path)?);
        }
        self.kustomizations = Kustomizations::of(&files);
        for path in self.kustomizations.adding() {
            self.foreign.add(Class::Adding, display_name(path));
        }
        let (mut manifests, mut read) = (Vec::new(), BTreeSet::new());
        for path in files {
            // The same file may be named twice, or once more by its directory.
            let real: Arc<Path> = fs::canonicalize(&path).unwrap_or_else(|_| path.clone()).into();
            if self.kustomizations.is_patch(&real) {
                self.read(&path);
                self.foreign.add(Class::Patch, display_name(&path));
            } else if read.insert(Arc::clone(&real)) {
                self.manifests_of(&path, &real, &mut manifests);
            }
        }
        self.note_namespaces(&manifests);
        if !paths.is_empty() && manifests.is_empty() && self.errors.is_empty() {
            let paths: Vec<_> = paths.iter().map(|path| display_name(path)).collect();
            return Err(SourceError::NoManifest(paths.join(", ")));
        }
        Ok(manifests)
    }

    /// Tells the kustomizations which namespaces the objects of each file have.
    fn note_namespaces(&mut self, manifests: &[Manifest]) {
        let mut namespaces: BTreeMap<PathBuf, BTreeSet<String>> = BTreeMap::new();
        for manifest in manifests {
            let of_application = |it: &Identity<'_>| matches!(it.kind, Some(Kind::Service | Kind::Ingress));
            if let Some(identity) = manifest.object.identity().filter(of_application) {
                namespaces.entry(manifest.path.to_path_buf()).or_default().insert(identity.namespace.to_owned());
            }
        }
        self.kustomizations.note_namespaces(&namespaces);
    }

    /// Reads the manifests of one file, whose path without links is `real`.
    fn manifests_of(&mut self, path: &Path, real: &Arc<Path>, manifests: &mut Vec<Manifest>) {
        let Some(bytes) = self.read(path) else { return };
        let (file, mut unread) = (display_name(path), Vec::new());
        let manifest = |document, object| Manifest { file: file.clone(), path: Arc::clone(real), document, object };
        self.texts.insert(file.clone(), &bytes);
        for (document, decoded) in self.decoded(path, documents(&bytes)) {
            match decoded.and_then(|object| self.accepted(object, &document, real)) {
                Ok(object) => {
                    if let Some(route) = Class::of_route(&document.value) {
                        self.foreign.add(route, file.clone());
                    }
                    self.remember(&object, path, &document);
                    self.placeholders.extend(object.identity().and_then(doubt_of_placeholder));
                    manifests.push(manifest(document, object));
                }
                // The output of a program has objects only: anything else is probably its error message.
                Err(Unusable::NoObject) if path.as_os_str() != STDIN => {
                    self.foreign.add(Class::of(path, &document.value), file.clone());
                }
                Err(unusable) => {
                    let object = self.unusable(path, &document, &unusable);
                    unread.extend(object.map(|object| manifest(document, object)));
                }
            }
        }
        // What cannot be decoded is unknown, even if an object of its name can.
        manifests.append(&mut unread);
    }

    /// The object, unless the API server refuses it. A kustomization may correct the object before it is applied.
    fn accepted(&self, object: Object, document: &Document, real: &Path) -> Result<Object, Unusable> {
        let is_draft = |object: &Object| match object {
            Object::Ingress(subject) => self.kustomizations.draft(real, subject).is_some(),
            _ => false,
        };
        let refusal = refusal(&document.value, &object).filter(|_| !is_draft(&object));
        refusal.map_or(Ok(object), Err)
    }

    /// Decodes the documents of a file that parse; the others become errors.
    fn decoded(
        &mut self,
        file: &Path,
        found: Vec<Result<Document, DocumentError>>,
    ) -> Vec<(Document, Result<Object, Unusable>)> {
        let mut decoded = Vec::new();
        for found in found {
            match found {
                Ok(document) => {
                    let object = object(&document.value, self.namespace);
                    decoded.push((document, object));
                }
                Err(broken) => {
                    self.doubts.push(doubt_of_text(broken.margin.as_deref()));
                    self.error(&display_name(file), broken.position, broken.reason);
                }
            }
        }
        decoded
    }

    /// Reports an object that cannot be used. Returns it if its kind and name are known.
    fn unusable(&mut self, path: &Path, document: &Document, unusable: &Unusable) -> Option<Object> {
        let (file, value) = (display_name(path), &document.value);
        if let Unusable::Decode(error) = unusable
            && error.shows_placeholder()
        {
            self.foreign.add(Class::Placeholder, file);
            self.placeholders.push(doubt_of_object(value, self.namespace));
            return None;
        }
        let object = unread(value, self.namespace);
        if object.is_none() {
            self.doubts.push(doubt_of_object(value, self.namespace));
        }
        let position = match unusable {
            Unusable::Version { .. } => document.position("apiVersion"),
            Unusable::Kind { .. } => document.position("kind"),
            Unusable::Decode(error) | Unusable::Refused(error) => document.position(&error.field),
            _ => document.start(),
        };
        self.error(&file, position, unusable.to_string());
        object
    }

    fn error(&mut self, file: &str, position: Position, message: String) {
        let Position { line, column, .. } = position;
        self.errors.push(ErrorReport { file: file.to_owned(), line: Some(line), column: Some(column), message });
    }

    /// Warns of a manifest that replaces another one of its directory, as it would if both were applied.
    fn remember(&mut self, object: &Object, path: &Path, document: &Document) {
        let Some(identity) = object.identity().filter(|identity| !identity.is_generated()) else { return };
        let here = format!("{}:{}", display_name(path), document.start().line);
        let key = (path.parent().map(Path::to_owned), identity.kind, identity.to_string());
        if let Some(there) = self.known.insert(key, here.clone()) {
            self.notes.push(Note::warning(format!("{identity} in {here} replaces the one in {there}")));
        }
    }

    /// Returns the file itself, or the manifests below a directory, sorted.
    fn files(&mut self, path: &Path) -> Result<Vec<PathBuf>, SourceError> {
        if !path.is_dir() {
            return Ok(vec![path.to_owned()]);
        }
        let (mut files, mut failed) = (Vec::new(), false);
        let mut below = vec![path.to_owned()];
        while let Some(directory) = below.pop() {
            match entries(&directory) {
                Ok((found, directories)) => {
                    files.extend(found);
                    below.extend(directories);
                }
                Err(error) => {
                    failed = true;
                    self.unreadable(&directory, &error);
                }
            }
        }
        files.sort();
        if files.is_empty() && !failed {
            return Err(SourceError::EmptyDirectory(display_name(path)));
        }
        Ok(files)
    }

    /// Reads the bytes of a file; if that fails, it adds an error and returns `None`.
    fn read(&mut self, path: &Path) -> Option<Vec<u8>> {
        match files::read(path, MAX_MIB) {
            Ok(bytes) => {
                self.notes.push(Note::detail(format!("read {}, {} bytes", display_name(path), bytes.len())));
                Some(bytes)
            }
            Err(error) => {
                self.unreadable(path, &error);
                None
            }
        }
    }

    fn unreadable(&mut self, path: &Path, error: &io::Error) {
        self.doubts.push(Doubt::All);
        self.errors.push(ErrorReport {
            file: display_name(path),
            line: None,
            column: None,
            message: files::reason(error),
        });
    }
}

/// Lists the manifests and the directories in a directory. Names that begin with a dot are left out, and so are links to
/// directories, which may form a loop.
fn entries(directory: &Path) -> io::Result<(Vec<PathBuf>, Vec<PathBuf>)> {
    let (mut files, mut directories) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        let kind = entry.file_type()?;
        let manifest = path.extension().is_some_and(|ext| ext == "yaml" || ext == "yml" || ext == "json")
            || is_kustomization(&path);
        if kind.is_dir() {
            directories.push(path);
        } else if manifest && (kind.is_file() || path.is_file() || !path.exists()) {
            files.push(path);
        }
    }
    Ok((files, directories))
}

/// The objects that an object whose name or namespace has a placeholder may become.
fn doubt_of_placeholder(identity: Identity<'_>) -> Option<Doubt> {
    let Identity { kind, namespace, name, .. } = identity;
    if has_placeholder(namespace) {
        return Some(Doubt::Kinds(vec![kind?], None));
    }
    has_placeholder(name).then_some(Doubt::Kinds(vec![kind?], Some(namespace.to_owned())))
}

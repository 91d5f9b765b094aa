//! Manifests and snapshots, read from files and standard input.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::files::{self, display_name};
use super::{Note, SourceError};
use crate::engine::kinds::{Kind, Object, Unusable, documents, object, unread, values};
use crate::engine::view::Snapshot;
use crate::report::{ErrorReport, Texts};
use crate::text::{Document, DocumentError, Position};

/// The largest file that is read, in MiB: no manifest is that long.
const MAX_MIB: u64 = 256;

/// An object, and the file and document that it was read from.
pub(super) struct Manifest {
    pub(super) file: String,
    pub(super) document: Document,
    pub(super) object: Object,
}

/// Reads files, and collects errors and notes on the way.
pub(super) struct Reader<'a> {
    /// The namespace of objects that state none.
    namespace: &'a str,
    notes: &'a mut Vec<Note>,
    errors: Vec<ErrorReport>,
    texts: Texts,
    /// The position of each manifest, by its kind and name.
    known: BTreeMap<(Option<Kind>, String), String>,
    /// Objects that exist but cannot be decoded.
    unread: Vec<Object>,
    /// Whether an object with an unknown kind and name could not be read.
    doubt: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn new(namespace: &'a str, notes: &'a mut Vec<Note>) -> Self {
        let (texts, known) = (Texts::default(), BTreeMap::new());
        Self { namespace, notes, errors: Vec::new(), texts, known, unread: Vec::new(), doubt: false }
    }

    /// The notes so far, to add others.
    pub(super) fn notes(&mut self) -> &mut Vec<Note> {
        self.notes
    }

    /// Takes the objects that exist but cannot be decoded.
    pub(super) fn take_unread(&mut self) -> Vec<Object> {
        std::mem::take(&mut self.unread)
    }

    /// Ends reading: the errors, the texts of the manifests, and whether something unknown could not be read.
    pub(super) fn end(self) -> (Vec<ErrorReport>, Texts, bool) {
        (self.errors, self.texts, self.doubt)
    }

    /// Reads the state of a cluster from the files at `path`.
    pub(super) fn snapshot(&mut self, path: &Path) -> Result<Snapshot, SourceError> {
        let (mut view, mut count) = (Snapshot::complete(), 0);
        for file in self.files(path)? {
            let Some(bytes) = self.read(&file) else { continue };
            let before = self.errors.len();
            for (document, decoded) in self.decoded(&file, values(&bytes)) {
                count += 1;
                match decoded {
                    Ok(object) => view.insert(object),
                    Err(unusable) => self.unusable(&display_name(&file), &document, &unusable),
                }
            }
            if self.errors.len() > before {
                self.texts.insert(display_name(&file), &bytes);
            }
        }
        for object in self.unread.drain(..) {
            view.insert(object);
        }
        if count == 0 && self.errors.is_empty() {
            return Err(SourceError::EmptySnapshot(display_name(path)));
        }
        Ok(view)
    }

    /// Reads the manifests of all files.
    pub(super) fn manifests(&mut self, paths: &[PathBuf]) -> Result<Vec<Manifest>, SourceError> {
        let (mut manifests, mut read) = (Vec::new(), BTreeSet::new());
        for path in paths {
            for path in self.files(path)? {
                // The same file may be named twice, or once more by its directory.
                if read.insert(fs::canonicalize(&path).unwrap_or_else(|_| path.clone())) {
                    self.manifests_of(&path, &mut manifests);
                }
            }
        }
        if !paths.is_empty() && manifests.is_empty() && self.errors.is_empty() {
            let paths: Vec<_> = paths.iter().map(|path| display_name(path)).collect();
            return Err(SourceError::NoManifest(paths.join(", ")));
        }
        Ok(manifests)
    }

    /// Reads the manifests of one file.
    fn manifests_of(&mut self, path: &Path, manifests: &mut Vec<Manifest>) {
        let Some(bytes) = self.read(path) else { return };
        let file = display_name(path);
        self.texts.insert(file.clone(), &bytes);
        for (document, decoded) in self.decoded(path, documents(&bytes)) {
            match decoded {
                Ok(object) => {
                    self.remember(&object, &file, &document);
                    manifests.push(Manifest { file: file.clone(), document, object });
                }
                Err(unusable) => self.unusable(&file, &document, &unusable),
            }
        }
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
                    self.doubt = true;
                    self.error(&display_name(file), broken.position, broken.reason);
                }
            }
        }
        decoded
    }

    fn unusable(&mut self, file: &str, document: &Document, unusable: &Unusable) {
        match unread(&document.value, self.namespace) {
            Some(object) => self.unread.push(object),
            None => self.doubt = true,
        }
        let position = match unusable {
            Unusable::Version { .. } => document.position("apiVersion"),
            Unusable::Kind { .. } => document.position("kind"),
            Unusable::Decode(error) => document.position(&error.field),
            _ => document.start(),
        };
        self.error(file, position, unusable.to_string());
    }

    fn error(&mut self, file: &str, position: Position, message: String) {
        let Position { line, column, .. } = position;
        self.errors.push(ErrorReport { file: file.to_owned(), line: Some(line), column: Some(column), message });
    }

    /// Warns of a manifest that replaces another one, as it would if both were applied.
    fn remember(&mut self, object: &Object, file: &str, document: &Document) {
        let Some(identity) = object.identity() else { return };
        let here = format!("{file}:{}", document.start().line);
        if let Some(there) = self.known.insert((identity.kind, identity.to_string()), here.clone()) {
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
        self.doubt = true;
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
        let manifest = path.extension().is_some_and(|ext| ext == "yaml" || ext == "yml" || ext == "json");
        if kind.is_dir() {
            directories.push(path);
        } else if manifest && (kind.is_file() || path.is_file() || !path.exists()) {
            files.push(path);
        }
    }
    Ok((files, directories))
}

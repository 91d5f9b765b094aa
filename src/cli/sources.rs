//! Where facts come from: manifests, a snapshot, a cluster.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::ArgGroup;
use jiff::Timestamp;

use super::files::{self, name};
use super::{Console, Global, Level, Trouble, live};
use crate::cluster::Connection;
use crate::engine::manifest::{Object, Unusable, documents, object, unread, values};
use crate::engine::model::Subject;
use crate::engine::view::Snapshot;
use crate::report::{Fault, Texts};
use crate::text::{Broken, Document, Position};

/// MiB that a file may have: no manifest is that long.
const MOST: u64 = 256;
/// The global flags that mean something where no cluster is asked.
const HERE: [&str; 4] = ["--config", "--namespace", "--all-namespaces", "--output"];

/// The flags that name sources.
#[derive(Clone, Debug, Default, clap::Args)]
#[group(skip)]
#[command(group = ArgGroup::new("source").args(["filename", "snapshot", "cluster"]).required(true).multiple(true))]
pub(super) struct Sources {
    /// Manifests to judge: a file, a directory and all below it (*.yaml, *.yml, *.json, none that begins with a dot),
    /// or - for standard input; repeatable
    #[arg(short, long, value_name = "FILE|DIR|-")]
    filename: Vec<PathBuf>,
    /// The cluster's state from files; complete: what is not in it does not exist
    #[arg(long, value_name = "FILE|DIR", conflicts_with = "cluster")]
    snapshot: Option<PathBuf>,
    /// The cluster's state from the cluster itself
    #[arg(long)]
    cluster: bool,
    /// The manifests are not the whole world: what is not in them is unknown instead of missing
    #[arg(long, requires = "filename", conflicts_with_all = ["snapshot", "cluster"])]
    pub(super) partial: bool,
    /// Read NetworkPolicies, too, where the source is a cluster: not everybody may, and few need them.
    #[arg(skip)]
    pub(super) network_policies: bool,
}

impl Sources {
    /// The present, for what is read now; files have none.
    pub(super) fn now(&self) -> Option<Timestamp> {
        self.cluster.then(Timestamp::now)
    }
}

/// What the sources hold.
pub(super) struct Loaded {
    /// All objects.
    pub(super) view: Snapshot,
    /// The Ingresses to judge.
    pub(super) subjects: Vec<Placed>,
    /// What could not be read.
    pub(super) faults: Vec<Fault>,
    /// The texts of the manifests.
    pub(super) texts: Texts,
}

/// A subject and, if it is a manifest's, its file and document.
pub(super) struct Placed {
    pub(super) subject: Subject,
    pub(super) origin: Option<(String, Document)>,
}

/// Reads the sources.
pub(super) fn load(sources: &Sources, global: &Global, console: Console) -> Result<Loaded, Trouble> {
    if let (false, Some(flag)) = (sources.cluster, global.idle(&HERE)) {
        return Err(Trouble::new(format!("{flag} means nothing without --cluster")));
    }
    if global.all_namespaces && !sources.filename.is_empty() {
        return Err(Trouble::new("--all-namespaces means nothing with --filename: all manifests are judged"));
    }
    let connection = if sources.cluster { Some(live::open(global)?) } else { None };
    // As kubectl does.
    let contexts = connection.as_ref().map(Connection::namespace).filter(|name| !name.is_empty());
    let namespace = global.namespace.as_deref().or(contexts).unwrap_or("default");
    let mut reader = Reader::new(namespace, console);
    let manifests = reader.manifests(&sources.filename)?;
    let unread = std::mem::take(&mut reader.unread);
    let mut view = match &connection {
        Some(connection) => {
            let mut namespaces = namespaces(&manifests);
            if namespaces.is_empty() {
                namespaces.extend(global.namespace.clone());
            }
            live::listed(connection, &namespaces, sources.network_policies, console)?
        }
        None => reader.base(sources)?,
    };
    let subjects = if sources.filename.is_empty() {
        let judged = stored(&view, global);
        if let (true, Some(own)) = (judged.is_empty(), &global.namespace) {
            live::exists(own, &view, sources.cluster)?;
        }
        judged
    } else {
        laid_over(manifests, &mut view)
    };
    for object in unread {
        view.insert(object);
    }
    let Reader { faults, texts, doubt, .. } = reader;
    if doubt {
        view.doubt();
    }
    Ok(Loaded { view, subjects, faults, texts })
}

/// The state that the files at `path` hold, if all of it can be read.
pub(super) fn snapshot(path: &Path, global: &Global, console: Console) -> Result<Snapshot, Trouble> {
    let sources = Sources { snapshot: Some(path.to_owned()), ..Sources::default() };
    let Loaded { view, faults, .. } = load(&sources, &Global { namespace: None, ..global.clone() }, console)?;
    match faults.first() {
        None => Ok(view),
        Some(fault) => Err(Trouble::new(fault.to_string())),
    }
}

/// The Ingresses in `view` that are to be judged.
fn stored(view: &Snapshot, global: &Global) -> Vec<Placed> {
    let judged = view.subjects().filter(|one| global.namespace.as_ref().is_none_or(|own| *own == one.name.namespace));
    judged.map(|subject| Placed { subject: subject.clone(), origin: None }).collect()
}

/// Lays manifests over `view`; gives the Ingresses among them.
fn laid_over(manifests: Vec<Manifest>, view: &mut Snapshot) -> Vec<Placed> {
    let mut subjects = Vec::new();
    for Manifest { file, document, object } in manifests {
        if let Object::Ingress(subject) = &object {
            subjects.push(Placed { subject: subject.clone(), origin: Some((file, document)) });
        }
        view.insert(object);
    }
    subjects
}

/// The namespaces of the Ingresses among the manifests.
fn namespaces(manifests: &[Manifest]) -> BTreeSet<String> {
    let ingresses = manifests.iter().filter_map(|manifest| match &manifest.object {
        Object::Ingress(subject) => Some(subject.name.namespace.clone()),
        _ => None,
    });
    ingresses.collect()
}

/// A manifest that was read, and where it stands.
struct Manifest {
    file: String,
    document: Document,
    object: Object,
}

struct Reader<'a> {
    namespace: &'a str,
    console: Console,
    faults: Vec<Fault>,
    texts: Texts,
    /// The manifests seen, by kind and name, and where.
    known: BTreeMap<String, String>,
    /// What is there and cannot be used.
    unread: Vec<Object>,
    /// Something could not be read, and nobody knows what it is.
    doubt: bool,
}

impl<'a> Reader<'a> {
    fn new(namespace: &'a str, console: Console) -> Self {
        let (texts, known) = (Texts::default(), BTreeMap::new());
        Self { namespace, console, faults: Vec::new(), texts, known, unread: Vec::new(), doubt: false }
    }

    /// What the manifests are laid over.
    fn base(&mut self, sources: &Sources) -> Result<Snapshot, Trouble> {
        let Some(path) = &sources.snapshot else {
            return Ok(if sources.partial { Snapshot::partial() } else { Snapshot::complete() });
        };
        let (mut view, mut count) = (Snapshot::complete(), 0);
        for file in self.files(path)? {
            let Some(bytes) = self.read(&file) else { continue };
            let before = self.faults.len();
            for (document, decoded) in self.decoded(&file, values(&bytes)) {
                count += 1;
                match decoded {
                    Ok(object) => view.insert(object),
                    Err(unusable) => self.unusable(&name(&file), &document, &unusable),
                }
            }
            if self.faults.len() > before {
                self.texts.insert(name(&file), &bytes);
            }
        }
        for object in self.unread.drain(..) {
            view.insert(object);
        }
        if count == 0 && self.faults.is_empty() {
            let path = name(path);
            return Err(Trouble::new(format!(
                "there is no Kubernetes object in {path}: write one with kubectl get … -o json"
            )));
        }
        Ok(view)
    }

    /// The manifests of all files.
    fn manifests(&mut self, paths: &[PathBuf]) -> Result<Vec<Manifest>, Trouble> {
        let (mut manifests, mut read) = (Vec::new(), BTreeSet::new());
        for path in paths {
            for path in self.files(path)? {
                // The same file named twice, or once more by its directory.
                if read.insert(fs::canonicalize(&path).unwrap_or_else(|_| path.clone())) {
                    self.manifests_of(&path, &mut manifests);
                }
            }
        }
        if !paths.is_empty() && manifests.is_empty() && self.faults.is_empty() {
            let paths: Vec<_> = paths.iter().map(|path| name(path)).collect();
            let paths = paths.join(", ");
            return Err(Trouble::new(format!("there is no Kubernetes object in {paths}: nothing to judge")));
        }
        Ok(manifests)
    }

    /// The manifests of one file.
    fn manifests_of(&mut self, path: &Path, manifests: &mut Vec<Manifest>) {
        let Some(bytes) = self.read(path) else { return };
        let file = name(path);
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

    /// The documents of a file that parse, decoded; the others become faults.
    fn decoded(
        &mut self,
        file: &Path,
        found: Vec<Result<Document, Broken>>,
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
                    self.fault(&name(file), broken.position, broken.reason);
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
        self.fault(file, position, unusable.to_string());
    }

    fn fault(&mut self, file: &str, position: Position, message: String) {
        let Position { line, column, .. } = position;
        self.faults.push(Fault { file: file.to_owned(), line: Some(line), column: Some(column), message });
    }

    /// Tells of a manifest that replaces another, as it would on apply.
    fn remember(&mut self, object: &Object, file: &str, document: &Document) {
        let Some(key) = called(object) else { return };
        let here = format!("{file}:{}", document.start().line);
        if let Some(there) = self.known.insert(key.clone(), here.clone()) {
            self.console.note(Level::Warning, &format!("{key} in {here} replaces the one in {there}"));
        }
    }

    /// The file itself, or the manifests below a directory, sorted.
    fn files(&mut self, path: &Path) -> Result<Vec<PathBuf>, Trouble> {
        if !path.is_dir() {
            return Ok(vec![path.to_owned()]);
        }
        let (mut files, mut faulty) = (Vec::new(), false);
        let mut below = vec![path.to_owned()];
        while let Some(directory) = below.pop() {
            match entries(&directory) {
                Ok((found, directories)) => {
                    files.extend(found);
                    below.extend(directories);
                }
                Err(error) => {
                    faulty = true;
                    self.unreadable(&directory, &error);
                }
            }
        }
        files.sort();
        if files.is_empty() && !faulty {
            let path = name(path);
            return Err(Trouble::new(format!(
                "there is no *.yaml, *.yml or *.json file in {path}: name a file or another directory"
            )));
        }
        Ok(files)
    }

    /// The bytes of a file; `None`, and a fault, where it cannot be read.
    fn read(&mut self, path: &Path) -> Option<Vec<u8>> {
        match files::read(path, MOST) {
            Ok(bytes) => {
                self.console.note(Level::Debug, &format!("read {}, {} bytes", name(path), bytes.len()));
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
        self.faults.push(Fault { file: name(path), line: None, column: None, message: files::why(error) });
    }
}

/// The manifests in a directory, and its directories. What begins with a dot is left out, and so are links to
/// directories, which may lead in a circle.
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

/// Kind, namespace and name of an object that a judgement reads.
fn called(object: &Object) -> Option<String> {
    match object {
        Object::Ingress(subject) => Some(format!("{} {}", subject.kind, subject.name)),
        Object::Service(name, _) => Some(format!("Service {name}")),
        Object::Slice(name, ..) => Some(format!("EndpointSlice {name}")),
        Object::Pod(space, facts) => Some(format!("Pod {space}/{}", facts.name)),
        Object::Workload(space, facts) => Some(format!("{} {space}/{}", facts.kind, facts.name)),
        Object::Class(name, _) => Some(format!("IngressClass {name}")),
        Object::Namespace(name, _) => Some(format!("Namespace {name}")),
        Object::NetworkPolicy(name, _) => Some(format!("NetworkPolicy {name}")),
        Object::Canary(space, facts) => Some(format!("Canary {space}/{}", facts.name)),
        Object::Unread(..) | Object::OtherPolicy | Object::Other => None,
    }
}

#[cfg(test)]
mod tests {
    use super::Sources;

    #[test]
    fn only_a_cluster_has_a_present() {
        assert!(Sources { cluster: true, ..Sources::default() }.now().is_some());
        assert!(Sources::default().now().is_none());
    }
}

//! Kinds of objects for which programs create Services (rulebook 7.15), and the names of these Services.

use super::Program;

/// A kind of objects for which a program creates Services.
#[derive(Debug, PartialEq, Eq)]
pub struct Maker {
    /// The API group. Every version counts.
    pub group: &'static str,
    /// The word in `kind`.
    pub kind: &'static str,
    /// The names of the Services, as templates: `{path}` stands for the field at the path, `|` separates alternatives, and
    /// `*` at the beginning or at the end stands for any text.
    pub services: &'static [&'static str],
    /// Further names, as templates. They have a form that Services of other programs do not have, so that the name of a
    /// Service alone shows that an object of this kind will create it.
    pub typical: &'static [&'static str],
    /// The objects that create Services.
    pub when: When,
    /// The Services may be in every namespace.
    pub everywhere: bool,
    /// The path of the field with the namespace of the Services; `None` if they are in the namespace of the object. An
    /// object without the field creates them in its own namespace, too.
    pub namespace: Option<&'static str>,
    /// The workloads that get such an object later; `None` if the existence of a workload shows nothing.
    pub workloads: Option<Workloads>,
}

/// The objects of a kind that create Services. A path is the path of a field, such as `spec.serviceName`.
#[derive(Debug, PartialEq, Eq)]
pub enum When {
    /// All.
    Always,
    /// Those whose field at the path has one of these values.
    Is(&'static str, &'static [&'static str]),
    /// Those with a field at the path.
    Has(&'static str),
    /// Those without a field at the path.
    Lacks(&'static str),
}

/// Workloads for which a program creates a Service of the same name, as soon as an object names the workload.
#[derive(Debug, PartialEq, Eq)]
pub struct Workloads {
    /// The kinds of the workloads.
    pub kinds: &'static [&'static str],
    /// The path of the field that names the kind of the workload.
    pub kind: &'static str,
    /// The path of the field that names the workload.
    pub name: &'static str,
}

/// A kind of the table, with its program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MakerKind {
    /// The program.
    pub program: &'static Program,
    /// The kind.
    pub maker: &'static Maker,
}

/// Any text at the beginning or at the end of a template.
const ANY: char = '*';
/// Separates the alternatives of a template: the first one whose fields exist counts.
const OR: char = '|';
/// The path of the name of the object.
const NAME: &str = "metadata.name";

impl Maker {
    /// All templates.
    fn templates(&self) -> impl Iterator<Item = &'static str> {
        self.services.iter().chain(self.typical).copied()
    }

    /// The paths of the fields that decide which Services an object creates, some of them twice.
    pub fn paths(&self) -> impl Iterator<Item = &'static str> {
        let in_templates = self.templates().flat_map(|template| template.split('{').skip(1));
        let of_when = match self.when {
            When::Always => None,
            When::Is(path, _) | When::Has(path) | When::Lacks(path) => Some(path),
        };
        let of_workloads = self.workloads.iter().flat_map(|workloads| [workloads.kind, workloads.name]);
        let of_names = in_templates.filter_map(|rest| Some(rest.split_once('}')?.0));
        of_names.chain(of_when).chain(of_workloads).chain(self.namespace)
    }

    /// Whether an object of this kind can create the Service `service`: the name fits a template.
    pub fn can_create(&self, service: &str) -> bool {
        self.templates().flat_map(|template| template.split(OR)).any(|alternative| fits(alternative, service))
    }

    /// The name of the object that creates the Service `service`, as far as the form of the name shows it: empty if the
    /// objects of every name create it. `None` if the name is not typical.
    pub fn typical_object<'s>(&self, service: &'s str) -> Option<&'s str> {
        self.typical.iter().find_map(|template| object_of(template, service))
    }
}

/// Whether `service` is a name that `alternative` gives for some fields.
fn fits(alternative: &str, service: &str) -> bool {
    // The texts between the fields. A field, or any text, stands between two of them.
    let mut texts = alternative.split(['{', ANY]).map(|piece| piece.split_once('}').map_or(piece, |(_, text)| text));
    let Some(mut rest) = texts.next().and_then(|first| service.strip_prefix(first)) else { return false };
    let mut texts = texts.peekable();
    if texts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(text) = texts.next() {
        if texts.peek().is_none() {
            return rest.ends_with(text);
        }
        let Some((_, after)) = rest.split_once(text) else { return false };
        rest = after;
    }
    true
}

/// Replaces `{path}` in `template` by the field at the path. `|` separates alternatives: the first one whose fields exist
/// counts. `*` at the beginning or at the end stands for any text. `None` if a field does not exist.
fn expand<'f>(template: &str, field: impl Fn(&str) -> Option<&'f str>) -> Option<String> {
    template.split(OR).find_map(|alternative| {
        let mut name = String::new();
        for piece in alternative.split('{') {
            let Some((path, text)) = piece.split_once('}') else {
                name.push_str(piece);
                continue;
            };
            name.push_str(field(path).filter(|value| !value.is_empty())?);
            name.push_str(text);
        }
        Some(name)
    })
}

/// The name of the object for which the last alternative of `template` gives `service`.
fn object_of<'s>(template: &str, service: &'s str) -> Option<&'s str> {
    let alternative = template.rsplit(OR).next()?;
    if let Some(end) = alternative.strip_prefix(ANY) {
        return service.ends_with(end).then_some("");
    }
    let Some((before, rest)) = alternative.split_once('{') else { return (service == alternative).then_some("") };
    let after = rest.strip_prefix(NAME)?.strip_prefix('}')?;
    service.strip_prefix(before)?.strip_suffix(after).filter(|name| !name.is_empty())
}

/// The facts of an object for which a program creates Services.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MakerFacts {
    /// The kind of the object.
    pub kind: MakerKind,
    /// The name of the object.
    pub name: String,
    /// The names of the Services that the program creates.
    pub(super) services: Vec<String>,
    /// The ends of names: the program creates the Services whose names have such an end.
    pub(super) endings: Vec<String>,
    /// The beginnings of names: the program may create Services whose names have such a beginning.
    pub(super) beginnings: Vec<String>,
    /// The namespace of the Services, if the object states one.
    namespace: Option<String>,
    /// The kind and the name of the workload that the object names.
    pub(super) workload: Option<(String, String)>,
}

impl MakerFacts {
    /// The facts of the object `name` of `kind`. `field` returns the field at a path: the empty string for a field that
    /// is no text, `None` for a field that does not exist.
    pub fn new<'f>(kind: MakerKind, name: String, field: impl Fn(&str) -> Option<&'f str>) -> Self {
        let maker = kind.maker;
        let creates = match maker.when {
            When::Always => true,
            When::Is(path, values) => field(path).is_some_and(|value| values.contains(&value)),
            When::Has(path) => field(path).is_some(),
            When::Lacks(path) => field(path).is_none(),
        };
        let names = maker.templates().filter(|_| creates).filter_map(|template| {
            expand(template, |path| if path == NAME { Some(name.as_str()) } else { field(path) })
        });
        let (mut services, mut endings, mut beginnings) = (Vec::new(), Vec::new(), Vec::new());
        for name in names {
            match (name.strip_suffix(ANY), name.strip_prefix(ANY)) {
                (Some(beginning), _) => beginnings.push(beginning.to_owned()),
                (None, Some(ending)) => endings.push(ending.to_owned()),
                (None, None) => services.push(name),
            }
        }
        let namespace = maker.namespace.and_then(&field).filter(|stated| !stated.is_empty()).map(str::to_owned);
        let workload = maker
            .workloads
            .as_ref()
            .and_then(|workloads| Some((field(workloads.kind)?.to_owned(), field(workloads.name)?.to_owned())));
        Self { kind, name, services, endings, beginnings, namespace, workload }
    }

    /// The namespace of the Services, if it is not the namespace of the object.
    pub fn namespace(&self) -> Option<&str> {
        self.namespace.as_deref()
    }

    /// The names of the Services that the program creates, sorted. `*` at the beginning or at the end stands for any text.
    pub fn service_names(&self) -> Vec<String> {
        let endings = self.endings.iter().map(|ending| format!("{ANY}{ending}"));
        let beginnings = self.beginnings.iter().map(|beginning| format!("{beginning}{ANY}"));
        let mut names: Vec<String> = self.services.iter().cloned().chain(endings).chain(beginnings).collect();
        names.sort();
        names
    }
}

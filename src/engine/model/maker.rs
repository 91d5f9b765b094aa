//! Kinds of objects for which programs create Services (rulebook 7.15), and the names of these Services.

use super::Program;

/// A kind of objects out of which a program creates Services.
#[derive(Debug, PartialEq, Eq)]
pub struct Maker {
    /// The API group. Every version counts.
    pub group: &'static str,
    /// The word in `kind`.
    pub kind: &'static str,
    /// The names of the Services, as templates: `{path}` stands for the field at the path, `|` separates alternatives, and
    /// `*` at the beginning stands for any text.
    pub services: &'static [&'static str],
    /// Further names, as templates. They have a form that Services of other programs do not have, so that the name of a
    /// Service alone shows that an object of this kind will create it.
    pub typical: &'static [&'static str],
    /// The objects that create Services.
    pub when: When,
    /// The Services may be in every namespace. Otherwise they are in the namespace of the object.
    pub everywhere: bool,
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

/// Begins the template of names of which only the end is known.
const ANY_BEGINNING: char = '*';
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
        in_templates.filter_map(|rest| Some(rest.split_once('}')?.0)).chain(of_when).chain(of_workloads)
    }

    /// The name of the object that creates the Service `service`, as far as the form of the name shows it: empty if the
    /// objects of every name create it. `None` if the name is not typical.
    pub fn typical_object<'s>(&self, service: &'s str) -> Option<&'s str> {
        self.typical.iter().find_map(|template| object_of(template, service))
    }
}

/// Replaces `{path}` in `template` by the field at the path. `|` separates alternatives: the first one whose fields exist
/// counts. `*` at the beginning stands for any text. `None` if a field does not exist.
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
    if let Some(end) = alternative.strip_prefix(ANY_BEGINNING) {
        return service.ends_with(end).then_some("");
    }
    let Some((before, rest)) = alternative.split_once('{') else { return (service == alternative).then_some("") };
    let after = rest.strip_prefix(NAME)?.strip_prefix('}')?;
    service.strip_prefix(before)?.strip_suffix(after).filter(|name| !name.is_empty())
}

/// The facts of an object out of which a program creates Services.
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
        let (endings, services) = names.partition(|name| name.starts_with(ANY_BEGINNING));
        let endings: Vec<String> = endings;
        let endings = endings.iter().map(|ending| ending.trim_start_matches(ANY_BEGINNING).to_owned()).collect();
        let workload = maker
            .workloads
            .as_ref()
            .and_then(|workloads| Some((field(workloads.kind)?.to_owned(), field(workloads.name)?.to_owned())));
        Self { kind, name, services, endings, workload }
    }

    /// The names of the Services that the program creates, sorted. `*` at the beginning stands for any text.
    pub fn service_names(&self) -> Vec<String> {
        let endings = self.endings.iter().map(|ending| format!("{ANY_BEGINNING}{ending}"));
        let mut names: Vec<String> = self.services.iter().cloned().chain(endings).collect();
        names.sort();
        names
    }
}

//! The table of the programs that create Ingresses or Services: one row for each (rulebook 7.14, 7.15).
//!
//! No other module knows a program. `tests/engine/programs.rs` demands a situation for each row.

mod charts;
mod makers;
mod writers;

use super::model::{Covers, Creates, Maker, MakerKind, Mark, Program, When};

/// A program without marks, which creates the Services after the Ingress.
const PROGRAM: Program =
    Program { name: "", marks: &[], covers: Covers::Ingress, creates: Creates::After, makers: &[], source: "" };

/// A program whose Ingresses, if it creates any, come after their Services.
const OPERATOR: Program = Program { creates: Creates::Before, ..PROGRAM };

/// A kind without Services.
const MAKER: Maker = Maker {
    group: "",
    kind: "",
    services: &[],
    typical: &[],
    when: When::Always,
    everywhere: false,
    namespace: None,
    workloads: None,
};

/// The number of a program in the table.
pub type Index = usize;

/// All programs.
pub fn all() -> impl Iterator<Item = &'static Program> {
    writers::ALL.iter().chain(makers::ALL).chain(charts::ALL)
}

/// The program with this number.
pub fn at(index: Index) -> Option<&'static Program> {
    all().nth(index)
}

/// The program of an owner of this `apiVersion` and kind.
pub fn by_owner(api_version: &str, kind: &str) -> Option<&'static Program> {
    let (group, _) = api_version.rsplit_once('/')?;
    let by_group = position(|mark| matches!(mark, Mark::Owner(own) if *own == group)).and_then(at);
    by_group.or_else(|| maker(group, kind).map(|kind| kind.program))
}

/// The program that a label marks.
pub fn by_label(key: &str, value: &str) -> Option<Index> {
    position(|mark| matches!(mark, Mark::Label(own, values) if *own == key && values.is(value)))
}

/// The program that an annotation marks.
pub fn by_annotation(key: &str, value: &str) -> Option<Index> {
    position(|mark| matches!(mark, Mark::Annotation(own, values) if *own == key && values.is(value)))
}

/// Whether an annotation with this key may be a mark.
pub fn is_annotation(key: &str) -> bool {
    position(|mark| matches!(mark, Mark::Annotation(own, _) if *own == key)).is_some()
}

fn position(is_mark: impl Fn(&Mark) -> bool) -> Option<Index> {
    writers::ALL.iter().position(|program| program.marks.iter().any(&is_mark))
}

/// All kinds of objects for which programs create Services.
pub fn makers() -> impl Iterator<Item = MakerKind> {
    all().flat_map(|program| program.makers.iter().map(move |maker| MakerKind { program, maker }))
}

/// The kind of this API group and name, if a program creates Services out of its objects.
pub fn maker(group: &str, kind: &str) -> Option<MakerKind> {
    makers().find(|known| known.maker.group == group && known.maker.kind == kind)
}

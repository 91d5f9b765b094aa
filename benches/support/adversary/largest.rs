//! The largest reviews that an API server can send about Ingresses that it stores. Different
//! parts of a review grow: a path may hold 1.5 MiB of `<`, and each `<` takes six bytes of JSON. An empty rule takes three
//! bytes and becomes a structure.

use super::ingress::{Ingress, Port, path, review, rule};
use super::limits::{ANNOTATIONS, STORED};

/// Bytes of Protobuf that are kept for the name, the time of creation and the other fields of an object.
const OTHER_FIELDS: usize = 1 << 10;
/// Bytes of Protobuf that the repeated parts of an object may have.
const REPEATED: usize = STORED - OTHER_FIELDS;

/// The reviews, with their names.
pub(crate) fn reviews() -> Vec<(&'static str, String)> {
    let no_annotations = |rules: Vec<String>| Ingress::new(rules).created();
    let path_of = |text: &str, service: &str| path(text, service, &Port::Number(80));
    let long = |unit: &str| format!("/{}", unit.repeat(REPEATED - 64));
    let long_path = |unit: &str, service: &str| Ingress::of_paths(&[path_of(&long(unit), service)]);
    let keys = |first: char| Labels { first, count: REPEATED / 10 };
    vec![
        ("short paths", short_paths('a').created()),
        ("short paths, update", short_paths('b').updated(&short_paths('a'))),
        ("resource backends", Ingress::of_paths(&resource_paths()).created()),
        ("long path", long_path("<", "gone").created()),
        ("long path, update", long_path("<", "new").updated(&long_path("<", "old"))),
        ("path of commas", long_path(",", "gone").created()),
        ("path of commas, update", long_path(",", "new").updated(&long_path(",", "old"))),
        ("path of braces", long_path("{", "gone").created()),
        ("long paths", long_paths().created()),
        ("hosts", no_annotations(hosts())),
        (
            "rules without paths",
            no_annotations(items(REPEATED / 10, |at| format!(r#"{{"host":"{}"}}"#, name('h', at)))),
        ),
        ("empty rules", no_annotations(items(REPEATED / 6, |_| "{}".to_owned()))),
        ("empty rules, update", Ingress::new(items(REPEATED / 6, |_| "{}".to_owned())).updated(&short_paths('a'))),
        ("labels", keys('l').ingress().created()),
        ("labels, update", keys('n').ingress().updated(&keys('o').ingress())),
        ("canaries", canaries().created()),
        ("managed fields", managed_fields("gone", "null")),
        ("managed fields, update", managed_fields("new", &managed("old"))),
        ("certificates", with_spec(&format!(r#"{{"tls":[{}]}}"#, items(REPEATED / 4, |_| "{}".to_owned()).join(",")))),
    ]
}

fn items(count: usize, item: impl Fn(usize) -> String) -> Vec<String> {
    (0..count).map(item).collect()
}

/// A name of five letters, which no other number has.
fn name(first: char, mut number: usize) -> String {
    let mut text = String::from(first);
    for _ in 0..4 {
        text.push(char::from_u32(u32::from(b'a') + u32::try_from(number % 26).unwrap_or_default()).unwrap_or('a'));
        number /= 26;
    }
    text
}

/// 32 bytes of Protobuf each: 85 bytes of JSON, and a missing Service of its own.
fn short_paths(first: char) -> Ingress {
    Ingress::of_paths(&items(REPEATED / 32, |at| path("/", &name(first, at), &Port::Number(80))))
}

fn resource_paths() -> Vec<String> {
    let of = |at| {
        let resource = format!(r#"{{"apiGroup":null,"kind":"K","name":"{}"}}"#, name('r', at));
        format!(r#"{{"path":"/","pathType":"Exact","backend":{{"resource":{resource}}}}}"#)
    };
    items(REPEATED / 30, of)
}

fn long_paths() -> Ingress {
    let long = "<".repeat(1024);
    let of = |at| path(&format!("/{long}"), &name('a', at), &Port::Number(80));
    Ingress::of_paths(&items(REPEATED / (1024 + 33), of))
}

fn hosts() -> Vec<String> {
    let of = |at| rule(Some(&name('h', at)), &[path("/", &name('a', at), &Port::Number(80))]);
    items(REPEATED / 46, of)
}

/// Labels with short keys.
struct Labels {
    first: char,
    count: usize,
}

impl Labels {
    fn ingress(&self) -> Ingress {
        let mut ingress = Ingress::of_paths(&[path("/", &format!("{}-gone", self.first), &Port::Number(80))]);
        // The client has removed the managed fields, which would repeat each key.
        ingress.managed = false;
        ingress.labels = (0..self.count * 10 / 11).map(|at| (name(self.first, at), String::new())).collect();
        ingress
    }
}

/// Each annotation is kept, whatever its prefix is.
fn canaries() -> Ingress {
    let annotations = (0..ANNOTATIONS / 12).map(|at| (format!("{}/canary", name('p', at)), String::new()));
    let mut ingress =
        Ingress::of_paths(&items((REPEATED - 2 * ANNOTATIONS) / 32, |at| path("/", &name('a', at), &Port::Number(80))));
    ingress.managed = false;
    ingress.annotated(annotations)
}

/// An object with managed fields of 1.5 MiB.
fn managed(service: &str) -> String {
    let key = "\\u003c".repeat(REPEATED - 128);
    let path = path("/", service, &Port::Number(80));
    format!(
        r#"{{"kind":"Ingress","metadata":{{"name":"web","namespace":"shop","managedFields":[{{"manager":"m","fieldsV1":{{"f:{key}":{{}}}}}}]}},"spec":{{"rules":[{}]}}}}"#,
        rule(None, &[path])
    )
}

fn managed_fields(service: &str, old: &str) -> String {
    review(if old == "null" { "CREATE" } else { "UPDATE" }, "web", &managed(service), old)
}

fn with_spec(spec: &str) -> String {
    let object = format!(r#"{{"kind":"Ingress","metadata":{{"name":"web","namespace":"shop"}},"spec":{spec}}}"#);
    review("CREATE", "web", &object, "null")
}

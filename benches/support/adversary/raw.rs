//! Bodies that no API server sends, but that any client with access to the port can send. Each has the requested size, and
//! needs much memory for each of its bytes.

use super::ingress::{Ingress, Port, path, review, rule};

/// A name, and what makes the body.
pub(crate) type Body = (&'static str, Box<dyn FnOnce() -> String>);

/// Bodies of about `bytes` bytes.
pub(crate) fn bodies(bytes: usize) -> Vec<Body> {
    [
        lists(bytes),
        backends(bytes),
        maps(bytes),
        mistyped(bytes),
        long_values(bytes),
        envelopes(bytes),
        no_reviews(bytes),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn body(name: &'static str, make: impl FnOnce() -> String + 'static) -> Body {
    (name, Box::new(make))
}

/// Lists of structures. Each structure takes two bytes.
fn lists(bytes: usize) -> Vec<Body> {
    let of = move |item: &str| items(item, bytes);
    let rules = move |rules: &str| of_spec(&format!(r#"{{"rules":[{rules}]}}"#));
    let paths = move |item: &str| rules(&format!(r#"{{"http":{{"paths":[{}]}}}}"#, of(item)));
    let half = move || spec(&format!(r#"{{"rules":[{{"http":{{"paths":[{}]}}}}]}}"#, items("{}", bytes / 2)));
    vec![
        body("empty paths", move || paths("{}")),
        body("empty paths, as lists", move || paths("[]")),
        body("paths with spaces", move || paths(" { } ")),
        body("paths with an unknown field", move || paths(r#"{"":0}"#)),
        body("empty paths in both objects", move || review("UPDATE", "web", &half(), &half())),
        body("empty rules", move || rules(&of("{}"))),
        body("rules with an empty path", move || rules(&of(r#"{"http":{"paths":[{}]}}"#))),
        body("hosts", move || rules(&of(r#"{"host":"a"}"#))),
        body("certificates", move || of_spec(&format!(r#"{{"tls":[{}]}}"#, of("{}")))),
    ]
}

/// Backends. Each backend is looked up.
fn backends(bytes: usize) -> Vec<Body> {
    let rules = move |rules: &str| of_spec(&format!(r#"{{"rules":[{rules}]}}"#));
    let paths = move |paths: String| rules(&format!(r#"{{"http":{{"paths":[{paths}]}}}}"#));
    let full = move |first: char, bytes: usize| -> Vec<String> {
        (0..bytes / 90).map(|at| path("/", &format!("{first}{at}"), &Port::Number(80))).collect()
    };
    let half = move |first| Ingress::of_paths(&full(first, bytes / 2));
    vec![
        body("missing services", move || Ingress::of_paths(&full('n', bytes)).created()),
        body("missing services, without ports", move || {
            paths(numbered(bytes, |at| backend(&format!(r#""service":{{"name":"{at}"}}"#))))
        }),
        body("missing services in both objects", move || half('n').updated(&half('o'))),
        body("missing services, a host each", move || {
            rules(&numbered(bytes, |at| rule(Some(&at.to_string()), &[path("/", &at.to_string(), &Port::Number(80))])))
        }),
        body("ports of one service", move || {
            paths(numbered(bytes, |at| backend(&format!(r#""service":{{"name":"web","port":{{"name":"{at}"}}}}"#))))
        }),
        body("resources", move || paths(numbered(bytes, |at| backend(&format!(r#""resource":{{"name":"{at}"}}"#))))),
        body("missing actions", move || {
            paths(numbered(bytes, |at| {
                backend(&format!(r#""service":{{"name":"{at}","port":{{"name":"use-annotation"}}}}"#))
            }))
        }),
    ]
}

fn backend(backend: &str) -> String {
    format!(r#"{{"backend":{{{backend}}}}}"#)
}

/// Maps with many keys, and maps that repeat one key.
fn maps(bytes: usize) -> Vec<Body> {
    let of = move |field: &str, pairs: &str| of_metadata(&format!(r#""{field}":{{{pairs}}}"#));
    let keys = move |before: &str, after: &str| numbered(bytes, |at| format!(r#""{before}{at}{after}":"""#));
    let action =
        move |value: &str| format!(r#""alb.ingress.kubernetes.io/actions.a":"{}""#, value.replace('"', "\\\""));
    let forward =
        move |groups: &str| action(&format!(r#"{{"type":"forward","forwardConfig":{{"targetGroups":[{groups}]}}}}"#));
    let actions = move || numbered(bytes, |at| format!(r#""alb.ingress.kubernetes.io/actions.{at}":"{{}}""#));
    let hidden = move || r"\u007b\u007d\u002c".repeat(bytes / 18);
    vec![
        body("labels", move || of("labels", &keys("l", ""))),
        body("one label", move || of("labels", &items(r#""":"""#, bytes))),
        body("annotations", move || of("annotations", &keys("backstop.dev/", ""))),
        body("canaries", move || of("annotations", &keys("", "/canary"))),
        body("one canary", move || of("annotations", &items(r#""canary":"""#, bytes))),
        body("actions", move || of("annotations", &actions())),
        body("one action", move || of("annotations", &items(&action("{}"), bytes))),
        body("target groups", move || of("annotations", &forward(&items("{}", bytes)))),
        body("target groups of services", move || {
            of(
                "annotations",
                &forward(&numbered(bytes, |at| format!(r#"{{"serviceName":"{at}","servicePort":1,"weight":1}}"#))),
            )
        }),
        body("target groups in escapes", move || of("annotations", &forward(&format!("{}{{}}", hidden())))),
        body("a port that is a list", move || {
            of("annotations", &forward(&format!(r#"{{"servicePort":[{}]}}"#, items("0", bytes))))
        }),
        body("an action that is a list", move || of("annotations", &action(&format!("[{}]", items("0", bytes))))),
        body("an action with a list of objects", move || {
            of("annotations", &action(&format!(r#"{{"type":[{}]}}"#, items(r#"{"a":0}"#, bytes))))
        }),
        body("ignored checks", move || of("annotations", &format!(r#""backstop.dev/ignore":"{}""#, items("x", bytes)))),
        body("managed fields", move || of_metadata(&format!(r#""managedFields":[{}]"#, items("{}", bytes)))),
        body("owners", move || of_metadata(&format!(r#""ownerReferences":[{}]"#, items("{}", bytes)))),
        body("finalizers", move || of_metadata(&format!(r#""finalizers":[{}]"#, items(r#""""#, bytes)))),
    ]
}

/// Values of another type than the API gives them.
fn mistyped(bytes: usize) -> Vec<Body> {
    let numbers = move || format!("[{}]", items("0", bytes));
    let objects = move || format!("[{}]", items(r#"{"a":0}"#, bytes));
    vec![
        body("a spec of numbers", move || of_spec(&numbers())),
        body("a spec of objects", move || of_spec(&objects())),
        body("rules of numbers", move || of_spec(&format!(r#"{{"rules":{}}}"#, numbers()))),
        body("rules that are an object", move || {
            of_spec(&format!(r#"{{"rules":{{{}}}}}"#, numbered(bytes, |at| format!(r#""{at}":0"#))))
        }),
        body("a name of objects", move || of_metadata(&format!(r#""name":{}"#, objects()))),
        body("a late fault", move || {
            of_spec(&format!(r#"{{"rules":[{{"http":{{"paths":[{}]}}}},0]}}"#, items("{}", bytes)))
        }),
        body("a late fault beside objects", move || of_spec(&format!(r#"{{"unknown":{},"rules":0}}"#, objects()))),
        body("a deep spec", move || of_spec(&format!("{}{}", "[".repeat(bytes / 2), "]".repeat(bytes / 2)))),
        body("deep objects", move || of_spec(&format!("{}0{}", r#"{"a":"#.repeat(bytes / 6), "}".repeat(bytes / 6)))),
        body("a deep unknown field", move || {
            of_spec(&format!(r#"{{"x":{}{}}}"#, "[".repeat(bytes / 2), "]".repeat(bytes / 2)))
        }),
        body("the same field twice", move || {
            of_metadata(&format!(r#""name":"web",{}"#, items(r#""name":"web""#, bytes)))
        }),
        body("an object that is a text", move || review("CREATE", "web", &text(bytes), "null")),
        body("an object that is a list", move || review("CREATE", "web", &objects(), "null")),
    ]
}

/// Values without a maximum length.
fn long_values(bytes: usize) -> Vec<Body> {
    let (long, escaped) = (move || text(bytes), move || format!(r#""{}""#, "\\u003c".repeat(bytes / 6)));
    let path_of = move |path: &str, name: &str| {
        format!(
            r#"{{"rules":[{{"host":"a","http":{{"paths":[{{"path":{path},"backend":{{"service":{{"name":{name},"port":{{"number":80}}}}}}}}]}}}}]}}"#
        )
    };
    vec![
        body("a long path", move || of_spec(&path_of(&long(), r#""gone""#))),
        body("a long path of escapes", move || of_spec(&path_of(&escaped(), r#""gone""#))),
        body("a long service", move || of_spec(&path_of(r#""/""#, &long()))),
        body("a long service of escapes", move || of_spec(&path_of(r#""/""#, &escaped()))),
        body("a long host", move || {
            of_spec(&format!(
                r#"{{"rules":[{{"host":{},"http":{{"paths":[{{}},{{"backend":{{"service":{{"name":"gone"}}}}}}]}}}}]}}"#,
                long()
            ))
        }),
        body("a long class", move || {
            of_spec(&format!(r#"{{"ingressClassName":{},"defaultBackend":{{"service":{{"name":"gone"}}}}}}"#, long()))
        }),
        body("a long name", move || of_metadata(&format!(r#""name":{}"#, long()))),
        body("a long ignore", move || {
            of_metadata(&format!(r#""annotations":{{"backstop.dev/ignore":{}}}"#, escaped()))
        }),
        body("a long class annotation", move || {
            of_metadata(&format!(r#""annotations":{{"kubernetes.io/ingress.class":{}}}"#, long()))
        }),
        body("a long key", move || of_metadata(&format!(r#""annotations":{{{}:""}}"#, long()))),
        body("a long label", move || of_metadata(&format!(r#""labels":{{{}:{}}}"#, long(), text(0)))),
        body("a long number", move || {
            of_spec(&format!(r#"{{"defaultBackend":{{"service":{{"port":{{"number":{}}}}}}}}}"#, "1".repeat(bytes)))
        }),
        body("a long fraction", move || {
            of_spec(&format!(r#"{{"defaultBackend":{{"service":{{"port":{{"number":1.{}}}}}}}}}"#, "1".repeat(bytes)))
        }),
        body("a long unknown field", move || of_spec(&format!("{{{}:0}}", long()))),
    ]
}

/// Reviews whose own fields are large.
fn envelopes(bytes: usize) -> Vec<Body> {
    let (long, numbers) = (move || text(bytes), move || items("0", bytes));
    let object = || Ingress::of_paths(&[path("/", "gone", &Port::Number(80))]).json();
    let with = move |old: &str, new: &str| review("CREATE", "web", &object(), "null").replacen(old, new, 1);
    vec![
        body("a long uid", move || with(r#""0df28fbd-5f5f-11e8-bc74-36e6bb280816""#, &long())),
        body("a long user", move || with(r#""dev@example.com""#, &long())),
        body("groups", move || with(r#""system:authenticated""#, &items(r#""""#, bytes))),
        body("a long group", move || with(r#""system:authenticated""#, &long())),
        body("a long namespace", move || {
            with(r#""namespace":"shop","operation""#, &format!(r#""namespace":{},"operation""#, long()))
        }),
        body("a long operation", move || with(r#""operation":"CREATE""#, &format!(r#""operation":{}"#, long()))),
        body("a long kind", move || with(r#""AdmissionReview""#, &long())),
        body("a long resource", move || with(r#""resource":"ingresses""#, &format!(r#""resource":{}"#, long()))),
        body("options", move || with(r#""options":{"#, &format!(r#""options":{{"x":[{}],"#, numbers()))),
        body("unknown fields", move || {
            with(r#""dryRun":false"#, &format!(r#""dryRun":false,"unknown":[{}]"#, numbers()))
        }),
        body("a uid that is a list", move || {
            with(r#""0df28fbd-5f5f-11e8-bc74-36e6bb280816""#, &format!("[{}]", numbers()))
        }),
        body("another kind", move || {
            with(r#""resource":"ingresses""#, r#""resource":"services""#).replacen(
                &object(),
                &format!("[{}]", numbers()),
                1,
            )
        }),
    ]
}

/// What is no review.
fn no_reviews(bytes: usize) -> Vec<Body> {
    vec![
        body("no JSON", move || "x".repeat(bytes)),
        body("spaces", move || " ".repeat(bytes)),
        body("a list", move || format!("[{}]", items("0", bytes))),
        body("a list of objects", move || format!("[{}]", items("{}", bytes))),
        body("an open list", move || "[".repeat(bytes)),
        body("a text", move || text(bytes)),
    ]
}

fn spec(spec: &str) -> String {
    format!(r#"{{"kind":"Ingress","metadata":{{"name":"web","namespace":"shop"}},"spec":{spec}}}"#)
}

/// The creation of an Ingress with this spec.
fn of_spec(json: &str) -> String {
    review("CREATE", "web", &spec(json), "null")
}

/// The creation of an Ingress with these fields in its metadata, and a missing Service.
fn of_metadata(fields: &str) -> String {
    let backend = r#"{"defaultBackend":{"service":{"name":"gone","port":{"number":80}}}}"#;
    let object = format!(r#"{{"kind":"Ingress","metadata":{{{fields}}},"spec":{backend}}}"#);
    review("CREATE", "web", &object, "null")
}

/// A string of `bytes` bytes, in quotes.
fn text(bytes: usize) -> String {
    format!(r#""{}""#, "a".repeat(bytes))
}

/// As many of `item` as fit into `bytes`, with commas.
fn items(item: &str, bytes: usize) -> String {
    let mut text = format!("{item},").repeat((bytes / (item.len() + 1)).max(1));
    text.pop();
    text
}

/// As many numbered items as fit into `bytes`, with commas.
fn numbered(bytes: usize, item: impl Fn(usize) -> String) -> String {
    let mut text = String::with_capacity(bytes + 64);
    for number in 0.. {
        if text.len() >= bytes {
            break;
        }
        if number > 0 {
            text.push(',');
        }
        text.push_str(&item(number));
    }
    text
}

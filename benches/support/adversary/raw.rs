//! Bodies that no API server sends, but that any client with access to the port can send. Each has the requested size.

use super::ingress::{Ingress, paths, review};

/// Bodies of about `bytes` bytes, with their names.
pub(crate) fn bodies(bytes: usize) -> Vec<(&'static str, String)> {
    let of_spec =
        |spec: &str| format!(r#"{{"kind":"Ingress","metadata":{{"name":"web","namespace":"shop"}},"spec":{spec}}}"#);
    let of_metadata = |field: &str| {
        format!(r#"{{"kind":"Ingress","metadata":{{"name":"web","namespace":"shop",{field}}},"spec":{{}}}}"#)
    };
    let created = |object: &str| review("CREATE", "web", object, "null");
    let items = |item: &str| repeated(item, ",", bytes);
    let keys = |prefix: &str| numbered(bytes, |at| format!(r#""{prefix}{at}":"""#));
    let strings = format!(r#""{}""#, "a".repeat(bytes));
    vec![
        ("empty paths", created(&of_spec(&format!(r#"{{"rules":[{{"http":{{"paths":[{}]}}}}]}}"#, items("{}"))))),
        ("empty rules", created(&of_spec(&format!(r#"{{"rules":[{}]}}"#, items("{}"))))),
        ("missing services", Ingress::of_paths(&paths(bytes / 100, |at| format!("gone-{at:06}"))).created()),
        ("hosts", created(&of_spec(&format!(r#"{{"rules":[{}]}}"#, items(r#"{"host":"a"}"#))))),
        ("annotations", created(&of_metadata(&format!(r#""annotations":{{{}}}"#, keys("backstop.dev/"))))),
        ("labels", created(&of_metadata(&format!(r#""labels":{{{}}}"#, keys("l"))))),
        ("no Ingress", created(&of_spec(&format!("[{}]", items("0"))))),
        ("deep", created(&of_spec(&format!("{}{}", "[".repeat(bytes / 2), "]".repeat(bytes / 2))))),
        (
            "escapes",
            created(&of_metadata(&format!(
                r#""annotations":{{"backstop.dev/ignore":"{}"}}"#,
                "\\u003c".repeat(bytes / 6)
            ))),
        ),
        ("name", review("CREATE", "web", &format!(r#"{{"metadata":{{"name":{strings}}},"spec":{{}}}}"#), "null")),
        ("uid", created("{}").replace(r#""0df28fbd-5f5f-11e8-bc74-36e6bb280816""#, &strings)),
        ("user", created("{}").replace(r#""dev@example.com""#, &strings)),
        ("groups", created("{}").replace(r#""system:authenticated""#, &items(r#""""#))),
        (
            "unknown fields",
            created("{}").replace(r#""dryRun":false"#, &format!(r#""dryRun":false,"unknown":[{}]"#, items("0"))),
        ),
        ("no JSON", "x".repeat(bytes)),
        ("no review", format!("[{}]", items("0"))),
    ]
}

/// As many of `item` as fit into `bytes`.
fn repeated(item: &str, separator: &str, bytes: usize) -> String {
    let mut text = format!("{item}{separator}").repeat(bytes / (item.len() + separator.len()));
    text.truncate(text.len().saturating_sub(separator.len()));
    text
}

/// As many numbered items as fit into `bytes`.
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

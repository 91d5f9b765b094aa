//! The objects of a file: its documents, and the items of `List` objects.

use serde_json::{Map, Value};

use super::Kind;
use crate::text::{self, Document, DocumentError};

/// Returns the objects of a file in their order. Each item of a `List` is an object of the file.
pub fn documents(bytes: &[u8]) -> Vec<Result<Document, DocumentError>> {
    expand_lists(text::documents(bytes))
}

/// Returns the same objects as [`documents`], but without exact positions in JSON, which is several times faster.
/// Snapshots of a cluster are read in this way.
pub fn values(bytes: &[u8]) -> Vec<Result<Document, DocumentError>> {
    expand_lists(text::values(bytes))
}

fn expand_lists(documents: Vec<Result<Document, DocumentError>>) -> Vec<Result<Document, DocumentError>> {
    documents.into_iter().flat_map(|document| document.map_or_else(|broken| vec![Err(broken)], items)).collect()
}

/// The items of a `kind: List` or of a typed list such as `kind: ServiceList`; for any other object, the object itself.
fn items(mut document: Document) -> Vec<Result<Document, DocumentError>> {
    let text = |key: &str| document.value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (kind, api_version) = (text("kind"), text("apiVersion"));
    let Some(item_kind) = kind.strip_suffix("List") else { return vec![Ok(document)] };
    let position = document.position("items");
    if document.value.get("items").is_some_and(Value::is_null) {
        return Vec::new();
    }
    match document.take_items("items") {
        Some(items) => items
            .into_iter()
            .filter(|item| !item.value.is_null())
            .flat_map(|mut item| match &mut item.value {
                Value::Object(fields) => {
                    complete(fields, item_kind, &api_version);
                    self::items(item)
                }
                _ => {
                    vec![Err(DocumentError {
                        position: item.start(),
                        reason: format!("an item of {kind} is not an object"),
                        margin: None,
                    })]
                }
            })
            .collect(),
        None if item_kind.is_empty() || Kind::ALL.iter().any(|kind| kind.name() == item_kind) => {
            vec![Err(DocumentError { position, reason: format!("the items of {kind} are not a list"), margin: None })]
        }
        // A custom resource whose kind happens to end in `List`.
        None => vec![Ok(document)],
    }
}

/// Adds `kind` and `apiVersion` to an item of a typed list. Such items leave both out, because they follow from the
/// list.
fn complete(item: &mut Map<String, Value>, kind: &str, api_version: &str) {
    if !kind.is_empty() && !item.contains_key("kind") {
        item.insert("kind".to_owned(), kind.into());
        item.entry("apiVersion").or_insert_with(|| api_version.into());
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use crate::text::Position;

    fn all(text: &str) -> Vec<Value> {
        documents(text.as_bytes()).into_iter().map(|found| found.unwrap().value).collect()
    }

    #[rstest]
    #[case::items("kind: List\napiVersion: v1\nitems: {kind: Ingress}\n", 3, "the items of List are not a list")]
    #[case::no_items("apiVersion: v1\nkind: List\nitem: []\n", 1, "the items of List are not a list")]
    #[case::typed_items("kind: IngressList\nitems: {}\n", 2, "the items of IngressList are not a list")]
    #[case::list_item("kind: List\nitems:\n- a: 1\n- b\n", 4, "an item of List is not an object")]
    fn a_broken_list_is_an_error_with_its_line(#[case] text: &str, #[case] line: usize, #[case] reason: &str) {
        let broken = documents(text.as_bytes()).into_iter().find_map(Result::err).unwrap();
        assert_eq!((broken.position.line, broken.reason.as_str()), (line, reason));
        assert!(broken.position.column >= 1);
    }

    #[test]
    fn lists_are_expanded_and_keep_positions() {
        let text = "kind: List\napiVersion: v1\nitems:\n- kind: A\n  spec: {x: 1}\n- kind: List\n  items: [{kind: B}]\n- null\n";
        let found: Vec<_> = documents(text.as_bytes()).into_iter().map(Result::unwrap).collect();
        let kinds: Vec<_> = found.iter().map(|one| one.value["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["A", "B"]);
        assert_eq!(found[0].position("spec.x"), Position { line: 5, column: 13, length: 1 });
        assert_eq!(found[1].start().line, 7);
        // Items of typed lists have neither kind nor apiVersion.
        let services =
            all("{\"kind\": \"ServiceList\", \"apiVersion\": \"v1\", \"items\": [{\"metadata\": {\"name\": \"a\"}}]}");
        assert_eq!(services, [json!({"kind": "Service", "apiVersion": "v1", "metadata": {"name": "a"}})]);
        assert_eq!(all("kind: List\nitems: []\n"), Vec::<Value>::new());
        assert_eq!(all("kind: List\nitems:\n"), Vec::<Value>::new());
        // A custom resource whose kind ends in `List`.
        assert_eq!(all("kind: AllowList\nspec: {}\n").len(), 1);
    }

    #[test]
    fn values_are_the_same_as_documents() {
        let text = "{\"kind\": \"List\", \"items\": [{\"kind\": \"A\"}]} {\"kind\": \"B\"}";
        let plain: Vec<_> = values(text.as_bytes()).into_iter().map(|found| found.unwrap().value).collect();
        assert_eq!(plain, all(text));
    }
}

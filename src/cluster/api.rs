//! Calls to the API for any kind: one object by its name, or the pages of a list.

use http::Request;
use kube::Client;
use kube::api::{GetParams, ListParams};
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::task::spawn_blocking;

use super::error::{ApiError, ErrorKind};
use super::item::Item;
use super::words::chain;
use crate::engine::kinds::Kind;
use crate::engine::manifest::nullable;
use crate::engine::model::is_label;

/// The objects on a page, as in client-go.
const PAGE: u32 = 500;
/// The maximum bytes of an answer that is decoded on the threads for I/O.
const DECODED_IN_PLACE: usize = 64 * 1024;

/// Gets the object of `kind` with this name: a Service or a Namespace. `namespace` is `None` for a cluster-scoped kind. The
/// names of both kinds are DNS labels. No other text becomes a part of the path of a request.
pub(super) async fn get(client: &Client, kind: Kind, namespace: Option<&str>, name: &str) -> Result<Item, ApiError> {
    if !is_label(name) || !namespace.is_none_or(is_label) {
        let message = format!("no object of {} can have such a name", kind.plural());
        return Err(ApiError::without_answer(ErrorKind::NotFound, message));
    }
    let request = kube::core::Request::new(path(kind, namespace)).get(name, &GetParams::default());
    let text = fetch(client, request).await?;
    decoded(text, move |text| Ok(Item::read(kind, text))).await
}

/// The objects to list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Selection<'a> {
    pub(super) kind: Kind,
    /// `None`: all namespaces, or a cluster-scoped kind.
    pub(super) namespace: Option<&'a str>,
    /// A label selector in the format of the API; empty for all objects.
    pub(super) labels: &'a str,
    /// The maximum number of objects on a page.
    pub(super) page: u32,
}

impl<'a> Selection<'a> {
    /// All objects of `kind`.
    pub(super) fn all(kind: Kind, namespace: Option<&'a str>) -> Self {
        Self { kind, namespace, labels: "", page: PAGE }
    }
}

/// A list that is read page by page.
pub(super) struct Pages<'a> {
    client: &'a Client,
    selection: Selection<'a>,
    next: Next,
}

/// The next page.
enum Next {
    First,
    /// The page with this token.
    Continue(String),
    /// There is no next page: the list is complete, or a page failed.
    None,
}

impl<'a> Pages<'a> {
    pub(super) fn new(client: &'a Client, selection: Selection<'a>) -> Self {
        let exists = selection.namespace.is_none_or(is_label);
        Self { client, selection, next: if exists { Next::First } else { Next::None } }
    }

    /// Whether all pages were read, or one failed.
    pub(super) fn is_done(&self) -> bool {
        matches!(self.next, Next::None)
    }

    /// Reads the next page; `None` after the last one, and after one that failed.
    pub(super) async fn next(&mut self) -> Option<Result<Vec<Item>, ApiError>> {
        let Selection { kind, namespace, labels, page } = self.selection;
        let token = match std::mem::replace(&mut self.next, Next::None) {
            Next::First => None,
            Next::Continue(token) => Some(token),
            Next::None => return None,
        };
        let label_selector = Some(labels.to_owned()).filter(|labels| !labels.is_empty());
        let params = ListParams { limit: Some(page), continue_token: token, label_selector, ..ListParams::default() };
        let request = kube::core::Request::new(path(kind, namespace)).list(&params);
        let page = match fetch(self.client, request).await {
            Ok(text) => decoded(text, move |text| read_page(kind, text)).await,
            Err(error) => Err(error),
        };
        Some(page.map(|(items, token)| {
            self.next = token.map_or(Next::None, Next::Continue);
            items
        }))
    }
}

/// A page of a list. Its items have no `kind` and no `apiVersion`.
#[derive(Deserialize)]
struct Page<'a> {
    #[serde(default, deserialize_with = "nullable")]
    metadata: PageMetadata,
    #[serde(borrow, deserialize_with = "nullable")]
    items: Vec<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PageMetadata {
    #[serde(rename = "continue")]
    token: Option<String>,
}

/// The items of a page, and the token of the next one.
fn read_page(kind: Kind, text: &str) -> Result<(Vec<Item>, Option<String>), ApiError> {
    match serde_json::from_str::<Page<'_>>(text) {
        Ok(Page { metadata, items }) => {
            let items = items.into_iter().map(|item| Item::read(kind, item.get())).collect();
            Ok((items, metadata.token.filter(|token| !token.is_empty())))
        }
        Err(error) => Err(ApiError::without_answer(ErrorKind::Undecodable, chain(&error))),
    }
}

/// Sends a request and reads the answer.
async fn fetch(
    client: &Client,
    request: Result<Request<Vec<u8>>, kube::core::request::Error>,
) -> Result<String, ApiError> {
    let request = request.map_err(|error| ApiError::without_answer(ErrorKind::Other, chain(&error)))?;
    client.request_text(request).await.map_err(|error| ApiError::of(&error))
}

/// Decodes an answer. A separate thread decodes large answers, which would delay other requests.
async fn decoded<T: Send + 'static>(
    text: String,
    decode: impl FnOnce(&str) -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    if text.len() <= DECODED_IN_PLACE {
        return decode(&text);
    }
    let panicked = |error| ApiError::without_answer(ErrorKind::Undecodable, chain(&error));
    spawn_blocking(move || decode(&text)).await.map_err(panicked).flatten()
}

/// The path of a kind.
fn path(kind: Kind, namespace: Option<&str>) -> String {
    let (group, version, plural) = (kind.group(), kind.version(), kind.plural());
    let root = if group.is_empty() { format!("/api/{version}") } else { format!("/apis/{group}/{version}") };
    match namespace {
        Some(namespace) => format!("{root}/namespaces/{namespace}/{plural}"),
        None => format!("{root}/{plural}"),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use http::Response;
    use http_body_util::Full;
    use kube::client::Body;
    use parking_lot::Mutex;
    use rstest::rstest;
    use tower::service_fn;

    use super::*;

    /// An API server that gives these answers in turn, and records the requests.
    fn client(answers: &'static [(u16, &'static str)]) -> (Client, Arc<Mutex<Vec<String>>>) {
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let notes = Arc::clone(&asked);
        let service = service_fn(move |request: Request<Body>| {
            let mut notes = notes.lock();
            let (status, text) = answers[notes.len()];
            notes.push(request.uri().to_string());
            let answer = Response::builder().status(status).body(Full::from(text));
            async move { answer }
        });
        (Client::new(service, "default"), asked)
    }

    #[tokio::test]
    async fn a_list_is_read_page_by_page() {
        let (client, asked) = client(&[
            (
                200,
                r#"{"metadata": {"continue": "a b"}, "items": [{"metadata": {"name": "one", "namespace": "shop"}}]}"#,
            ),
            (200, r#"{"metadata": {"continue": ""}, "items": null}"#),
        ]);
        let selection = Selection { labels: "app=web", page: 2, ..Selection::all(Kind::Deployment, Some("shop")) };
        let mut pages = Pages::new(&client, selection);
        let names = |page: Option<Result<Vec<Item>, ApiError>>| {
            page.map(|page| page.unwrap().into_iter().map(|item| item.name).collect::<Vec<_>>())
        };
        assert_eq!(names(pages.next().await), Some(vec!["one".to_owned()]));
        assert!(!pages.is_done());
        assert_eq!(names(pages.next().await), Some(vec![]));
        assert_eq!((names(pages.next().await), pages.is_done()), (None, true));
        let first = "/apis/apps/v1/namespaces/shop/deployments?&labelSelector=app%3Dweb&limit=2".to_owned();
        let expected = [first.clone(), first + "&continue=a+b"];
        assert_eq!(asked.lock().as_slice(), expected);
    }

    #[rstest]
    #[case::forbidden(403, r#"{"code": 403, "reason": "Forbidden", "message": "no"}"#, ErrorKind::Forbidden)]
    #[case::no_list(200, r#"{"kind": "Status", "status": "Success"}"#, ErrorKind::Undecodable)]
    #[case::html(200, "<html>", ErrorKind::Undecodable)]
    #[tokio::test]
    async fn a_page_that_fails_is_the_last(#[case] code: u16, #[case] body: &'static str, #[case] expected: ErrorKind) {
        let answers: &'static [(u16, &'static str)] = Vec::leak(vec![(code, body)]);
        let (client, _) = client(answers);
        let mut pages = Pages::new(&client, Selection::all(Kind::Pod, Some("shop")));
        assert_eq!(pages.next().await.map(|page| page.unwrap_err().kind), Some(expected));
        assert!(pages.next().await.is_none());
    }

    #[tokio::test]
    async fn an_object_is_read_by_its_name() {
        let (client, asked) = client(&[
            (200, r#"{"metadata": {"name": "web", "namespace": "shop"}}"#),
            (200, r#"{"metadata": {"name": "shop"}}"#),
            (200, r#"{"metadata": {"name": "odd", "namespace": "shop"}, "spec": 7}"#),
        ]);
        let web = get(&client, Kind::Service, Some("shop"), "web").await.unwrap();
        assert_eq!((web.name.as_str(), web.object.is_ok()), ("web", true));
        let shop = get(&client, Kind::Namespace, None, "shop").await.unwrap();
        assert_eq!((shop.name.as_str(), shop.object.is_ok()), ("shop", true));
        assert!(get(&client, Kind::Service, Some("shop"), "odd").await.unwrap().object.is_err());
        let long = "a".repeat(64);
        for name in ["", "..", "a.b", "a/b", "a?b", "A", "a-", "\u{e9}", &long] {
            for (namespace, name) in [("shop", name), (name, "web")] {
                let absent = get(&client, Kind::Service, Some(namespace), name).await.unwrap_err();
                assert_eq!(absent.kind, ErrorKind::NotFound, "{name}");
            }
        }
        assert_eq!(
            asked.lock().as_slice(),
            ["/api/v1/namespaces/shop/services/web", "/api/v1/namespaces/shop", "/api/v1/namespaces/shop/services/odd"]
                .map(str::to_owned)
        );
    }
}

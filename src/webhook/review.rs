//! `admission.k8s.io/v1` AdmissionReview: decoding of requests and encoding of responses (rulebook 1).
//!
//! A body is decoded in one pass, and borrows from its bytes. If that fails, the envelope is decoded alone: the API
//! server accepts no answer without the `uid` of the request, even if the object is malformed (rulebook 1.2.1).

use std::borrow::Cow;

use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::engine::manifest::{DecodeError, Ingress, Json, Mapping, Name, Text, nullable};
use crate::engine::subject::Subject;
use crate::text::visible;

/// The only supported version. The API server selects it from `admissionReviewVersions` of the webhook (rulebook
/// 1.1.2).
const API_VERSION: &str = "admission.k8s.io/v1";
const KIND: &str = "AdmissionReview";
/// Bytes of a uid. The API server makes UUIDs, of 36 bytes. A longer one would be repeated in answer and log.
const UID: usize = 256;

/// Why a body is not a review that can be answered.
#[derive(Debug, thiserror::Error)]
pub enum EnvelopeError {
    /// The body is empty.
    #[error("the request body is empty: POST an {API_VERSION} {KIND}")]
    Empty,
    /// The body is not JSON, or not an object of the API.
    #[error("the request body is not an {API_VERSION} {KIND}: {0}")]
    Malformed(String),
    /// The kind or version is not supported.
    #[error("the request body has kind {kind} and apiVersion {api_version}: only {KIND} of {API_VERSION} is served")]
    Foreign {
        /// Its `apiVersion`.
        api_version: String,
        /// Its `kind`.
        kind: String,
    },
    /// `request` is absent or null.
    #[error("the {KIND} carries no request")]
    NoRequest,
    /// `request.uid` is absent or empty, so the API server could not match an answer.
    #[error("the {KIND} request carries no uid")]
    NoUid,
    /// `request.uid` is no uid of an API server.
    #[error("the uid of the {KIND} request has {0} bytes: at most {UID} are accepted")]
    LongUid(usize),
}

/// The operation under admission.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(from = "&str")]
pub enum Operation {
    /// An object is created.
    Create,
    /// An object is changed.
    Update,
    /// DELETE, CONNECT, or an operation of a later API. These are not judged.
    #[default]
    Other,
}

impl Operation {
    /// The word of the API; `other` for operations that are not judged.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "CREATE",
            Self::Update => "UPDATE",
            Self::Other => "other",
        }
    }
}

impl From<&str> for Operation {
    fn from(word: &str) -> Self {
        match word {
            "CREATE" => Self::Create,
            "UPDATE" => Self::Update,
            _ => Self::Other,
        }
    }
}

/// The needed fields of the request in a review.
#[derive(Debug)]
pub struct Request<'a> {
    /// The group and resource are those of Ingresses, and there is no subresource.
    ingress: bool,
    /// The namespace. It takes precedence over the namespace in the object (rulebook 1.1.5).
    pub namespace: Option<String>,
    /// The operation.
    pub operation: Operation,
    /// Whether the request is a dry run.
    pub dry_run: Option<bool>,
    /// The user of the request.
    pub user: User<'a>,
    /// The new object; null on DELETE (rulebook 1.1.3).
    pub object: Option<Reviewed<'a>>,
    /// The stored object; null on CREATE.
    pub old_object: Option<Reviewed<'a>>,
}

impl Request<'_> {
    /// Whether the request is about an Ingress, not about a subresource or another kind.
    pub fn is_ingress(&self) -> bool {
        self.ingress
    }
}

/// The needed fields of `userInfo`. The others are skipped.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct User<'a> {
    /// `username`.
    #[serde(borrow, deserialize_with = "nullable", rename = "username")]
    name: Text<'a>,
    /// `groups`.
    #[serde(borrow, deserialize_with = "nullable")]
    groups: Vec<Text<'a>>,
}

impl User<'_> {
    /// The name; empty if there is none.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The groups of the user.
    pub fn groups(&self) -> impl Iterator<Item = &str> {
        self.groups.iter().map(|group| &**group)
    }
}

/// An object under review.
#[derive(Debug)]
pub struct Reviewed<'a>(Content<'a>);

#[derive(Debug)]
enum Content<'a> {
    /// Boxed, because it is large and is moved a few times.
    Ingress(Box<Ingress<'a>>),
    Undecoded(&'a RawValue),
}

impl Reviewed<'_> {
    /// Decodes the object as an Ingress in `namespace`. If `namespace` is empty, the object states its own.
    ///
    /// # Errors If the object is not an Ingress.
    pub fn into_ingress(self, namespace: &str) -> Result<Subject, DecodeError> {
        match self.0 {
            Content::Ingress(ingress) => Ok(ingress.into_subject_in(namespace)),
            Content::Undecoded(json) => Ok(Ingress::read(Json::Text(json.get()))?.into_subject_in(namespace)),
        }
    }
}

/// The request in the form of the API, with objects decoded as `O`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "O: Deserialize<'de>"))]
struct RequestFields<'a, O> {
    uid: String,
    /// The group, version and resource that the rule of the webhook matched.
    #[serde(borrow)]
    resource: Resource<'a>,
    /// `status`, `scale`, …; empty for the object itself.
    #[serde(borrow)]
    sub_resource: Option<Cow<'a, str>>,
    #[serde(borrow)]
    namespace: Option<Name<'a>>,
    operation: Operation,
    dry_run: Option<bool>,
    #[serde(borrow, deserialize_with = "nullable")]
    user_info: User<'a>,
    object: Option<O>,
    old_object: Option<O>,
}

impl<O> Default for RequestFields<'_, O> {
    fn default() -> Self {
        Self {
            uid: String::new(),
            resource: Resource::default(),
            sub_resource: None,
            namespace: None,
            operation: Operation::default(),
            dry_run: None,
            user_info: User::default(),
            object: None,
            old_object: None,
        }
    }
}

impl<'a, O> RequestFields<'a, O> {
    fn into_request(self, content: fn(O) -> Content<'a>) -> Request<'a> {
        Request {
            ingress: self.resource.group == "networking.k8s.io"
                && self.resource.resource == "ingresses"
                && self.sub_resource.unwrap_or_default().is_empty(),
            namespace: self.namespace.map(|name| name.to_owned()),
            operation: self.operation,
            dry_run: self.dry_run,
            user: self.user_info,
            object: self.object.map(content).map(Reviewed),
            old_object: self.old_object.map(content).map(Reviewed),
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Resource<'a> {
    #[serde(borrow)]
    group: Cow<'a, str>,
    #[serde(borrow)]
    resource: Cow<'a, str>,
}

/// A review with a `uid`, which can be answered. Its request may be malformed.
#[derive(Debug)]
pub struct Envelope<'a> {
    /// The `uid` of the request. The answer must contain the same text.
    pub uid: String,
    /// The request, or why it cannot be decoded.
    pub request: Result<Request<'a>, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[serde(bound(deserialize = "R: Deserialize<'de>, 'de: 'a"))]
struct Review<'a, R> {
    #[serde(borrow, default)]
    api_version: Cow<'a, str>,
    #[serde(borrow, default)]
    kind: Cow<'a, str>,
    #[serde(default = "Option::default")]
    request: Option<R>,
}

impl<R> Review<'_, R> {
    /// The request, if the review has a supported version and contains a request.
    fn known(self) -> Result<R, EnvelopeError> {
        if self.api_version != API_VERSION || self.kind != KIND {
            return Err(EnvelopeError::Foreign { api_version: quoted(&self.api_version), kind: quoted(&self.kind) });
        }
        self.request.ok_or(EnvelopeError::NoRequest)
    }
}

#[derive(Deserialize)]
struct Uid {
    #[serde(default)]
    uid: String,
}

/// Decodes the envelope of a review.
///
/// # Errors If no answer is possible that the API server would accept; see [`EnvelopeError`].
pub fn read_review(body: &[u8]) -> Result<Envelope<'_>, EnvelopeError> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Err(EnvelopeError::Empty);
    }
    // Nearly every body contains well-formed Ingresses, so one pass is enough.
    let text = std::str::from_utf8(body).unwrap_or_default();
    if let Ok(review) = serde_json::from_str::<Review<'_, RequestFields<'_, Mapping<Box<Ingress<'_>>>>>>(text) {
        let mut fields = review.known()?;
        let uid = identified(std::mem::take(&mut fields.uid))?;
        return Ok(Envelope { uid, request: Ok(fields.into_request(|Mapping(ingress)| Content::Ingress(ingress))) });
    }
    let malformed =
        |error: serde_json::Error| EnvelopeError::Malformed(visible(beginning(&error.to_string())).into_owned());
    let request = serde_json::from_slice::<Review<'_, &RawValue>>(body).map_err(malformed)?.known()?.get();
    let Uid { uid } = serde_json::from_str(request).map_err(malformed)?;
    let uid = identified(uid)?;
    let fields: Result<RequestFields<'_, &RawValue>, _> = serde_json::from_str(request);
    let request = fields.map(|fields| fields.into_request(Content::Undecoded));
    Ok(Envelope { uid, request: request.map_err(|error| error.to_string()) })
}

fn identified(uid: String) -> Result<String, EnvelopeError> {
    match uid.len() {
        0 => Err(EnvelopeError::NoUid),
        1..=UID => Ok(uid),
        longer => Err(EnvelopeError::LongUid(longer)),
    }
}

/// Bytes of a body in which the envelope of a review must be.
const ENVELOPE: usize = 64 << 10;

/// A review of its own, made of the beginning of a body: without the user and the objects, which the API server writes last.
/// `None` if they do not begin there.
pub fn without_objects(body: &[u8]) -> Option<Vec<u8>> {
    // Inside of a string, each of these quotes would have a backslash.
    const USER: &[u8] = br#","userInfo":{"#;
    let beginning = body.get(..body.len().min(ENVELOPE))?;
    let end = beginning.windows(USER.len()).position(|bytes| bytes == USER)?;
    Some([beginning.get(..end)?, b"}}"].concat())
}

/// The maximum bytes of a text from a request that a message or the log repeats.
const REPEATED: usize = 512;

/// The beginning of a text that comes from a request, for a message or the log. It may be megabytes long: the API server
/// validates the object only later.
pub(super) fn beginning(text: &str) -> &str {
    text.get(..text.floor_char_boundary(REPEATED)).unwrap_or(text)
}

/// A word from a request for a message, in quotes and with a maximum length.
fn quoted(word: &str) -> String {
    let word: String = word.chars().take(64).collect();
    format!("\"{}\"", visible(&word))
}

/// The answer to one review.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// The request's `uid`.
    pub uid: String,
    /// The decision.
    pub allowed: bool,
    /// The status of a denial (rulebook 1.2.4).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// The warnings, one line each (rulebook 1.3).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// The audit annotations. Their keys have no slash (rulebook 1.4.1).
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "map")]
    pub audit_annotations: Vec<(&'static str, Cow<'static, str>)>,
}

/// Serializes pairs as an object.
fn map<S: Serializer>(pairs: &[(&'static str, Cow<'static, str>)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(pairs.iter().map(|(key, value)| (key, value)))
}

/// The `status` of a denial.
#[derive(Debug, Serialize)]
pub struct Status {
    /// The HTTP status code that the client of the API server gets.
    pub code: u16,
    /// `Forbidden`. With `Invalid`, kubectl would hide the message (rulebook 1.2.10).
    pub reason: &'static str,
    /// The message for the user.
    pub message: String,
    /// The causes, for programs.
    pub details: StatusDetails,
}

/// `status.details`.
#[derive(Debug, Serialize)]
pub struct StatusDetails {
    /// One cause for each field with a denial, up to a maximum.
    pub causes: Vec<StatusCause>,
}

/// One of `status.details.causes`.
#[derive(Debug, Serialize)]
pub struct StatusCause {
    /// The id of the check.
    pub reason: &'static str,
    /// The field path.
    pub field: String,
    /// The reason.
    pub message: String,
}

impl Status {
    /// A denial, which kubectl prints as `Error from server (Forbidden): …`.
    pub fn forbidden(message: String, causes: Vec<StatusCause>) -> Self {
        Self { code: 403, reason: "Forbidden", message, details: StatusDetails { causes } }
    }
}

impl Response {
    /// The whole review as JSON bytes.
    pub fn to_review(&self) -> Vec<u8> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Review<'a> {
            api_version: &'static str,
            kind: &'static str,
            response: &'a Response,
        }
        let mut bytes = Vec::with_capacity(512);
        // Strings, booleans and maps with string keys only: serialising them cannot fail.
        let _ = serde_json::to_writer(&mut bytes, &Review { api_version: API_VERSION, kind: KIND, response: self });
        bytes
    }
}

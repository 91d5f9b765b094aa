//! `admission.k8s.io/v1` AdmissionReview, in and out (rulebook 1).
//!
//! A body is read in one pass, borrowing from its bytes. Where that fails, it is read step by step: a malformed
//! object must not cost us the `uid`, without which the API server takes no answer at all (rulebook 1.2.1).

use std::borrow::Cow;

use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::engine::manifest::{DecodeError, Ingress, Text, ingress, nullable};
use crate::engine::subject::Subject;

/// The only version served; the API server picks it from the webhook's `admissionReviewVersions` (rulebook 1.1.2).
const API_VERSION: &str = "admission.k8s.io/v1";
const KIND: &str = "AdmissionReview";

/// Why a body is no review that can be answered.
#[derive(Debug, thiserror::Error)]
pub enum EnvelopeError {
    /// Nothing was sent.
    #[error("the request body is empty: POST an {API_VERSION} {KIND}")]
    Empty,
    /// Not JSON, or not of the review's shape.
    #[error("the request body is not an {API_VERSION} {KIND}: {0}")]
    Malformed(String),
    /// Another kind or version.
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
    /// `request.uid` is absent or empty: an answer could not be matched.
    #[error("the {KIND} request carries no uid")]
    NoUid,
}

/// The operation under admission.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(from = "&str")]
pub enum Operation {
    /// An object is made.
    Create,
    /// An object is changed.
    Update,
    /// DELETE, CONNECT, or what a later API may add: never our business.
    #[default]
    Other,
}

impl Operation {
    /// The API's word; `other` for all that is not our business.
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

/// The request inside a review, as far as it matters.
#[derive(Debug)]
pub struct Request<'a> {
    /// Group and resource are those of Ingresses, and no subresource.
    ingress: bool,
    /// The namespace; authoritative over the object's own (rulebook 1.1.5).
    pub namespace: Option<String>,
    /// The operation.
    pub operation: Operation,
    /// Whether nothing will be stored.
    pub dry_run: Option<bool>,
    /// Who asks.
    pub user: User<'a>,
    /// The new object; null on DELETE (rulebook 1.1.3).
    pub object: Option<Reviewed<'a>>,
    /// The object as it is stored; null on CREATE.
    pub old_object: Option<Reviewed<'a>>,
}

impl Request<'_> {
    /// Whether this is about an Ingress itself, not about a subresource or another kind.
    pub fn is_ingress(&self) -> bool {
        self.ingress
    }
}

/// Who asks, as far as it matters: the other fields of `userInfo` are skipped unread.
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
    /// The name; empty where the API server says none.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The groups that the user is in.
    pub fn groups(&self) -> impl Iterator<Item = &str> {
        self.groups.iter().map(|group| &**group)
    }
}

/// An object under review.
#[derive(Debug)]
pub struct Reviewed<'a>(Content<'a>);

#[derive(Debug)]
enum Content<'a> {
    /// Boxed, because it is large and handed on a few times.
    Ingress(Box<Ingress<'a>>),
    Undecoded(&'a RawValue),
}

impl Reviewed<'_> {
    /// The object as an Ingress. `namespace` counts where it does not say its own.
    ///
    /// # Errors
    /// If it is none.
    pub fn into_ingress(self, namespace: &str) -> Result<Subject, DecodeError> {
        match self.0 {
            Content::Ingress(ingress) => Ok(ingress.into_subject(namespace)),
            Content::Undecoded(json) => ingress(json.get(), namespace),
        }
    }
}

/// The request as the API writes it, with objects read as `O`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "O: Deserialize<'de>"))]
struct Fields<'a, O> {
    uid: String,
    /// Group, version and resource, as the webhook's rule matched them.
    #[serde(borrow)]
    resource: Resource<'a>,
    /// `status`, `scale`, …; empty for the object itself.
    #[serde(borrow)]
    sub_resource: Option<Cow<'a, str>>,
    namespace: Option<String>,
    operation: Operation,
    dry_run: Option<bool>,
    #[serde(borrow, deserialize_with = "nullable")]
    user_info: User<'a>,
    object: Option<O>,
    old_object: Option<O>,
}

impl<O> Default for Fields<'_, O> {
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

impl<'a, O> Fields<'a, O> {
    fn into_request(self, content: fn(O) -> Content<'a>) -> Request<'a> {
        Request {
            ingress: self.resource.group == "networking.k8s.io"
                && self.resource.resource == "ingresses"
                && self.sub_resource.unwrap_or_default().is_empty(),
            namespace: self.namespace,
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

/// A review that can be answered: it has a `uid`. The request may still be unreadable.
#[derive(Debug)]
pub struct Envelope<'a> {
    /// Echoed in the answer, to the letter.
    pub uid: String,
    /// The request, or why it cannot be read.
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
    /// The request, if this is a review that we know and it has one.
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

/// Reads the envelope of a review.
///
/// # Errors
/// If no answer that the API server would accept can be given; see [`EnvelopeError`].
pub fn read_review(body: &[u8]) -> Result<Envelope<'_>, EnvelopeError> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Err(EnvelopeError::Empty);
    }
    // Nearly every body holds well-formed Ingresses, and then one pass tells all.
    let text = std::str::from_utf8(body).unwrap_or_default();
    if let Ok(review) = serde_json::from_str::<Review<'_, Fields<'_, Box<Ingress<'_>>>>>(text) {
        let mut fields = review.known()?;
        let uid = identified(std::mem::take(&mut fields.uid))?;
        return Ok(Envelope { uid, request: Ok(fields.into_request(Content::Ingress)) });
    }
    let malformed = |error: serde_json::Error| EnvelopeError::Malformed(error.to_string());
    let request = serde_json::from_slice::<Review<'_, &RawValue>>(body).map_err(malformed)?.known()?.get();
    let Uid { uid } = serde_json::from_str(request).map_err(malformed)?;
    let uid = identified(uid)?;
    let fields: Result<Fields<'_, &RawValue>, _> = serde_json::from_str(request);
    let request = fields.map(|fields| fields.into_request(Content::Undecoded));
    Ok(Envelope { uid, request: request.map_err(|error| error.to_string()) })
}

fn identified(uid: String) -> Result<String, EnvelopeError> {
    if uid.is_empty() { Err(EnvelopeError::NoUid) } else { Ok(uid) }
}

/// A foreign word for a message: bounded, and visible when empty.
fn quoted(word: &str) -> String {
    format!("\"{}\"", word.chars().take(64).collect::<String>())
}

/// The answer to one review.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// The request's `uid`.
    pub uid: String,
    /// The decision.
    pub allowed: bool,
    /// Only with a denial (rulebook 1.2.4).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// One line each (rulebook 1.3).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// Keys without a slash (rulebook 1.4.1).
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "map")]
    pub audit_annotations: Vec<(&'static str, Cow<'static, str>)>,
}

/// Writes pairs as an object.
fn map<S: Serializer>(pairs: &[(&'static str, Cow<'static, str>)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(pairs.iter().map(|(key, value)| (key, value)))
}

/// The `status` of a denial.
#[derive(Debug, Serialize)]
pub struct Status {
    /// The HTTP code the API server answers its client with.
    pub code: u16,
    /// `Forbidden`; never `Invalid`, which makes kubectl hide the message (rulebook 1.2.10).
    pub reason: &'static str,
    /// What the user reads.
    pub message: String,
    /// The causes, for machines.
    pub details: StatusDetails,
}

/// `status.details`.
#[derive(Debug, Serialize)]
pub struct StatusDetails {
    /// One for each denied finding.
    pub causes: Vec<StatusCause>,
}

/// One of `status.details.causes`.
#[derive(Debug, Serialize)]
pub struct StatusCause {
    /// The check's id.
    pub reason: &'static str,
    /// The field path.
    pub field: String,
    /// What is wrong there.
    pub message: String,
}

impl Status {
    /// A refusal with the code and reason that kubectl prints as `Error from server (Forbidden): …`.
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

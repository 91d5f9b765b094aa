//! `admission.k8s.io/v1` AdmissionReview, in and out (rulebook section 1).
//!
//! The envelope borrows from the request's bytes and leaves `object` and `oldObject` undecoded: most requests
//! are answered without looking at them, and a malformed object does not cost us the `uid`, without which
//! the API server takes no answer at all (1.2.1).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// The only version served; the API server picks it from the webhook's `admissionReviewVersions` (1.1.2).
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
    #[error("the request body is {kind} of {api_version}: only {KIND} of {API_VERSION} is served")]
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

/// The request inside a review, as far as it matters; the rest stays undecoded.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Request<'a> {
    /// Group, version and resource, as the webhook's rule matched them.
    #[serde(borrow)]
    resource: Resource<'a>,
    /// `status`, `scale`, …; empty for the object itself.
    #[serde(borrow)]
    sub_resource: Option<std::borrow::Cow<'a, str>>,
    /// The namespace; authoritative over the object's own (1.1.5).
    pub namespace: Option<String>,
    /// The operation.
    pub operation: Operation,
    /// Whether nothing will be stored.
    pub dry_run: Option<bool>,
    /// The new object; null on DELETE (1.1.3).
    #[serde(borrow)]
    object: Option<&'a RawValue>,
    /// The object as it is stored; null on CREATE.
    #[serde(borrow)]
    old_object: Option<&'a RawValue>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Resource<'a> {
    #[serde(borrow)]
    group: std::borrow::Cow<'a, str>,
    #[serde(borrow)]
    resource: std::borrow::Cow<'a, str>,
}

impl Request<'_> {
    /// Whether this is about an Ingress itself, not about a subresource or another kind.
    pub fn is_ingress(&self) -> bool {
        self.resource.group == "networking.k8s.io"
            && self.resource.resource == "ingresses"
            && self.sub_resource.as_deref().unwrap_or_default().is_empty()
    }

    /// The undecoded new object.
    pub fn object(&self) -> Option<&str> {
        self.object.map(RawValue::get).filter(|json| *json != "null")
    }

    /// The undecoded stored object.
    pub fn old_object(&self) -> Option<&str> {
        self.old_object.map(RawValue::get).filter(|json| *json != "null")
    }
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
struct Review<'a> {
    #[serde(default)]
    api_version: String,
    #[serde(default)]
    kind: String,
    #[serde(borrow, default)]
    request: Option<&'a RawValue>,
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
    let malformed = |error: serde_json::Error| EnvelopeError::Malformed(error.to_string());
    let review: Review<'_> = serde_json::from_slice(body).map_err(malformed)?;
    if review.api_version != API_VERSION || review.kind != KIND {
        return Err(EnvelopeError::Foreign { api_version: quoted(&review.api_version), kind: quoted(&review.kind) });
    }
    let request = review.request.ok_or(EnvelopeError::NoRequest)?.get();
    let Uid { uid } = serde_json::from_str(request).map_err(malformed)?;
    if uid.is_empty() {
        return Err(EnvelopeError::NoUid);
    }
    Ok(Envelope { uid, request: serde_json::from_str(request).map_err(|error| error.to_string()) })
}

/// A foreign word for a message: bounded, and visible when empty.
fn quoted(word: &str) -> String {
    if word.is_empty() { "(nothing)".to_owned() } else { word.chars().take(64).collect() }
}

/// The answer to one review.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// The request's `uid`.
    pub uid: String,
    /// The decision.
    pub allowed: bool,
    /// Only with a denial (1.2.4).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// One line each (1.3).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// Keys without a slash (1.4.1).
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub audit_annotations: BTreeMap<&'static str, String>,
}

/// The `status` of a denial.
#[derive(Debug, Serialize)]
pub struct Status {
    /// The HTTP code the API server answers its client with.
    pub code: u16,
    /// `Forbidden`; never `Invalid`, which makes kubectl hide the message (1.2.10).
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
        // Strings, booleans and maps with string keys only: serialising them cannot fail.
        serde_json::to_vec(&Review { api_version: API_VERSION, kind: KIND, response: self }).unwrap_or_default()
    }
}

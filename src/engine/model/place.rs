//! Places: where in a subject a reference is, and the field paths that follow from the place.

use std::fmt::{self, Write as _};
use std::sync::Arc;

use serde::Serialize;

/// A path of the API: `spec.rules[0].http.paths[1].backend.service.name`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct FieldPath(pub String);

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The form of a field path of a reference. Each kind of subject defines its own forms, so that no check has to know
/// the fields of a subject.
#[derive(Debug, PartialEq, Eq)]
pub struct PlaceForm {
    /// The parts of the path between the indexes: `["spec.rules[", "].http.paths[", "].backend"]`.
    pub segments: &'static [&'static str],
    /// The fields below the reference.
    pub fields: &'static PlaceFields,
    /// A description of the requests that the reference serves, if the reference has neither host nor path.
    pub requests: Option<&'static str>,
}

/// The names of the fields below a reference.
#[derive(Debug, PartialEq, Eq)]
pub struct PlaceFields {
    /// The name of the Service.
    pub service_name: &'static str,
    /// The port of the Service.
    pub port: &'static str,
    /// The number of the port.
    pub port_number: &'static str,
    /// The name of the port.
    pub port_name: &'static str,
    /// The object, if the reference names no Service.
    pub resource: &'static str,
}

/// A field of a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// The reference as a whole.
    Whole,
    /// The name of the Service.
    ServiceName,
    /// The port of the Service.
    Port,
    /// The number of the port.
    PortNumber,
    /// The name of the port.
    PortName,
    /// The object, if the reference names no Service.
    Resource,
}

/// Where in a subject a reference is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A field of the object. The indexes come between the segments of the form.
    Field(&'static PlaceForm, [u32; 2]),
    /// Inside the value of the annotation with this key.
    Annotation(Arc<str>),
}

impl Place {
    /// The path of `part` of the reference at this place.
    pub fn field(&self, part: Part) -> FieldPath {
        match self {
            Self::Field(form, indexes) => FieldPath(form.render(*indexes, part)),
            // The value of an annotation has no fields.
            Self::Annotation(key) => annotation_field(key),
        }
    }

    /// The form of a field; `None` for an annotation.
    pub fn form(&self) -> Option<&'static PlaceForm> {
        if let Self::Field(form, _) = self { Some(form) } else { None }
    }
}

impl PlaceForm {
    fn render(&self, indexes: [u32; 2], part: Part) -> String {
        let mut path = String::with_capacity(64);
        let mut indexes = indexes.into_iter();
        for (at, segment) in self.segments.iter().enumerate() {
            if at > 0 {
                // Writing to a String cannot fail.
                let _ = write!(path, "{}", indexes.next().unwrap_or_default());
            }
            path.push_str(segment);
        }
        let below = match part {
            Part::Whole => "",
            Part::ServiceName => self.fields.service_name,
            Part::Port => self.fields.port,
            Part::PortNumber => self.fields.port_number,
            Part::PortName => self.fields.port_name,
            Part::Resource => self.fields.resource,
        };
        if !below.is_empty() {
            path.push('.');
            path.push_str(below);
        }
        path
    }
}

/// The path of the annotation `key`.
pub fn annotation_field(key: &str) -> FieldPath {
    FieldPath(format!("metadata.annotations[{key}]"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: PlaceFields = PlaceFields {
        service_name: "service.name",
        port: "service.port",
        port_number: "service.port.number",
        port_name: "service.port.name",
        resource: "resource",
    };
    static ONE: PlaceForm = PlaceForm { segments: &["spec.one"], fields: &FIELDS, requests: None };
    static TWO: PlaceForm = PlaceForm { segments: &["spec.a[", "].b[", "].c"], fields: &FIELDS, requests: None };

    #[test]
    fn places_render_their_field_paths() {
        let rendered = |place: &Place, part| place.field(part).0;
        let (one, two) = (Place::Field(&ONE, [0, 0]), Place::Field(&TWO, [3, 14]));
        assert_eq!(rendered(&one, Part::Whole), "spec.one");
        assert_eq!(rendered(&one, Part::Resource), "spec.one.resource");
        assert_eq!(rendered(&two, Part::Whole), "spec.a[3].b[14].c");
        assert_eq!(rendered(&two, Part::PortNumber), "spec.a[3].b[14].c.service.port.number");
        assert_eq!(rendered(&Place::Annotation("a/b".into()), Part::Port), "metadata.annotations[a/b]");
    }
}

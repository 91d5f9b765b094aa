//! The report for programs.

use super::Report;

/// The report as indented JSON, with a newline at its end.
///
/// # Errors
/// Never for a [`Report`]; the serialiser's interface asks for it.
pub fn json(report: &Report) -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(report).map(|text| text + "\n")
}

/// The same as YAML.
///
/// # Errors
/// Never for a [`Report`]; the serialiser's interface asks for it.
pub fn yaml(report: &Report) -> Result<String, serde_saphyr::SerializeError> {
    serde_saphyr::to_string(report).map(|text| if text.ends_with('\n') { text } else { text + "\n" })
}

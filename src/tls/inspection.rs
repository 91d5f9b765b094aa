//! Inspects a certificate: whether the webhook can use it, and whether the API server would accept it.

use std::path::Path;

use jiff::Timestamp;
use rustls_pki_types::CertificateDer;

use super::pair::{
    CertificateError, CertificateErrorKind, CertificatePair, PairFiles, certificates, chain_facts, read_file,
};
use super::trust;
use super::x509::CertificateFacts;

/// What to inspect, and what to compare it with.
#[derive(Clone, Copy, Debug)]
pub struct InspectionRequest<'a> {
    /// The file with the chain, the serving certificate first.
    pub certificate: &'a Path,
    /// The file with the private key, to compare it with the certificate.
    pub key: Option<&'a Path>,
    /// The file with the CA bundle of the webhook configuration.
    pub ca_bundle: Option<&'a Path>,
    /// The names that the API server connects to.
    pub names: &'a [String],
}

/// The result of an inspection.
#[derive(Debug, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Inspection {
    /// The name of the file.
    pub file: String,
    /// The certificates of the chain.
    pub certificates: Vec<CertificateFacts>,
    /// The number of whole days until the serving certificate expires; negative after that.
    pub days_left: i64,
    /// Whether the key belongs to the serving certificate; `None` without a key.
    pub key_matches: Option<bool>,
    /// The reasons why the API server would reject the certificate, with the next steps.
    pub problems: Vec<String>,
}

/// Inspects a certificate at the time `now`.
///
/// # Errors
/// If a file cannot be read or decoded.
pub fn inspect(request: &InspectionRequest<'_>, now: Timestamp) -> Result<Inspection, CertificateError> {
    let (file, pem, chain) = read_chain(request.certificate)?;
    let in_file = |kind| CertificateError { file: file.clone(), kind };
    let facts = chain_facts(&chain).map_err(in_file)?;
    let (Some(first), Some(first_facts)) = (chain.first(), facts.first()) else {
        return Err(in_file(CertificateErrorKind::NoPem("certificate")));
    };
    let mut problems = chain_problems(&facts, now);
    if !first_facts.names.is_empty() {
        problems.extend(name_problems(first, first_facts, request.names));
    }
    if let Some(path) = request.ca_bundle {
        let (bundle, _, roots) = read_chain(path)?;
        let rejection = trust::verify_chain(&chain, &roots, now).err();
        problems.extend(
            rejection.map(|reason| format!("a client with the CA bundle {bundle} rejects the chain: {reason}")),
        );
    }
    let mut key_matches = None;
    if let Some(key) = request.key {
        let files = PairFiles { certificate: file.clone(), key: key.display().to_string() };
        let mismatch = match CertificatePair::from_pem(&pem, &read_file(key)?, files) {
            Ok(_) => None,
            Err(error) if matches!(error.kind, CertificateErrorKind::Mismatch { .. }) => Some(error.to_string()),
            Err(error) => return Err(error),
        };
        key_matches = Some(mismatch.is_none());
        problems.extend(mismatch);
    }
    let days_left = first_facts.not_after.duration_since(now).as_hours().div_euclid(24);
    Ok(Inspection { file, days_left, key_matches, problems, certificates: facts })
}

type Chain = Vec<CertificateDer<'static>>;

/// Reads the certificates of a file: its name, its content and the certificates.
fn read_chain(path: &Path) -> Result<(String, Vec<u8>, Chain), CertificateError> {
    let (file, pem) = (path.display().to_string(), read_file(path)?);
    match certificates(&pem) {
        Ok(chain) => Ok((file, pem, chain)),
        Err(kind) => Err(CertificateError { file, kind }),
    }
}

/// The names among `wanted` that the serving certificate is not valid for.
fn name_problems(certificate: &CertificateDer<'_>, facts: &CertificateFacts, wanted: &[String]) -> Vec<String> {
    let missing = wanted.iter().filter(|name| !trust::is_valid_for_name(certificate, name));
    let names = facts.names.join(", ");
    let problem = |name: &String| {
        format!(
            "the first certificate is not valid for {name}, which the API server connects to, but for {names}: create \
             another certificate, or set the name with --service, -n or --dns-name"
        )
    };
    missing.map(problem).collect()
}

fn chain_problems(chain: &[CertificateFacts], now: Timestamp) -> Vec<String> {
    let mut problems = Vec::new();
    for (index, facts) in chain.iter().enumerate() {
        let title = format!("certificate {} ({})", index + 1, facts.title());
        if now >= facts.not_after {
            problems.push(format!("{title} expired at {}: renew it", facts.not_after));
        } else if now < facts.not_before {
            problems.push(format!("{title} is not valid before {}: check the clocks", facts.not_before));
        }
        // The signature of a root certificate is not verified.
        if let Some(hash) = facts.weak_signature.filter(|_| index == 0 || facts.subject != facts.issuer) {
            problems.push(format!("{title} is signed with {hash}, which the API server rejects: have it signed again"));
        }
        if chain.get(index + 1).is_some_and(|next| next.subject != facts.issuer) {
            let issuer = &facts.issuer;
            problems.push(format!("{title} is not followed by its issuer, {issuer}: put the chain in order"));
        }
    }
    if chain.first().is_some_and(|first| first.names.is_empty()) {
        problems.push(
            "the first certificate has no subject alternative names: the API server ignores the common name".into(),
        );
    }
    problems
}

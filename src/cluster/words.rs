//! What libraries' errors say of the way to a cluster, without what they quote: a kubeconfig, what a plugin prints and
//! key files hold credentials, and messages end up in the logs of pipelines.

use std::error::Error;
use std::fmt::Write;
use std::iter::successors;

use kube::client::AuthError;
use kube::config::{KubeconfigError, LoadDataError};
use rustls_pki_types::pem;

/// An error and its causes in one line. Libraries often repeat a cause in their own text: then it is not said twice.
pub(super) fn chain(error: &(dyn Error + 'static)) -> String {
    let causes = || successors(Some(error), |&error| error.source());
    if let Some(words) = causes().find_map(discreet) {
        return words;
    }
    let mut text = error.to_string();
    for cause in causes().skip(1) {
        let next = cause.to_string();
        if !text.contains(&next) {
            let _ = write!(text, ": {next}");
        }
    }
    text
}

/// Other words for an error whose own may quote what they are about.
fn discreet(error: &(dyn Error + 'static)) -> Option<String> {
    let words = if let Some(error) = error.downcast_ref::<KubeconfigError>() {
        match error {
            KubeconfigError::Parse(error) => return Some(parse(error)),
            KubeconfigError::LoadCertificateAuthority(LoadDataError::DecodeBase64(_)) => {
                "certificate-authority-data is not Base64"
            }
            KubeconfigError::LoadClientCertificate(LoadDataError::DecodeBase64(_)) => {
                "client-certificate-data is not Base64"
            }
            KubeconfigError::LoadClientKey(LoadDataError::DecodeBase64(_)) => "client-key-data is not Base64",
            KubeconfigError::ParseCertificates(_) => "the certificate authority is not PEM text",
            _ => return None,
        }
    } else if let Some(error) = error.downcast_ref::<AuthError>() {
        match error {
            AuthError::AuthExecRun { out, .. } => {
                let status = out.status;
                return Some(format!("the credential plugin (exec of the user) failed: {status}; run it by hand"));
            }
            AuthError::AuthExecParse(_) => {
                "the credential plugin (exec of the user) printed no ExecCredential; run it by hand"
            }
            AuthError::AuthExec(_) | AuthError::ParseTokenKey(_) => {
                "the auth-provider of the user does not work, or is of no known kind; use a credential plugin (exec)"
            }
            _ => return None,
        }
    } else if error.is::<pem::Error>() {
        "the client certificate or its key is not PEM text as it should be"
    } else {
        return None;
    };
    Some(words.to_owned())
}

/// Where a kubeconfig breaks, and why. The parser's own reasons are fixed texts; others quote values.
fn parse(error: &serde_saphyr::Error) -> String {
    use serde_saphyr::Error::{ExternalMessage, SerdeMissingField, WithSnippet};
    let at = error.location().filter(|at| at.line() > 0);
    let place = at.map(|at| format!("line {}, column {}: ", at.line(), at.column())).unwrap_or_default();
    let mut inner = error;
    while let WithSnippet { error, .. } = inner {
        inner = error;
    }
    match inner {
        ExternalMessage { msg, .. } => format!("{place}it is not YAML: {msg}"),
        SerdeMissingField { field, .. } => format!("{place}the field {field} is missing"),
        _ => format!("{place}it is not what a kubeconfig has there"),
    }
}

#[cfg(test)]
mod tests {
    use kube::config::Kubeconfig;

    use super::*;

    const SECRET: &str = "SUPERSECRETTOKEN";

    fn told(kubeconfig: &str) -> String {
        let words = chain(&Kubeconfig::from_yaml(kubeconfig).unwrap_err());
        assert!(!words.contains(SECRET), "{words}");
        words
    }

    #[test]
    fn a_kubeconfig_is_not_quoted() {
        let words = told("users:\n- name: u\n  user: {token: SUPERSECRETTOKEN}\n   name: [\n");
        assert!(words.starts_with("line 4, column ") && words.contains(": it is not YAML: "), "{words}");
        assert_eq!(
            told("users:\n- name: u\n  user: SUPERSECRETTOKEN\n"),
            "line 3, column 9: it is not what a kubeconfig has there"
        );
        told("users:\n- name: u\n  user: {token: a, token: SUPERSECRETTOKEN}\n");
        told("users:\n- user: {token: SUPERSECRETTOKEN}\n");
        told("users:\n- name: u\n  user: {exec: {interactiveMode: SUPERSECRETTOKEN}}\n");
        told("users: {token: SUPERSECRETTOKEN}\n");
        told("SUPERSECRETTOKEN");
    }
}

//! Messages for errors of libraries that do not quote their input. A kubeconfig, a key file and the output of a plugin
//! contain credentials, and pipelines log messages.

use std::error::Error;
use std::fmt::Write;
use std::iter::successors;

use kube::client::AuthError;
use kube::config::{KubeconfigError, LoadDataError};
use rustls_pki_types::pem;

/// An error and its causes in one line. If the text of an error already contains its cause, the cause is not repeated.
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

/// A replacement for the message of an error that may quote its input.
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

/// The position and the reason of a syntax error in a kubeconfig. The reasons of the parser are fixed texts; other
/// reasons quote values.
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

    fn parse_error(kubeconfig: &str) -> String {
        let words = chain(&Kubeconfig::from_yaml(kubeconfig).unwrap_err());
        assert!(!words.contains(SECRET), "{words}");
        words
    }

    #[test]
    fn a_kubeconfig_is_not_quoted() {
        let words = parse_error("users:\n- name: u\n  user: {token: SUPERSECRETTOKEN}\n   name: [\n");
        assert!(words.starts_with("line 4, column ") && words.contains(": it is not YAML: "), "{words}");
        assert_eq!(
            parse_error("users:\n- name: u\n  user: SUPERSECRETTOKEN\n"),
            "line 3, column 9: it is not what a kubeconfig has there"
        );
        parse_error("users:\n- name: u\n  user: {token: a, token: SUPERSECRETTOKEN}\n");
        parse_error("users:\n- user: {token: SUPERSECRETTOKEN}\n");
        parse_error("users:\n- name: u\n  user: {exec: {interactiveMode: SUPERSECRETTOKEN}}\n");
        parse_error("users: {token: SUPERSECRETTOKEN}\n");
        parse_error("SUPERSECRETTOKEN");
    }
}

//! The connection to the API server: every error names the file, the context and the next step.

use std::path::PathBuf;

use backstop::cluster::{ClientOptions, Connection};
use rstest::rstest;

const KUBECONFIG: &str = r#"
apiVersion: v1
kind: Config
clusters:
- {name: test, cluster: {server: "https://127.0.0.1:6443"}}
- {name: broken, cluster: {server: "https://127.0.0.1:6443", certificate-authority: missing.crt}}
contexts:
- {name: test, context: {cluster: test, user: me, namespace: shop}}
- {name: broken, context: {cluster: broken, user: me}}
users:
- {name: me, user: {token: secret}}
"#;

async fn open(text: Option<&str>, context: Option<&str>) -> Result<Connection, String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config");
    if let Some(text) = text {
        std::fs::write(&file, text).unwrap();
    }
    let options = ClientOptions { kubeconfig: Some(file), context: context.map(str::to_owned) };
    let opened = Connection::open(&options).await;
    let folder = PathBuf::from(folder.path());
    opened.map_err(|error| error.to_string().replace(folder.to_str().unwrap(), "DIR"))
}

#[tokio::test]
async fn a_context_sets_the_server_and_the_namespace() {
    let connection = open(Some(KUBECONFIG), Some("test")).await.unwrap();
    assert_eq!((&*connection.server(), connection.namespace()), ("https://127.0.0.1:6443/", "shop"));
    connection.client().unwrap();
}

#[tokio::test]
async fn errors_name_the_next_step() {
    for (text, context, expected) in [
        (
            None,
            None,
            "cannot read the kubeconfig \"DIR/config\": No such file or directory (os error 2); \
             name another with --kubeconfig or KUBECONFIG",
        ),
        (
            Some(KUBECONFIG),
            None,
            "the kubeconfig \"DIR/config\" has no current context; choose one with --context: test, broken",
        ),
        (
            Some(KUBECONFIG),
            Some("prod"),
            "the kubeconfig \"DIR/config\" has no context \"prod\"; choose one with --context: test, broken",
        ),
        (
            Some(""),
            Some("prod"),
            "the kubeconfig \"DIR/config\" has no context \"prod\"; \
             it has none: name another kubeconfig with --kubeconfig or KUBECONFIG",
        ),
    ] {
        assert_eq!(open(text, context).await.unwrap_err(), expected);
    }
}

#[tokio::test]
async fn the_error_names_the_broken_context() {
    let error = open(Some(KUBECONFIG), Some("broken")).await.unwrap_err();
    assert!(error.starts_with("cannot use context \"broken\" of the kubeconfig \"DIR/config\": "), "{error}");
    assert!(error.contains("DIR/missing.crt"), "{error}");
    let error = open(Some("clusters: 3"), None).await.unwrap_err();
    assert!(error.starts_with("cannot read the kubeconfig \"DIR/config\": "), "{error}");
}

/// Many people read logs, so messages must not contain text from a kubeconfig or from the output of a plugin.
#[rstest]
#[case::syntax("users:\n- name: u\n  user: {token: SUPERSECRETTOKEN}\n   name: [\n", "line 4, column ")]
#[case::kind(
    "users:\n- name: u\n  user: SUPERSECRETTOKEN\n",
    "line 3, column 9: it is not what a kubeconfig has there"
)]
#[case::base64(USER, "client-key-data is not Base64")]
#[case::one_line_of_pem(ONE_LINE, "is not PEM text as it should be")]
#[case::plugin_fails(PLUGIN_FAILS, "the credential plugin (exec of the user) failed: exit status: 3")]
#[case::plugin_babbles(PLUGIN_BABBLES, "printed no ExecCredential")]
#[tokio::test]
async fn no_error_contains_credentials(#[case] text: &str, #[case] expected: &str) {
    let text = text.replace("HEAD", HEAD);
    let error = match open(Some(&text), None).await {
        Ok(connection) => connection.client().map(|_| ()).unwrap_err().to_string(),
        Err(error) => error,
    };
    assert!(error.contains(expected), "{error}");
    let bytes = "83, 85, 80, 69, 82, 83, 69, 67, 82, 69, 84";
    assert!(!error.contains("SUPERSECRET") && !error.contains(bytes), "{error}");
}

const HEAD: &str = r#"
clusters: [{name: c, cluster: {server: "https://127.0.0.1:6443"}}]
contexts: [{name: c, context: {cluster: c, user: u}}]
current-context: c
users:"#;
const USER: &str = "HEAD [{name: u, user: {client-certificate-data: QQ==, client-key-data: '!SUPERSECRETTOKEN'}}]";
/// A key whose line breaks were lost.
const ONE_LINE: &str = "HEAD [{name: u, user: {client-certificate-data: QQ==, client-key-data: LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0tU1VQRVJTRUNSRVRUT0tFTi0tLS0tRU5EIFBSSVZBVEUgS0VZLS0tLS0K}}]";
const PLUGIN_FAILS: &str = r#"HEAD
- name: u
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: sh
      args: ["-c", "echo $KEY; exit 3"]
      env: [{name: KEY, value: SUPERSECRETTOKEN}]
      interactiveMode: Never"#;
const PLUGIN_BABBLES: &str = r#"HEAD
- name: u
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: echo
      args: ["{token: SUPERSECRETTOKEN, status: ["]
      interactiveMode: Never"#;

#[tokio::test]
async fn the_address_in_messages_has_no_password() {
    let text =
        "HEAD []".replace("HEAD", HEAD).replace("127.0.0.1", "me:SUPERSECRETTOKEN@127.0.0.1").replace(", user: u", "");
    assert_eq!(open(Some(&text), None).await.unwrap().server(), "https://127.0.0.1:6443/");
}

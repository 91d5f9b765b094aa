//! Finding the API server: every error names the file, the context and the next step.

use std::path::PathBuf;

use backstop::cluster::{ClientOptions, Connection};

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
async fn a_context_says_where_and_which_namespace() {
    let connection = open(Some(KUBECONFIG), Some("test")).await.unwrap();
    assert_eq!((&*connection.server(), connection.namespace()), ("https://127.0.0.1:6443/", "shop"));
    connection.client().unwrap();
}

#[tokio::test]
async fn errors_say_what_to_do() {
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
async fn a_context_that_does_not_work_is_named_with_its_fault() {
    let error = open(Some(KUBECONFIG), Some("broken")).await.unwrap_err();
    assert!(error.starts_with("cannot use context \"broken\" of the kubeconfig \"DIR/config\": "), "{error}");
    assert!(error.contains("DIR/missing.crt"), "{error}");
    let error = open(Some("clusters: 3"), None).await.unwrap_err();
    assert!(error.starts_with("cannot read the kubeconfig \"DIR/config\": "), "{error}");
}

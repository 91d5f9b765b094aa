//! The API groups that the API server serves. Every account may read the list.

use std::collections::BTreeSet;

use kube::Client;
use tokio::time::timeout;

use super::watch::Bounds;
use crate::engine::model::MakerKind;
use crate::engine::programs;

/// Whether any of `groups` is served.
pub(super) async fn served(client: &Client, groups: &[&str]) -> kube::Result<bool> {
    let listed = client.list_api_groups().await?;
    Ok(listed.groups.iter().any(|group| groups.contains(&group.name.as_str())))
}

/// The kinds out of whose objects programs create Services, as far as the API server serves their groups.
pub(super) async fn served_makers(client: &Client) -> kube::Result<Vec<MakerKind>> {
    let listed = client.list_api_groups().await?;
    let groups: BTreeSet<&str> = listed.groups.iter().map(|group| group.name.as_str()).collect();
    Ok(programs::makers().filter(|kind| groups.contains(kind.maker.group)).collect())
}

/// Reports forever whether any of `groups` is served. While the API server does not answer, its last answer stays
/// valid.
pub(super) async fn follow(client: Client, groups: &[&str], bounds: Bounds, report: impl Fn(bool)) {
    loop {
        match timeout(bounds.max_age, served(&client, groups)).await {
            Ok(Ok(exist)) => report(exist),
            Ok(Err(error)) => tracing::debug!(error = super::words::chain(&error), "cannot list the API groups"),
            Err(_) => tracing::debug!("the API groups were not listed in time"),
        }
        tokio::time::sleep(bounds.max_age).await;
    }
}

#[cfg(test)]
mod tests {
    use http::{Request, Response};
    use http_body_util::Full;
    use kube::client::Body;
    use parking_lot::Mutex;
    use rstest::rstest;
    use tower::service_fn;

    use super::*;

    const SERVED: (u16, &str) =
        (200, r#"{"groups": [{"name": "apps", "versions": []}, {"name": "cilium.io", "versions": []}]}"#);
    const NOT_SERVED: (u16, &str) = (200, r#"{"groups": [{"name": "apps", "versions": []}]}"#);
    const REFUSED: (u16, &str) = (403, r#"{"kind": "Status", "code": 403, "reason": "Forbidden"}"#);
    const DOWN: (u16, &str) = (503, "down");
    const GARBAGE: (u16, &str) = (200, "<html>");
    /// No answer.
    const HANGS: (u16, &str) = (0, "");

    /// Without an answer of the API server, the last answer stays valid.
    #[rstest]
    #[case::both(&[SERVED, NOT_SERVED, SERVED], &[true, false, true])]
    #[case::failures(&[SERVED, REFUSED, DOWN, GARBAGE, HANGS], &[true])]
    #[case::at_first(&[HANGS, DOWN, SERVED], &[true])]
    #[tokio::test(start_paused = true)]
    async fn only_what_is_certain_is_reported(
        #[case] answers: &'static [(u16, &'static str)],
        #[case] expected: &[bool],
    ) {
        let left = Mutex::new(answers.iter());
        let service = service_fn(move |_: Request<Body>| {
            let answer = left.lock().next().filter(|answer| **answer != HANGS);
            async move {
                let Some(&(status, text)) = answer else { return std::future::pending().await };
                Response::builder().status(status).body(Full::from(text))
            }
        });
        let (bounds, reported) = (Bounds::default(), Mutex::new(Vec::new()));
        let follow =
            follow(Client::new(service, "default"), &["cilium.io"], bounds, |exist| reported.lock().push(exist));
        // A round takes at most twice as long.
        let _ = timeout(bounds.max_age * 20, follow).await;
        assert_eq!(*reported.lock(), expected);
    }
}

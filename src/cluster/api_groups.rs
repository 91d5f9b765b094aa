//! Which API groups the API server serves: its list of them may be read by every account.

use kube::Client;
use tokio::time::timeout;

use super::watch::Bounds;

/// Whether any of `groups` is served.
pub(super) async fn served(client: &Client, groups: &[&str]) -> kube::Result<bool> {
    let listed = client.list_api_groups().await?;
    Ok(listed.groups.iter().any(|group| groups.contains(&group.name.as_str())))
}

/// Tells for ever, and only what is certain: while the API server does not answer, what it said last holds.
pub(super) async fn keep(client: Client, groups: &[&str], bounds: Bounds, tell: impl Fn(bool)) {
    loop {
        match timeout(bounds.blind, served(&client, groups)).await {
            Ok(Ok(exist)) => tell(exist),
            Ok(Err(error)) => tracing::debug!(error = super::client::chain(&error), "cannot list the API groups"),
            Err(_) => tracing::debug!("the API groups were not listed in time"),
        }
        tokio::time::sleep(bounds.blind).await;
    }
}

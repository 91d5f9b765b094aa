//! Whether the cluster has policies of other kinds, beside which NetworkPolicies tell little (rulebook 5.11): asked of
//! the API server's list of API groups, which every account may read.

use kube::Client;
use tokio::time::timeout;

use super::watch::Bounds;
use crate::engine::manifest::OTHER_POLICY_GROUPS;

/// Whether such an API is served.
pub(super) async fn served(client: &Client) -> kube::Result<bool> {
    let groups = client.list_api_groups().await?;
    Ok(groups.groups.iter().any(|group| OTHER_POLICY_GROUPS.contains(&group.name.as_str())))
}

/// Tells for ever, and only what is certain: while the API server does not answer, what it said last holds.
pub(super) async fn keep(client: Client, bounds: Bounds, tell: impl Fn(bool)) {
    loop {
        match timeout(bounds.blind, served(&client)).await {
            Ok(Ok(exist)) => tell(exist),
            Ok(Err(error)) => tracing::debug!(error = super::client::chain(&error), "cannot list the API groups"),
            Err(_) => tracing::debug!("the API groups were not listed in time"),
        }
        tokio::time::sleep(bounds.blind).await;
    }
}

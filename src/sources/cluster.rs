//! The state of a cluster, listed once.

use std::collections::BTreeSet;

use tokio::runtime::Runtime;

use super::{Note, SourceError};
use crate::cluster::listing::{self, Listed};
use crate::cluster::{ClientOptions, Connection};
use crate::engine::controllers::ControllerPods;
use crate::engine::view::Snapshot;
use crate::tls::install_crypto_provider;

/// A cluster whose state can be listed. All calls block.
#[derive(Debug)]
pub struct ClusterSource {
    runtime: Runtime,
    connection: Connection,
}

impl ClusterSource {
    /// Finds the cluster that `options` name. Nothing is sent to the API server yet.
    ///
    /// # Errors
    /// [`SourceError::Connect`] and [`SourceError::Runtime`].
    pub fn open(options: &ClientOptions) -> Result<Self, SourceError> {
        install_crypto_provider();
        let runtime = Runtime::new()?;
        let connection = runtime.block_on(Connection::open(options))?;
        Ok(Self { runtime, connection })
    }

    /// The namespace of the kubeconfig's context; `None` if it names none.
    pub fn namespace(&self) -> Option<&str> {
        Some(self.connection.namespace()).filter(|name| !name.is_empty())
    }

    /// Lists the state of `namespaces`, or of all namespaces if the set is empty, and the Pods of `controllers`. Each part
    /// of the state that is unknown becomes a warning in `notes`.
    pub(super) fn list(
        &self,
        namespaces: &BTreeSet<String>,
        controllers: &[ControllerPods],
        notes: &mut Vec<Note>,
    ) -> Result<Snapshot, SourceError> {
        let namespaces: Vec<String> = namespaces.iter().cloned().collect();
        let listed = self.runtime.block_on(async {
            let client = self.connection.client()?;
            let listed = listing::snapshot(client.clone(), &namespaces).await;
            let server = || self.connection.server();
            let mut listed = listed.map_err(|reason| SourceError::Cluster { server: server(), reason })?;
            if controllers.iter().any(|pods| !pods.host_network) {
                listed.add_network_policies(client.clone(), &namespaces).await;
            }
            let is_listed = |pods: &&ControllerPods| namespaces.is_empty() || namespaces.contains(&pods.namespace);
            listed.add_controllers(client, controllers.iter().filter(|pods| !is_listed(pods))).await;
            Ok::<Listed, SourceError>(listed)
        })?;
        notes.extend(listed.gaps.into_iter().map(Note::warning));
        Ok(listed.view)
    }
}

//! A cluster, as commands see it that look and leave.

use std::collections::BTreeSet;

use anyhow::Context as _;

use super::{Console, Global, Level, Trouble, within_runtime};
use crate::cluster::Connection;
use crate::cluster::listing::{self, Listed};
use crate::engine::view::{Lookup, Snapshot, View};
use crate::text::near;

/// The way to the cluster that the flags mean.
pub(super) fn open(global: &Global) -> Result<Connection, Trouble> {
    within_runtime(async { Ok(Connection::open(&global.client()).await?) })
}

/// The state of `namespaces`, or of all where none is named. What is unknown in it is told.
pub(super) fn listed(
    connection: &Connection,
    namespaces: &BTreeSet<String>,
    network_policies: bool,
    console: Console,
) -> Result<Snapshot, Trouble> {
    let namespaces: Vec<String> = namespaces.iter().cloned().collect();
    let Listed { view, gaps } = within_runtime(async {
        let client = connection.client()?;
        let listed = listing::snapshot(client.clone(), &namespaces).await;
        let mut listed = listed.with_context(|| format!("the API server at {}", connection.server()))?;
        if network_policies {
            listed.add_network_policies(client, &namespaces).await;
        }
        Ok(listed)
    })?;
    for gap in gaps {
        console.note(Level::Warning, &gap);
    }
    Ok(view)
}

/// Refuses a namespace that does not exist: that there is nothing to judge would pass for a good answer. A snapshot
/// tells only if it holds Namespaces.
pub(super) fn exists(name: &str, view: &Snapshot, all_known: bool) -> Result<(), Trouble> {
    let known: BTreeSet<&str> = view.namespace_names().collect();
    if !matches!(view.namespace(name), Lookup::Absent) || (known.is_empty() && !all_known) {
        return Ok(());
    }
    let hint = match near(name, known) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => "name another with -n, or all with -A".to_owned(),
    };
    Err(Trouble::new(format!("the namespace \"{name}\" does not exist: {hint}")))
}

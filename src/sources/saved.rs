//! What the files of a snapshot hold: the kinds that somebody saved, and the time at which they were saved.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Value;

use super::Note;
use crate::engine::kinds::{Kind, Object};
use crate::engine::manifest::newest_time;
use crate::engine::view::Snapshot;

/// The kinds of the objects of a snapshot, and their newest time.
#[derive(Debug, Default)]
pub(super) struct Saved {
    kinds: BTreeSet<Kind>,
    newest: Option<Timestamp>,
}

impl Saved {
    /// Notes the kind of an object.
    pub(super) fn add_kind(&mut self, object: &Object) {
        self.kinds.extend(object.identity().and_then(|identity| identity.kind));
    }

    /// Notes the newest of the times that the cluster wrote into an object.
    pub(super) fn add_times(&mut self, object: &Value) {
        self.newest = self.newest.max(newest_time(object));
    }

    /// The newest time: nothing in the snapshot is from a later time.
    pub(super) fn newest(&self) -> Option<Timestamp> {
        self.newest
    }

    /// Notes the kinds that nobody saved: their objects may exist. The result has one note for each such kind.
    pub(super) fn complete(&self, view: &mut Snapshot) -> Vec<Note> {
        let lacks = |kinds: &[Kind]| kinds.iter().all(|kind| !self.kinds.contains(kind));
        let mut notes = Vec::new();
        if lacks(&[Kind::Pod]) && lacks(&Kind::WORKLOADS) {
            view.set_unsaved(Kind::Pod);
            for kind in Kind::WORKLOADS {
                view.set_unsaved(kind);
            }
            let effect = "which Pods a Service selects is not known";
            notes.push(Note::info(format!("the snapshot has no Pods and no workloads: {effect}")));
        }
        let without_service = "a Service that is not among the manifests is unknown";
        let without_slices = "the endpoints of Services without a selector are unknown";
        for (kind, effect) in [(Kind::Service, without_service), (Kind::EndpointSlice, without_slices)] {
            if lacks(&[kind]) {
                view.set_unsaved(kind);
                notes.push(Note::info(format!("the snapshot has no {}s: {effect}", kind.name())));
            }
        }
        if lacks(&[Kind::IngressClass]) {
            view.set_classes_elsewhere();
            notes.push(Note::info("the snapshot has no IngressClasses: classes are not judged".to_owned()));
        }
        notes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::view::{Lookup, Unknown, View};

    #[test]
    fn kinds_that_nobody_saved_are_unknown() {
        let mut view = Snapshot::complete();
        let notes = Saved::default().complete(&mut view);
        let messages: Vec<&str> = notes.iter().map(|note| note.message.as_str()).collect();
        assert_eq!(messages.len(), 4, "{messages:?}");
        assert!(messages.iter().any(|message| message.starts_with("the snapshot has no Services: ")), "{messages:?}");
        assert_eq!(view.service("shop", "web"), Lookup::Unknown(Unknown::NotSaved));
        let mut saved = Saved::default();
        for kind in ["Service", "EndpointSlice", "Deployment", "IngressClass"] {
            saved.kinds.extend(Kind::ALL.into_iter().find(|known| known.name() == kind));
        }
        let mut view = Snapshot::complete();
        assert_eq!(saved.complete(&mut view), []);
        assert_eq!(view.service("shop", "web"), Lookup::Absent);
    }
}

//! What the files of a snapshot hold: the kinds that somebody saved, and the time at which they were saved.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Value;

use super::Note;
use crate::engine::kinds::{Kind, Object};
use crate::engine::view::Snapshot;

/// The fields with a time in the past. Fields such as `deletionTimestamp` and `notAfter` have a time in the future.
const PAST: [&str; 12] = [
    "creationTimestamp",
    "lastTransitionTime",
    "lastProbeTime",
    "lastUpdateTime",
    "lastHeartbeatTime",
    "renewTime",
    "acquireTime",
    "time",
    "startTime",
    "startedAt",
    "finishedAt",
    "lastTimestamp",
];

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

    /// Notes the newest of the times in `value`.
    pub(super) fn add_times(&mut self, value: &Value) {
        match value {
            Value::Object(fields) => {
                for (key, inside) in fields {
                    match inside {
                        Value::String(text) if PAST.contains(&key.as_str()) => {
                            self.newest = self.newest.max(text.parse().ok());
                        }
                        Value::String(_) => {}
                        _ => self.add_times(inside),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.add_times(item)),
            _ => {}
        }
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
        if lacks(&[Kind::IngressClass]) {
            view.set_classes_elsewhere();
            notes.push(Note::info("the snapshot has no IngressClasses: classes are not judged".to_owned()));
        }
        notes
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_newest_time_is_the_present() {
        let mut saved = Saved::default();
        saved.add_times(&json!({
            "metadata": {"creationTimestamp": "2026-01-01T00:00:00Z", "deletionTimestamp": "2030-01-01T00:00:00Z"},
            "status": {"conditions": [{"lastTransitionTime": "2026-01-01T00:02:00Z"}, {"lastTransitionTime": "soon"}]},
        }));
        saved.add_times(&json!({"spec": {"renewTime": "2026-01-01T00:01:00.000000Z"}}));
        assert_eq!(saved.newest(), Some("2026-01-01T00:02:00Z".parse().unwrap()));
    }
}

//! The times that a cluster writes into objects.

use jiff::Timestamp;
use serde_json::Value;

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

/// The fields of an object that its user writes. A time in them may be in the future.
const OF_USERS: [&str; 2] = ["spec", "data"];

/// The newest time that the cluster wrote into the object; `None` if it has no such time.
pub fn newest_time(object: &Value) -> Option<Timestamp> {
    let is_lease = object.get("kind").and_then(Value::as_str) == Some("Lease");
    let fields = object.as_object()?.iter();
    let of_cluster = fields.filter(|(key, _)| (is_lease && *key == "spec") || !OF_USERS.contains(&key.as_str()));
    of_cluster.filter_map(|(key, value)| newest(key, value)).max()
}

/// The newest time in the field `key`.
fn newest(key: &str, value: &Value) -> Option<Timestamp> {
    match value {
        Value::String(text) => PAST.contains(&key).then(|| text.parse().ok()).flatten(),
        Value::Object(fields) => fields.iter().filter_map(|(key, inside)| newest(key, inside)).max(),
        Value::Array(items) => items.iter().filter_map(|item| newest(key, item)).max(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_newest_time_is_the_present() {
        let newest = |object: Value| newest_time(&object).map(|time| time.to_string());
        let object = json!({
            "metadata": {"creationTimestamp": "2026-01-01T00:00:00Z", "deletionTimestamp": "2030-01-01T00:00:00Z",
                "managedFields": [{"time": "2026-01-01T00:01:00Z"}]},
            "status": {"conditions": [{"lastTransitionTime": "2026-01-01T00:02:00Z"}, {"lastTransitionTime": "soon"}]},
        });
        assert_eq!(newest(object).as_deref(), Some("2026-01-01T00:02:00Z"));
        // A user plans this time.
        assert_eq!(newest(json!({"kind": "Outage", "spec": {"startTime": "2030-01-01T00:00:00Z"}})), None);
        let lease = json!({"kind": "Lease", "spec": {"renewTime": "2026-01-01T00:01:00.000000Z"}});
        assert_eq!(newest(lease).as_deref(), Some("2026-01-01T00:01:00Z"));
        let event = json!({"kind": "Event", "lastTimestamp": "2026-01-01T00:03:00Z"});
        assert_eq!(newest(event).as_deref(), Some("2026-01-01T00:03:00Z"));
    }
}

//! Any body causes no panic. If the narrow decoder and Kubernetes' own types both read an Ingress, they read the same
//! targets.

#![no_main]

mod typed;

use backstop::webhook::read_review;
use k8s_openapi::api::networking::v1::Ingress;
use libfuzzer_sys::fuzz_target;
use serde::Deserialize as _;
use serde_json::Value;

fuzz_target!(|body: &[u8]| {
    let Ok(envelope) = read_review(body) else { return };
    assert!(!envelope.uid.is_empty());
    let Ok(request) = envelope.request else { return };
    let Ok(whole) = serde_json::from_slice::<Value>(body) else { return };
    for (reviewed, field) in [(request.object, "object"), (request.old_object, "oldObject")] {
        let object = &whole["request"][field];
        let Some(Ok(subject)) = reviewed.map(|reviewed| reviewed.into_ingress("ns")) else { continue };
        let Ok(typed) = Ingress::deserialize(object) else { continue };
        assert_eq!(typed::read_targets(&subject), typed::targets(&typed, &subject.name.namespace), "{object}");
    }
});

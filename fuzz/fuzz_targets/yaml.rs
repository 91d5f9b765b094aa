//! Any file of manifests causes no panic. Every position is inside the file. Manifests and the state of a cluster are read
//! alike. If the narrow decoder and Kubernetes' own types both read an Ingress, they read the same targets.

#![no_main]

mod typed;

use backstop::engine::kinds::{Object, documents, object, values};
use backstop::text::Document;
use k8s_openapi::api::networking::v1::Ingress;
use libfuzzer_sys::fuzz_target;
use serde::Deserialize as _;

fuzz_target!(|file: &[u8]| {
    let lines = file.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count() + 1;
    let (read, state) = (documents(file), values(file));
    for document in &read {
        match document {
            Ok(document) => judge(document, lines),
            Err(broken) => assert!(broken.position.line <= lines, "{broken:?}"),
        }
    }
    let (Ok(read), Ok(state)) = (whole(read), whole(state)) else { return };
    assert_eq!(read, state);
});

/// The objects of a file without a fault.
fn whole<E>(read: Vec<Result<Document, E>>) -> Result<Vec<Option<Object>>, E> {
    read.into_iter().map(|document| Ok(object(&document?.value, "ns").ok())).collect()
}

fn judge(document: &Document, lines: usize) {
    for field in ["", "metadata.name", "spec.rules[0].http.paths[1].backend.service.port.number"] {
        let position = document.position(field);
        assert!((1..=lines).contains(&position.line), "{field} at {position:?} of {lines} lines");
    }
    let Ok(Object::Ingress(subject)) = object(&document.value, "ns") else { return };
    let Ok(typed) = Ingress::deserialize(&document.value) else { return };
    let expected = typed::targets(&typed, &subject.name.namespace);
    assert_eq!(typed::read_targets(&subject), expected, "{}", document.value);
}

//! Situations of identification: which controller serves an Ingress, by its class, its annotations and the
//! IngressClasses that exist. The source names the repository and its version.
//!
//! Each situation brings its IngressClasses. The reference shows which controller was identified: 8080 is only a
//! targetPort of the Service (ingress-nginx, HAProxy Ingress and AGIC serve it, the other controllers do not), and
//! 81 is no port at all (a denial if the controller is known, a warning if it is not).

mod names;
mod products;

use super::{Situation, WEB};

/// See the documentation of the module.
pub(super) const SITUATIONS: &[&[Situation]] = &[products::SITUATIONS, names::SITUATIONS];

/// An IngressClass of an unknown controller, so that some class is known.
const OTHER: &str = "{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: other}, \
     spec: {controller: example.com/other}}";

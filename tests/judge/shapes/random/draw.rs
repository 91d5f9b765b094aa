//! The random choice of changes. Values come from short lists, so that the parts of a shape often fit together.

use super::super::{Beside, Class, Rule};
use super::change::Change;
use super::dice::Dice;
use super::states::{
    Backend, Conditions, Fallback, Host, Kind, Own, Owner, Pod, PodPorts, Port, Selector, Slice, SlicePort, Target,
};

/// Every address answers on these ports.
const NUMBERS: [u16; 5] = [80, 80, 81, 8080, 9090];
/// Names of ports. A name of digits is the name of a Service port, but no name in a backend.
const PORT_NAMES: [&str; 7] = ["", "", "http", "http", "web", "admin", "8080"];
const NAMES: [&str; 5] = ["http", "http", "web", "admin", "use-annotation"];
const PROTOCOLS: [&str; 6] = ["TCP", "TCP", "TCP", "TCP", "UDP", "SCTP"];

const RULES: [Rule; 6] = [
    Rule { path: "/", path_type: "Exact", asked: "/", wildcard: false },
    Rule { path: "/", path_type: "ImplementationSpecific", asked: "/", wildcard: false },
    Rule { path: "/shape", path_type: "Exact", asked: "/shape", wildcard: false },
    Rule { path: "/shape", path_type: "Prefix", asked: "/shape/below", wildcard: false },
    Rule { path: "/shape", path_type: "ImplementationSpecific", asked: "/shape", wildcard: false },
    Rule { path: "/", path_type: "Prefix", asked: "/", wildcard: true },
];

const BESIDE: [Beside; 8] = [
    Beside::Root,
    Beside::Default,
    Beside::Primary,
    Beside::Broken,
    Beside::Canary(80, "other", "/"),
    Beside::Canary(81, "other", "/"),
    Beside::Canary(80, "", "/other"),
    Beside::Canary(8080, "other", "/"),
];

/// Annotations of Ingresses. Each value is one that the controllers accept, or that they ignore.
const ANNOTATIONS: [(&str, &str); 25] = [
    ("nginx.ingress.kubernetes.io/permanent-redirect", "http://elsewhere.test/"),
    ("nginx.ingress.kubernetes.io/permanent-redirect", ""),
    ("nginx.ingress.kubernetes.io/temporal-redirect", "http://elsewhere.test/"),
    ("nginx.ingress.kubernetes.io/service-upstream", "true"),
    ("nginx.ingress.kubernetes.io/service-upstream", "True"),
    ("nginx.ingress.kubernetes.io/service-upstream", "1"),
    ("nginx.ingress.kubernetes.io/service-upstream", "false"),
    ("nginx.ingress.kubernetes.io/canary", "true"),
    ("nginx.ingress.kubernetes.io/canary", "1"),
    ("nginx.ingress.kubernetes.io/canary", "false"),
    ("nginx.ingress.kubernetes.io/configuration-snippet", "more_set_headers \"x-seen: yes\";"),
    ("nginx.ingress.kubernetes.io/configuration-snippet", "return 418;"),
    ("nginx.ingress.kubernetes.io/server-snippet", "client_max_body_size 2m;"),
    ("nginx.ingress.kubernetes.io/rewrite-target", "/"),
    ("nginx.ingress.kubernetes.io/use-regex", "true"),
    ("nginx.ingress.kubernetes.io/app-root", "/app"),
    ("nginx.ingress.kubernetes.io/backend-protocol", "HTTP"),
    ("nginx.ingress.kubernetes.io/ssl-redirect", "false"),
    ("nginx.ingress.kubernetes.io/upstream-vhost", "inner.test"),
    ("traefik.ingress.kubernetes.io/router.priority", "1000"),
    ("traefik.ingress.kubernetes.io/router.priority", "high"),
    ("traefik.ingress.kubernetes.io/router.entrypoints", "web"),
    ("kubernetes.io/ingress.allow-http", "false"),
    ("kubernetes.io/ingress.allow-http", "true"),
    ("projectcontour.io/num-retries", "3"),
];

const SERVICE_ANNOTATIONS: [(&str, &str); 7] = [
    ("traefik.ingress.kubernetes.io/service.nativelb", "true"),
    ("traefik.ingress.kubernetes.io/service.nativelb", "1"),
    ("traefik.ingress.kubernetes.io/service.nativelb", "false"),
    ("traefik.ingress.kubernetes.io/service.sticky.cookie", "true"),
    ("nginx.ingress.kubernetes.io/service-upstream", "true"),
    ("projectcontour.io/max-connections", "100"),
    ("service.kubernetes.io/topology-mode", "Auto"),
];

/// Changes, each kind with a probability of its own. A shape has three to four changes on average, because one change
/// often hides the others.
pub(super) fn changes(dice: &mut Dice) -> Vec<Change> {
    let mut changes = Vec::new();
    of_service(dice, &mut changes);
    of_endpoints(dice, &mut changes);
    of_ingress(dice, &mut changes);
    changes
}

fn of_service(dice: &mut Dice, changes: &mut Vec<Change>) {
    if dice.one_in(20) {
        changes.push(Change::NoService);
    }
    if dice.one_in(4) {
        let external = |host| Kind::External(host);
        let kinds = [
            Kind::Headless,
            Kind::Headless,
            Kind::NodePort,
            Kind::LoadBalancer,
            external(Host::Known),
            external(Host::Known),
            external(Host::Known),
            external(Host::Unknown),
            external(Host::Localhost),
            external(Host::Address),
        ];
        changes.push(Change::Kind(dice.pick(&kinds)));
    }
    if dice.one_in(2) {
        changes.push(Change::FirstPort(port(dice)));
    }
    if dice.one_in(12) {
        changes.push(Change::NoPorts);
    }
    for _ in 0..2 {
        if dice.one_in(5) {
            let port = port(dice);
            changes.push(if dice.one_in(2) { Change::PortInFront(port) } else { Change::MorePort(port) });
        }
    }
    if dice.one_in(10) {
        changes.push(Change::Published);
    }
    if dice.one_in(12) {
        let (key, value) = dice.pick(&SERVICE_ANNOTATIONS);
        changes.push(Change::ServiceAnnotation(key, value));
    }
}

fn of_endpoints(dice: &mut Dice, changes: &mut Vec<Change>) {
    let own = dice.one_in(5);
    if own {
        changes.push(Change::Selector(Selector::None));
    } else if dice.one_in(15) {
        changes.push(Change::Selector(Selector::Nothing));
    }
    // Slices also exist beside those of the control plane.
    let slices = if own { dice.pick(&[0, 1, 1, 1, 2, 2]) } else { dice.pick(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]) };
    for _ in 0..slices {
        changes.push(Change::Slice(slice(dice)));
    }
    if own && dice.one_in(8) {
        changes.push(Change::OwnEndpoints(Own { port: slice_port(dice, false), ready: !dice.one_in(3) }));
    }
    if dice.one_in(5) {
        changes.push(Change::FirstPod(pod(dice)));
    }
    if dice.one_in(12) {
        changes.push(Change::NoPods);
    }
    if dice.one_in(8) {
        changes.push(Change::MorePod(pod(dice)));
    }
}

fn of_ingress(dice: &mut Dice, changes: &mut Vec<Change>) {
    if dice.one_in(2) {
        let backend = match dice.pick(&[0, 0, 0, 0, 1, 1, 1, 1, 1, 2]) {
            0 => Backend::Number(dice.pick(&NUMBERS)),
            1 => Backend::Name(dice.pick(&NAMES)),
            _ => Backend::Resource,
        };
        changes.push(Change::Backend(backend));
    }
    if dice.one_in(6) {
        changes.push(Change::Rule(dice.pick(&RULES)));
    }
    if dice.one_in(6) {
        let beside = dice.pick(&BESIDE);
        if beside == Beside::Primary {
            changes.push(Change::Annotation("nginx.ingress.kubernetes.io/canary", "true"));
            changes.push(Change::Annotation("nginx.ingress.kubernetes.io/canary-weight", "100"));
        }
        changes.push(Change::Beside(beside));
    }
    if dice.one_in(15) {
        changes.push(Change::Class(Class::Annotation));
    }
    for _ in 0..2 {
        if dice.one_in(8) {
            let (key, value) = dice.pick(&ANNOTATIONS);
            changes.push(Change::Annotation(key, value));
        }
    }
    if dice.one_in(10) {
        let fallbacks = [Fallback::Healthy, Fallback::Healthy, Fallback::Missing, Fallback::NoPods, Fallback::External];
        changes.push(Change::Fallback(dice.pick(&fallbacks)));
    }
}

fn port(dice: &mut Dice) -> Port {
    let target = match dice.pick(&[0, 1, 1, 1, 2, 2]) {
        0 => Target::Same,
        1 => Target::Number(dice.pick(&NUMBERS)),
        _ => Target::Name(dice.pick(&["web", "web", "admin", "wrong"])),
    };
    Port { name: dice.pick(&PORT_NAMES), number: dice.pick(&NUMBERS), target, protocol: dice.pick(&PROTOCOLS) }
}

fn pod(dice: &mut Dice) -> Pod {
    let fates = ["ready", "ready", "ready", "unready", "crash-loop", "image-pull", "starting"];
    let ports = [
        PodPorts::Usual,
        PodPorts::Usual,
        PodPorts::Usual,
        PodPorts::Swapped,
        PodPorts::None,
        PodPorts::Udp,
        PodPorts::Init,
        PodPorts::Sidecar,
    ];
    let owners = [Owner::None, Owner::None, Owner::Deployment(1), Owner::Deployment(0), Owner::Deleted];
    Pod { fate: dice.pick(&fates), ports: dice.pick(&ports), owner: dice.pick(&owners) }
}

fn slice(dice: &mut Dice) -> Slice {
    let ports = (!dice.one_in(12)).then(|| {
        let count = dice.pick(&[1, 1, 1, 1, 2, 2, 0]);
        (0..count).map(|_| slice_port(dice, true)).collect()
    });
    let count = dice.pick(&[1, 1, 1, 2, 2, 0]);
    let endpoints = (0..count).map(|_| conditions(dice)).collect();
    Slice { names: dice.one_in(15), ports, endpoints }
}

/// A port of a slice. Only a slice may have a port without a number.
fn slice_port(dice: &mut Dice, may_lack_number: bool) -> SlicePort {
    let number = if may_lack_number && dice.one_in(15) { None } else { Some(dice.pick(&[8080, 8080, 9090, 80])) };
    SlicePort { name: dice.pick(&["", "", "http", "web", "admin"]), number, protocol: dice.pick(&PROTOCOLS) }
}

fn conditions(dice: &mut Dice) -> Conditions {
    if dice.one_in(2) {
        return Conditions::READY;
    }
    let mut condition = || dice.pick(&[None, Some(true), Some(false)]);
    Conditions { ready: condition(), serving: condition(), terminating: condition() }
}

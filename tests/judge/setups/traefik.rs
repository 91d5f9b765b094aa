//! Traefik, with both of its providers that read Ingresses.

use backstop::engine::controllers::Options;

use super::{Environment, Running, SetUp};
use crate::control_plane::process::Process;

const ADDRESS: ([u8; 4], u16) = ([127, 0, 0, 1], 7001);

pub(super) const DEFAULT: SetUp = SetUp {
    id: "traefik",
    what: "Traefik, `kubernetesIngress`",
    controller: "traefik.io/ingress-controller",
    profile: "traefik",
    options: || Options { allow_external_name: Some(false), allow_empty_services: Some(false), ..Options::default() },
    assigned: false,
    programs: &["traefik"],
    canaries: false,
    numberless_ports: true,
    start: |setup, environment| start(setup, environment, "kubernetesingress", &[]),
};

pub(super) const OPEN: SetUp = SetUp {
    id: "traefik-open",
    what: "Traefik, `kubernetesIngress` with `allowExternalNameServices` and `allowEmptyServices`",
    options: || Options { allow_external_name: Some(true), allow_empty_services: Some(true), ..Options::default() },
    start: |setup, environment| {
        let flags = ["allowexternalnameservices=true", "allowemptyservices=true"];
        start(setup, environment, "kubernetesingress", &flags)
    },
    ..DEFAULT
};

pub(super) const NGINX: SetUp = SetUp {
    id: "traefik-nginx",
    what: "Traefik, `kubernetesIngressNGINX`",
    // By default, this provider uses the Ingresses of ingress-nginx.
    controller: "traefik.io/ingress-nginx",
    profile: "traefik-nginx",
    options: || version("3.7"),
    assigned: true,
    canaries: true,
    start: |setup, environment| {
        let class = format!("controllerclass={}", setup.controller);
        start(setup, environment, "kubernetesingressnginx", &[&class])
    },
    ..DEFAULT
};

pub(super) const DEFAULT_3_6: SetUp = SetUp { id: "traefik-3.6", programs: &["traefik-3.6"], ..DEFAULT };
pub(super) const OPEN_3_6: SetUp = SetUp { id: "traefik-3.6-open", programs: &["traefik-3.6"], ..OPEN };
// The provider knows no canaries before 3.7.
pub(super) const NGINX_3_6: SetUp = SetUp {
    id: "traefik-3.6-nginx",
    // The provider serves every class with its controller name.
    controller: "traefik.io/ingress-nginx-3.6",
    programs: &["traefik-3.6"],
    options: || version("3.6.25"),
    canaries: false,
    ..NGINX
};

pub(super) const DEFAULT_3_6_12: SetUp =
    SetUp { id: "traefik-3.6.12", programs: &["traefik-3.6.12"], numberless_ports: false, ..DEFAULT };
pub(super) const OPEN_3_6_12: SetUp =
    SetUp { id: "traefik-3.6.12-open", programs: &["traefik-3.6.12"], numberless_ports: false, ..OPEN };
pub(super) const NGINX_3_6_12: SetUp = SetUp {
    id: "traefik-3.6.12-nginx",
    controller: "traefik.io/ingress-nginx-3.6.12",
    programs: &["traefik-3.6.12"],
    options: || version("3.6.12"),
    numberless_ports: false,
    ..NGINX_3_6
};

fn version(version: &str) -> Options {
    Options { version: version.parse().ok(), ..Options::default() }
}

/// Starts the program of `setup` for its class, with `options` of the `provider`.
fn start(setup: &SetUp, environment: &Environment<'_>, provider: &str, options: &[&str]) -> Result<Running, String> {
    let address = ADDRESS.into();
    let mut flags = vec![
        format!("--entrypoints.web.address={address}"),
        format!("--providers.{provider}.endpoint=https://{}", environment.api_server),
        format!("--providers.{provider}.token=admin-token"),
        format!(
            "--providers.{provider}.certauthfilepath={}",
            environment.folder.join("apiserver/apiserver.crt").display()
        ),
        "--global.checknewversion=false".to_owned(),
        "--global.sendanonymoususage=false".to_owned(),
        "--log.level=INFO".to_owned(),
    ];
    let class = format!("ingressclass={}", setup.id);
    let options = options.iter().copied().chain([&*class]);
    flags.extend(options.map(|option| format!("--providers.{provider}.{option}")));
    let program = environment.programs.path(setup.programs[0]);
    let process = Process::start(setup.id, program, flags, environment.folder)?;
    Ok(Running { address, processes: vec![process] })
}

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
    start: |environment| start(environment, "kubernetesingress", &["ingressclass=traefik"]),
};

pub(super) const OPEN: SetUp = SetUp {
    id: "traefik-open",
    what: "Traefik, `kubernetesIngress` with `allowExternalNameServices` and `allowEmptyServices`",
    options: || Options { allow_external_name: Some(true), allow_empty_services: Some(true), ..Options::default() },
    start: |environment| {
        let flags = ["ingressclass=traefik-open", "allowexternalnameservices=true", "allowemptyservices=true"];
        start(environment, "kubernetesingress", &flags)
    },
    ..DEFAULT
};

pub(super) const NGINX: SetUp = SetUp {
    id: "traefik-nginx",
    what: "Traefik, `kubernetesIngressNGINX`",
    // By default, this provider uses the Ingresses of ingress-nginx.
    controller: "traefik.io/ingress-nginx",
    profile: "traefik-nginx",
    options: || Options { version: "3.6.12".parse().ok(), ..Options::default() },
    assigned: true,
    start: |environment| {
        let flags = ["controllerclass=traefik.io/ingress-nginx", "ingressclass=traefik-nginx"];
        start(environment, "kubernetesingressnginx", &flags)
    },
    ..DEFAULT
};

fn start(environment: &Environment<'_>, provider: &str, options: &[&str]) -> Result<Running, String> {
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
    flags.extend(options.iter().map(|option| format!("--providers.{provider}.{option}")));
    let process = Process::start("traefik", environment.programs.path("traefik"), flags, environment.folder)?;
    Ok(Running { address, processes: vec![process] })
}

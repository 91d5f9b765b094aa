//! Contour with Envoy.

use std::time::Duration;

use backstop::engine::controllers::Options;

use super::{Environment, Running, SetUp};
use crate::command;
use crate::control_plane::plane::write;
use crate::control_plane::process::Process;
use crate::control_plane::wait::wait_for;

const HTTP: u16 = 7201;
const XDS: u16 = 7202;

pub(super) const DEFAULT: SetUp = SetUp {
    id: "contour",
    what: "Contour with Envoy",
    controller: "projectcontour.io/contour",
    profile: "contour",
    options: || Options { allow_external_name: Some(false), ..Options::default() },
    assigned: false,
    programs: &["contour", "envoy"],
    canaries: false,
    numberless_ports: true,
    start: |setup, environment| start(environment, setup.id, "{}"),
};

pub(super) const EXTERNAL: SetUp = SetUp {
    id: "contour-external",
    what: "Contour with Envoy and `enableExternalNameService`",
    options: || Options { allow_external_name: Some(true), ..Options::default() },
    assigned: true,
    start: |setup, environment| start(environment, setup.id, "enableExternalNameService: true"),
    ..DEFAULT
};

fn start(environment: &Environment<'_>, class: &str, configuration: &str) -> Result<Running, String> {
    let (contour, folder) = (environment.programs.path("contour"), environment.folder);
    let definitions = environment.programs.folder("contour").join("01-crds.yaml").display().to_string();
    environment.kubectl.run(folder, &["apply", "--server-side", "-f", &definitions]).result()?;
    // Contour exits if the API server does not serve one of its kinds yet.
    let established = ["wait", "--for=condition=Established", "--timeout=30s", "-f", &definitions];
    environment.kubectl.run(folder, &established).result()?;
    wait_for("Contour's kinds", Duration::from_secs(30), || {
        let kinds = environment.kubectl.run(folder, &["get", "--raw=/apis/projectcontour.io/v1"]).result()?;
        if kinds.contains("httpproxies") { Ok(()) } else { Err(kinds) }
    })?;
    let configuration = write(folder, &format!("{class}.yaml"), &format!("{configuration}\n"))?;
    let bootstrap = folder.join(format!("{class}-envoy.json")).display().to_string();
    let program = contour.display().to_string();
    command::run(
        &program,
        &[
            "bootstrap",
            &bootstrap,
            &format!("--admin-address={}", folder.join("envoy.sock").display()),
            "--xds-address=127.0.0.1",
            &format!("--xds-port={XDS}"),
        ],
    )?;
    let serve = [
        "serve".to_owned(),
        "--insecure".to_owned(),
        "--disable-leader-election".to_owned(),
        "--kubeconfig=admin.kubeconfig".to_owned(),
        "--xds-address=127.0.0.1".to_owned(),
        format!("--xds-port={XDS}"),
        "--envoy-service-http-address=127.0.0.1".to_owned(),
        format!("--envoy-service-http-port={HTTP}"),
        format!("--ingress-class-name={class}"),
        format!("--config-path={}", configuration.display()),
    ];
    let contour = Process::start(class, contour, serve, folder)?;
    let run = ["-c", &bootstrap, "--service-cluster", "contour", "--service-node", "envoy", "--disable-hot-restart"];
    let envoy = Process::start(&format!("{class}-envoy"), environment.programs.path("envoy"), run, folder)?;
    Ok(Running { address: ([127, 0, 0, 1], HTTP).into(), processes: vec![contour, envoy] })
}

//! The controllers that judge, and how each is run.

mod contour;
mod nginx;
mod traefik;

use std::net::SocketAddr;
use std::path::Path;

use backstop::engine::controllers::{Assignment, Options, by_id};
use serde_json::{Value, json};

use crate::harness::kubectl::Kubectl;
use crate::harness::process::Process;
use crate::programs::Programs;
use crate::shapes::{Beside, Shape};
use crate::traffic::{self, Answer, Owners, Route};

/// A controller with its options.
pub(crate) struct SetUp {
    /// The name on the command line, and of its IngressClass.
    pub(crate) id: &'static str,
    /// What it is, for the page.
    pub(crate) what: &'static str,
    /// The `spec.controller` of its IngressClass.
    controller: &'static str,
    /// The profile by which Backstop judges its Ingresses.
    pub(crate) profile: &'static str,
    /// What Backstop's configuration says of its options.
    options: fn() -> Options,
    /// The class does not tell the profile: the configuration must.
    assigned: bool,
    /// What has to be built for it.
    pub(crate) programs: &'static [&'static str],
    /// It knows canaries. Where it does not, two Ingresses own one path, and either may win.
    canaries: bool,
    start: fn(&Ground<'_>) -> Result<Running, String>,
}

/// All of them, in the order of the page.
pub(crate) const ALL: [&SetUp; 6] =
    [&nginx::DEFAULT, &contour::DEFAULT, &contour::EXTERNAL, &traefik::DEFAULT, &traefik::OPEN, &traefik::NGINX];

/// What a controller stands on.
pub(crate) struct Ground<'a> {
    /// Where to write files; it also holds the API server's certificate and a kubeconfig.
    pub(crate) folder: &'a Path,
    pub(crate) api_server: SocketAddr,
    pub(crate) kubectl: &'a Kubectl,
    pub(crate) programs: &'a Programs,
}

/// A controller that runs, until this is dropped.
pub(crate) struct Running {
    /// Where it takes requests.
    pub(crate) address: SocketAddr,
    pub(crate) processes: Vec<Process>,
}

/// The set-ups that `names` means: `all`, or ids and programs separated by commas.
pub(crate) fn named(names: &str) -> Result<Vec<&'static SetUp>, String> {
    let means = |setup: &SetUp, name: &str| name == "all" || setup.id == name || setup.programs.contains(&name);
    if let Some(stranger) = names.split(',').find(|name| !ALL.iter().any(|setup| means(setup, name))) {
        let ids: Vec<&str> = ALL.iter().map(|setup| setup.id).collect();
        return Err(format!("there is no set-up or controller {stranger}: use all, or some of {}", ids.join(",")));
    }
    Ok(ALL.into_iter().filter(|setup| names.split(',').any(|name| means(setup, name))).collect())
}

impl SetUp {
    /// Its IngressClass.
    pub(crate) fn class(&self) -> Value {
        json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "metadata": {"name": self.id},
            "spec": {"controller": self.controller},
        })
    }

    /// What Backstop's configuration says of it.
    pub(crate) fn assignment(&self) -> Assignment {
        let profile = if self.assigned { by_id(self.profile) } else { None };
        Assignment { class: self.id.to_owned(), profile, options: (self.options)(), pods: None }
    }

    /// Whether it can be judged by the shape.
    pub(crate) fn serves(&self, shape: &Shape) -> bool {
        self.canaries || shape.beside != Beside::Primary
    }

    pub(crate) fn start(&self, ground: &Ground<'_>) -> Result<Running, String> {
        (self.start)(ground)
    }
}

impl Running {
    /// What all `routes` get, once it serves as `ready` says and its answers no longer change.
    pub(crate) fn settled(
        &mut self,
        routes: &[Route],
        owners: &Owners,
        ready: &dyn Fn(&[Answer]) -> bool,
    ) -> Result<Vec<Answer>, String> {
        let Self { address, processes } = self;
        let settled = traffic::settled(*address, routes, owners, |answers| {
            let ended = processes.iter_mut().find_map(Process::ended);
            ended.map_or(Ok(ready(answers)), |status| Err(format!("it has ended: {status}")))
        });
        settled.map_err(|error| format!("{error}\n{}", processes.iter().map(Process::tail).collect::<String>()))
    }
}

//! The set-ups: the controllers with their options, and the functions that start them.

mod contour;
mod nginx;
mod traefik;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;

use backstop::engine::controllers::{Assignment, Options, by_id};
use serde_json::{Value, json};

use crate::control_plane::kubectl::Kubectl;
use crate::control_plane::process::Process;
use crate::control_plane::programs::Programs;
use crate::shapes::{Beside, Shape};
use crate::traffic::{self, Answer, Owners, Route};

/// A controller with its options.
pub(crate) struct SetUp {
    /// The name on the command line, and of its IngressClass.
    pub(crate) id: &'static str,
    /// The description on the page.
    pub(crate) what: &'static str,
    /// The `spec.controller` of its IngressClass.
    controller: &'static str,
    /// The profile that Backstop uses for its Ingresses.
    pub(crate) profile: &'static str,
    /// Its options in Backstop's configuration.
    options: fn() -> Options,
    /// Whether the configuration of Backstop must name the profile, because the class does not identify it.
    assigned: bool,
    /// The programs that it consists of.
    pub(crate) programs: &'static [&'static str],
    /// Whether it supports canaries. Without support, two Ingresses own one path, and either may win.
    canaries: bool,
    /// Whether it reads a slice with a port without a number. Traefik before 3.6.23 stops at such a slice, and then serves
    /// no change of any Ingress.
    numberless_ports: bool,
    start: fn(&Self, &Environment<'_>) -> Result<Running, String>,
}

/// All of them, in the order of the page.
pub(crate) const ALL: [&SetUp; 12] = [
    &nginx::DEFAULT,
    &contour::DEFAULT,
    &contour::EXTERNAL,
    &traefik::DEFAULT,
    &traefik::OPEN,
    &traefik::NGINX,
    &traefik::DEFAULT_3_6,
    &traefik::OPEN_3_6,
    &traefik::NGINX_3_6,
    &traefik::DEFAULT_3_6_12,
    &traefik::OPEN_3_6_12,
    &traefik::NGINX_3_6_12,
];

/// What a controller needs to start.
pub(crate) struct Environment<'a> {
    /// A folder for its files, with the API server's certificate and a kubeconfig.
    pub(crate) folder: &'a Path,
    pub(crate) api_server: SocketAddr,
    pub(crate) kubectl: &'a Kubectl,
    pub(crate) programs: &'a Programs,
}

/// A running controller. It ends when this is dropped.
pub(crate) struct Running {
    /// The address for requests.
    pub(crate) address: SocketAddr,
    pub(crate) processes: Vec<Process>,
}

/// The programs of `setups`, each once.
pub(crate) fn programs(setups: &[&SetUp]) -> Vec<&'static str> {
    let names: BTreeSet<&str> = setups.iter().flat_map(|setup| setup.programs).copied().collect();
    names.into_iter().collect()
}

/// The set-ups for `names`: `all`, or ids of set-ups and names of programs, separated by commas.
pub(crate) fn named(names: &str) -> Result<Vec<&'static SetUp>, String> {
    let means = |setup: &SetUp, name: &str| name == "all" || setup.id == name || setup.programs.contains(&name);
    if let Some(unknown) = names.split(',').find(|name| !ALL.iter().any(|setup| means(setup, name))) {
        let ids: Vec<&str> = ALL.iter().map(|setup| setup.id).collect();
        return Err(format!("there is no set-up or controller {unknown}: use all, or some of {}", ids.join(",")));
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

    /// Its entry in Backstop's configuration.
    pub(crate) fn assignment(&self) -> Assignment {
        let profile = if self.assigned { by_id(self.profile) } else { None };
        Assignment { class: self.id.to_owned(), profile, options: (self.options)(), pods: None }
    }

    /// Whether the set-up supports `shape`.
    pub(crate) fn serves(&self, shape: &Shape) -> bool {
        (self.canaries || shape.beside != Beside::Primary) && (self.numberless_ports || !shape.has_numberless_port())
    }

    pub(crate) fn start(&self, environment: &Environment<'_>) -> Result<Running, String> {
        (self.start)(self, environment)
    }
}

impl Running {
    /// The answers for all `routes`, once `ready` accepts them and they no longer change.
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

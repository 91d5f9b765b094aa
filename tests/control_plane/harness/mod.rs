//! A cluster with Backstop in front of it, and ways for tests to act on it as users do.

mod replica;
mod reviewer;
mod slow_api;
mod world;

pub(crate) use replica::{Replica, Setup};
pub(crate) use reviewer::{Reviewer, review};
pub(crate) use slow_api::Delays;
pub(crate) use world::{Namespace, World, shared};

pub(crate) use crate::control_plane::kubectl::KubectlOutput;
pub(crate) use crate::control_plane::wait::eventually;
pub(crate) use crate::control_plane::{Egress, Fault, progress, root, runtime};

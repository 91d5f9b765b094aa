//! A cluster with Backstop, and functions by which tests act as users of the cluster.

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

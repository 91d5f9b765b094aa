//! Updates of large Ingresses.

use super::cluster::{backed_service, base, with};
use super::ingress::{Ingress, paths};
use super::{Case, Shape};

pub(super) const SHAPES: &[Shape] = &[
    Shape { name: "update-that-reorders-paths", full: 10_000, build: reordered },
    Shape { name: "update-that-adds-one-path", full: 10_000, build: one_more },
    Shape { name: "update-of-every-target", full: 10_000, build: all_changed },
];

fn name(number: usize) -> String {
    format!("web-{number:05}")
}

fn reordered(count: usize) -> Case {
    let mut paths = paths(count, name);
    let old = Ingress::of_paths(&paths);
    paths.reverse();
    Case::new(Ingress::of_paths(&paths).updated(&old), base())
}

/// All Services but the new one are missing, and were missing before.
fn one_more(count: usize) -> Case {
    let paths = paths(count + 1, name);
    let old = Ingress::of_paths(paths.split_last().map_or(&[], |(_, old)| old));
    Case::new(Ingress::of_paths(&paths).updated(&old), base())
}

fn all_changed(count: usize) -> Case {
    let (old, new) = (paths(count, name), paths(count, |at| format!("new-{at:05}")));
    let services = (0..count).flat_map(|at| backed_service(&format!("new-{at:05}"), true));
    Case::new(Ingress::of_paths(&new).updated(&Ingress::of_paths(&old)), with(services))
}

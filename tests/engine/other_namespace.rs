//! Each fixture of the checks, with a route of another namespace in the place of its Ingress: the checks of references find
//! the same, ask for the same live reads, and name the fields of the route.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use backstop::engine::checks::{self, Applies, CheckSettings};
use backstop::engine::controllers::identify;
use backstop::engine::evaluate::{Gates, Settings, elaborate, evaluate};
use backstop::engine::model::{Action, Finding, Labels, ObjectName};
use backstop::engine::subject::{Annotations, IngressPart, Subject};
use backstop::engine::view::{LiveFacts, Lookup, Need, Overlay, Snapshot};
use rstest::rstest;

use crate::second_subject::route;
use crate::world::{CONTROLLERS, fields, indexed, sentence, subject, world};

/// The fixtures of all checks.
fn fixtures() -> Vec<PathBuf> {
    let list = |folder: PathBuf| std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        list(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/checks")).flat_map(list).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    files
}

/// The parts of a finding that do not depend on its place in the subject.
fn placeless_parts(finding: &Finding) -> impl PartialEq + std::fmt::Debug + use<> {
    let Finding { check, action, effect, target, target_index, claim, .. } = finding;
    let text = (finding.headline(), finding.consequence().into_owned(), finding.help().to_owned());
    (*check, *action, *effect, target.clone(), *target_index, claim.clone(), text, finding.text.clone())
}

/// An Ingress without annotations, and a route with the same targets in the namespace of the controller.
fn ingress_and_route(world: &Snapshot) -> (Subject, Subject) {
    let ingress = subject(world).clone();
    let plain = Subject { annotations: Annotations::default(), ingress: Some(IngressPart::default()), ..ingress };
    let route = Subject { name: ObjectName::new("ingress-nginx", "route"), ..route(&plain.targets) };
    (plain, route)
}

/// The default settings, or settings in which every check denies.
fn check_settings(all_deny: bool) -> CheckSettings {
    let denying = checks::ALL.iter().filter(|_| all_deny).map(|check| (check.id, Action::Deny));
    CheckSettings { actions: denying.collect(), ..CheckSettings::DEFAULT }
}

/// The checks of references find the same, at the fields of the route. The checks of Ingresses find nothing.
#[rstest]
fn every_check_of_references_works_for_a_reference_to_another_namespace(#[values(false, true)] all_deny: bool) {
    let mut fired = BTreeSet::new();
    let checks = &check_settings(all_deny);
    for file in fixtures() {
        let world = world(&std::fs::read_to_string(&file).unwrap());
        let (plain, route) = ingress_and_route(&world);
        let controller = identify(subject(&world), &world, &CONTROLLERS, None, false);
        let found = |subject: &Subject| {
            let settings = Settings { checks, ..Settings::default() };
            let mut findings = evaluate(subject, controller, &world, &Gates::open(subject), settings).findings;
            assert!(elaborate(&mut findings, subject, &world, settings.units));
            findings
        };
        let (of_ingress, of_route) = (found(&plain), found(&route));
        let referenced: BTreeSet<u32> = plain.references.iter().map(|reference| reference.target).collect();
        let everywhere = |finding: &&Finding| {
            let check = checks::by_id(finding.check.0).unwrap();
            let named = finding.target_index.is_none_or(|target| referenced.contains(&target));
            matches!(check.applies, Applies::Everywhere) && named
        };
        let mut expected: Vec<_> = of_ingress.iter().filter(everywhere).collect();
        expected.sort_by_key(|finding| finding.target_index);
        let expected: Vec<_> = expected.into_iter().map(placeless_parts).collect();
        let seen: Vec<_> = of_route.iter().filter(everywhere).map(placeless_parts).collect();
        assert_eq!(seen, expected, "{}", file.display());
        for finding in &of_route {
            assert!(matches!(checks::by_id(finding.check.0).unwrap().applies, Applies::Everywhere), "{finding:?}");
            fired.insert(finding.check);
            let places = fields(&route, &finding.field, &finding.references);
            assert_eq!(places.len(), 2, "each target has two references: {finding:?}");
            for (place, reference) in places.iter().zip(&*finding.references) {
                let whole = route.references[usize::try_from(*reference).unwrap()].field();
                let below = place.strip_prefix(&whole).unwrap_or_else(|| panic!("{place} is not below {whole}"));
                assert!(["", ".name", ".port", ".kind"].contains(&below), "{place}");
            }
            assert!(sentence(&route, finding).contains("route.example/"), "{finding:?}");
        }
    }
    let all = checks::ALL.iter().filter(|check| matches!(check.applies, Applies::Everywhere));
    assert_eq!(fired, all.map(|check| check.id).collect(), "each of them finds something in a fixture");
}

/// An index holds no Pods and no makers. What is read live for the targets of a route does not depend on the namespace of
/// the route, even if the makers and Pods of that namespace are known.
#[rstest]
fn live_reads_are_about_the_namespace_of_the_target(#[values(false, true)] all_deny: bool) {
    let checks = &check_settings(all_deny);
    for file in fixtures() {
        let yaml = std::fs::read_to_string(&file).unwrap();
        let (world, index) = (world(&yaml), indexed(&yaml));
        let (_, route) = ingress_and_route(&world);
        let beside = Subject { name: ObjectName::new("shop", "route"), ..route.clone() };
        let controller = identify(subject(&world), &world, &CONTROLLERS, None, false);
        let picture = index.whole_picture();
        let mut live = LiveFacts::default();
        live.makers.insert("ingress-nginx".to_owned(), Lookup::Absent);
        let web = ("ingress-nginx".to_owned(), Labels::from_iter([("app", "web")]));
        live.pods.insert(web.clone(), Lookup::Found([].into()));
        live.workloads.insert(web, Lookup::Found([].into()));
        let needs = |subject: &Subject| {
            let (settings, view) = (Settings { checks, ..Settings::default() }, Overlay::new(&picture, &live));
            let mut needs = evaluate(subject, controller, &view, &Gates::open(subject), settings).needs;
            needs.proofs.remove(&Need::Namespace(subject.name.namespace.clone()));
            needs
        };
        assert_eq!(needs(&route), needs(&beside), "{}", file.display());
    }
}

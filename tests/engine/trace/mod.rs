//! The trace of an evaluation contains everything that its result depends on. While no key in the trace changes, and until
//! the judgement expires, the result does not change.
//!
//! Random worlds (an index, and live facts over it) change at random, and time passes. `BACKSTOP_TRACE_CHANGES` sets the
//! number of changes, which is 20,000 by default.

mod steps;
mod world;

use std::cell::Cell;

use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestRunner};

use crate::legal::{an_ingress, profile, subject};
use steps::{CHANGES, Step, a_step, steps_of_pods};
use world::{Outcome, World};

fn changes() -> usize {
    std::env::var("BACKSTOP_TRACE_CHANGES").map_or(20_000, |text| text.parse().expect("a number of changes"))
}

/// The number of times that each case of the test has occurred.
#[derive(Default)]
struct Coverage {
    /// A change of a key in the trace.
    met: Cell<usize>,
    /// A change of a key in the trace that changed the result.
    mattered: Cell<usize>,
    /// A change of no key in the trace.
    passed_by: Cell<usize>,
    /// A judgement with a time of expiry.
    bounded: Cell<usize>,
    /// Time passed before the expiry.
    within: Cell<usize>,
    /// Time passed until after the expiry.
    expired: Cell<usize>,
    /// Time passed until after the expiry, and the findings changed.
    changed_by_time: Cell<usize>,
}

fn count(of: &Cell<usize>, happened: bool) {
    of.set(of.get() + usize::from(happened));
}

/// Makes one step. A step that changes no key in the trace must not change the result before it expires.
fn step(
    world: &mut World,
    step: Step,
    before: &Outcome,
    judge: impl Fn(&mut World) -> Outcome,
    coverage: &Coverage,
) -> Result<Outcome, TestCaseError> {
    let shown = format!("{step:?}");
    let is_time = matches!(step, Step::Wait(_) | Step::WaitForExpiry { .. });
    let changed = world.change(step);
    let met = changed.keys().iter().any(|key| before.keys.contains(key));
    let expired = before.valid_until().is_some_and(|until| world.now > until);
    let after = judge(world);
    let differs = after != *before;
    count(&coverage.met, met);
    count(&coverage.mattered, met && differs);
    count(&coverage.passed_by, !met && !is_time);
    count(&coverage.bounded, after.valid_until().is_some());
    count(&coverage.within, is_time && !expired && before.valid_until().is_some());
    count(&coverage.expired, expired);
    count(&coverage.changed_by_time, expired && !met && after.findings() != before.findings());
    if differs && !met && !expired {
        return Err(TestCaseError::fail(format!("{shown} changed {changed:?}:\n{before:#?}\n{after:#?}")));
    }
    Ok(after)
}

#[test]
fn a_result_changes_only_with_the_keys_that_were_looked_up_or_when_it_expires() {
    let cases = u32::try_from(changes().div_ceil(CHANGES)).unwrap();
    let mut runner = TestRunner::new(ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() });
    let any_world = (an_ingress("web"), prop::collection::vec(a_step(), CHANGES));
    let world = (prop_oneof![3 => any_world.boxed(), 1 => steps_of_pods().boxed()], profile());
    let coverage = Coverage::default();
    let result = runner.run(&world, |((json, steps), profile)| {
        let subject = subject(&json);
        let mut world = World::new();
        let mut outcome = world.judge(&subject, profile);
        for one in steps {
            outcome = step(&mut world, one, &outcome, |world| world.judge(&subject, profile), &coverage)?;
        }
        Ok(())
    });
    result.unwrap();
    let Coverage { met, mattered, passed_by, bounded, within, expired, changed_by_time } = coverage;
    let of = |all: &Cell<usize>, share: usize| assert!(all.get() * share > changes(), "{} of {}", all.get(), changes());
    println!(
        "{} changes: {} met a key, {} of them mattered, {} met none; {} results were bounded in time, time passed {} times \
         within the bound and {} times past it, which changed {} results",
        changes(),
        met.get(),
        mattered.get(),
        passed_by.get(),
        bounded.get(),
        within.get(),
        expired.get(),
        changed_by_time.get(),
    );
    of(&mattered, 20);
    of(&passed_by, 20);
    of(&bounded, 50);
    of(&within, 500);
    of(&expired, 500);
    of(&changed_by_time, 1000);
}

//! The next step if a Service does not exist.

use crate::engine::view::Stage;

/// Where a Service may be that is not among the manifests.
const ELSEWHERE: &str = "if it is elsewhere, use --partial, --snapshot or --cluster";

/// The next step for a Service that does not exist and resembles no other Service.
pub fn create_service(stage: Stage) -> String {
    match stage {
        Stage::Admission => "apply the Service first, or run the same apply again; or correct the name".to_owned(),
        Stage::Manifests => format!("add the Service to the manifests, or correct the name; {ELSEWHERE}"),
        Stage::OverSnapshot => {
            "add the Service to the manifests, or correct the name; if the cluster has it by now, save a new snapshot"
                .to_owned()
        }
        Stage::OverCluster => "add the Service to the manifests, or apply it first; or correct the name".to_owned(),
        Stage::Stored => "create the Service, or correct the name".to_owned(),
    }
}

/// The next step for the Service `name`, which does not exist and resembles `others`, a choice of names in quotes.
pub fn another_name(stage: Stage, name: &str, others: &str) -> String {
    let own = match stage {
        Stage::Admission => {
            format!("or, if \"{name}\" is new, apply the Service first, or run the same apply again")
        }
        Stage::Manifests => format!("or add Service \"{name}\" to the manifests; {ELSEWHERE}"),
        Stage::OverSnapshot => {
            format!("or add Service \"{name}\" to the manifests; if the cluster has it by now, save a new snapshot")
        }
        Stage::OverCluster => format!("or add Service \"{name}\" to the manifests, or apply it first"),
        Stage::Stored => format!("or create Service \"{name}\""),
    };
    format!("use {others} instead; {own}")
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    /// A pipeline cannot apply the Service first, and at admission no flag helps.
    #[rstest]
    #[case::admission(Stage::Admission, "run the same apply again", "--partial")]
    #[case::manifests(Stage::Manifests, "--partial", "apply")]
    #[case::over_a_snapshot(Stage::OverSnapshot, "save a new snapshot", "--partial")]
    #[case::over_a_cluster(Stage::OverCluster, "apply it first", "--partial")]
    #[case::stored(Stage::Stored, "create", "manifests")]
    fn the_next_step_fits_the_stage(#[case] stage: Stage, #[case] present: &str, #[case] absent: &str) {
        for help in [create_service(stage), another_name(stage, "wbe", "\"web\"")] {
            assert!(help.contains(present) && !help.contains(absent), "{help}");
        }
        assert!(another_name(stage, "wbe", "\"web\"").starts_with("use \"web\" instead; or"));
    }
}

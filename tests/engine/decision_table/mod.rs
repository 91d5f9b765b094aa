//! The decision table (rulebook 11.1): each cell is a set of objects that the engine judges.
//!
//! | code | outcome of the request | expected judgement |
//! |---|---|---|
//! | `D` | denied | verdict deny |
//! | `W` | allowed with a warning | verdict warn, or a reported gap |
//! | `I` | recorded | verdict audit |
//! | `F` | fine | no finding |
//! | `U` | unknown, not reported | verdict audit at most |
//! | `-` | the row does not distinguish this controller | verdict warn at most |
//!
//! [`TABLE`] contains the cells from the sources. [`AMENDED`] lists every cell that a measurement or decision changed,
//! with the reason. [`situations`] creates the objects of each row.

mod situations;

use backstop::engine::controllers::{ALL, Profile};
use backstop::engine::policy::{Answer, Judgement, Obstacle, OnUnknown, Verdict, answer};
use rstest::rstest;

use situations::Situation;

/// The columns and their profiles, in the order of [`ALL`].
const COLUMNS: [(&str, &str); 16] = [
    ("NGX", "ingress-nginx"),
    ("TRF", "traefik"),
    ("TRN", "traefik-nginx"),
    ("HAT", "haproxytech"),
    ("HAJ", "haproxy-ingress"),
    ("CON", "contour"),
    ("KNG", "kong"),
    ("NIC", "nginx-inc"),
    ("ALB", "aws-alb"),
    ("GCE", "gce"),
    ("AGI", "agic"),
    ("CIL", "cilium"),
    ("IST", "istio"),
    ("OCP", "openshift"),
    ("TSC", "tailscale"),
    ("UNK", "unknown"),
];

const TABLE: &str = "
 1 Service does not exist (live-confirmed)                  D D D D D D D D D D D D W W D W
 2 as 1, dry run                                            W W W W W W W W W W W W W W W W
 3 as 1, reference unchanged from oldObject                 I I I I I I I I I I I I I I I I
 4 port number matches no port and no targetPort            D D D D D D D W D D D W W D W W
 5 port number matches only a targetPort                    F D D D F D D W D D F W W D W W
 6 port name matches no name and no targetPort name         D D D D D D D D D D D W D D D W
 7 port name matches only a targetPort name                 F D D D F D F D D D F W D D D W
 8 referenced port is UDP/SCTP only                         D W W W W D W W W W D W W W W W
 9 use-annotation, action annotation present                W W W W W W W W F W W W W W W U
10 as 9, action annotation absent                           D D D D D D D D W D D W D D D U
11 resource backend                                         W W W U U W U W W W U W W U W U
12 ExternalName, controller default allows, name valid      F W F F F W F W W W U U U U W U
13 ExternalName = localhost/loopback                        W W U U U W U U W W U U U U W U
14 selector-less Service, no slices                         W W W W W W W W W W W U U W W I
15 selector-less, slices ready but port name differs        F W W W W W W W W U U U U U F I
16 headless with ports, endpoints ready                     F F F F F F F F F W F U U U W F
17 Service has selector, no slice yet                       I I I I I I I I I I I I I I I I
18 NoPods (nothing matches / no IP)                         W W W W W W W W W W W U U W W W
19 NotReady, Pods young or behind a readiness gate          I I I I I I I I F F F I I I I I
20 NotReady, older, cause known                             W W W W W W W W W W I W W W W W
21 Terminating only                                         W I I W W W W W W W W U U W I W
22 PortUnresolved (named targetPort on no Pod)              W W W W W W W W W W W W W W W W
23 publishNotReadyAddresses, Pods unready                   F W W F F F F F F U F U U U U F
24 hand-made slice, ready: nil                              F F F W F F F W F U U U U U F F
25 ClusterIP Service where NodePort/NEG may be needed       F F F F F F F F W W F F F F F F
26 canary Ingress, backend missing                          I - I - - - - - - - - - - - - I
27 redirect-only annotations, backend missing               I W U U U W W W W W W W W W W U
28 default-backend annotation names a missing Service       W - W - - - - - - - - - - - - -
29 no endpoints, but the default-backend Service is ready   F - F - - - - - - - - - - - - -
30 service-upstream/nativeLB/use-cluster-ip on headless     F W W - W - W W - - - - - - W -
31 no IngressClass can be resolved                          W W W W W W W W W F W W W W W W
32 class field and annotation disagree                      W W W W W W W W W W W W W W W W
33 NetworkPolicy isolates Pods, controller not admitted     W W W W W W W W U U U U U U U U
34 live GET failed (403, timeout, 5xx)                      W W W W W W W W W W W W W W W W
35 cert-manager solver object or path                       F F F F F F F F F F F F F F F F
36 deletionTimestamp set                                    F F F F F F F F F F F F F F F F
37 action annotation forward names a missing Service        - - - - - - - - D - - - - - - U
";

/// Row, columns (`*`: all), the cell instead, and why.
const AMENDED: &[(u8, &str, char, &str)] = &[
    (1, "OCP UNK", 'D', "by decision: a proven absence is denied, except if backends may be remote"),
    (1, "CIL", 'W', "by decision: another cluster of the mesh may have the Service"),
    (4, "NIC", 'D', "by reading: the port of the row has a name, so that no number matches it"),
    (4, "CIL", 'D', "by reading: it looks numbers up in the Service of this cluster only"),
    (4, "TSC", 'D', "rulebook 4.4: the ClusterIP serves the ports of the Service only"),
    (5, "NIC", 'D', "as row 4"),
    (5, "CIL", 'D', "as row 4"),
    (5, "TSC", 'D', "as row 4"),
    (6, "CIL", 'D', "rulebook 4.4.7: slices of selected Pods have the names of the Service only"),
    (7, "CIL", 'D', "as row 6"),
    (8, "TRF TRN", 'I', "measured: requests reach the Pod, the protocol is ignored"),
    (8, "HAT HAJ KNG NIC", 'I', "by reading: the protocol is ignored, as measured with Traefik"),
    (8, "CIL OCP", 'D', "by reading: endpoints that are not TCP are left out"),
    (8, "TSC", 'D', "rulebook 4.4: the ClusterIP serves no TCP port of that number"),
    (10, "NGX TRF TRN HAT HAJ CON KNG NIC GCE AGI IST OCP TSC", 'W', "by decision: use-annotation is never denied"),
    (
        11,
        "HAT HAJ KNG AGI OCP",
        'W',
        "by reading: no kind of resource is served; Kong knows one kind, and not this one",
    ),
    (12, "AGI CIL OCP", 'W', "by reading: endpoints come from slices only, and an ExternalName Service has none"),
    (12, "IST", 'W', "by reading: the external name is not served, unless a ServiceEntry names it"),
    (13, "AGI CIL IST OCP", 'W', "row 12 holds"),
    (13, "NIC", 'W', "row 12 holds: it serves no ExternalName by default"),
    (14, "CIL", 'W', "rulebook 3.11: only a global Service has endpoints in other clusters"),
    (15, "CIL", 'W', "as row 14"),
    (15, "AGI", 'W', "rulebook 3.7.5: it reads core Endpoints, of which the slice of the row is not made"),
    (15, "GCE OCP", 'W', "by reading: the names of the ports must be equal"),
    (15, "NIC", 'F', "footnote 8: it goes by the number of the slice's port, which is that of the targetPort here"),
    (15, "TSC", 'W', "rulebook 3.4.4: it connects to the ClusterIP, and kube-proxy goes by the port's name"),
    (17, "*", 'F', "a first install is no news, and every manifest that is not applied yet is one"),
    (18, "CIL", 'W', "as row 14"),
    (21, "CIL", 'W', "as row 14"),
    (21, "TSC", 'W', "rulebook 3.2.6: kube-proxy uses terminating endpoints only if they serve, and these do not"),
    (24, "AGI", 'W', "as row 15"),
    (27, "TRN", 'I', "rulebook 4.5.2: it redirects since version 3.7; before, it asks the backend (measured)"),
    (27, "HAT HAJ", 'W', "by reading: the annotations are not theirs, so that they ask the backend"),
    (29, "NGX", 'I', "measured: another Service answers, which is worth a record"),
    (29, "TRN", 'I', "rulebook 4.5.3: the annotation's Service answers since version 3.7; before, 503 (measured)"),
    (30, "KNG", 'I', "by reading: it connects to the DNS name, which leads to the Pods of a headless Service"),
];

/// The numbers and situations of the rows.
pub(crate) fn rows() -> impl Iterator<Item = (u8, String)> {
    TABLE.lines().filter(|line| !line.trim().is_empty()).map(|line| {
        let mut words: Vec<&str> = line.split_whitespace().collect();
        words.truncate(words.len() - ALL.len());
        (words[0].parse().unwrap(), words[1..].join(" "))
    })
}

/// The expected cell of `row` in the column at `column`.
fn cell(row: u8, column: usize) -> char {
    let line = TABLE.lines().find(|line| line.split_whitespace().next() == Some(&row.to_string()));
    let line = line.unwrap_or_else(|| panic!("row {row} is missing"));
    let cells: Vec<&str> = line.split_whitespace().rev().take(ALL.len()).collect();
    let (name, _) = COLUMNS[column];
    let amended = AMENDED
        .iter()
        .find(|(at, columns, ..)| *at == row && (*columns == "*" || columns.split(' ').any(|it| it == name)));
    amended.map_or_else(|| cells[ALL.len() - 1 - column].chars().next().unwrap(), |(_, _, cell, _)| *cell)
}

/// The code of the judgement as the user sees it.
fn outcome_code(judgement: &Judgement) -> char {
    let reported = judgement
        .gaps
        .iter()
        .any(|gap| answer(Obstacle::Fact(gap.why), OnUnknown::default()) == Answer::AllowWithWarning);
    match judgement.verdict {
        Verdict::Deny => 'D',
        Verdict::Warn => 'W',
        Verdict::Unknown if reported => 'W',
        Verdict::Audit => 'I',
        Verdict::Unknown | Verdict::Pass => 'F',
    }
}

fn fits(cell: char, outcome_code: char) -> bool {
    match cell {
        'U' => "FI".contains(outcome_code),
        '-' => "FIW".contains(outcome_code),
        cell => cell == outcome_code,
    }
}

#[rstest]
fn every_cell(#[values(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19)] row: u8) {
    judge_row(row);
}

#[rstest]
fn every_cell_further_down(#[values(20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37)] row: u8) {
    judge_row(row);
}

fn judge_row(row: u8) {
    let mut wrong = Vec::new();
    for (column, profile) in ALL.iter().enumerate() {
        let situation = Situation::of(row, profile);
        let judgement = situation.judge(profile);
        let profile: &Profile = profile;
        assert_eq!(judgement.as_ref().map_or(profile.id, |it| it.controller.profile.id), profile.id, "row {row}");
        let (expected, outcome_code) = (cell(row, column), judgement.as_ref().map_or('F', outcome_code));
        if !fits(expected, outcome_code) {
            let findings = judgement.iter().flat_map(|it| &it.findings);
            let reported: Vec<String> = findings
                .map(|it| format!("{} {}: {}", it.action.as_str(), it.finding.check, it.finding.headline()))
                .collect();
            wrong.push(format!("{}: expected {expected}, got {outcome_code} {reported:?}", profile.id));
        }
    }
    assert!(wrong.is_empty(), "row {row}:\n  {}", wrong.join("\n  "));
}

/// Every row and column of the table has a cell, and every column is a profile. Otherwise the other tests prove
/// nothing.
#[test]
fn the_table_has_no_hole() {
    assert_eq!(COLUMNS.map(|(_, id)| id).as_slice(), ALL.iter().map(|profile| profile.id).collect::<Vec<_>>());
    let rows: Vec<&str> = TABLE.lines().filter(|line| !line.trim().is_empty()).collect();
    assert_eq!(rows.len(), 37);
    for (at, line) in rows.iter().enumerate() {
        let row: usize = line.split_whitespace().next().unwrap().parse().unwrap();
        assert_eq!(row, at + 1);
        let cells: Vec<&str> = line.split_whitespace().rev().take(ALL.len()).collect();
        assert!(cells.iter().all(|cell| ["D", "W", "I", "F", "U", "-"].contains(cell)), "row {row}: {cells:?}");
    }
    for (row, columns, cell, why) in AMENDED {
        assert!(!why.is_empty() && "DWIFU".contains(*cell), "row {row}");
        for name in columns.split(' ') {
            assert!(
                name == "*" || COLUMNS.iter().any(|(it, _)| *it == name),
                "row {row} amends {name}, which is no column"
            );
        }
    }
}

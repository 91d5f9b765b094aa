//! Flags: their values, their position, and the commands that accept them.

use rstest::rstest;
use snapbox::str;

use crate::{run, stderr, stdout};

/// A mistake in the arguments is reported before the command does anything, with exit code 2.
#[rstest]
#[case::no_port(&["serve", "--self-signed", "--listen", "bogus"], "write HOST:PORT")]
#[case::port_too_high(&["serve", "--self-signed", "--listen", "127.0.0.1:99999"], "ports go up to 65535")]
#[case::no_host(&["serve", "--self-signed", "--admin-listen", ":8080"], "write HOST:PORT")]
#[case::bare_ipv6(&["serve", "--self-signed", "--admin-listen", "::1:8080"], "write HOST:PORT")]
#[case::name_of_a_server(&["serve", "--self-signed", "--dns-name", "b c"], "write a DNS name")]
#[case::name_of_a_certificate(&["certs", "generate", "--dns-name", "foo bar"], "write a DNS name")]
#[case::service(&["certs", "generate", "--service", "Bad_Name"], "write lowercase letters, digits and -")]
#[case::namespace(&["certs", "generate", "-n", "Bad NS"], "write lowercase letters, digits and -")]
#[case::namespace_of_manifests(&["check", "-f", "shop", "-n", "Bad_NS!"], "write lowercase letters, digits and -")]
#[case::all_and_one(&["check", "--snapshot", "shop", "-A", "-n", "shop"], "cannot be used with")]
fn a_wrong_value_is_refused(#[case] args: &[&str], #[case] expected: &str) {
    let output = run(args).code(2).stdout_eq(str![""]);
    assert!(stderr(&output).contains(expected), "{}", stderr(&output));
}

/// A global flag that has no effect for this command.
#[rstest]
#[case(&["config", "validate", "config/good.yaml", "--config", "config/good.yaml"], "--config")]
#[case(&["config", "show", "-n", "shop"], "--namespace")]
#[case(&["config", "schema", "-A"], "--all-namespaces")]
#[case(&["checks", "--config", "config/good.yaml"], "--config")]
#[case(&["checks", "-A"], "--all-namespaces")]
#[case(&["demo", "-o", "json"], "--output")]
#[case(&["certs", "generate", "-o", "json"], "--output")]
#[case(&["certs", "inspect", "x", "--context", "c"], "--context")]
#[case(&["serve", "--self-signed", "-o", "json"], "--output")]
#[case(&["serve", "--self-signed", "-n", "shop"], "--namespace")]
#[case(&["check", "-f", "shop", "-A"], "--all-namespaces")]
#[case(&["check", "-f", "shop", "--kubeconfig", "k"], "--kubeconfig")]
fn a_flag_without_effect_is_refused(#[case] args: &[&str], #[case] flag: &str) {
    let output = run(args).code(2).stdout_eq(str![""]);
    assert!(stderr(&output).contains(&format!("error: {flag} has no effect")), "{}", stderr(&output));
}

#[test]
fn global_flags_may_precede_or_follow_the_command() {
    for (before, behind) in [
        (&["-o", "json", "check", "-f", "shop"][..], &["check", "-f", "shop", "-o", "json"][..]),
        (&["--output", "yaml", "checks"], &["checks", "--output", "yaml"]),
        (&["-o", "json", "config", "schema"], &["config", "schema", "-o", "json"]),
        (&["-A", "check", "--snapshot", "verdicts"], &["check", "--snapshot", "verdicts"]),
    ] {
        assert_eq!(stdout(&run(before)), stdout(&run(behind)), "{before:?}");
        assert_ne!(stdout(&run(before)), "", "{before:?}");
    }
}

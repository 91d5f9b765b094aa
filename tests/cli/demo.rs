//! `backstop demo`: the story, and the curl command of `--keep`.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use super::{run, stdout};

/// The story matches the golden file, except for the part that changes with each run.
#[test]
fn prints_the_story() {
    let output = run(&["demo"]).success();
    let text = stdout(&output);
    let (before, rest) = text.split_once("https://127.0.0.1:").unwrap();
    let (_, after) = rest.split_once("/validate").unwrap();
    snapbox::assert_data_eq!(
        format!("{before}https://127.0.0.1:PORT/validate{after}"),
        snapbox::file!["golden/demo.txt"].raw()
    );
}

#[test]
fn keep_writes_the_files_of_the_curl_command_and_removes_them() {
    let mut demo =
        Command::new(env!("CARGO_BIN_EXE_backstop")).args(["demo", "--keep"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(demo.stdout.take().unwrap()).lines().map(Result::unwrap);
    let line = lines.find(|line| line.starts_with("  curl ")).unwrap();
    let answer = Command::new("sh").args(["-c", &format!("{line} --silent --show-error")]).output().unwrap();
    let answer = String::from_utf8(answer.stdout).unwrap();
    assert!(answer.contains("\"allowed\":false") && answer.contains("chekcout"), "{answer}");

    let folder = line.split_once("--cacert ").unwrap().1.split_once("/ca.crt").unwrap().0;
    Command::new("kill").args(["-INT", &demo.id().to_string()]).status().unwrap();
    assert!(demo.wait().unwrap().success());
    assert!(!std::path::Path::new(folder).exists());
}

use proptest::prelude::*;
use rstest::rstest;
use serde_json::json;

use super::*;

fn one(text: &str) -> Document {
    let mut found = documents(text.as_bytes());
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0).unwrap()
}

fn reason(text: &str) -> (usize, String) {
    let found = documents(text.as_bytes());
    let broken = found.into_iter().find_map(Result::err).expect("a broken document");
    (broken.position.line, broken.reason)
}

#[test]
fn explore() {
    for text in [
        "a: 1\n\tb: 2\n",
        "a: b: c\n",
        "a: [1\n",
        "{\"a\": 1,}",
        "a: 1\na: 2\n",
        "{\n\t\"a\": 1\n}",
        "a: &x\n  b: 1\nc: *x\nd: {<<: *x, e: 1}\n",
        "a: *nope\n",
        "? [a]\n: 1",
        "a: !!float nan\n",
        "a: .nan\n",
        "a: \u{7}\n",
        "80",
        "a: 'x\n---\nb: 2\n",
        "~: 1\n",
        "1: 2\n",
        "a: 0o17\nb: 017\nc: 1_0\nd: yes\ne: 1e3\nf: 12:30\ng: 80.0\n",
        "{{ foo }}",
        "%YAML 1.2\n---\na: 1\n",
        "a: |\n  x\n---\nb: 1",
    ] {
        println!("=== {text:?}");
        for found in documents(text.as_bytes()) {
            match found {
                Ok(d) => println!("{} {:?}", d.value, d.places),
                Err(b) => println!("{b:?}"),
            }
        }
    }
}

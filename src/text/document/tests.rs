use std::fmt::Write as _;

use proptest::prelude::*;
use rstest::rstest;
use serde_json::json;

use super::*;

fn one(text: &str) -> Document {
    let mut found = documents(text.as_bytes());
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0).unwrap()
}

fn all(text: &str) -> Vec<Value> {
    documents(text.as_bytes()).into_iter().map(|found| found.unwrap().value).collect()
}

fn broken(text: &str) -> (usize, usize, String) {
    let DocumentError { position, reason, .. } = documents(text.as_bytes()).into_iter().find_map(Result::err).unwrap();
    (position.line, position.column, reason)
}

const INGRESS: &str = "\
# The shop.
---
kind: Ingress
metadata: {name: web, annotations: {kubernetes.io/ingress.class: nginx}}
spec:
  rules:
    - host: shop.example
      http:
        paths:
          - path: /
            backend: {service: {name: web, port: {number: 80}}}
          - path: \"/läden\"
            backend:
              service:
                name: \"cart\"
";

#[rstest]
// Line, column and length of the value, in characters.
#[case("kind", (3, 7, 7))]
#[case("metadata.annotations[kubernetes.io/ingress.class]", (4, 66, 5))]
#[case("spec.rules[0].host", (7, 13, 12))]
#[case("spec.rules[0].http.paths[0].backend.service.name", (11, 39, 3))]
#[case("spec.rules[0].http.paths[0].backend.service.port.number", (11, 59, 2))]
#[case("spec.rules[0].http.paths[1].path", (12, 19, 8))]
#[case("spec.rules[0].http.paths[1].backend.service.name", (15, 23, 6))]
// A mapping begins at its first key.
#[case("spec.rules[0]", (7, 7, 0))]
#[case("spec.rules[0].http.paths[1].backend", (14, 15, 0))]
// A field that does not exist: the nearest ancestor.
#[case("spec.rules[0].http.paths[1].backend.service.port.name", (15, 17, 0))]
#[case("spec.rules[7].host", (7, 5, 0))]
#[case("status.loadBalancer", (3, 1, 0))]
#[case("kind.of[0].thing", (3, 7, 7))]
#[case("", (3, 1, 0))]
fn the_position_of_a_field_is_that_of_its_value(#[case] field: &str, #[case] at: (usize, usize, usize)) {
    let Position { line, column, length } = one(INGRESS).position(field);
    assert_eq!((line, column, length), at);
}

#[rstest]
#[case("kind", (3, 1, 4))]
#[case("metadata.annotations[kubernetes.io/ingress.class]", (4, 37, 27))]
#[case("spec.rules[0].host", (7, 7, 4))]
// An item has no name: the position of its value.
#[case("spec.rules[0]", (7, 7, 0))]
#[case("status.loadBalancer", (3, 1, 0))]
fn the_position_of_a_name(#[case] field: &str, #[case] at: (usize, usize, usize)) {
    let Position { line, column, length } = one(INGRESS).name_position(field);
    assert_eq!((line, column, length), at);
}

#[test]
fn the_position_of_an_alias_is_that_of_its_anchor() {
    let document = one("a: &port\n  number: 80\nb: *port\nc:\n  <<: *port\n  name: x\n");
    assert_eq!(document.value, json!({"a": {"number": 80}, "b": {"number": 80}, "c": {"number": 80, "name": "x"}}));
    for field in ["a.number", "b.number", "c.number"] {
        assert_eq!(document.position(field), Position { line: 2, column: 11, length: 2 }, "{field}");
    }
}

#[test]
fn json_has_positions_too() {
    let document = one("{\n\t\"kind\": \"Ingress\",\n\t\"spec\": {\"rules\": [{\"host\": \"a\"}]}\n}\n");
    assert_eq!(document.position("spec.rules[0].host"), Position { line: 3, column: 30, length: 3 });
}

#[rstest]
#[case::separators("a: 1\n---\nb: 2\n--- # two\nc: 3\n", &[(1, "a"), (3, "b"), (5, "c")])]
#[case::content_on_the_marker("--- {a: 1}\n---\n...\n--- {b: 2}\n", &[(1, "a"), (4, "b")])]
#[case::end_marker("a: 1\n...\n# nothing\n---\nb: 2\n", &[(1, "a"), (5, "b")])]
#[case::crlf("a: 1\r\n---\r\nb: 2\r\n", &[(1, "a"), (3, "b")])]
#[case::byte_order_marks("\u{FEFF}---\na: 1\n\u{FEFF}---\nb: 2\n", &[(2, "a"), (4, "b")])]
#[case::empty("---\n---\n# c\n---\n\n---\na: 1\n---\n", &[(7, "a")])]
#[case::null("---\n~\n---\na: 1\n", &[(4, "a")])]
#[case::directives("%YAML 1.1\n---\na: 1\n", &[(3, "a")])]
#[case::indented_markers_are_text("a: |\n  ---\n  ...\n", &[(1, "a")])]
#[case::words_that_begin_like_markers("---a: x\nb: 2\n", &[(1, "---a")])]
#[case::json_stream("{\"a\": 1}\n{\"b\": 2}\n\n  {\"c\": 3}", &[(1, "a"), (2, "b"), (4, "c")])]
#[case::nothing("", &[])]
#[case::only_white_space(" \n\t\n\n", &[])]
fn a_file_is_split_into_documents(#[case] text: &str, #[case] expected: &[(usize, &str)]) {
    let found = documents(text.as_bytes()).into_iter().map(Result::unwrap).map(|document| {
        let first = document.value.as_object().unwrap().keys().next().unwrap().clone();
        (document.start().line, first)
    });
    let found: Vec<_> = found.collect();
    assert_eq!(found.iter().map(|(line, key)| (*line, key.as_str())).collect::<Vec<_>>(), expected);
}

#[test]
fn a_broken_document_does_not_hide_the_others() {
    let found = documents(b"a: 1\n---\nb: |\n x\nc: [\n---\nd: 4\n---\ne: 'x\n---\nf: 6\n");
    let told: Vec<_> =
        found.iter().map(|found| found.as_ref().map(|ok| ok.start().line).map_err(|b| b.position.line)).collect();
    assert_eq!(told, [Ok(1), Err(5), Ok(7), Err(9), Ok(11)]);
}

#[rstest]
#[case::tab("a:\n\tb: 1\n", 2, "tab")]
#[case::duplicate("a: 1\nb: 2\na: 3\n", 3, "duplicate")]
#[case::two_values("x: 1\na: b: c\n", 2, "mapping values are not allowed")]
#[case::anchor("a: *nope\n", 1, "unknown")]
#[case::control("a: 1\nb: \u{7}\n", 2, "unexpected character")]
#[case::infinite("a: .inf\n", 1, "finite")]
#[case::key("? [a]\n: 1\n", 1, "string")]
#[case::template("a: 1\n{{ if .x }}\nb: {{ .y }}\n", 2, "template")]
#[case::placeholder("a: 1\nb: {c: {d: ${E}}}\n", 2, "a placeholder is not in quotes")]
#[case::json("{\n  \"a\": 1,\n  \"b\": 2 \"c\": 3\n}\n", 3, "expected `,` or `}`")]
#[case::unended_json("{\n  \"a\": [1,\n", 3, "EOF")]
#[case::tab("a: 1\nb:\n\tc: 1\n", 3, "tab")]
#[case::tab_behind_a_scalar("a: 1\nb: c\n\tc: 1\n", 3, "the indentation contains a tab")]
fn errors_have_a_line_and_a_reason(#[case] text: &str, #[case] at: usize, #[case] why: &str) {
    let (line, column, reason) = broken(text);
    assert_eq!(line, at, "{reason}");
    assert!(column >= 1);
    assert!(reason.contains(why), "{reason}");
    assert!(!reason.contains(" at line "), "the position is not part of the reason: {reason}");
}

/// A document of any file may be a list or a single value, such as a JSON patch. A configuration file is a mapping.
#[rstest]
#[case::sequence("- a\n- b\n", json!(["a", "b"]))]
#[case::json("[1]", json!([1]))]
#[case::scalar("hello\n", json!("hello"))]
fn a_document_may_be_no_mapping(#[case] text: &str, #[case] value: Value) {
    assert_eq!(one(text).value, value);
    let error = documents_with_duplicates(text.as_bytes()).remove(0).unwrap_err();
    assert_eq!((error.position.line, error.reason.as_str()), (1, NO_MAPPING));
}

#[test]
fn an_error_shows_the_lines_at_the_margin() {
    let margin = |text: &str| documents(text.as_bytes()).into_iter().find_map(Result::err).unwrap().margin;
    let template = "# A comment\n---\napiVersion: v1\nkind: Service\nmetadata:\n  name: {{ .Values.name }}\n";
    let expected = ["apiVersion: v1", "kind: Service", "metadata:"].map(str::to_owned);
    assert_eq!(margin(template), Some(expected.to_vec()));
    assert_eq!(margin(&format!("{{{{\n{}", "a: 1\n".repeat(100))), None);
}

#[test]
fn bytes_that_are_not_utf8_are_an_error() {
    let at = |bytes: &[u8]| documents(bytes).remove(0).unwrap_err();
    assert_eq!(at(b"a: 1\nb: \xFF\n").position.line, 2);
    assert!(at(b"\xFF\xFEa\0").reason.contains("UTF-16"));
}

#[test]
fn scalars_have_the_type_that_kubectl_gives_them() {
    let text = "quoted: \"80\"\nplain: 80\nfloat: 80.0\nexp: 8e1\noctal: 010\nnew: 0o10\nhalf: 0.5\nneg: -1\n\
                yes: yes\n'on': off\nnull: null\ntilde: ~\nnothing:\nword: nope\ntime: 12:30\nversion: 1.2.3\n\
                date: 2026-11-23\nblock: |\n  80\n";
    let text = text.replace("null: null", "'null': null");
    let expected = json!({
        "quoted": "80", "plain": 80, "float": 80, "exp": 80, "octal": 8, "new": 8, "half": 0.5, "neg": -1,
        "yes": true, "on": false, "null": null, "tilde": null, "nothing": null, "word": "nope", "time": "12:30",
        "version": "1.2.3", "date": "2026-11-23", "block": "80\n",
    });
    assert_eq!(one(&text).value, expected);
}

#[test]
fn json_beyond_the_limits_of_yaml_is_read() {
    let text = format!("{{\"{}\": 1}}", "k".repeat(5000));
    assert_eq!(one(&text).start(), Position { line: 1, column: 1, length: 0 });
}

#[test]
fn values_are_the_same_without_positions() {
    for text in [INGRESS, "{\"items\": [{\"kind\": \"A\"}]} {\"kind\": \"B\"}"] {
        let plain: Vec<_> = values(text.as_bytes()).into_iter().map(|found| found.unwrap().value).collect();
        assert_eq!(plain, all(text));
    }
}

#[test]
fn depth_is_bounded() {
    let nested = |depth: usize| format!("a: {}{}", "[".repeat(depth), "]".repeat(depth));
    let shapes = move || {
        assert!(documents(nested(MAX_DEPTH - 2).as_bytes())[0].is_ok());
        for depth in [MAX_DEPTH + 1, 100_000] {
            assert!(documents(nested(depth).as_bytes())[0].is_err(), "{depth}");
            assert!(documents(format!("{{\"a\": {}", "[".repeat(depth)).as_bytes())[0].is_err(), "{depth}");
            assert!(documents("- ".repeat(depth).as_bytes())[0].is_err(), "{depth}");
            assert!(documents("? ".repeat(depth).as_bytes())[0].is_err(), "{depth}");
        }
    };
    // As much stack as a program's main thread has; frames of an unoptimised build are large.
    std::thread::Builder::new().stack_size(8 << 20).spawn(shapes).unwrap().join().unwrap();
}

#[test]
fn aliases_that_grow_exponentially_are_refused() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..10 {
        let before = format!("*a{}", level - 1);
        writeln!(text, "a{level}: &a{level} [{}]", vec![before; 10].join(", ")).unwrap();
    }
    assert!(documents(text.as_bytes())[0].is_err());
}

/// Text that resembles YAML.
fn nearly_yaml() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec![
        "a",
        "kind: List",
        "items:",
        "- ",
        ": ",
        "\n",
        "\n  ",
        "---\n",
        "...\n",
        "|\n",
        "\"",
        "'",
        "{",
        "}",
        "[",
        "]",
        "&x ",
        "*x",
        "<<: ",
        "!t ",
        "# c",
        "\t",
        "\r\n",
        "\u{FEFF}",
        "é",
        "80",
        "\0",
        ",",
        "? ",
        "%YAML 1.2\n",
        "~",
    ]);
    prop::collection::vec(part, 0..40).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        documents(&bytes);
        values(&bytes);
    }

    #[test]
    fn positions_of_nearly_yaml_are_inside_the_file(text in nearly_yaml()) {
        let lines = text.matches(['\n', '\r']).count() + 1;
        for found in documents(text.as_bytes()) {
            let position = found.map_or_else(|broken| broken.position, |document| document.position("items[0].a"));
            prop_assert!((1..=lines + 1).contains(&position.line), "{position:?} of {lines} in {text:?}");
            prop_assert!(position.column >= 1);
        }
    }

    #[test]
    fn any_path_is_walked(path in "[a-z.\\[\\]0-9\"]{0,20}") {
        prop_assert!(one(INGRESS).position(&path).line >= 1);
    }
}

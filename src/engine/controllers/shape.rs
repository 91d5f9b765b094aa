//! Legal shapes of an Ingress that look broken (rulebook 4.5).

use super::Controller;
use crate::engine::model::{Action, Subject, is_true};

/// A legal shape of an Ingress that looks broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A canary: the primary serves where it cannot.
    Canary,
    /// It only redirects: its backend may be a dummy.
    Redirect,
    /// Its annotations may answer before a backend is asked, as far as can be told.
    Answer,
}

/// ingress-nginx's redirects of whatever path.
const REDIRECTS: [&str; 2] = ["permanent-redirect", "temporal-redirect"];
/// Directives of nginx by which a snippet can answer, or send the request elsewhere.
const ANSWERS: [&str; 8] =
    ["return", "rewrite", "proxy_pass", "grpc_pass", "fastcgi_pass", "try_files", "error_page", "include"];

impl Controller<'_> {
    /// What the annotations make of `subject`, and the most that may come of its backends (rows 26 and 27); `None` for
    /// an ordinary one.
    pub fn shape(&self, subject: &Subject) -> Option<(Shape, Action)> {
        let rules = self.profile().annotations;
        let redirects = |name: &&str| self.annotation(subject, name).is_some_and(|target| !target.trim().is_empty());
        let answers = |name: &&str| subject.annotation_named(name).is_some_and(|value| may_answer(name, value));
        if self.annotation(subject, "canary").is_some_and(is_true) {
            Some((Shape::Canary, rules.canary))
        } else if REDIRECTS.iter().any(redirects) {
            Some((Shape::Redirect, rules.redirect))
        } else if rules.answers.iter().any(answers) {
            Some((Shape::Answer, Action::Warn))
        } else {
            None
        }
    }
}

/// Whether the annotation `name` may answer by itself: a snippet of nginx's language by what it says, any other by being
/// there.
fn may_answer(name: &str, value: &str) -> bool {
    if !name.ends_with("snippet") && !name.ends_with("snippets") {
        return !value.trim().is_empty();
    }
    let mut words = value.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.any(|word| ANSWERS.contains(&word) || word.contains("_by_lua"))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::may_answer;

    #[rstest]
    #[case("configuration-snippet", "return 301 https://x.example$request_uri;", true)]
    #[case("configuration-snippet", "rewrite ^ https://x.example/ permanent;", true)]
    #[case("server-snippet", "location /x {\n  return 200 ok;\n}", true)]
    #[case("server-snippets", "if ($host = a) { return 403; }", true)]
    #[case("configuration-snippet", "content_by_lua_block { ngx.say(1) }", true)]
    #[case("configuration-snippet", "more_set_headers \"X-Frame-Options: DENY\";", false)]
    #[case("location-snippets", "proxy_set_header X-Returned yes;", false)]
    #[case("configuration-snippet", "", false)]
    #[case("redirect-to", "https://x.example", true)]
    #[case("redirect-to", " ", false)]
    fn what_may_answer(#[case] name: &str, #[case] value: &str, #[case] expected: bool) {
        assert_eq!(may_answer(name, value), expected);
    }
}

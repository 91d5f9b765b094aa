//! The annotations of a subject, as far as a judgement reads them.
//!
//! An object may have 256 KiB of annotations. Only annotations that a check reads are kept. Of a snippet, only whether
//! it may answer requests is kept. Of all annotations that affect a controller, a digest is kept, so that a change can
//! be detected.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::LazyLock;

/// Annotations that change the behaviour of a controller (rulebook 11.3) or of Backstop.
const RELEVANT_KEYS: [&str; 10] = [
    "appgw.ingress.kubernetes.io/appgw-ssl-certificate",
    "appgw.ingress.kubernetes.io/ssl-redirect",
    "k8s.apisix.apache.org/svc-namespace",
    "kubernetes.io/ingress.allow-http",
    "kubernetes.io/ingress.class",
    "projectcontour.io/ingress.class",
    "nginx.org/grpc-services",
    "nginx.org/mergeable-ingress-type",
    "nginx.org/ssl-services",
    "nginx.org/websocket-services",
];
const RELEVANT_PREFIXES: [&str; 4] =
    ["nginx.ingress.kubernetes.io", "alb.ingress.kubernetes.io", "traefik.ingress.kubernetes.io", "backstop.dev"];
/// Annotations with these names and any prefix change the behaviour of a controller: the prefix of ingress-nginx is
/// configurable, and other controllers use the same names.
const RELEVANT_NAMES: [&str; 18] = [
    "app-root",
    "auth-snippet",
    "canary",
    "configuration-snippet",
    "default-backend",
    "location-snippets",
    "permanent-redirect",
    "plugins",
    "proxy-group",
    "redirect-to",
    "request-redirect",
    "server-snippet",
    "server-snippets",
    "service-upstream",
    "ssl-passthrough",
    "temporal-redirect",
    "tls-passthrough",
    "use-cluster-ip",
];
/// Names of relevant annotations that no check reads. Only changes of them matter.
const UNREAD_NAMES: [&str; 1] = ["app-root"];
/// Keys that a check reads and that are relevant because of their prefix, not of their name.
const READ_KEYS: [&str; 6] = [
    "backstop.dev/ignore",
    "backstop.dev/ignore-reason",
    "alb.ingress.kubernetes.io/target-type",
    "alb.ingress.kubernetes.io/ip-address-type",
    "alb.ingress.kubernetes.io/group.name",
    "traefik.ingress.kubernetes.io/router.priority",
];

/// Directives of nginx with which a snippet can answer a request, or send the request elsewhere.
const ANSWERING_DIRECTIVES: [&str; 8] =
    ["return", "rewrite", "proxy_pass", "grpc_pass", "fastcgi_pass", "try_files", "error_page", "include"];

/// Whether the value of an annotation is true. Controllers parse booleans with Go's `strconv.ParseBool`.
pub fn is_true(value: &str) -> bool {
    ["1", "t", "T", "TRUE", "true", "True"].contains(&value)
}

/// Whether the value of an annotation is a boolean of Go's `strconv.ParseBool`.
pub fn is_boolean(value: &str) -> bool {
    is_true(value) || ["0", "f", "F", "FALSE", "false", "False"].contains(&value)
}

/// One annotation that is kept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Kept {
    /// The part of the key after the last `/`.
    name: Box<str>,
    /// The part of the key before the last `/`; empty if the key has no `/`.
    prefix: Box<str>,
    /// The value. For a snippet, [`MAY_ANSWER`], [`CANNOT_ANSWER`], or the empty string if it has only spaces.
    value: Box<str>,
}

/// Some of [`RELEVANT_NAMES`], as bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct NameSet(u32);

const _: () = assert!(RELEVANT_NAMES.len() <= 32, "each name has a bit");

impl NameSet {
    /// The set of `name` alone; empty if no relevant annotation has the name.
    fn of(name: &str) -> Self {
        Self((0..).zip(RELEVANT_NAMES).filter(|(_, known)| *known == name).map(|(at, _): (u32, _)| 1 << at).sum())
    }

    fn insert(&mut self, name: &str) {
        self.0 |= Self::of(name).0;
    }

    fn contains(self, name: &str) -> bool {
        self.0 & Self::of(name).0 != 0
    }
}

/// Replaces the value of a snippet that may answer requests by itself.
const MAY_ANSWER: &str = "may answer";
/// Replaces the value of a snippet that cannot answer requests by itself.
const CANNOT_ANSWER: &str = "cannot answer";

/// Hashes annotations for digests. Each process has another key: with a known key, annotations could be chosen so that a
/// change of them keeps the sum. Digests are compared within one process only.
static DIGESTS: LazyLock<RandomState> = LazyLock::new(RandomState::new);

/// See the documentation of the module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Annotations {
    /// Sorted by name and prefix.
    kept: Vec<Kept>,
    /// The names that have at least one annotation with the value true, with any prefix. An object may have ten thousand
    /// annotations with one name, and a judgement may ask for the name once for each reference.
    true_names: NameSet,
    /// A digest of all relevant annotations, independent of their order.
    digest: u64,
}

impl Annotations {
    /// Whether a controller or Backstop may act differently because of an annotation with this key.
    pub fn is_relevant(key: &str) -> bool {
        let (prefix, name) = split(key);
        RELEVANT_KEYS.contains(&key) || RELEVANT_PREFIXES.contains(&prefix) || RELEVANT_NAMES.contains(&name)
    }

    /// Adds a relevant annotation. [`Self::finish`] must follow the last one.
    pub fn insert(&mut self, key: &str, value: &str) {
        self.digest = self.digest.wrapping_add(DIGESTS.hash_one((key, value)));
        let (prefix, name) = split(key);
        let read = RELEVANT_NAMES.contains(&name) || RELEVANT_KEYS.contains(&key) || READ_KEYS.contains(&key);
        if !read || UNREAD_NAMES.contains(&name) {
            return;
        }
        let value = match value.trim() {
            "" if is_snippet(name) => "",
            snippet if is_snippet(name) => {
                if snippet_may_answer(snippet) {
                    MAY_ANSWER
                } else {
                    CANNOT_ANSWER
                }
            }
            _ => value,
        };
        if is_true(value) {
            self.true_names.insert(name);
        }
        self.kept.push(Kept { name: name.into(), prefix: prefix.into(), value: value.into() });
    }

    /// Sorts the annotations, so that lookups find them.
    pub fn finish(&mut self) {
        self.kept.sort_unstable();
        self.kept.shrink_to_fit();
    }

    /// Returns an estimate of the heap memory, in bytes.
    pub fn heap_bytes(&self) -> usize {
        let of = |it: &Kept| size_of::<Kept>() + it.name.len() + it.prefix.len() + it.value.len();
        self.kept.iter().map(of).sum()
    }

    /// The value of the annotation `key`, if a judgement reads it.
    pub fn get(&self, key: &str) -> Option<&str> {
        // Most Ingresses have no annotation that is read, and a judgement asks for many keys.
        if self.kept.is_empty() {
            return None;
        }
        let (prefix, name) = split(key);
        self.with_prefix(prefix, name)
    }

    /// The value of the annotation `<prefix>/<name>`.
    pub fn with_prefix(&self, prefix: &str, name: &str) -> Option<&str> {
        let at = self.kept.binary_search_by(|kept| (&*kept.name, &*kept.prefix).cmp(&(name, prefix))).ok()?;
        self.kept.get(at).map(|kept| &*kept.value)
    }

    /// The values of all annotations with this name and any prefix.
    fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let from = self.kept.partition_point(|kept| *kept.name < *name);
        let named = self.kept.get(from..).unwrap_or_default().iter().take_while(move |kept| *kept.name == *name);
        named.map(|kept| &*kept.value)
    }

    /// The prefixes of all annotations with the name `canary` that mark the Ingress as a canary (rulebook 4.5.4).
    pub fn canary_prefixes(&self) -> impl Iterator<Item = &str> {
        let canaries = self.kept.iter().filter(|kept| &*kept.name == "canary" && is_true(&kept.value));
        canaries.map(|kept| &*kept.prefix)
    }

    /// Whether an annotation with this name may answer requests by itself: a snippet if it contains such a directive,
    /// any other annotation if its value is not empty.
    pub fn may_answer(&self, name: &str) -> bool {
        self.named(name).any(|value| match value.trim() {
            "" => false,
            CANNOT_ANSWER => !is_snippet(name),
            _ => true,
        })
    }

    /// Whether an annotation with this name and any prefix is true. The name must be relevant with any prefix.
    pub fn has_true(&self, name: &str) -> bool {
        self.true_names.contains(name)
    }

    /// Whether an annotation with the name `canary` and any prefix marks the Ingress as a canary (rulebook 4.5.4). The
    /// operator of a controller chooses the prefix.
    pub fn has_canary(&self) -> bool {
        self.has_true("canary")
    }

    /// Whether a relevant annotation differs between the two.
    pub fn differ(&self, other: &Self) -> bool {
        self.digest != other.digest
    }
}

/// The prefix and the name of a key.
fn split(key: &str) -> (&str, &str) {
    // A loop over bytes is faster than `rsplit_once` for keys, which are short.
    let slash = key.bytes().rposition(|byte| byte == b'/');
    let parts = slash.and_then(|slash| Some((key.get(..slash)?, key.get(slash + 1..)?)));
    parts.unwrap_or(("", key))
}

/// Whether the value of the annotation is configuration of nginx.
fn is_snippet(name: &str) -> bool {
    name.ends_with("snippet") || name.ends_with("snippets")
}

/// Whether a snippet may answer a request by itself (measured: rulebook 4.5.2).
fn snippet_may_answer(snippet: &str) -> bool {
    let mut words = snippet.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.any(|word| ANSWERING_DIRECTIVES.contains(&word) || word.contains("_by_lua"))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn annotations(pairs: &[(&str, &str)]) -> Annotations {
        let mut annotations = Annotations::default();
        for (key, value) in pairs.iter().filter(|(key, _)| Annotations::is_relevant(key)) {
            annotations.insert(key, value);
        }
        annotations.finish();
        annotations
    }

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
    fn annotations_that_may_answer(#[case] name: &str, #[case] value: &str, #[case] expected: bool) {
        assert_eq!(annotations(&[(&format!("any.example/{name}"), value)]).may_answer(name), expected);
    }

    #[test]
    fn annotations_are_found_by_key_and_by_name() {
        let found = annotations(&[
            ("nginx.ingress.kubernetes.io/canary", "false"),
            ("edge.example/canary", "true"),
            ("kubernetes.io/ingress.class", "nginx"),
            ("backstop.dev/ignore", "no-endpoints"),
            ("unrelated.example/note", "x"),
        ]);
        assert_eq!(found.get("kubernetes.io/ingress.class"), Some("nginx"));
        assert_eq!(found.get("backstop.dev/ignore"), Some("no-endpoints"));
        assert_eq!(found.with_prefix("nginx.ingress.kubernetes.io", "canary"), Some("false"));
        assert_eq!(found.named("canary").collect::<Vec<_>>(), ["true", "false"]);
        assert!(found.has_canary());
        assert!(!found.has_true("service-upstream"));
        assert_eq!(found.get("unrelated.example/note"), None);
        assert_eq!(found.get("canary"), None);
    }

    /// Ten thousand annotations with relevant prefixes that no check reads use no memory.
    #[test]
    fn annotations_that_nothing_reads_are_not_kept() {
        let keys: Vec<String> = (0..10_000)
            .flat_map(|at| [format!("backstop.dev/{at}"), format!("alb.ingress.kubernetes.io/a{at}")])
            .collect();
        let pairs: Vec<(&str, &str)> = keys.iter().map(|key| (key.as_str(), "x")).collect();
        assert_eq!(annotations(&pairs).kept, []);
    }

    /// The digest shows whether a relevant annotation changed, even if no check reads the annotation.
    #[rstest]
    #[case::same(&[("nginx.ingress.kubernetes.io/canary", "true"), ("a/b", "1")], &[("a/b", "2"), ("nginx.ingress.kubernetes.io/canary", "true")], false)]
    #[case::read(&[("nginx.ingress.kubernetes.io/canary", "true")], &[("nginx.ingress.kubernetes.io/canary", "false")], true)]
    #[case::unread(&[("nginx.ingress.kubernetes.io/app-root", "/a")], &[("nginx.ingress.kubernetes.io/app-root", "/b")], true)]
    #[case::snippet(&[("a/server-snippet", "x;")], &[("a/server-snippet", "y;")], true)]
    #[case::removed(&[("backstop.dev/ignore", "x")], &[], true)]
    fn changes_of_relevant_annotations_show(
        #[case] old: &[(&str, &str)],
        #[case] new: &[(&str, &str)],
        #[case] expected: bool,
    ) {
        assert_eq!(annotations(old).differ(&annotations(new)), expected);
    }
}

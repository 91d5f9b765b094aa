//! Placeholders in manifests that a tool replaces before the manifests are applied.

/// The beginnings and ends of placeholders: of shells, envsubst, Flux, kustomize and make; of templates; of the plugin of Argo
/// CD for secrets; of pipelines that replace tokens.
const MARKS: [(&str, &str); 7] =
    [("${", "}"), ("$(", ")"), ("{{", "}}"), ("[[", "]]"), ("<", ">"), ("__", "__"), ("#{", "}")];

/// Whether a name, a host or a number has a placeholder. No such value of the API has one of these marks.
pub fn has_placeholder(text: &str) -> bool {
    MARKS.iter().any(|(open, close)| text.split_once(open).is_some_and(|(_, rest)| rest.contains(close)))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("${APP}-svc", true)]
    #[case("${SVC:=web}", true)]
    #[case("$(SVC)", true)]
    #[case("<path:secret/data/shop#host>", true)]
    #[case("{{ .Release.Name }}-web", true)]
    #[case("__SERVICE__", true)]
    #[case("#{host}#.example", true)]
    #[case("web", false)]
    #[case("*.shop.example", false)]
    #[case("Web_App", false)]
    #[case("web.${", false)]
    fn placeholders(#[case] text: &str, #[case] expected: bool) {
        assert_eq!(has_placeholder(text), expected);
    }
}

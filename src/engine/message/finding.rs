//! The sentences of findings.

use std::borrow::Cow;

use crate::engine::model::{Finding, FindingText, Mitigation};

impl Finding {
    /// The clauses of the short line, without the field: the reason, the most important further facts, and the hint. Each one
    /// after the first begins with its punctuation, and a line may omit it.
    pub fn clauses(&self) -> Vec<Cow<'_, str>> {
        let FindingText { reason, brief, brief_detail, hint, brief_without_hint, .. } = &self.text;
        let reason = match &self.action_name {
            Some(_) => Cow::Owned(self.action_prefix() + reason),
            None => Cow::Borrowed(reason.as_str()),
        };
        let mut clauses = vec![reason, brief.into(), brief_detail.into()];
        match &self.mitigation {
            Some(Mitigation::DefaultBackend { service, certain }) => {
                let verb = answers_or_may_answer(*certain);
                clauses.push(format!(" (default backend \"{service}\" {verb})").into());
            }
            Some(Mitigation::Unused { controller, why }) => clauses.push(format!("; {}", why.why(controller)).into()),
            Some(Mitigation::Spared) | None => {}
        }
        if !hint.is_empty() && !brief_without_hint {
            clauses.push(format!("; {hint}").into());
        }
        clauses.retain(|clause| !clause.is_empty());
        clauses
    }

    /// The first clause in fewer words, for a line that has no room for it; `None` if there are no fewer words.
    pub fn short_reason(&self) -> Option<String> {
        let short = &self.text.short_reason;
        (!short.is_empty()).then(|| self.action_prefix() + short)
    }

    /// The short line, without the field: all [`Self::clauses`].
    pub fn headline(&self) -> String {
        self.clauses().concat()
    }

    /// The whole sentence, without the field and without a full stop. `requests` are the requests of the references:
    /// `shop.example/cart`. `None` if the finding is about the subject as a whole.
    pub fn sentence(&self, requests: Option<&str>) -> String {
        let FindingText { reason, context, hint, .. } = &self.text;
        let mut sentence = self.action_prefix() + reason + context;
        if let Some(Mitigation::Unused { controller, why }) = &self.mitigation {
            sentence = format!("{sentence}; {}", why.why(controller));
        }
        let consequence = self.consequence();
        match requests {
            Some(requests) if consequence.is_empty() => sentence = format!("{sentence} ({requests})"),
            Some(requests) => sentence = format!("{sentence} ({requests}: {consequence})"),
            None if consequence.is_empty() => {}
            None => sentence = format!("{sentence} ({consequence})"),
        }
        if hint.is_empty() { sentence } else { format!("{sentence}; {hint}") }
    }

    /// The parts of the sentence that the short line lacks, for a text that shows both. Empty if there are none.
    pub fn note(&self) -> String {
        let FindingText { brief, brief_detail, context, .. } = &self.text;
        let repeats = context.strip_prefix(brief.as_str()).is_some_and(|rest| rest == brief_detail);
        let context = match context.split_once("; ") {
            _ if repeats => "",
            // The end of the sentence that the reason begins says nothing without the reason.
            Some((end, rest)) if end.starts_with(' ') => rest,
            _ => context.trim_start_matches([':', ';', ',', ' ']),
        };
        let consequence = self.consequence();
        match (context.is_empty(), consequence.is_empty()) {
            (true, _) => consequence.into_owned(),
            (false, true) => context.to_owned(),
            (false, false) => format!("{context}; {consequence}"),
        }
    }

    /// What happens to requests, considering the mitigation.
    pub fn consequence(&self) -> Cow<'_, str> {
        match &self.mitigation {
            None => Cow::Borrowed(&self.text.consequence),
            Some(Mitigation::DefaultBackend { service, certain }) => Cow::Owned(format!(
                "the default backend Service \"{service}\" {} instead",
                answers_or_may_answer(*certain)
            )),
            Some(Mitigation::Spared | Mitigation::Unused { .. }) => Cow::Borrowed(""),
        }
    }

    /// The next step.
    pub fn help(&self) -> &str {
        match self.mitigation {
            Some(Mitigation::Unused { why, .. }) => why.help(),
            _ => &self.text.help,
        }
    }

    fn action_prefix(&self) -> String {
        self.action_name.as_ref().map(|name| format!("action \"{name}\": ")).unwrap_or_default()
    }
}

fn answers_or_may_answer(certain: bool) -> &'static str {
    if certain { "answers" } else { "may answer" }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::engine::model::{Action, CheckId, FieldPath, Found};

    /// The note adds what the short line lacks, as a text of its own.
    #[rstest]
    #[case::another_fact("", "; it has 80", "it has 80; it fails")]
    #[case::the_same_fact("; it has 80", "; it has 80", "it fails")]
    #[case::the_end_of_a_sentence(
        "",
        " in namespace \"shop\" yet; a program creates it",
        "a program creates it; it fails"
    )]
    #[case::only_the_end("", " in namespace \"shop\"", "in namespace \"shop\"; it fails")]
    #[case::a_cause("", ": it crashes", "it crashes; it fails")]
    fn notes(#[case] brief: &str, #[case] context: &str, #[case] expected: &str) {
        let text = FindingText {
            brief: brief.to_owned(),
            context: context.to_owned(),
            consequence: "it fails".into(),
            ..FindingText::default()
        };
        let found = Found::about_subject(CheckId("x"), FieldPath("spec".to_owned()), Action::Warn, || text);
        assert_eq!(found.into_finding().note(), expected);
    }
}

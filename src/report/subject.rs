//! The reports of one subject, from its judgement.

use super::model::{
    BackendReport, FileSpan, FindingReport, GapReport, Port, ResourceReport, Source, SourceDocument, SubjectReport,
};
use crate::engine::evaluate::Gap;
use crate::engine::message::grouped;
use crate::engine::model::{FieldPath, PortRef, ServiceTarget, Target, USE_ANNOTATION};
use crate::engine::policy::{Judged, Judgement};
use crate::engine::subject::{FoundPlace, Reference, Subject};
use crate::engine::view::Stage;
use crate::text::Position;

impl SubjectReport {
    /// Creates the report of `subject`, which was judged at `stage` and was read from `origin`, or from a cluster if there
    /// is none.
    pub fn new(subject: &Subject, judgement: Judgement, stage: Stage, origin: Option<SourceDocument<'_>>) -> Self {
        let Judgement { controller, verdict, findings, gaps, .. } = judgement;
        let groups = grouped(&findings, |it| (it.action, it.finding.wording(), it.softened.clone(), it.unproven));
        let each = (0..).zip(&groups).flat_map(|(number, group)| group.iter().map(move |judged| (number, *judged)));
        let mut findings: Vec<_> =
            each.flat_map(|(group, judged)| FindingReport::of_places(subject, (judged, group), origin)).collect();
        findings.sort_by(|a, b| (&a.field, a.check).cmp(&(&b.field, b.check)));
        let groups = grouped(&gaps, |gap| (&gap.what, gap.why));
        let each = (0..).zip(&groups).flat_map(|(number, group)| group.iter().map(move |gap| (number, *gap)));
        let mut unknown: Vec<_> =
            each.flat_map(|(group, gap)| GapReport::of_places(subject, (gap, group), stage, origin)).collect();
        unknown.sort_by(|a, b| (&a.field, &a.what).cmp(&(&b.field, &b.what)));
        let source = |from: SourceDocument<'_>| Source { file: from.file.to_owned(), line: from.document.start().line };
        Self {
            kind: subject.kind.to_string(),
            namespace: subject.name.namespace.clone(),
            name: subject.name.name.clone(),
            controller: controller.into(),
            source: origin.map(source),
            verdict,
            findings,
            unknown,
        }
    }
}

impl SourceDocument<'_> {
    /// The position of the value of `field`.
    fn span(&self, field: &FieldPath) -> FileSpan {
        let Position { line, column, length } = self.document.position(&field.0);
        // A text of several lines ends in another line.
        let line_end = self.texts.end_column(self.file, line);
        let end = column.saturating_add(length);
        let end_column = (length > 0).then(|| line_end.map_or(end, |line_end| end.min(line_end.max(column))));
        FileSpan { file: self.file.to_owned(), line, column, end_column }
    }
}

impl FindingReport {
    /// One report for each field that the finding is about.
    fn of_places(subject: &Subject, judged: (&Judged, usize), origin: Option<SourceDocument<'_>>) -> Vec<Self> {
        let finding = &judged.0.finding;
        let places = subject.places(&finding.field, &finding.references);
        places.map(|place| Self::new(judged, (subject, place), origin)).collect()
    }

    fn new(
        (judged, group): (&Judged, usize),
        (subject, place): (&Subject, FoundPlace<'_>),
        origin: Option<SourceDocument<'_>>,
    ) -> Self {
        let Judged { finding, action, softened, unproven, .. } = judged;
        let FoundPlace { field, reference } = place;
        let requests = reference.map(Reference::requests);
        let unproven = unproven.map(|why| format!("{why} (onUnknown: deny)"));
        let with_unproven = |text: String| match &unproven {
            Some(unproven) if text.is_empty() => unproven.clone(),
            Some(unproven) => format!("{text}; {unproven}"),
            None => text,
        };
        Self {
            location: origin.map(|origin| origin.span(&field)),
            check: finding.check,
            action: *action,
            field,
            host: reference.and_then(|reference| reference.host.as_deref()).map(str::to_owned),
            path: reference.and_then(|reference| reference.path.as_deref()).map(str::to_owned),
            detail: with_unproven(finding.sentence(requests.as_deref())),
            route: requests,
            backend: finding.target.as_ref().and_then(|target| backend(subject, target)),
            effect: finding.effect,
            reason: finding.headline(),
            note: with_unproven(finding.note()),
            help: finding.help().to_owned(),
            softened: softened.clone(),
            evidence: finding.text.evidence.clone(),
            group,
        }
    }
}

impl GapReport {
    /// One report for each field whose judgement lacks it.
    fn of_places(
        subject: &Subject,
        (gap, group): (&Gap, usize),
        stage: Stage,
        origin: Option<SourceDocument<'_>>,
    ) -> Vec<Self> {
        let field = gap.field();
        let places = subject.places(&field, &gap.references);
        let report = |field: FieldPath| {
            let location = origin.map(|origin| origin.span(&field));
            Self { field, what: gap.what.clone(), why: gap.why(stage).into_owned(), location, group }
        };
        places.map(|place| report(place.field)).collect()
    }
}

fn backend(subject: &Subject, target: &Target) -> Option<BackendReport> {
    match target {
        Target::Service(ServiceTarget { namespace, name, port }) => Some(BackendReport::Service {
            namespace: Some(namespace.to_string()).filter(|namespace| *namespace != subject.name.namespace),
            service: name.to_string(),
            port: match port {
                PortRef::Number(number) => Some(Port::Number(*number)),
                PortRef::Name(name) => Some(Port::Name(name.to_string())),
                PortRef::Unset => None,
            },
        }),
        // The API has the name of the action where the name of the Service stands otherwise.
        Target::Action(name) => Some(BackendReport::Service {
            namespace: None,
            service: name.to_string(),
            port: Some(Port::Name(USE_ANNOTATION.to_owned())),
        }),
        Target::Resource { kind, name, .. } => {
            let (kind, name) = (kind.to_string(), name.to_string());
            Some(BackendReport::Resource { resource: ResourceReport { kind, name } })
        }
        Target::Nothing => None,
    }
}

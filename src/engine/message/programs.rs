//! Programs that write Ingresses or create Services, in words.

use crate::engine::model::Creates;
use crate::engine::subject::Writer;

impl Writer {
    /// What is known about the writer, for people: `RayCluster "train" (KubeRay) controls the Ingress`. `kind` is the kind of
    /// the subject.
    pub fn describe(&self, kind: &str) -> String {
        let name = self.program.map(|program| program.name);
        match (&self.owner, name) {
            (Some(owner), name) => {
                let program = name.map(|name| format!(" ({name})")).unwrap_or_default();
                let verb = if owner.controls { "controls" } else { "owns" };
                format!("{} \"{}\"{program} {verb} the {kind}", owner.kind, owner.name)
            }
            (None, Some(name)) => format!("{name} applies the {kind}"),
            (None, None) => String::new(),
        }
    }
}

impl Creates {
    /// The short form of [`Self::phrase`].
    pub fn short_phrase(self) -> Option<&'static str> {
        match self {
            Self::After | Self::Beside => Some("creates it"),
            Self::AsListed => Some("may apply it"),
            Self::Before => Some("creates it first"),
            Self::Never => None,
        }
    }

    /// What the program does with a Service; continues the name of the program. `None` if it does not create Services.
    pub fn phrase(self) -> Option<&'static str> {
        match self {
            Self::After => Some("creates it after the Ingress"),
            Self::Beside => Some("creates it at the same time"),
            Self::AsListed => Some("may apply it after the Ingress"),
            Self::Before => Some("creates it before the Ingress"),
            Self::Never => None,
        }
    }
}

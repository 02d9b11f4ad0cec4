//! Where in a description something stands.

use std::fmt;

use serde_path_to_error::{Path, Segment};

/// A JSON pointer (RFC 6901).
#[derive(Clone)]
pub(super) struct Pointer(String);

impl Pointer {
    pub(super) fn root() -> Self {
        Self(String::new())
    }

    pub(super) fn from_path(path: &Path) -> Self {
        path.iter().fold(Self::root(), |place, segment| match segment {
            Segment::Seq { index } => place.child(&index.to_string()),
            Segment::Map { key } => place.child(key),
            Segment::Enum { variant } => place.child(variant),
            Segment::Unknown => place,
        })
    }

    pub(super) fn child(&self, name: &str) -> Self {
        Self(format!("{}/{}", self.0, name.replace('~', "~0").replace('/', "~1")))
    }

    pub(super) fn parent(&self) -> Self {
        Self(self.0.rsplit_once('/').map(|(parent, _)| parent).unwrap_or_default().to_owned())
    }

    /// Makes the error of what stands here.
    pub(super) fn error(&self, problem: impl fmt::Display) -> anyhow::Error {
        anyhow::anyhow!("{self}: {problem}")
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "/" } else { &self.0 })
    }
}

//! Our own model of a service, between the description and the printed code. It holds wire names; Rust names are made of
//! them where code is printed.

use std::collections::{BTreeMap, BTreeSet};

pub(super) use super::document::{Caller, Place};

/// A service.
#[derive(Debug, PartialEq)]
pub(super) struct Service {
    /// Such as `Phone Numbers`.
    pub(super) name: String,
    pub(super) description: String,
    /// From the oldest to the newest.
    pub(super) api_versions: Vec<String>,
    pub(super) default_api_version: String,
    /// The headers of an error under which the service's operators find the request.
    pub(super) correlation_headers: Vec<String>,
    pub(super) operations: Vec<Operation>,
    pub(super) types: BTreeMap<String, Named>,
}

/// One operation.
#[derive(Debug, PartialEq)]
pub(super) struct Operation {
    /// In `PascalCase`.
    pub(super) name: String,
    pub(super) summary: String,
    pub(super) description: Option<String>,
    pub(super) method: &'static str,
    pub(super) path: String,
    /// Those of the path first, in its order; then the required ones.
    pub(super) parameters: Vec<Parameter>,
    pub(super) body: Option<Body>,
    pub(super) answer: Answer,
    pub(super) api_versions: Vec<String>,
    pub(super) callers: Vec<Caller>,
    pub(super) repetition: Repetition,
}

/// What becomes of an operation that is sent twice.
#[derive(Debug, PartialEq)]
pub(super) enum Repetition {
    /// It is done once, or doing it again changes nothing more.
    Harmless,
    /// It is done twice, unless the header parameter of this name is there.
    HarmlessWith(String),
    /// It is done twice.
    DoneTwice,
}

/// What goes into the path, the query or a header.
#[derive(Debug, PartialEq)]
pub(super) struct Parameter {
    pub(super) field: Field,
    pub(super) place: Place,
    /// What errors call it, and what they say to pass.
    pub(super) title: String,
    pub(super) fix: String,
}

/// What is sent.
#[derive(Debug, PartialEq)]
pub(super) struct Body {
    pub(super) content_type: String,
    /// Nothing stands for an empty object.
    pub(super) field: Option<Field>,
}

/// What a success holds.
#[derive(Debug, PartialEq)]
pub(super) struct Answer {
    pub(super) body: Option<Kind>,
    pub(super) headers: Vec<Field>,
}

/// A type with a name.
#[derive(Debug, PartialEq)]
pub(super) struct Named {
    pub(super) description: String,
    pub(super) shape: Shape,
    /// Whether it is sent, received, or both.
    pub(super) uses: BTreeSet<Use>,
    pub(super) holds_secret: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Use {
    Sent,
    Received,
}

#[derive(Debug, PartialEq)]
pub(super) enum Shape {
    Struct(Vec<Field>),
    Enum(Vec<Value>),
}

/// What becomes a field of a struct: a property, a parameter, a body, a header.
#[derive(Debug, PartialEq)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) kind: Kind,
    pub(super) is_required: bool,
}

/// A value of an enum.
#[derive(Debug, PartialEq)]
pub(super) struct Value {
    pub(super) text: String,
    pub(super) description: String,
}

/// The kind of a value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Text,
    Secret,
    Timestamp,
    Boolean,
    /// Of 32 bits.
    Integer(Sign),
    Float,
    Anything,
    List(Box<Self>),
    Map(Box<Self>),
    Nullable(Box<Self>),
    Named(String),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Sign {
    Signed,
    Unsigned,
}

impl Kind {
    /// The named type within, if there is one.
    pub(super) fn named(&self) -> Option<&str> {
        match self {
            Self::Named(name) => Some(name),
            Self::List(inner) | Self::Map(inner) | Self::Nullable(inner) => inner.named(),
            _ => None,
        }
    }

    pub(super) fn is_secret(&self) -> bool {
        match self {
            Self::Secret => true,
            Self::List(inner) | Self::Map(inner) | Self::Nullable(inner) => inner.is_secret(),
            _ => false,
        }
    }
}

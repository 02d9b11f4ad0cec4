//! Rust names of what has a wire name.

use heck::{ToSnakeCase, ToUpperCamelCase};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};

use super::model::{Field, Kind, Sign};

/// A field or argument: `expiresOn` is `expires_on`.
pub(super) fn field(name: &str) -> Ident {
    let name = name.to_snake_case();
    if syn::parse_str::<Ident>(&name).is_ok() {
        Ident::new(&name, Span::call_site())
    } else {
        Ident::new_raw(&name, Span::call_site())
    }
}

/// A type: `CommunicationUser`.
pub(super) fn type_name(name: &str) -> Ident {
    format_ident!("{}", name.to_upper_camel_case())
}

/// An enum's variant: `chat.join` is `ChatJoin`.
pub(super) fn variant(text: &str) -> Ident {
    let name = text.to_upper_camel_case();
    // A variant cannot begin with a digit.
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        format_ident!("V{name}")
    } else {
        format_ident!("{name}")
    }
}

/// The Rust type of a kind.
pub(super) fn rust_type(kind: &Kind) -> TokenStream {
    type_within(kind, None)
}

/// The Rust type of a kind inside the type named `own`, which is `Self` there.
fn type_within(kind: &Kind, own: Option<&str>) -> TokenStream {
    match kind {
        Kind::Named(name) if Some(name.as_str()) == own => quote!(Self),
        Kind::Text => quote!(String),
        Kind::Secret => quote!(Secret),
        Kind::Timestamp => quote!(Timestamp),
        Kind::Boolean => quote!(bool),
        Kind::Integer(Sign::Signed) => quote!(i32),
        Kind::Integer(Sign::Unsigned) => quote!(u32),
        Kind::Float => quote!(f64),
        Kind::Anything => quote!(serde_json::Value),
        Kind::List(inner) => {
            let inner = type_within(inner, own);
            quote!(Vec<#inner>)
        }
        Kind::Map(inner) => {
            let inner = type_within(inner, own);
            quote!(BTreeMap<String, #inner>)
        }
        Kind::Nullable(inner) => {
            let inner = type_within(inner, own);
            quote!(Option<#inner>)
        }
        Kind::Named(name) => {
            let name = type_name(name);
            quote!(#name)
        }
    }
}

/// The type of a field in the struct named `own`: what may be missing is an `Option`; a list or map that may be missing
/// may be empty instead.
pub(super) fn field_type(field: &Field, own: &str) -> TokenStream {
    let inner = type_within(&field.kind, Some(own));
    if field.is_required || is_collection(&field.kind) { inner } else { quote!(Option<#inner>) }
}

pub(super) fn is_collection(kind: &Kind) -> bool {
    matches!(kind, Kind::List(_) | Kind::Map(_))
}

/// The type of an argument and the expression that makes the field's value of it.
pub(super) fn argument(name: &Ident, kind: &Kind) -> (TokenStream, TokenStream) {
    let plain = rust_type(kind);
    match kind {
        Kind::Text | Kind::Secret | Kind::Timestamp => (quote!(impl Into<#plain>), quote!(#name.into())),
        _ => (plain, quote!(#name)),
    }
}

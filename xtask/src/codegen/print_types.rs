//! Stage 3, print, the types: structs and enums with their documentation.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;

use super::model::{Field, Kind, Named, Service, Shape, Use, Value};
use super::print::doc;
use super::rust_names::{argument, field, field_type, is_collection, rust_type, type_name, variant};

pub(super) fn items(service: &Service) -> Vec<TokenStream> {
    service
        .types
        .iter()
        .flat_map(|(name, named)| match &named.shape {
            Shape::Struct(fields) => structure(name, named, fields),
            Shape::Enum(values) => enumeration(name, named, values),
        })
        .collect()
}

fn structure(name: &str, named: &Named, fields: &[Field]) -> Vec<TokenStream> {
    let type_name = type_name(name);
    let docs = doc(&[&named.description]);
    let sent = named.uses.contains(&Use::Sent).then(|| quote!(Serialize,));
    let received = named.uses.contains(&Use::Received).then(|| quote!(Deserialize,));
    // Secrets are compared by a method of theirs alone.
    let equal = (!named.holds_secret).then(|| quote!(PartialEq,));
    let empty = fields.iter().all(|field| !field.is_required).then(|| quote!(Default,));
    let body = fields.iter().map(|one| struct_field(one, name, &serde_attributes(one, named)));
    let definition = quote! {
        #docs
        #[derive(Clone, Debug, #empty #equal #sent #received)]
        #[non_exhaustive]
        pub struct #type_name { #(#body)* }
    };
    let setters = fields.iter().filter(|field| !field.is_required && named.uses.contains(&Use::Sent));
    let (constructor, setters) = (constructor(fields.iter()), setters.map(setter));
    vec![definition, quote!(impl #type_name { #constructor #(#setters)* })]
}

/// A field of the struct named `own`.
pub(super) fn struct_field(one: &Field, own: &str, attributes: &[TokenStream]) -> TokenStream {
    let (name, kind, docs) = (field(&one.name), field_type(one, own), doc(&[&one.description]));
    let serde = (!attributes.is_empty()).then(|| quote!(#[serde(#(#attributes),*)]));
    quote!(#docs #serde pub #name: #kind,)
}

/// What serde must know of a field: its wire name, and what stands for nothing.
fn serde_attributes(one: &Field, named: &Named) -> Vec<TokenStream> {
    let (is_sent, is_received) = (named.uses.contains(&Use::Sent), named.uses.contains(&Use::Received));
    let is_optional = !one.is_required;
    let mut attributes = Vec::new();
    let wire = &one.name;
    if field(wire).unraw() != wire {
        attributes.push(quote!(rename = #wire));
    }
    if is_optional && is_sent {
        attributes.push(match one.kind {
            Kind::List(_) => quote!(skip_serializing_if = "Vec::is_empty"),
            Kind::Map(_) => quote!(skip_serializing_if = "BTreeMap::is_empty"),
            _ => quote!(skip_serializing_if = "Option::is_none"),
        });
    }
    if is_optional && is_received && (is_collection(&one.kind) || one.kind.is_secret()) {
        attributes.push(quote!(default));
    }
    if one.kind.is_secret() {
        // Secrets have no serialization of their own: each place where one crosses the wire names it.
        let module = if one.is_required { "wire::secret" } else { "wire::optional_secret" };
        let (write, read) = (format!("{module}::serialize"), format!("{module}::deserialize"));
        attributes.extend(is_sent.then(|| quote!(serialize_with = #write)));
        attributes.extend(is_received.then(|| quote!(deserialize_with = #read)));
    } else if is_optional && is_received && is_collection(&one.kind) {
        // `null` is as good as nothing.
        attributes.push(quote!(deserialize_with = "wire::or_default"));
    }
    attributes
}

/// A constructor that takes all that is required.
pub(super) fn constructor<'a>(fields: impl Iterator<Item = &'a Field>) -> TokenStream {
    let (mut arguments, mut values) = (Vec::new(), Vec::new());
    for Field { name, kind, is_required, .. } in fields {
        let name = field(name);
        if *is_required {
            let (argument_type, value) = argument(&name, kind);
            arguments.push(quote!(#name: #argument_type));
            values.push(if name == value.to_string() { quote!(#name) } else { quote!(#name: #value) });
        } else {
            let nothing = if is_collection(kind) { quote!(Default::default()) } else { quote!(None) };
            values.push(quote!(#name: #nothing));
        }
    }
    if arguments.is_empty() {
        return quote! {
            /// Makes one that says nothing.
            pub fn new() -> Self { Self::default() }
        };
    }
    let many = (arguments.len() > 7).then(|| {
        quote! {
            #[expect(clippy::too_many_arguments, reason = "the service requires them all")]
        }
    });
    quote! {
        /// Makes one of all that is required.
        #many
        pub fn new(#(#arguments),*) -> Self { Self { #(#values),* } }
    }
}

/// A setter for what may be missing.
pub(super) fn setter(one: &Field) -> TokenStream {
    let (name, kind) = (field(&one.name), &one.kind);
    let text = name.unraw();
    let setter = quote::format_ident!("with_{text}");
    let (argument_type, value) = argument(&name, kind);
    let value = if is_collection(kind) { value } else { quote!(Some(#value)) };
    let docs = doc(&[&format!("Sets `{text}`.")]);
    quote! {
        #docs
        #[must_use]
        pub fn #setter(mut self, #name: #argument_type) -> Self {
            self.#name = #value;
            self
        }
    }
}

/// An enum that keeps the values that it does not know.
fn enumeration(name: &str, named: &Named, values: &[Value]) -> Vec<TokenStream> {
    let name = type_name(name);
    let docs = doc(&[&named.description]);
    let variants: Vec<_> = values.iter().map(|value| variant(&value.text)).collect();
    let texts: Vec<_> = values.iter().map(|value| &value.text).collect();
    let value_docs = values.iter().map(|value| doc(&[&value.description]));
    let definition = quote! {
        #docs
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum #name {
            #(#value_docs #variants,)*
            /// A value that this version does not know.
            Other(String),
        }
    };
    let methods = quote! {
        impl #name {
            /// Returns the value as it stands on the wire.
            pub fn as_str(&self) -> &str {
                match self {
                    #(Self::#variants => #texts,)*
                    Self::Other(text) => text,
                }
            }
        }
    };
    // Services spell values in other cases than they describe them.
    let from = quote! {
        impl From<&str> for #name {
            fn from(text: &str) -> Self {
                let known = [#(Self::#variants),*].into_iter().find(|known| known.as_str().eq_ignore_ascii_case(text));
                known.unwrap_or_else(|| Self::Other(text.to_owned()))
            }
        }
    };
    let mut items = vec![definition, methods, from];
    if named.uses.contains(&Use::Sent) {
        items.push(quote! {
            impl Serialize for #name {
                fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    serializer.serialize_str(self.as_str())
                }
            }
        });
    }
    if named.uses.contains(&Use::Received) {
        items.push(quote! {
            impl<'de> Deserialize<'de> for #name {
                fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    Ok(Self::from(wire::text(deserializer)?.as_str()))
                }
            }
        });
    }
    items
}

/// The Rust type of an answer.
pub(super) fn answer_type(kind: Option<&Kind>) -> TokenStream {
    match kind {
        // There is JSON, and nothing in it that matters.
        None | Some(Kind::Anything) => quote!(()),
        Some(kind) => rust_type(kind),
    }
}

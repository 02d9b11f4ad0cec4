//! Stage 3, print, the operations: each a struct that builds its request and reads its answer.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::model::{Answer, Body, Caller, Field, Kind, Operation, Parameter, Place, Repetition, Service};
use super::print::doc;
use super::print_types::{answer_type, constructor, setter, struct_field};
use super::rust_names::{field, rust_type, type_name};

pub(super) fn items(service: &Service) -> Vec<TokenStream> {
    service
        .operations
        .iter()
        .flat_map(|operation| {
            let answer = answer_struct(operation);
            let mut items =
                vec![definition(service, operation), methods(operation), behaviour(service, operation)];
            items.extend(answer);
            items
        })
        .collect()
}

/// The fields of the struct: the parameters, then the body; of these first what is required, as the constructor takes it.
fn fields(operation: &Operation) -> impl Iterator<Item = &Field> {
    let body = operation.body.iter().filter_map(|body| body.field.as_ref());
    let all = operation.parameters.iter().map(|parameter| &parameter.field).chain(body);
    let (required, optional): (Vec<_>, Vec<_>) = all.partition(|field| field.is_required);
    required.into_iter().chain(optional)
}

fn definition(service: &Service, operation: &Operation) -> TokenStream {
    let name = type_name(&operation.name);
    let line = format!("`{} {}`", operation.method, operation.path);
    let versions = match operation.api_versions.as_slice() {
        all if all == service.api_versions => "in all api versions".to_owned(),
        [one] => format!("in the api version {one}"),
        some => format!("in the api versions {}", some.join(", ")),
    };
    let callers: Vec<&str> = operation.callers.iter().map(|caller| caller_text(*caller)).collect();
    let wire = format!("{line} {versions}, authorized by {}.", callers.join(" or "));
    let docs = match &operation.description {
        Some(more) => doc(&[&operation.summary, more, &wire]),
        None => doc(&[&operation.summary, &wire]),
    };
    let body = fields(operation).map(|one| struct_field(one, &operation.name, &[]));
    let empty = fields(operation).all(|one| !one.is_required).then(|| quote!(Default));
    quote! {
        #docs
        #[derive(Clone, Debug, #empty)]
        #[non_exhaustive]
        pub struct #name { #(#body)* }
    }
}

fn methods(operation: &Operation) -> TokenStream {
    let name = type_name(&operation.name);
    let constructor = constructor(fields(operation));
    let setters = fields(operation).filter(|one| !one.is_required).map(setter);
    quote!(impl #name { #constructor #(#setters)* })
}

/// Who may call, in words.
pub(super) fn caller_text(caller: Caller) -> &'static str {
    match caller {
        Caller::AccessKey => "access key",
        Caller::EntraToken => "Entra token",
        Caller::EntraUserToken => "a person's Entra token",
        Caller::UserAccessToken => "user access token",
        Caller::AccountKey => "account key",
    }
}

fn behaviour(service: &Service, operation: &Operation) -> TokenStream {
    let name = type_name(&operation.name);
    let answer = answer_name(operation);
    let description = description(service, operation);
    let build = build(service, operation);
    let read = read(operation);
    quote! {
        impl Operation for #name {
            type Answer = #answer;
            const DESCRIPTION: OperationDescription = #description;
            fn build(&self, endpoint: &Endpoint, api_version: &str) -> Result<Request<Bytes>, CredentialError> {
                #build
            }
            fn read(response: &Response<Bytes>) -> Result<Self::Answer, CredentialError> {
                #read
            }
        }
    }
}

fn description(service: &Service, operation: &Operation) -> TokenStream {
    let (name, path) = (&operation.name, &operation.path);
    let method = format_ident!("{}", operation.method);
    // They have the same names there.
    let callers = operation.callers.iter().map(|caller| format_ident!("{caller:?}"));
    let versions = if operation.api_versions == service.api_versions {
        quote!(SERVICE.api_versions)
    } else {
        let versions = &operation.api_versions;
        quote!(&[#(#versions),*])
    };
    quote! {
        OperationDescription {
            service: &SERVICE,
            name: #name,
            method: Method::#method,
            path: #path,
            api_versions: #versions,
            callers: &[#(Caller::#callers),*],
        }
    }
}

fn build(service: &Service, operation: &Operation) -> TokenStream {
    let mut steps = Vec::new();
    let mut rest = operation.path.as_str();
    for parameter in operation.parameters.iter().filter(|one| one.place == Place::Path) {
        let Parameter { field: Field { name, .. }, title, fix, .. } = parameter;
        let (before, after) = rest.split_once(&format!("{{{name}}}")).unwrap_or((rest, ""));
        let name = field(name);
        steps.push(quote!(draft.path(#before);));
        steps.push(quote!(draft.segment(&self.#name, #title, #fix)?;));
        rest = after;
    }
    if !rest.is_empty() {
        steps.push(quote!(draft.path(#rest);));
    }
    steps.extend(operation.parameters.iter().filter_map(outside_path));
    steps.extend(operation.body.as_ref().map(|body| write_body(service, body)));
    steps.extend(match &operation.repetition {
        Repetition::Harmless => None,
        Repetition::DoneTwice => Some(quote!(draft.send_once();)),
        Repetition::HarmlessWith(name) => {
            let name = field(name);
            Some(quote!(if self.#name.is_none() { draft.send_once(); }))
        }
    });
    quote! {
        let mut draft = RequestDraft::new(&Self::DESCRIPTION, api_version)?;
        #(#steps)*
        draft.finish(endpoint)
    }
}

fn outside_path(parameter: &Parameter) -> Option<TokenStream> {
    let Field { name: wire, is_required, .. } = &parameter.field;
    let name = field(wire);
    let value = if *is_required { quote!(Some(&self.#name)) } else { quote!(self.#name.as_ref()) };
    match parameter.place {
        Place::Path => None,
        Place::Query => Some(quote!(draft.query(#wire, #value);)),
        Place::Header => {
            let wire = wire.to_lowercase();
            Some(quote!(draft.header(#wire, #value)?;))
        }
    }
}

fn write_body(service: &Service, body: &Body) -> TokenStream {
    let content_type = &body.content_type;
    let Some(Field { kind, is_required, .. }) = &body.field else {
        return quote!(draft.empty_object(#content_type););
    };
    let holds_secret =
        kind.named().and_then(|name| service.types.get(name)).is_some_and(|named| named.holds_secret);
    let write = if holds_secret { format_ident!("secret_json") } else { format_ident!("json") };
    if *is_required {
        quote!(draft.#write(#content_type, &self.body)?;)
    } else {
        quote! {
            if let Some(body) = &self.body {
                draft.#write(#content_type, body)?;
            }
        }
    }
}

fn answer_name(operation: &Operation) -> TokenStream {
    if operation.answer.headers.is_empty() {
        return answer_type(operation.answer.body.as_ref());
    }
    let name = format_ident!("{}Answer", type_name(&operation.name));
    quote!(#name)
}

/// An answer whose headers matter is a struct of body and headers.
fn answer_struct(operation: &Operation) -> Option<TokenStream> {
    let Answer { body, headers, .. } = &operation.answer;
    if headers.is_empty() {
        return None;
    }
    let name = answer_name(operation);
    let docs = doc(&[&format!("What [`{}`] is answered with.", type_name(&operation.name))]);
    let body = body.as_ref().map(|kind| {
        let kind = rust_type(kind);
        quote!(#[doc = " The answer's body."] pub body: #kind,)
    });
    let headers = headers.iter().map(|header| struct_field(header, &operation.name, &[]));
    Some(quote! {
        #docs
        #[derive(Clone, Debug)]
        #[non_exhaustive]
        pub struct #name { #body #(#headers)* }
    })
}

fn read(operation: &Operation) -> TokenStream {
    let read = match &operation.answer.body {
        Some(Kind::Anything) => quote!(wire::any_json(&SERVICE, response)),
        Some(_) => quote!(wire::json(&SERVICE, response)),
        None => quote!(wire::nothing(&SERVICE, response)),
    };
    if operation.answer.headers.is_empty() {
        return read;
    }
    let headers = operation.answer.headers.iter().map(|header| {
        let (name, wire_name) = (field(&header.name), &header.name);
        quote!(#name: wire::header(response, #wire_name))
    });
    match &operation.answer.body {
        Some(_) => quote!(Ok(Self::Answer { body: #read?, #(#headers),* })),
        None => quote! {
            #read?;
            Ok(Self::Answer { #(#headers),* })
        },
    }
}

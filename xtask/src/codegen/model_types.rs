//! Stage 2, model, the types: from schemas to kinds and named types.

use std::collections::{BTreeMap, BTreeSet};

use super::document::Schema;
use super::model::{Field, Kind, Named, Shape, Sign, Use, Value};
use super::pointer::Pointer;

const SCHEMAS: &str = "#/components/schemas/";

/// The schemas that have a name.
pub(super) struct Schemas<'a>(pub(super) &'a BTreeMap<String, Schema>);

impl Schemas<'_> {
    /// Makes the named types that these kinds need; the others are left out.
    pub(super) fn named<'k>(
        &self,
        sent: impl Iterator<Item = &'k Kind>,
        received: impl Iterator<Item = &'k Kind>,
    ) -> anyhow::Result<BTreeMap<String, Named>> {
        let mut types = BTreeMap::new();
        for kind in sent {
            self.use_kind(kind, Use::Sent, &mut types)?;
        }
        for kind in received {
            self.use_kind(kind, Use::Received, &mut types)?;
        }
        mark_secrets(&mut types);
        Ok(types)
    }

    fn use_kind(&self, kind: &Kind, how: Use, types: &mut BTreeMap<String, Named>) -> anyhow::Result<()> {
        let Some(name) = kind.named() else { return Ok(()) };
        if !types.contains_key(name) {
            types.insert(name.to_owned(), self.define(name)?);
        }
        let Some(named) = types.get_mut(name) else { return Ok(()) };
        if !named.uses.insert(how) {
            return Ok(());
        }
        let Shape::Struct(fields) = &named.shape else { return Ok(()) };
        let kinds: Vec<Kind> = fields.iter().map(|field| field.kind.clone()).collect();
        kinds.iter().try_for_each(|kind| self.use_kind(kind, how, types))
    }

    fn define(&self, name: &str) -> anyhow::Result<Named> {
        let place = Pointer::root().child("components").child("schemas").child(name);
        let schema = self.0.get(name).ok_or_else(|| place.error("there is no such schema"))?;
        check_keywords(schema, &place)?;
        let shape = match schema.kind.as_deref() {
            Some("object") if !schema.properties.is_empty() => Shape::Struct(self.fields(schema, &place)?),
            Some("string") if !schema.values.is_empty() => Shape::Enum(values(schema)),
            _ => {
                return Err(
                    place.error("only objects with properties and strings with `enum` can have a name")
                );
            }
        };
        let description = description(schema, &place)?;
        Ok(Named { description, shape, uses: BTreeSet::new(), holds_secret: false })
    }

    fn fields(&self, schema: &Schema, place: &Pointer) -> anyhow::Result<Vec<Field>> {
        if let Some(unknown) = schema.required.iter().find(|name| !schema.properties.contains_key(*name)) {
            return Err(place.child("required").error(format!("`{unknown}` is not among the properties")));
        }
        let field = |(name, property): (&String, &Schema)| {
            let place = place.child("properties").child(name);
            Ok(Field {
                name: name.clone(),
                description: description(property, &place)?,
                kind: self.kind(property, &place)?,
                is_required: schema.required.contains(name),
            })
        };
        // `required` is a list, so its order is meant; properties are not, so theirs is not.
        let required = schema.required.iter().filter_map(|name| schema.properties.get_key_value(name));
        let optional = schema.properties.iter().filter(|(name, _)| !schema.required.contains(name));
        required.chain(optional).map(field).collect()
    }

    /// Reads the kind of a schema that has no name of its own.
    pub(super) fn kind(&self, schema: &Schema, place: &Pointer) -> anyhow::Result<Kind> {
        check_keywords(schema, place)?;
        if let Some(reference) = &schema.reference {
            let name = reference.strip_prefix(SCHEMAS).filter(|name| self.0.contains_key(*name));
            let missing = || place.child("$ref").error(format!("`{reference}` is not under {SCHEMAS}"));
            return name.map(|name| Kind::Named(name.to_owned())).ok_or_else(missing);
        }
        if !schema.one_of.is_empty() {
            return self.nullable(schema, place);
        }
        let inner = |schema: &Schema, name| self.kind(schema, &place.child(name)).map(Box::new);
        match schema.kind.as_deref() {
            None => Ok(Kind::Anything),
            Some("string") => text(schema, place),
            Some("integer") => integer(schema, place),
            Some("number") => Ok(Kind::Float),
            Some("boolean") => Ok(Kind::Boolean),
            Some("array") => match &schema.items {
                Some(items) => Ok(Kind::List(inner(items, "items")?)),
                None => Err(place.error("an array needs `items`")),
            },
            Some("object") => match &schema.additional_properties {
                _ if !schema.properties.is_empty() => {
                    Err(place.error("an object with properties needs a name: move it to components/schemas"))
                }
                Some(values) => Ok(Kind::Map(inner(values, "additionalProperties")?)),
                None => Ok(Kind::Anything),
            },
            Some(other) => Err(place.child("type").error(format!("the type `{other}` is not supported"))),
        }
    }

    fn nullable(&self, schema: &Schema, place: &Pointer) -> anyhow::Result<Kind> {
        let is_null = |schema: &Schema| schema.kind.as_deref() == Some("null");
        match schema.one_of.as_slice() {
            [kind, null] if is_null(null) => {
                Ok(Kind::Nullable(Box::new(self.kind(kind, &place.child("oneOf").child("0"))?)))
            }
            _ => Err(place
                .child("oneOf")
                .error("only a schema and `{\"type\": \"null\"}`, in this order, are supported")),
        }
    }
}

fn text(schema: &Schema, place: &Pointer) -> anyhow::Result<Kind> {
    if !schema.values.is_empty() {
        return Err(place.child("enum").error("an enum needs a name: move it to components/schemas"));
    }
    match schema.format.as_deref() {
        None | Some("uuid" | "uri" | "byte") => Ok(Kind::Text),
        Some("password") => Ok(Kind::Secret),
        Some("date-time") => Ok(Kind::Timestamp),
        Some(other) => Err(place.child("format").error(format!("the format `{other}` is not supported"))),
    }
}

fn integer(schema: &Schema, place: &Pointer) -> anyhow::Result<Kind> {
    let sign = if schema.minimum.is_some_and(|least| least >= 0) { Sign::Unsigned } else { Sign::Signed };
    match schema.format.as_deref() {
        Some("int32") => Ok(Kind::Integer(sign)),
        _ => Err(place.child("format").error("only integers of the format `int32` are supported")),
    }
}

fn values(schema: &Schema) -> Vec<Value> {
    let describe = |text: &String| {
        schema.value_descriptions.get(text).cloned().unwrap_or_else(|| format!("The value `{text}`."))
    };
    schema.values.iter().map(|text| Value { text: text.clone(), description: describe(text) }).collect()
}

/// A keyword that has no meaning for its schema's type is a slip.
fn check_keywords(schema: &Schema, place: &Pointer) -> anyhow::Result<()> {
    let has_length = schema.min_length.is_some() || schema.max_length.is_some();
    let keywords = [
        ("properties", !schema.properties.is_empty(), "object"),
        ("required", !schema.required.is_empty(), "object"),
        ("additionalProperties", schema.additional_properties.is_some(), "object"),
        ("items", schema.items.is_some(), "array"),
        ("minItems and maxItems", schema.min_items.is_some() || schema.max_items.is_some(), "array"),
        ("minLength and maxLength", has_length, "string"),
        ("enum", !schema.values.is_empty(), "string"),
        ("x-enum-descriptions", !schema.value_descriptions.is_empty(), "string"),
        ("minimum and maximum", schema.minimum.is_some() || schema.maximum.is_some(), "integer"),
    ];
    match keywords.iter().find(|(_, is_there, kind)| *is_there && schema.kind.as_deref() != Some(*kind)) {
        Some((keyword, _, kind)) => Err(place.error(format!("{keyword} is only for the type `{kind}`"))),
        None => Ok(()),
    }
}

fn description(schema: &Schema, place: &Pointer) -> anyhow::Result<String> {
    let text = schema.description.as_deref().ok_or_else(|| place.error("a description is missing"))?;
    Ok(with_bounds(text, schema))
}

/// The description, and the bounds in words. Nothing checks them before the service does, which may widen them.
pub(super) fn with_bounds(text: &str, schema: &Schema) -> String {
    let range = schema.minimum.zip(schema.maximum).map(|(least, most)| format!("{least} to {most}."));
    let items = schema.max_items.map(|most| format!("At most {most}."));
    let length = schema.max_length.map(|most| format!("At most {most} characters."));
    let parts: Vec<String> = [Some(text.to_owned()), range, items, length].into_iter().flatten().collect();
    parts.join(" ")
}

/// A type holds a secret when one of its fields is one or is of such a type.
fn mark_secrets(types: &mut BTreeMap<String, Named>) {
    loop {
        let holders: BTreeSet<String> =
            types.iter().filter(|(_, named)| named.holds_secret).map(|(name, _)| name.clone()).collect();
        let mut found_more = false;
        for named in types.values_mut().filter(|named| !named.holds_secret) {
            let Shape::Struct(fields) = &named.shape else { continue };
            let holds =
                |kind: &Kind| kind.is_secret() || kind.named().is_some_and(|name| holders.contains(name));
            named.holds_secret = fields.iter().any(|field| holds(&field.kind));
            found_more |= named.holds_secret;
        }
        if !found_more {
            return;
        }
    }
}

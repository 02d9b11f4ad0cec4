//! Reads `<add key=".." value=".."/>` elements.

#[cfg(not(feature = "xml"))]
pub(crate) use without::parse;

#[cfg(feature = "xml")]
pub(crate) use with::parse;

#[cfg(not(feature = "xml"))]
mod without {
    use crate::configuration_block::Values;

    pub(crate) fn parse(_text: &str) -> Result<Values, String> {
        Err("the API access block is XML, for which the feature `xml` of the crate `ams-aad` is off"
            .to_owned())
    }
}

#[cfg(feature = "xml")]
mod with {
    use quick_xml::events::{BytesStart, Event};
    use quick_xml::{Reader, XmlVersion};
    use zeroize::Zeroizing;

    use crate::configuration_block::{Field, Values};

    /// Reads the elements wherever they stand: the command line prints them without a root, `app.config` has them below
    /// `appSettings`.
    pub(crate) fn parse(text: &str) -> Result<Values, String> {
        let mut reader = Reader::from_str(text);
        let mut values = Values::new();
        loop {
            // The parser's own error could show a piece of the block.
            match reader.read_event() {
                Err(_) => return Err(broken(&reader)),
                Ok(Event::Eof) => return Ok(values),
                Ok(Event::Empty(element) | Event::Start(element))
                    if element.local_name().as_ref() == "add" =>
                {
                    let (key, value) = pair(&element).ok_or_else(|| broken(&reader))?;
                    values.insert(key, Field::Text(value));
                }
                Ok(_) => {}
            }
        }
    }

    fn broken(reader: &Reader<&[u8]>) -> String {
        format!("the API access block is not XML: it breaks at byte {}", reader.buffer_position())
    }

    fn pair(element: &BytesStart<'_>) -> Option<(String, Zeroizing<String>)> {
        let attribute = |name: &str| {
            let attribute = element.try_get_attribute(name).ok()??;
            let value = attribute.normalized_value(XmlVersion::Implicit1_0).ok()?;
            Some(Zeroizing::new(value.into_owned()))
        };
        Some((attribute("key")?.as_str().to_owned(), attribute("value")?))
    }
}

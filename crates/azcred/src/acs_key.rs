//! Where the access key of a Communication Services resource comes from.

use std::path::Path;

use acs_hmac::ConnectionString;
use credential::{AccessKey, Endpoint};

use crate::address;
use crate::environment::Environment;
use crate::failure::Failure;
use crate::files::{FileFlag, Files, place};

const CONNECTION_STRING: &str = "COMMUNICATION_SERVICES_CONNECTION_STRING";
const ACCESS_KEY: &str = "ACS_ACCESS_KEY";

/// What is known of a Communication Services resource.
#[derive(Debug, Default)]
pub(crate) struct AcsResource {
    endpoint: Option<Endpoint>,
    key: Option<AccessKey>,
}

impl AcsResource {
    /// Looks into the file, which holds a key or a connection string, else into the environment.
    pub(crate) fn find(
        key_file: Option<&Path>,
        environment: &Environment,
        files: &Files,
    ) -> Result<Self, Failure> {
        if let Some(path) = key_file {
            let text = files.secret(FileFlag::KEY, path)?;
            return Self::from_text(text.expose())
                .map_err(|failure| failure.found_in(place(FileFlag::KEY, path)));
        }
        let mut resource = match environment.secret(CONNECTION_STRING)? {
            Some(text) => Self::from_connection_string(text.expose())
                .map_err(|failure| failure.found_in(CONNECTION_STRING))?,
            None => Self::default(),
        };
        if let Some(text) = environment.secret(ACCESS_KEY)? {
            let key = AccessKey::from_base64(text.expose()).map_err(Failure::from);
            resource.key = Some(key.map_err(|failure| failure.found_in(ACCESS_KEY))?);
        }
        Ok(resource)
    }

    /// Base64 holds no `;`, and `=` only at its end, so the two kinds of text cannot be confused.
    fn from_text(text: &str) -> Result<Self, Failure> {
        if text.contains(';') || text.to_ascii_lowercase().contains("endpoint=") {
            return Self::from_connection_string(text);
        }
        Ok(Self { endpoint: None, key: Some(AccessKey::from_base64(text)?) })
    }

    fn from_connection_string(text: &str) -> Result<Self, Failure> {
        let parsed = ConnectionString::parse_local(text)?;
        Ok(Self { endpoint: Some(parsed.endpoint().clone()), key: Some(parsed.into_access_key()) })
    }

    /// Returns the address of the connection string, if there was one.
    pub(crate) fn known_endpoint(&self) -> Option<&Endpoint> {
        self.endpoint.as_ref()
    }

    /// Returns the key, if one was found.
    pub(crate) fn optional_key(&self) -> Option<&AccessKey> {
        self.key.as_ref()
    }

    /// Returns the key, or an error that names the places where one can be put.
    pub(crate) fn key(&self) -> Result<&AccessKey, Failure> {
        self.key.as_ref().ok_or_else(|| {
            Failure::bad_input(
                "the access key is missing",
                "give --key-file, or set ACS_ACCESS_KEY or COMMUNICATION_SERVICES_CONNECTION_STRING in the environment",
            )
        })
    }

    /// Returns the key, together with the secondary one where a file holds it.
    pub(crate) fn keys(&self, secondary: Option<&Path>, files: &Files) -> Result<AccessKey, Failure> {
        let primary = self.key()?;
        let Some(path) = secondary else { return Ok(primary.clone()) };
        let text = files.secret(FileFlag::SECONDARY_KEY, path)?;
        let found = Self::from_text(text.expose())
            .map_err(|failure| failure.found_in(place(FileFlag::SECONDARY_KEY, path)))?;
        let (primary, secondary) = (primary.load(), found.key()?.load());
        let both = AccessKey::from_base64(primary.primary().expose())?;
        both.rotate(primary.primary().expose(), Some(secondary.primary().expose()))?;
        Ok(both)
    }

    /// Returns the address: the one given, else that of the connection string.
    pub(crate) fn endpoint(&self, given: Option<&String>) -> Result<Endpoint, Failure> {
        match (given, &self.endpoint) {
            (Some(text), _) => address::endpoint("--endpoint", text),
            (None, Some(endpoint)) => Ok(endpoint.clone()),
            (None, None) => Err(Failure::bad_input(
                "the endpoint of the Communication Services resource is missing",
                "give --endpoint, or set COMMUNICATION_SERVICES_CONNECTION_STRING in the environment",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: Variables = &[
        ("COMMUNICATION_SERVICES_CONNECTION_STRING", "endpoint=https://a.example/;accesskey=b25l"),
        ("ACS_ACCESS_KEY", "dHdv"),
    ];
    type Variables = &'static [(&'static str, &'static str)];

    fn find(variables: Variables) -> AcsResource {
        AcsResource::find(None, &Environment::of(variables), &Files::default()).unwrap()
    }

    #[test]
    fn the_key_variable_goes_before_the_connection_string() {
        assert_eq!(find(BOTH).key().unwrap().load().primary().bytes(), b"two");
        assert_eq!(find(BOTH).endpoint(None).unwrap().to_string(), "https://a.example");
        assert_eq!(find(&BOTH[..1]).key().unwrap().load().primary().bytes(), b"one");
        assert!(find(&[]).key().is_err() && find(&[]).endpoint(None).is_err());
    }

    #[test]
    fn a_file_may_hold_either() {
        for text in
            ["b25l", "Endpoint=https://a.example;AccessKey=b25l", "accesskey=b25l;endpoint=https://a.example"]
        {
            assert_eq!(AcsResource::from_text(text).unwrap().key().unwrap().load().primary().bytes(), b"one");
        }
    }
}

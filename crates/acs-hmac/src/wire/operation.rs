//! One operation of a service, as values.

use std::fmt::Debug;

use bytes::Bytes;
use credential::{CredentialError, Endpoint};
use http::{Method, Request, Response};

/// One operation of a service: it builds its request and reads its answer, and sends nothing.
///
/// The types of [`operations`](crate::operations) implement it; [`CommunicationClient::call`](crate::CommunicationClient)
/// sends one. It is public so that other transports, and tests, can do without that client.
///
/// # Example
/// ```
/// use acs_hmac::Operation;
/// use acs_hmac::operations::identity::RevokeAccessTokens;
/// use credential::Endpoint;
///
/// let endpoint = Endpoint::parse("endpoint", "https://contoso.communication.azure.com")?;
/// let request = RevokeAccessTokens::new("8:acs:resource_user").build(&endpoint, "2023-10-01")?;
/// assert_eq!(
///     request.uri().path(),
///     "/identities/8%3Aacs%3Aresource_user/:revokeAccessTokens"
/// );
/// # Ok::<(), credential::CredentialError>(())
/// ```
pub trait Operation: Debug + Send + Sync {
    /// What a success holds.
    type Answer;

    /// What there is to know of the operation without building it.
    const DESCRIPTION: OperationDescription;

    /// Builds the request, without authorization.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidRequest`](credential::CredentialErrorKind::InvalidRequest) when a part of the path is
    /// empty or would change the path, a header cannot hold its value, or the operation does not exist in this api
    /// version. A version that this crate does not know is asked for as it is.
    fn build(&self, endpoint: &Endpoint, api_version: &str) -> Result<Request<Bytes>, CredentialError>;

    /// Reads the answer. Unknown fields are ignored, and unknown values of enums kept as `Other`.
    ///
    /// # Errors
    /// The service's refusal or failure with its code and the ids for its support, or
    /// [`CredentialErrorKind::UnexpectedAnswer`](credential::CredentialErrorKind::UnexpectedAnswer).
    fn read(response: &Response<Bytes>) -> Result<Self::Answer, CredentialError>;
}

/// What there is to know of an operation.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OperationDescription {
    /// Its service.
    pub service: &'static ServiceDescription,
    /// Its name, such as `CreateUser`.
    pub name: &'static str,
    /// The method of its requests.
    pub method: Method,
    /// The path of its requests, with names in braces.
    pub path: &'static str,
    /// The api versions that have it, from the oldest to the newest.
    pub api_versions: &'static [&'static str],
    /// Who may call it.
    pub callers: &'static [Caller],
}

impl OperationDescription {
    /// Returns the version to ask for where none is named: the service's default, or else the first that has the
    /// operation, which is the one that is deployed longest.
    pub fn default_api_version(&self) -> &'static str {
        let default = self.service.default_api_version;
        if self.api_versions.contains(&default) {
            return default;
        }
        self.api_versions.first().copied().unwrap_or(default)
    }
}

/// What there is to know of a service.
#[derive(Debug)]
#[non_exhaustive]
pub struct ServiceDescription {
    /// Its name, such as `Identity`.
    pub name: &'static str,
    /// The versions of its interface, from the oldest to the newest.
    pub api_versions: &'static [&'static str],
    /// The version that is asked for unless another one is named.
    pub default_api_version: &'static str,
    /// The headers of its errors under which its operators find the request.
    pub correlation_headers: &'static [&'static str],
}

/// What a request can be authorized with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Caller {
    /// A signature with one of the resource's access keys.
    AccessKey,
    /// An Entra token of an identity with a role on the resource.
    EntraToken,
    /// A person's own Entra token.
    EntraUserToken,
    /// A user access token of Communication Services.
    UserAccessToken,
}

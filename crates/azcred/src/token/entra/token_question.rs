//! What a token is asked for.

use clap::Args;
use credential::TokenRequest;
use entra::ProtocolVersion;

use crate::network::NetworkArgs;

/// What a token is asked for.
#[derive(Args, Debug)]
pub(crate) struct TokenQuestion {
    /// What the token is for, such as https://management.azure.com/.default;
    /// several for one resource with spaces or commas, or repeated
    #[arg(long, required = true, value_delimiter = ',', verbatim_doc_comment)]
    scope: Vec<String>,

    /// Asks the older v1 endpoint (resource instead of scope).
    #[arg(long)]
    v1: bool,

    /// The claims of a claims challenge, as JSON.
    #[arg(long, value_name = "JSON")]
    claims: Option<String>,

    #[command(flatten)]
    pub(crate) network: NetworkArgs,

    /// Prints JSON: access_token, expires_on (RFC 3339), expires_in (seconds)
    /// and, when a person signed in, account: the name
    #[arg(long, verbatim_doc_comment)]
    pub(crate) json: bool,
}

impl TokenQuestion {
    pub(crate) fn version(&self) -> ProtocolVersion {
        if self.v1 { ProtocolVersion::V1 } else { ProtocolVersion::V2 }
    }

    pub(crate) fn request(&self) -> TokenRequest {
        let words = self.scope.iter().flat_map(|scope| match scope.trim() {
            // The library says what is wrong with it.
            "" => vec![String::new()],
            scope => scope.split_whitespace().map(str::to_owned).collect(),
        });
        let request = TokenRequest::new(words);
        match &self.claims {
            Some(claims) => request.with_claims(claims.clone()),
            None => request,
        }
    }
}

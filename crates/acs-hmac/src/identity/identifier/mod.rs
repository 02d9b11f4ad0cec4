//! Who takes part in a conversation: identifiers and their raw ids.

mod communication_cloud;
mod communication_identifier;
mod phone_number;
mod teams_app;
mod teams_extension_user;
mod teams_user;
mod unknown_identifier;
mod wire_model;

pub use communication_cloud::CommunicationCloud;
pub use communication_identifier::CommunicationIdentifier;
pub use phone_number::PhoneNumber;
pub use teams_app::TeamsApp;
pub use teams_extension_user::TeamsExtensionUser;
pub use teams_user::TeamsUser;
pub use unknown_identifier::UnknownIdentifier;

use credential::{CredentialError, CredentialErrorKind};

/// Checks one part of a raw id: not blank, and without the characters that separate parts.
fn check_part(name: &'static str, text: &str, separators: &[char]) -> Result<(), CredentialError> {
    let invalid =
        |problem| Err(CredentialError::new(CredentialErrorKind::InvalidConfiguration, problem, PASS_BARE));
    if text.trim().is_empty() {
        return invalid(format!("the {name} is empty"));
    }
    if text.contains(separators) {
        return invalid(format!("the {name} holds a character that separates the parts of a raw id"));
    }
    Ok(())
}

const PASS_BARE: &str = "pass the bare id without a prefix such as 8:orgid:, or parse the whole raw id as a CommunicationIdentifier";

//! Operations of Communication Services, as values: requests that build themselves and answers that are read.
//!
//! They are generated from API descriptions (`api/*.json` in the repository). Each is an [`Operation`](crate::Operation):
//! [`CommunicationClient::call`](crate::CommunicationClient::call) sends one, and tests and other transports can build
//! and read on their own. Structs are made by `new` with what the service requires; what may be left out has a setter.

#[cfg(feature = "chat")]
pub use crate::generated::chat;
#[cfg(feature = "email")]
pub use crate::generated::email;
#[cfg(feature = "identity")]
pub use crate::generated::identity;
#[cfg(feature = "phone-numbers")]
pub use crate::generated::phone_numbers;
#[cfg(feature = "rooms")]
pub use crate::generated::rooms;
#[cfg(feature = "sms")]
pub use crate::generated::sms;

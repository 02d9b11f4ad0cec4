//! Integration tests: real clients, real TLS, every refusal with its reason.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it did not foresee")]
#![expect(clippy::too_many_lines, reason = "the refusals are tables, one line each")]

mod arm;
mod authorities;
mod authorization_code;
mod binary;
mod calling;
mod chat;
mod client;
mod client_assertion;
mod communication;
mod compatible_media;
mod continuous_access;
mod control;
mod control_api;
mod device_code;
mod email;
mod entra;
mod exchange;
mod faults;
mod leaks;
mod limits;
mod logout;
mod managed_identity;
mod media_rest_v2;
mod mixed_reality;
mod on_behalf_of;
mod password;
mod phone_numbers;
mod refresh_token;
mod remote_rendering;
mod rooms;
mod server;
mod service_authentication;
mod sms;
mod tokens;
mod user_access;
mod user_sign_ins;
mod users;

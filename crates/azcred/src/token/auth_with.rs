//! What a token is asked for with.

use clap::ValueEnum;

/// What a token is asked for with.
#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub(crate) enum AuthWith {
    /// The account's or resource's access key.
    Key,
    /// A Microsoft Entra application's client secret.
    Entra,
}

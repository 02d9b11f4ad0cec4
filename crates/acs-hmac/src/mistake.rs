//! What signing code is known to do wrong.

use std::fmt;

/// What was done wrong in signing: the signature fits the text, or the key, that this mistake makes.
///
/// `Display` says what was done, [`Mistake::fix`] what to do instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Mistake {
    /// The host was signed without its port.
    HostWithoutPort,
    /// The host was signed with a default port, which is not sent.
    HostWithDefaultPort,
    /// The host was signed with its port twice.
    HostWithPortTwice,
    /// The host was signed with a slash at its end.
    HostWithSlash,
    /// The host was signed with other capital letters than were sent.
    HostCase,
    /// Path and query were signed percent-decoded.
    TargetDecoded,
    /// The path's `:` and `@` were signed percent-encoded, but not sent so.
    PathEncoded,
    /// The query was written anew as a form before signing: `%20` as `+`, `:` as `%3A`, `?b` as `?b=`.
    QueryReencoded,
    /// The query was signed with `+` for `%20`, or `%20` for `+`.
    SpaceReencoded,
    /// The query was left out.
    QueryMissing,
    /// A `?` was signed at the end, which is not sent.
    QuestionMarkAppended,
    /// A `?` at the end is sent, but was not signed.
    QuestionMarkDropped,
    /// The whole address was signed instead of path and query.
    FullUrl,
    /// The path `/` was signed as nothing.
    PathEmpty,
    /// The date was signed in lower case.
    DateLowerCase,
    /// The date was signed with `+0000` or `UTC` for `GMT`.
    DateZone,
    /// The date was signed without the zero of its day.
    DateDay,
    /// The `Date` header was signed, though `x-ms-date` is the one that is named.
    DateHeader,
    /// The method was signed in lower case.
    MethodLowerCase,
    /// Another method was signed than arrived: signed for `GET` and sent as `POST`, or changed on the way.
    OtherMethod,
    /// The hash of the body was signed in hex.
    HashHex,
    /// The text was signed with a line break at its end.
    TrailingNewline,
    /// The fields were separated by `;` only, or by line breaks only.
    Separators,
    /// The names of the headers were signed with their values.
    HeaderNames,
    /// The access key was used as the text it is, without decoding its base64.
    KeyNotDecoded,
}

impl Mistake {
    /// Returns what to do instead.
    pub fn fix(self) -> &'static str {
        match self {
            Self::HostWithoutPort
            | Self::HostWithDefaultPort
            | Self::HostWithPortTwice
            | Self::HostWithSlash
            | Self::HostCase => "sign the host as the Host header has it",
            Self::TargetDecoded | Self::PathEncoded | Self::QueryReencoded | Self::SpaceReencoded => {
                "sign path and query byte for byte as they are sent"
            }
            Self::QueryMissing => "sign the query too, after a ?",
            Self::QuestionMarkAppended => "sign a ? only when it is sent",
            Self::QuestionMarkDropped => "sign the ? when it is sent",
            Self::FullUrl => "sign path and query only",
            Self::PathEmpty => "sign / for an empty path",
            Self::DateLowerCase | Self::DateZone | Self::DateDay => "sign the date as the header has it",
            Self::DateHeader => "sign the value of x-ms-date",
            Self::MethodLowerCase => "sign the method in upper case",
            Self::OtherMethod => {
                "sign the method that is sent, and sign anew when a client or a proxy changes it"
            }
            Self::HashHex => "sign the hash as the header has it, in base64",
            Self::TrailingNewline => "end the text with the hash",
            Self::Separators => "put line breaks after method and target, and a ; after date and after host",
            Self::HeaderNames => "sign the values only",
            Self::KeyNotDecoded => "decode the key's base64 first",
        }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::HostWithoutPort => "the host was signed without its port",
            Self::HostWithDefaultPort => "the host was signed with a default port",
            Self::HostWithPortTwice => "the host was signed with its port twice",
            Self::HostWithSlash => "the host was signed with a slash at its end",
            Self::HostCase => "the host was signed with other capital letters",
            Self::TargetDecoded => "path and query were signed percent-decoded",
            Self::PathEncoded => "the path was signed with its : or @ percent-encoded",
            Self::QueryReencoded => "the query was written anew as a form before signing",
            Self::SpaceReencoded => "the query was signed with + for %20 or the reverse",
            Self::QueryMissing => "the query was not signed",
            Self::QuestionMarkAppended => "a ? was signed at the end of the target",
            Self::QuestionMarkDropped => "the ? at the end of the target was not signed",
            Self::FullUrl => "the whole address was signed",
            Self::PathEmpty => "the path / was signed as nothing",
            Self::DateLowerCase => "the date was signed in lower case",
            Self::DateZone => "the date was signed with another name for GMT",
            Self::DateDay => "the date was signed without the zero of its day",
            Self::DateHeader => "the header date was signed",
            Self::MethodLowerCase => "the method was signed in lower case",
            Self::OtherMethod => "another method was signed than arrived",
            Self::HashHex => "the body's hash was signed in hex",
            Self::TrailingNewline => "the text was signed with a line break at its end",
            Self::Separators => "the fields were signed with other separators",
            Self::HeaderNames => "the headers' names were signed with their values",
            Self::KeyNotDecoded => "the key was used without decoding it",
        })
    }
}

//! What was sent, for tests to look at.

use std::time::SystemTime;

use crate::recent::Recent;

/// The e-mails and text messages that clients sent, oldest first. Nothing leaves the machine.
///
/// # Example
/// ```
/// use credential_emulator::Emulator;
/// use http::Request;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let emulator = Emulator::start().await?;
/// let body = r#"{"from":"+15550100","smsRecipients":[{"to":"+15550101"}],"message":"hi"}"#;
/// let url = format!("{}/sms?api-version=2021-03-07", emulator.acs_endpoint());
/// let mut request = Request::post(url).body(body.into())?;
/// let key = acs_hmac::ConnectionString::parse(&emulator.acs_connection_string())?.into_access_key();
/// acs_hmac::Signer::new(key)?.sign(&mut request)?;
/// emulator.http_client().send(request).await?;
///
/// let sms = &emulator.mailbox().sms[0];
/// assert_eq!((sms.to.as_str(), sms.message.as_str()), ("+15550101", "hi"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Mailbox {
    /// The latest e-mails, at most 1,000.
    pub emails: Vec<Email>,
    /// The latest text messages, one for each recipient, at most 1,000.
    pub sms: Vec<Sms>,
}

/// An e-mail that was sent.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Email {
    /// The operation's id.
    pub id: String,
    /// When, by the emulator's clock.
    pub sent_at: SystemTime,
    /// The sender's address.
    pub sender: String,
    /// The addresses of the recipients.
    pub to: Vec<String>,
    /// The addresses of those who get a copy.
    pub cc: Vec<String>,
    /// The addresses of those who get a copy that nobody sees.
    pub bcc: Vec<String>,
    /// The addresses that answers go to.
    pub reply_to: Vec<String>,
    /// The subject.
    pub subject: String,
    /// The body as plain text.
    pub plain_text: Option<String>,
    /// The body as HTML.
    pub html: Option<String>,
    /// What is attached, without its content.
    pub attachments: Vec<Attachment>,
}

/// What was attached to an e-mail. Its content is not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attachment {
    /// The file's name.
    pub name: String,
    /// The media type.
    pub content_type: String,
    /// The size of the content in bytes.
    pub size: usize,
}

/// A text message that was sent to one recipient.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Sms {
    /// The message's id.
    pub id: String,
    /// When, by the emulator's clock.
    pub sent_at: SystemTime,
    /// The sender.
    pub from: String,
    /// The recipient's number.
    pub to: String,
    /// The text.
    pub message: String,
    /// What the client wants back in delivery reports.
    pub tag: Option<String>,
    /// The id by which a repeated request is known.
    pub(super) repeatability_id: Option<String>,
}

/// What was sent, as it is kept.
#[derive(Debug, Default)]
pub(super) struct Sent {
    pub(super) emails: Recent<Email>,
    pub(super) sms: Recent<Sms>,
}

impl Attachment {
    pub(super) fn new(name: &str, content_type: &str, size: usize) -> Self {
        Self { name: name.to_owned(), content_type: content_type.to_owned(), size }
    }
}

impl Sent {
    pub(super) fn mailbox(&self) -> Mailbox {
        Mailbox { emails: self.emails.iter().cloned().collect(), sms: self.sms.iter().cloned().collect() }
    }
}

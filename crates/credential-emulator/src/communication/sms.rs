//! SMS: messages, and who does not want any.

use std::collections::HashSet;

use axum::extract::State;
use credential::Clock;
use http::StatusCode;
use serde_json::{Value, json};

use super::error::CommunicationError;
use super::mailbox::{Sent, Sms};
use super::phone_numbers::is_phone_number;
use super::service::{Call, Outcome, Service};
use super::{fields, limits};
use crate::answer::{self, Answer};
use crate::id_source::is_guid;
use crate::received::Received;
use crate::services::SharedServices;

const SMS: Service = Service::plain();

const MOST_RECIPIENTS: usize = 100;
const LONGEST_MESSAGE: usize = 2_048;
/// How long a delivery report may take, in seconds.
const REPORT_TIMEOUT: std::ops::RangeInclusive<i64> = 60..=43_200;

/// Who does not want messages from whom.
#[derive(Debug, Default)]
pub(super) struct OptOuts(HashSet<(String, String)>);

/// How many opt-outs are kept. More are refused: forgetting one would let an unwanted message through.
const MOST_OPT_OUTS: usize = 100_000;

/// What is to be done with a list of recipients.
#[derive(Clone, Copy, Debug)]
enum OptOut {
    Add,
    Remove,
    Check,
}

/// `POST /sms`
pub(super) async fn send(State(services): State<SharedServices>, received: Received) -> Answer {
    SMS.serve(&services, &received, |call| {
        let message = read_message(&call.body)?;
        let recipients = fields::list(&call.body, "smsRecipients", MOST_RECIPIENTS)?;
        // All are read before the first message is sent.
        let recipients: Vec<Recipient<'_>> =
            recipients.iter().map(read_recipient).collect::<Result<_, _>>()?;
        call.count(limits::SMS, message.from)?;
        let mut contents = call.services.contents();
        let contents = &mut *contents;
        let items: Vec<Value> = recipients
            .iter()
            .map(|recipient| send_one(call, recipient, &message, &contents.opt_outs, &mut contents.sent))
            .collect();
        Ok(answer::json(StatusCode::ACCEPTED, &json!({ "value": items })))
    })
}

/// `POST /sms/optouts:add`
pub(super) async fn opt_out(State(services): State<SharedServices>, received: Received) -> Answer {
    SMS.serve(&services, &received, |call| opt_outs(call, OptOut::Add))
}

/// `POST /sms/optouts:remove`
pub(super) async fn opt_in(State(services): State<SharedServices>, received: Received) -> Answer {
    SMS.serve(&services, &received, |call| opt_outs(call, OptOut::Remove))
}

/// `POST /sms/optouts:check`
pub(super) async fn check_opt_outs(State(services): State<SharedServices>, received: Received) -> Answer {
    SMS.serve(&services, &received, |call| opt_outs(call, OptOut::Check))
}

struct Message<'a> {
    from: &'a str,
    text: &'a str,
    tag: Option<&'a str>,
}

struct Recipient<'a> {
    to: &'a str,
    repeatability_id: Option<&'a str>,
}

fn read_message(body: &Value) -> Result<Message<'_>, CommunicationError> {
    let (from, text) = (fields::text(body, "from")?, fields::text(body, "message")?);
    let length = text.chars().count();
    if length > LONGEST_MESSAGE {
        let problem = format!("The message field has {length} characters, {LONGEST_MESSAGE} are allowed.");
        return Err(CommunicationError::validation("message", problem));
    }
    let Some(options) = body.get("smsSendOptions").filter(|options| !options.is_null()) else {
        return Ok(Message { from, text, tag: None });
    };
    fields::flag(options, "enableDeliveryReport")?;
    let timeout = options.get("deliveryReportTimeoutInSeconds").filter(|value| !value.is_null());
    if timeout.is_some_and(|value| !value.as_i64().is_some_and(|found| REPORT_TIMEOUT.contains(&found))) {
        let problem = "The deliveryReportTimeoutInSeconds field must be within [60, 43200].";
        return Err(CommunicationError::validation("deliveryReportTimeoutInSeconds", problem));
    }
    Ok(Message { from, text, tag: fields::optional_text(options, "tag")? })
}

fn read_recipient(recipient: &Value) -> Result<Recipient<'_>, CommunicationError> {
    let repeatability_id = fields::optional_text(recipient, "repeatabilityRequestId")?;
    if repeatability_id.is_some_and(|id| !is_guid(id)) {
        let problem = "The repeatabilityRequestId field is not a UUID.";
        return Err(CommunicationError::validation("repeatabilityRequestId", problem));
    }
    Ok(Recipient { to: fields::text(recipient, "to")?, repeatability_id })
}

/// Sends to one recipient. A number that cannot be one is that recipient's failure, not the request's.
fn send_one(
    call: &Call<'_>,
    recipient: &Recipient<'_>,
    message: &Message<'_>,
    opt_outs: &OptOuts,
    sent: &mut Sent,
) -> Value {
    let Recipient { to, repeatability_id } = *recipient;
    if !is_phone_number(to) {
        return json!({
            "to": to,
            "httpStatusCode": 400,
            "repeatabilityResult": "rejected",
            "successful": false,
            "errorMessage": "Invalid To phone number format.",
        });
    }
    let accepted = |id: &str| {
        json!({
            "to": to,
            "messageId": id,
            "httpStatusCode": 202,
            "repeatabilityResult": "accepted",
            "successful": true,
        })
    };
    let is_repeated = |sms: &&Sms| {
        sms.to == to && repeatability_id.is_some() && sms.repeatability_id.as_deref() == repeatability_id
    };
    if let Some(first) = sent.sms.iter().find(is_repeated) {
        return accepted(&first.id);
    }
    let id = format!("Outgoing_{}", call.services.ids.guid());
    // The service takes messages to those who want none too, and does not deliver them.
    if !opt_outs.holds(message.from, to) {
        sent.sms.push(Sms {
            id: id.clone(),
            sent_at: call.services.clock.now(),
            from: message.from.to_owned(),
            to: to.to_owned(),
            message: message.text.to_owned(),
            tag: message.tag.map(str::to_owned),
            repeatability_id: repeatability_id.map(str::to_owned),
        });
    }
    accepted(&id)
}

fn opt_outs(call: &Call<'_>, what: OptOut) -> Outcome {
    let from = fields::text(&call.body, "from")?;
    let recipients = fields::list(&call.body, "recipients", MOST_RECIPIENTS)?;
    let numbers: Vec<&str> =
        recipients.iter().map(|recipient| fields::text(recipient, "to")).collect::<Result<_, _>>()?;
    let opt_outs = &mut call.services.contents().opt_outs;
    let items: Vec<Value> = numbers.into_iter().map(|to| opt_outs.apply(what, from, to)).collect();
    Ok(answer::json(StatusCode::OK, &json!({ "value": items })))
}

impl OptOuts {
    fn holds(&self, from: &str, to: &str) -> bool {
        self.0.contains(&(from.to_owned(), to.to_owned()))
    }

    fn apply(&mut self, what: OptOut, from: &str, to: &str) -> Value {
        if !is_phone_number(to) {
            let problem = "Invalid To phone number format.";
            return json!({ "to": to, "httpStatusCode": 400, "errorMessage": problem });
        }
        if matches!(what, OptOut::Add) && self.0.len() == MOST_OPT_OUTS {
            return json!({ "to": to, "httpStatusCode": 400, "errorMessage": "There are too many opt-outs." });
        }
        let pair = (from.to_owned(), to.to_owned());
        let mut item = json!({ "to": to, "httpStatusCode": 200 });
        match what {
            OptOut::Add => drop(self.0.insert(pair)),
            OptOut::Remove => drop(self.0.remove(&pair)),
            OptOut::Check => item["isOptedOut"] = json!(self.0.contains(&pair)),
        }
        item
    }
}

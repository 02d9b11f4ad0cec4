//! The chat threads of the resource.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value, json};

use crate::clock::rfc3339;
use crate::recent::Recent;

/// A thread, with the messages in the order in which they were sent.
#[derive(Debug)]
pub(super) struct Thread {
    pub(super) id: String,
    pub(super) topic: String,
    pub(super) created_at: SystemTime,
    pub(super) created_by: String,
    pub(super) participants: Vec<String>,
    pub(super) messages: Recent<Message>,
    pub(super) repeatability_id: Option<String>,
}

/// A message. Its thread gives it its id and number.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) id: String,
    pub(super) number: usize,
    pub(super) kind: &'static str,
    pub(super) content: String,
    pub(super) display_name: Option<String>,
    pub(super) metadata: Map<String, Value>,
    pub(super) sender: String,
    pub(super) sent_at: SystemTime,
}

/// The threads that users opened, in order; the oldest are forgotten first.
#[derive(Debug, Default)]
pub(super) struct Threads(Recent<Thread>);

impl Threads {
    /// Opens a thread and returns it as it is shown; the same user asking again with the same repeatability id gets the first one.
    pub(super) fn open(&mut self, thread: Thread) -> Value {
        let is_repeated = |known: &Thread| {
            thread.repeatability_id.is_some()
                && known.repeatability_id == thread.repeatability_id
                && known.created_by == thread.created_by
        };
        if let Some(known) = self.0.iter().find(|known| is_repeated(known)) {
            return known.shown();
        }
        let shown = thread.shown();
        self.0.push(thread);
        shown
    }

    pub(super) fn find(&mut self, id: &str) -> Option<&mut Thread> {
        self.0.iter_mut().find(|thread| thread.id == id)
    }

    pub(super) fn of_user(&self, user_id: &str) -> impl Iterator<Item = &Thread> {
        self.0.iter().filter(move |thread| thread.participants.iter().any(|known| known == user_id))
    }

    pub(super) fn remove(&mut self, id: &str) {
        self.0.retain(|thread| thread.id != id);
    }
}

impl Thread {
    /// Takes a message and returns its id: the milliseconds since 1970 or, within one millisecond, the next number.
    pub(super) fn send(&mut self, message: Message) -> String {
        let millis = message.sent_at.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let last = self.messages.last().and_then(|last| last.id.parse::<u128>().ok());
        let id = last.map_or(millis, |last| millis.max(last + 1)).to_string();
        let number = self.messages.last().map_or(1, |last| last.number + 1);
        self.messages.push(Message { id: id.clone(), number, ..message });
        id
    }

    pub(super) fn shown(&self) -> Value {
        json!({
            "id": self.id,
            "topic": self.topic,
            "createdOn": rfc3339(self.created_at),
            "createdByCommunicationIdentifier": identifier(&self.created_by),
        })
    }

    pub(super) fn shown_in_list(&self) -> Value {
        let mut item = json!({ "id": self.id, "topic": self.topic });
        if let Some(last) = self.messages.last() {
            item["lastMessageReceivedOn"] = json!(rfc3339(last.sent_at));
        }
        item
    }
}

impl Message {
    pub(super) fn shown(&self) -> Value {
        let mut shown = json!({
            "id": self.id,
            "type": self.kind,
            "sequenceId": self.number.to_string(),
            "version": self.id,
            "content": { "message": self.content },
            "createdOn": rfc3339(self.sent_at),
            "senderCommunicationIdentifier": identifier(&self.sender),
            "metadata": self.metadata,
        });
        if let Some(name) = &self.display_name {
            shown["senderDisplayName"] = json!(name);
        }
        shown
    }
}

fn identifier(user_id: &str) -> Value {
    json!({ "rawId": user_id, "communicationUser": { "id": user_id } })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recent::CAPACITY;

    fn thread(id: usize) -> Thread {
        Thread {
            id: id.to_string(),
            topic: String::new(),
            created_at: UNIX_EPOCH,
            created_by: String::new(),
            participants: Vec::new(),
            messages: Recent::default(),
            repeatability_id: None,
        }
    }

    fn message() -> Message {
        Message {
            id: String::new(),
            number: 0,
            kind: "text",
            content: String::new(),
            display_name: None,
            metadata: Map::new(),
            sender: String::new(),
            sent_at: UNIX_EPOCH,
        }
    }

    #[test]
    fn the_oldest_threads_and_messages_are_forgotten() {
        let mut threads = Threads::default();
        for id in 0..=CAPACITY {
            threads.open(thread(id));
        }
        assert!(threads.find("0").is_none());
        let thread = threads.find("1").unwrap();
        for _ in 0..=CAPACITY {
            thread.send(message());
        }
        let numbers: Vec<usize> = thread.messages.iter().map(|message| message.number).collect();
        assert_eq!((numbers.len(), numbers[0], numbers[CAPACITY - 1]), (CAPACITY, 2, CAPACITY + 1));
    }
}

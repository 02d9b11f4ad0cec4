//! A caller that goes away leaves nothing behind.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use credential::{CredentialError, TokenCredential, TokenRequest, Transport};
use credential_testkit::ScriptedTransport;
use http::{Request, Response};

use crate::account::{answer, credential_builder, key};

/// Answers every request but the first one.
#[derive(Debug)]
struct FirstHangs {
    asked: AtomicBool,
    script: ScriptedTransport,
}

#[async_trait]
impl Transport for FirstHangs {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, CredentialError> {
        if !self.asked.swap(true, Ordering::Relaxed) {
            pending::<()>().await;
        }
        self.script.send(request).await
    }
}

#[tokio::test]
async fn a_dropped_call_does_not_hold_up_the_next_one() {
    let script = ScriptedTransport::new().then_json(&answer("a", 2_000_000_000));
    let hanging = Arc::new(FirstHangs { asked: AtomicBool::new(false), script: script.clone() });
    let credential =
        credential_builder(&script).transport(hanging.clone()).account_key(key()).build().unwrap();
    let request = TokenRequest::default();
    tokio::select! {
        biased;
        _never = credential.get_token(&request) => panic!("the first request hangs"),
        () = std::future::ready(()) => {}
    }
    assert!(hanging.asked.load(Ordering::Relaxed), "the request was under way when its caller left");
    credential.get_token(&request).await.unwrap();
    assert_eq!(script.requests().len(), 1);
}

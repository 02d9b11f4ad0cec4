//! A fresh token over a socket of this machine.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use azure_core::credentials::TokenCredential as _;
use azure_core::http::headers::Headers;
use azure_core::http::{AsyncRawResponse, Body, HttpClient};
use credential::{Clock, TokenCredential, TokenRequest, Transport};
use rustix::thread::{CpuSet, sched_setaffinity};
use rustix::time::ClockId;
use serde::Deserialize;

use crate::measure::{Comparison, compare, contestant};
use crate::peers::{SCOPE, azure_identity};
use crate::report::{Kind, Report};
use crate::service::Service;

const CLIENT: &str = "11111111-2222-3333-4444-555555555555";
const TENANT: &str = "contoso.com";
const FLOW: &str = "entra ClientSecretFlow, credential-http";
const OURS: &str = "entra ClientSecretCredential";

/// What raw reqwest code reads.
#[derive(Deserialize)]
struct Answer {
    access_token: String,
    expires_in: u64,
}

/// Sends azure_identity's requests, which must be https, to the socket; otherwise as plainly as it gets.
#[derive(Debug)]
struct ToLoopback {
    client: reqwest::Client,
    address: String,
}

#[async_trait]
impl HttpClient for ToLoopback {
    async fn execute_request(
        &self,
        request: &azure_core::http::Request,
    ) -> azure_core::Result<AsyncRawResponse> {
        let Body::Bytes(body) = request.body() else { unreachable!("token requests are no streams") };
        let mut sent = self.client.post(format!("{}{}", self.address, request.url().path())).body(body.clone());
        for (name, value) in request.headers().iter() {
            sent = sent.header(name.as_str(), value.as_str());
        }
        let answer = sent.send().await.expect("an answer");
        let status = answer.status().as_u16().into();
        Ok(AsyncRawResponse::from_bytes(status, Headers::new(), answer.bytes().await.expect("a body")))
    }
}

/// A clock that goes on by two hours whenever it is told to, by which time every token has expired.
#[derive(Debug, Default)]
struct Leaping(AtomicU64);

impl Leaping {
    fn leap(&self) {
        self.0.fetch_add(2 * 3600, Ordering::Relaxed);
    }
}

impl Clock for Leaping {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000 + self.0.load(Ordering::Relaxed))
    }
}

/// Client and server on one processor, so that sleeping and waking of processors is not what is measured.
pub fn over_loopback(report: &mut Report) {
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut one = CpuSet::new();
            one.set(0);
            // Threads that are started from here on stay there, too.
            sched_setaffinity(None, &one).expect("a processor to stay on");
            report.sections.push(compare_clients());
        });
    });
    let section = report.sections.last().expect("the section");
    let (flow, ours) = (section.value(FLOW), section.value(OURS));
    report.at_most("a fresh token over loopback, by the flow: at most 1.05 times raw reqwest", flow, 1.05);
    report.at_most("a fresh token over loopback, by the credential: at most 1.05 times raw reqwest", ours, 1.05);
}

fn compare_clients() -> crate::report::Section {
    let address = crate::loopback::serve(Service::new(0, false, 3600));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let runtime = &runtime;
    let client = || reqwest::Client::builder().no_proxy().build().expect("a client");

    let raw = client();
    let url = format!("{address}/{TENANT}/oauth2/v2.0/token");
    let by_hand = || async {
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("grant_type", "client_credentials"), ("client_id", CLIENT)])
            .extend_pairs([("client_secret", "s3cret"), ("scope", SCOPE)])
            .finish();
        let request = raw.post(&url).header("content-type", "application/x-www-form-urlencoded");
        let request = request.header("accept", "application/json").body(form);
        let answer = request.send().await.expect("an answer").bytes().await.expect("a body");
        let answer: Answer = serde_json::from_slice(&answer).expect("a token");
        (answer.access_token, answer.expires_in)
    };

    let transport = credential_http::HttpClient::builder().reqwest(client()).build().expect("a client");
    let authority = entra::Authority::parse_local(&address).expect("an authority");
    let flow = entra::ClientSecretFlow::new(CLIENT, "s3cret").expect("a flow").with_authority(authority);
    let by_flow = || async {
        let request = flow.request(TENANT, SCOPE, None).expect("a request");
        let answer = transport.send(request).await.expect("an answer");
        entra::TokenResponse::read(&answer, SystemTime::now()).expect("a token").into_access_token()
    };
    let clock = Arc::new(Leaping::default());
    let ours = entra::ClientSecretCredential::builder(TENANT, CLIENT, "s3cret")
        .authority(entra::Authority::parse_local(&address).expect("an authority"))
        .transport(Arc::new(transport.clone()))
        .clock(clock.clone())
        .build()
        .expect("a credential");
    let request = TokenRequest::new([SCOPE]);
    let number = Cell::new(0_u64);
    let next_scope = || {
        number.set(number.get() + 1);
        format!("https://resource-{}.example/.default", number.get())
    };
    let azure = azure_identity(Arc::new(ToLoopback { client: client(), address: address.clone() }));
    let comparison = Comparison {
        id: "fresh-token",
        title: "A fresh token over HTTP on this machine",
        note: Some(
            "Processor time of client and server together, both on one processor. The first row is a request by hand with the \
             same form. Our credential is asked anew after its token has expired, by a clock that is moved; azure_identity takes no \
             clock, and is asked for another scope each time.",
        ),
        calls: 200,
        clock: ClockId::ProcessCPUTime,
    };
    compare(
        &comparison,
        vec![
            contestant(Kind::Floor, "reqwest and serde, by hand", || runtime.block_on(by_hand())),
            contestant(Kind::Ours, FLOW, || runtime.block_on(by_flow())),
            contestant(Kind::Ours, OURS, || {
                clock.leap();
                runtime.block_on(ours.get_token(&request)).expect("a token")
            }),
            contestant(Kind::Peer, "azure_identity ClientSecretCredential", || {
                runtime.block_on(azure.get_token(&[&next_scope()], None)).expect("a token")
            }),
        ],
    )
}

//! One signature for Communication Services.

use std::cell::Cell;
use std::hint::black_box;
use std::time::{Duration, Instant, SystemTime};

use acs_hmac::{ContentHash, Signer, SigningDate, StringToSign};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use credential::AccessKey;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue, Request};
use rustix::time::ClockId;
use sha2::block_api::compress256;
use sha2::{Digest, Sha256};

use crate::measure::{Comparison, compare, contestant};
use crate::peer_signers::{self, Reqsign, Sigv4};
use crate::report::{Kind, Report, Row, Section};

const DATE: HeaderName = HeaderName::from_static("x-ms-date");
const CONTENT_HASH: HeaderName = HeaderName::from_static("x-ms-content-sha256");
pub const HOST: &str = "contoso.communication.azure.com";
pub const TARGET: &str = "/emails:send?api-version=2023-03-31";
pub const KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZg==";
const EMPTY: &str = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

const FLOOR: &str = "floor: raw SHA-256 blocks, on the stack";
const STACK: &str = "acs-hmac, sign_at, on the stack";
const FLOOR_MAP: &str = "floor into a new HeaderMap";
const REQUEST: &str = "acs-hmac, sign a Request";

/// Three sizes.
pub fn all(report: &mut Report) {
    let note = "The floor is the bare cryptography: SHA-256 compressions with a pre-keyed state, the clock, base64. aws-sigv4 and \
                reqsign sign by schemes of their own, which derive more keys and sort headers; reqsign's leaves the body out.";
    let get = run("signing-get", "Signing an empty GET", Some(note), "GET", 0, 20_000);
    let kib = run("signing-1-kib", "Signing a POST of 1 KiB", None, "POST", 1 << 10, 10_000);
    let mib = run("signing-1-mib", "Signing a POST of 1 MiB", None, "POST", 1 << 20, 20);
    report.at_most("signing an empty GET, on the stack: at most 1.15 times the floor", get.value(STACK), 1.15);
    report.at_most("signing 1 KiB, on the stack: at most 1.05 times the floor", kib.value(STACK), 1.05);
    report.at_most("signing 1 MiB, on the stack: at most 1.01 times the floor", mib.value(STACK), 1.01);
    report.at_most(
        "signing into a HeaderMap: at most 1.10 times that floor",
        get.value(REQUEST) / get.value(FLOOR_MAP),
        1.10,
    );
    report.sections.extend([get, kib, mib]);
}

/// How much more often two threads sign with one signer than one thread does, on the wall clock.
pub fn two_threads(report: &mut Report) {
    const SIGNS: u32 = 200_000;
    let signer = Signer::new(AccessKey::from_base64(KEY).unwrap()).unwrap();
    let work = || (0..SIGNS).for_each(|_| drop(black_box(ours(&signer, "GET", b""))));
    let mut gains: Vec<f64> = (0..15)
        .map(|_| {
            let start = Instant::now();
            work();
            let one = start.elapsed();
            let start = Instant::now();
            std::thread::scope(|scope| {
                scope.spawn(work);
                scope.spawn(work);
            });
            2.0 * one.as_secs_f64() / start.elapsed().as_secs_f64()
        })
        .collect();
    gains.sort_by(f64::total_cmp);
    let (median, best) = (gains[gains.len() / 2], gains[gains.len() - 1]);
    let row = |name, kind, value: f64| Row { name, kind, value, cells: vec![format!("{value:.2}")] };
    report.at_least("two threads that share a signer: twice the rate (best round, at least 1.9)", best, 1.9);
    report.sections.push(Section {
        id: "signing-two-threads",
        title: "One signer, two threads".to_owned(),
        note: Some("Wall time, so other work on the machine lowers it."),
        columns: vec!["times the rate of one thread"],
        rows: vec![
            row("one thread", Kind::Floor, 1.0),
            row("acs-hmac, two threads, median of 15 rounds", Kind::Ours, median),
            row("acs-hmac, two threads, best round", Kind::Ours, best),
        ],
        axis: "times the rate of one thread; longer is better",
    });
}

fn run(
    id: &'static str,
    title: &'static str,
    note: Option<&'static str>,
    method: &'static str,
    size: usize,
    calls: u32,
) -> Section {
    let body = vec![b'x'; size];
    let body = body.as_slice();
    let floor = Floor::new();
    let signer = Signer::new(AccessKey::from_base64(KEY).unwrap()).unwrap();
    let acs_signature = acs_signature::Signer::new(KEY).unwrap();
    let secret = azure_core::credentials::Secret::from(KEY);
    let (sigv4, reqsign) = (Sigv4::new(), Reqsign::new());
    let uri = format!("https://{HOST}{TARGET}");
    let mut request = Request::builder().method(method).uri(&uri).body(body).unwrap();
    assert_eq!(floor.sign(method, body).2, ours(&signer, method, body).authorization().as_bytes());
    let contestants = vec![
        contestant(Kind::Floor, FLOOR, || floor.sign(method, body)),
        contestant(Kind::Ours, STACK, || ours(&signer, method, body)),
        contestant(Kind::Floor, FLOOR_MAP, || floor.into_map(method, body)),
        contestant(Kind::Ours, REQUEST, || {
            signer.sign(&mut request).unwrap();
            std::mem::take(request.headers_mut())
        }),
        contestant(Kind::Peer, "acs-signature", || {
            acs_signature.sign(method, TARGET, HOST, &acs_signature::now(), body)
        }),
        contestant(Kind::Peer, "azure_core::hmac, sha2 and format!", || {
            peer_signers::azure_core(&secret, method, body)
        }),
        contestant(Kind::Peer, "reqsign, Azure Storage shared key", || reqsign.sign(method, body)),
        contestant(Kind::Peer, "aws-sigv4", || sigv4.sign(method, body)),
    ];
    compare(&Comparison { id, title, note, calls, clock: ClockId::ThreadCPUTime }, contestants)
}

/// The address as nobody knows it while compiling.
fn address() -> (&'static str, &'static str) {
    black_box((TARGET, HOST))
}

fn ours(signer: &Signer, method: &str, body: &[u8]) -> acs_hmac::SignedHeaders {
    let date = SigningDate::at(SystemTime::now()).unwrap();
    let (target, host) = address();
    signer.sign_at(&StringToSign::new(method, target, date, host, ContentHash::of(body)).unwrap())
}

type Signed = ([u8; 29], [u8; 44], [u8; 115]);

/// What no implementation can do without: the compressions, the clock, two base64 encodings, laying the texts out.
struct Floor {
    inner: [u32; 8],
    outer: [u32; 8],
    date: Cell<(u64, [u8; 29])>,
}

const INITIAL: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

impl Floor {
    fn new() -> Self {
        let key = STANDARD.decode(KEY).unwrap();
        let keyed = |pad: u8| {
            let mut state = INITIAL;
            let block: [u8; 64] = std::array::from_fn(|i| key[i] ^ pad);
            compress256(&mut state, &[block]);
            state
        };
        Self { inner: keyed(0x36), outer: keyed(0x5c), date: Cell::new((u64::MAX, [0; 29])) }
    }

    fn date(&self) -> [u8; 29] {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
        if self.date.get().0 != now {
            let text = httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + Duration::from_secs(now));
            self.date.set((now, text.as_bytes().try_into().unwrap()));
        }
        self.date.get().1
    }

    #[inline]
    fn sign(&self, method: &str, body: &[u8]) -> Signed {
        let date = self.date();
        let mut hash: [u8; 44] = EMPTY.as_bytes().try_into().unwrap();
        if !body.is_empty() {
            STANDARD.encode_slice(Sha256::digest(body), &mut hash).unwrap();
        }
        let (target, host) = address();
        let mut text = [0_u8; 512];
        let mut length = 0;
        for piece in
            [method.as_bytes(), b"\n", target.as_bytes(), b"\n", &date, b";", host.as_bytes(), b";", &hash]
        {
            text[length..length + piece.len()].copy_from_slice(piece);
            length += piece.len();
        }
        let digest = finish(self.inner, &mut text, length);
        let mut last = [0_u8; 512];
        last[..32].copy_from_slice(&digest);
        let mac = finish(self.outer, &mut last, 32);
        let mut authorization = [0; 115];
        authorization[..71]
            .copy_from_slice(b"HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=");
        STANDARD.encode_slice(mac, &mut authorization[71..]).unwrap();
        (date, hash, authorization)
    }

    fn into_map(&self, method: &str, body: &[u8]) -> HeaderMap {
        let (date, hash, authorization) = self.sign(method, body);
        let mut map = HeaderMap::with_capacity(4);
        map.insert(DATE, HeaderValue::from_bytes(&date).unwrap());
        map.insert(CONTENT_HASH, HeaderValue::from_bytes(&hash).unwrap());
        let mut authorization = HeaderValue::from_bytes(&authorization).unwrap();
        authorization.set_sensitive(true);
        map.insert(AUTHORIZATION, authorization);
        map
    }
}

/// Pads and compresses what follows the key block (FIPS 180-4, section 5.1.1).
fn finish(mut state: [u32; 8], text: &mut [u8; 512], length: usize) -> [u8; 32] {
    text[length] = 0x80;
    let blocks = (length + 9).div_ceil(64);
    let bits = ((64 + length) as u64 * 8).to_be_bytes();
    text[blocks * 64 - 8..blocks * 64].copy_from_slice(&bits);
    let (blocks, _) = text[..blocks * 64].as_chunks::<64>();
    compress256(&mut state, blocks);
    let mut out = [0; 32];
    for (word, bytes) in state.iter().zip(out.chunks_exact_mut(4)) {
        bytes.copy_from_slice(&word.to_be_bytes());
    }
    out
}

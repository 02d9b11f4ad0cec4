//! Tokens on a Redis server, shared by all instances of a service: the store is in `store.rs`, to be copied. This program
//! puts it to the test against a server:
//!
//! ```text
//! redis-server --port 6390 --save '' &
//! cargo run -p credential --example redis_token_store --features sealing -- redis://127.0.0.1:6390
//! ```
//!
//! It prints what it found, a line of JSON for each promise that a store makes, and fails when one is broken.

#![expect(clippy::print_stdout, reason = "what it finds is what the program is for")]

mod checks;
mod store;

use credential::SealingKey;
use store::RedisTokenStore;

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let url = std::env::args().nth(1).ok_or("name the server, such as redis://127.0.0.1:6379")?;
    // A service reads its key from where its other secrets are; all of its instances have the same one.
    let key = SealingKey::from_bytes(&[7; 32]);
    let instance = async || RedisTokenStore::connect(&url, "credential-example", key.clone()).await;
    let mut broken = 0;
    for (promise, kept) in checks::all([instance().await?, instance().await?, instance().await?]).await {
        let note = kept.as_ref().err().map(ToString::to_string).unwrap_or_default();
        broken += u32::from(kept.is_err());
        let row = serde_json::json!({
            "client": "Redis server", "operation": promise, "passed": kept.is_ok(), "note": note
        });
        println!("{row}");
    }
    if broken > 0 { Err(format!("{broken} promises are broken").into()) } else { Ok(()) }
}

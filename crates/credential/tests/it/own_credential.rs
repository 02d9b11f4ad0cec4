//! The example "a credential of your own" runs, and says what it should.

#[expect(
    dead_code,
    unreachable_pub,
    reason = "a program of its own: its main is not called here, and its items are public there"
)]
#[path = "../../examples/own_credential.rs"]
mod example;

#[tokio::test]
async fn the_tour_needs_no_network_and_shows_no_secret() {
    let check = credential_testkit::LeakCheck::new(["t0ken-of-the-company"]);
    let lines = example::tour().await.unwrap().join("\n");
    check.text(&lines);
    insta::assert_snapshot!(lines);
}

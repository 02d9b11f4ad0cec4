//! `azcred sign --batch`.

use std::io::{BufRead, BufReader, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use credential_testkit::{Vector, Vectors};
use serde_json::{Value, json};

use crate::azcred::{Azcred, Folder};

const VECTORS: &str = include_str!("../../../acs-hmac/tests/vectors/acs-hmac.json");
const KEY: &str = "pw==";

fn batch(input: &str) -> Vec<Value> {
    let output =
        Azcred::new(["sign", "--batch"]).env("ACS_ACCESS_KEY", KEY).run_with(input.as_bytes()).success();
    output.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn line(vector: &Vector, date: &str) -> String {
    let body = vector.body();
    let body = if body.is_empty() { Value::Null } else { STANDARD.encode(body).into() };
    json!({
        "method": vector.method, "url": vector.url, "body_base64": body, "date": date,
        "access_key": vector.access_key,
    })
    .to_string()
}

fn headers(vector: &Vector) -> Value {
    json!({
        "x-ms-date": vector.expect.date,
        "x-ms-content-sha256": vector.expect.content_hash,
        "authorization": vector.expect.authorization,
    })
}

#[test]
fn every_vector_is_reproduced() {
    let vectors = Vectors::parse(VECTORS);
    let must: Vec<_> = vectors.hmac_must().collect();
    assert_eq!(must.len(), 74);
    let input: String = must.iter().map(|vector| line(vector, &vector.expect.date) + "\n").collect();
    let answers = batch(&input);
    assert_eq!(answers.len(), must.len());
    for (vector, answer) in must.iter().zip(&answers) {
        assert_eq!(*answer, headers(vector), "{}", vector.id);
    }
}

#[test]
fn rfc_3339_dates_sign_the_same() {
    let vectors = Vectors::parse(VECTORS);
    let of_leap_day = |vector: &&Vector| vector.expect.date == "Thu, 29 Feb 2024 23:59:59 GMT";
    let must: Vec<_> = vectors.hmac_must().filter(of_leap_day).collect();
    let dates = ["2024-02-29T23:59:59Z", "2024-02-29T23:59:59.999Z", "2024-03-01T01:59:59+02:00"];
    let dated = must.iter().zip(dates.iter().cycle());
    let input: String = dated.map(|(vector, date)| line(vector, date) + "\n").collect();
    let expected: Vec<_> = must.iter().map(|vector| headers(vector)).collect();
    assert_eq!(batch(&input), expected);
}

#[test]
fn a_bad_line_is_answered_in_its_place_and_the_next_one_read() {
    let good =
        r#"{"method":"GET","url":"https://example.com/testPath","date":"Wed, 13 Apr 2022 18:09:12 GMT"}"#;
    let bad = [
        "",
        "   ",
        "{",
        "[]",
        "not json",
        r#"{"method":"GET"}"#,
        r#"{"url":"https://example.com/"}"#,
        r#"{"method":"","url":"https://example.com/"}"#,
        r#"{"method":"GET /","url":"https://example.com/"}"#,
        r#"{"method":"GET","url":"example.com/"}"#,
        r#"{"method":"GET","url":"https://user:planted@example.com/"}"#,
        r#"{"method":"GET","url":"https://example.com/a b"}"#,
        r#"{"method":"GET","url":"https://example.com:99999/"}"#,
        r#"{"method":"GET","url":"http://example.com/"}"#,
        r#"{"method":"GET","url":"https://example.com/","body_base64":"planted!"}"#,
        r#"{"method":"GET","url":"https://example.com/","body":"planted"}"#,
        r#"{"method":"GET","url":"https://example.com/","date":"yesterday"}"#,
        r#"{"method":"GET","url":"https://example.com/","date":""}"#,
        r#"{"method":"GET","url":"https://example.com/","access_key":"planted!"}"#,
        r#"{"method":"GET","url":"https://example.com/","access_key":""}"#,
        r#"{"method":"GET","url":"https://example.com/","access_key":["planted"]}"#,
    ];
    let input: String = bad.iter().flat_map(|bad| [*bad, "\n", good, "\r\n"]).collect();
    let answers = batch(&input);
    assert_eq!(answers.len(), 2 * bad.len());
    let mut texts = Vec::new();
    for (bad, pair) in bad.iter().zip(answers.chunks(2)) {
        let error = pair[0]["error"].as_str().unwrap();
        assert_eq!(pair[0].as_object().unwrap().len(), 1, "{bad}");
        assert!(!error.contains("planted"), "{error}");
        // The signature of the official SDKs' own vector.
        assert!(
            pair[1]["authorization"]
                .as_str()
                .unwrap()
                .ends_with("+6tWkg3lNKVjQHHmxkdGQcJjUgzclsWTMebnuCz1ngU="),
            "{bad}"
        );
        texts.push(format!("{bad}\n    {error}"));
    }
    insta::assert_snapshot!(texts.join("\n"));
}

#[test]
fn one_line_out_for_every_line_in_with_or_without_a_last_line_end() {
    let good = r#"{"method":"GET","url":"https://example.com/"}"#;
    assert_eq!(batch("").len(), 0);
    assert_eq!(batch("\n").len(), 1);
    assert_eq!(batch(good).len(), 1);
    assert_eq!(batch(&format!("{good}\n")).len(), 1);
    assert_eq!(batch(&format!("{good}\n\n{good}")).len(), 3);
    let with_mark = batch(&format!("\u{feff}{good}\n"));
    assert!(
        with_mark[0].get("authorization").is_some(),
        "a byte order mark at the start, as PowerShell writes it"
    );
}

#[test]
fn keys_of_lines_go_before_the_environments() {
    let signature = |key: &str| {
        let line = format!(
            r#"{{"method":"GET","url":"https://example.com/","date":"2022-04-13T18:09:12Z","access_key":{key}}}"#
        );
        batch(&line)[0]["authorization"].clone()
    };
    assert_eq!(signature("null"), signature("\"pw==\""));
    assert_ne!(signature("null"), signature("\"b25l\""));
}

#[test]
fn without_any_key_only_lines_with_their_own_are_signed() {
    let input = concat!(
        r#"{"method":"GET","url":"https://example.com/"}"#,
        "\n",
        r#"{"method":"GET","url":"https://example.com/","access_key":"pw=="}"#
    );
    let output = Azcred::new(["sign", "--batch"]).run_with(input.as_bytes()).success();
    let answers: Vec<Value> = output.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(answers[0]["error"].as_str().unwrap().contains("access_key"));
    assert!(answers[1].get("authorization").is_some());
}

#[test]
fn many_keys_and_many_lines_keep_their_order() {
    let lines: Vec<_> = (0..20_000)
        .map(|number| {
            let key = STANDARD.encode(format!("key {}", number % 40));
            json!({"method": "GET", "url": format!("https://example.com/{number}"), "access_key": key,
                "date": "2022-04-13T18:09:12Z"})
            .to_string()
        })
        .collect();
    let all = batch(&lines.join("\n"));
    assert_eq!(all.len(), lines.len());
    for number in [0, 1, 41, 9_999, 19_999] {
        assert_eq!(batch(&lines[number])[0], all[number], "{number}");
    }
}

#[test]
fn a_large_body_is_signed_and_a_line_without_end_is_refused() {
    let vectors = Vectors::parse(VECTORS);
    let large = vectors.hmac_must().max_by_key(|vector| vector.body().len()).unwrap();
    let endless = "x".repeat(64 * 1024 * 1024 + 10);
    let input = format!("{endless}\n{}\n", line(large, &large.expect.date));
    let answers = batch(&input);
    assert_eq!(answers.len(), 2);
    assert!(answers[0]["error"].as_str().unwrap().contains("64 MiB"));
    assert_eq!(answers[1], headers(large));
}

#[test]
fn each_answer_comes_before_the_next_question_is_asked() {
    let mut child = Azcred::new(["sign", "--batch"]).env("ACS_ACCESS_KEY", KEY).spawn();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    for number in 0..3 {
        writeln!(stdin, r#"{{"method":"GET","url":"https://example.com/{number}"}}"#).unwrap();
        let mut answer = String::new();
        stdout.read_line(&mut answer).unwrap();
        assert!(answer.contains("authorization"), "{answer}");
    }
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_reader_that_has_enough_is_no_failure() {
    let mut child = Azcred::new(["sign", "--batch"]).env("ACS_ACCESS_KEY", KEY).spawn();
    drop(child.stdout.take());
    let mut stdin = child.stdin.take().unwrap();
    let line = "{\"method\":\"GET\",\"url\":\"https://example.com/\"}\n";
    // Fails once the program has gone, which it may.
    let _accepted = stdin.write_all(line.repeat(10_000).as_bytes()).is_ok();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!(output.stderr, b"");
}

#[test]
fn the_key_may_come_from_a_file_and_not_from_standard_input() {
    let folder = Folder::new();
    let connection_string = folder.file("acs.txt", "endpoint=https://example.com/;accesskey=pw==\n");
    let line = b"{\"method\":\"GET\",\"url\":\"https://example.com/\",\"date\":\"2022-04-13T18:09:12Z\"}";
    let from_file =
        Azcred::new(["sign", "--batch", "--key-file", &connection_string]).run_with(line).success();
    let from_variable = Azcred::new(["sign", "--batch"]).env("ACS_ACCESS_KEY", KEY).run_with(line).success();
    assert_eq!(from_file, from_variable);
    let error = Azcred::new(["sign", "--batch", "--key-file", "-"]).run_with(line).failure(2);
    assert!(error.contains("twice"), "{error}");
}

#[cfg(unix)]
#[test]
fn input_that_cannot_be_read_is_bad_input() {
    let script = format!("ACS_ACCESS_KEY={KEY} {} sign --batch < /", env!("CARGO_BIN_EXE_azcred"));
    let error = Azcred::other("sh", ["-c", &script]).run().failure(2);
    assert!(error.contains("standard input cannot be read"), "{error}");
}

#[test]
fn connect_is_refused() {
    let answers = batch("{\"method\":\"CONNECT\",\"url\":\"https://example.com/\"}\n");
    assert!(answers[0]["error"].as_str().unwrap().contains("CONNECT"), "{answers:?}");
}

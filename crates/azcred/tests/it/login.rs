//! `azcred login`, what it keeps, and `azcred logout`.

use std::sync::Arc;

use credential_testkit::LeakCheck;
use serde_json::Value;

use crate::azcred::{Azcred, Folder};
use crate::token::{Stage, claims, run};
use crate::token_entra::{Waiting, beside};

const ARM: &str = "https://management.azure.com/user_impersonation";

/// Runs a login whose code is approved on another device: its exit status, and what it told and said.
async fn signed_in(stage: &Arc<Stage>, login: Azcred) -> (i32, String, String) {
    let watched = stage.clone();
    beside(move || {
        let mut waiting = Waiting::start(login);
        let message = waiting.line_with("enter the code");
        let code = message.rsplit("enter the code ").next().unwrap().split_whitespace().next().unwrap();
        watched.emulator.approve(code.trim_end_matches('.')).unwrap();
        waiting.end()
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_is_kept_in_a_private_file_until_logout() {
    let stage = Stage::new().await;
    let file = stage.folder.path("session").into_os_string().into_string().unwrap();
    let login = stage.with_public_application(stage.command("login --device-code --json"));
    let login = login.env("AZCRED_SESSION_FILE", &file);
    let (status, told, said) = signed_in(&stage, login).await;
    assert_eq!(status, 0, "{said}");
    let told: Value = serde_json::from_str(&told).unwrap();
    let user = stage.emulator.accounts().user_name.as_str();
    assert_eq!((&told["kept"], &told["account"]["username"]), (&true.into(), &user.into()));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }

    // Twice, so that the refresh token, which the emulator takes once, must have been replaced.
    for _ in 0..2 {
        let words = format!("token entra refresh --session-file {file} --scope {ARM}");
        let token = run(stage.command(&words)).await.success();
        assert_eq!(claims(&token)["scp"], "user_impersonation");
    }
    let words = format!("token entra refresh --session-file {file} --account bob --scope {ARM}");
    assert!(run(stage.command(&words)).await.failure(2).contains("nobody is signed in"));

    let told = Azcred::new(["logout", "--session-file", &file]).run().success();
    assert!(told.contains(user) && told.contains("/oauth2/v2.0/logout"), "{told}");
    assert!(!stage.folder.path("session").exists(), "no refresh token is left");
    assert_eq!(Azcred::new(["logout", "--session-file", &file]).run().success(), "Nobody was signed in.\n");
}

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

#[tokio::test(flavor = "multi_thread")]
async fn with_a_key_nothing_in_the_file_can_be_read_and_nobody_else_opens_it() {
    let stage = Stage::new().await;
    let file = stage.folder.path("session").into_os_string().into_string().unwrap();
    let login = stage.with_public_application(stage.command("login --device-code"));
    let login = login.env("AZCRED_SESSION_FILE", &file).env("AZCRED_SESSION_KEY", KEY);
    let (status, _, said) = signed_in(&stage, login).await;
    assert_eq!(status, 0, "{said}");
    #[expect(clippy::disallowed_methods, reason = "the test looks at what lies on the disk")]
    let kept = std::fs::read_to_string(&file).unwrap();
    let user = stage.emulator.accounts().user_name.as_str();
    assert!(kept.starts_with("sealed-1:") && !kept.contains(user) && kept.lines().count() == 1, "{kept}");

    let words = format!("token entra refresh --session-file {file} --scope {ARM}");
    let key = stage.folder.file("session.key", KEY);
    for _ in 0..2 {
        let words = format!("{words} --session-key-file {key}");
        assert_eq!(claims(&run(stage.command(&words)).await.success())["scp"], "user_impersonation");
    }
    let check = LeakCheck::new([KEY, kept.trim()]);
    let mut texts = String::new();
    for (name, key) in [
        ("no key", ""),
        ("another key", "ISECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="),
        ("no key at all", "c2hvcnQ="),
    ] {
        let error = run(stage.command(&words).env("AZCRED_SESSION_KEY", key)).await.failure(2);
        check.text(&error);
        texts += &format!("{name}\n    {}\n", error.trim_end().replace('\n', "\n    "));
    }
    let texts = texts.replace(stage.folder.path("").to_str().unwrap(), "FOLDER/");
    insta::assert_snapshot!(texts.replace("session file (not shown)", "session file FOLDER/session"));
    let logout = Azcred::new(["logout", "--session-file", &file]).env("AZCRED_SESSION_KEY", KEY);
    assert!(logout.run().success().contains(user));
    assert!(!stage.folder.path("session").exists(), "no refresh token is left");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_session_file_nothing_is_kept_and_that_is_said() {
    let stage = Stage::new().await;
    let command = stage.with_public_application(stage.command("login"));
    let (status, told, said) = signed_in(&stage, command).await;
    assert_eq!(status, 0, "{said}");
    assert!(said.contains("Nothing is kept"), "{said}");
    assert_eq!(
        told,
        format!(
            "Signed in as {}, tenant {}.\n",
            stage.emulator.accounts().user_name,
            stage.emulator.accounts().tenant_id
        )
    );
}

#[test]
fn bad_input_is_told_apart() {
    let folder = Folder::new();
    let session = folder.file("session", "planted-token\n");
    let check = LeakCheck::new(["planted-token"]);
    let mut texts = String::new();
    for (name, words) in [
        ("logout without a file", "logout".to_owned()),
        ("refresh without anything", format!("token entra refresh --scope {ARM}")),
        (
            "refresh with both",
            format!("token entra refresh --scope {ARM} --refresh-token-file - --session-file x"),
        ),
        ("login without a client id", "login".to_owned()),
        ("login by both ways", "login --browser --device-code".to_owned()),
        ("a file that others can read", format!("logout --session-file {session}")),
    ] {
        let error = Azcred::new(words.split_whitespace()).run().failure(2);
        check.text(&error);
        texts += &format!("{name}\n    {}\n", error.trim_end().replace('\n', "\n    "));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&session, std::fs::Permissions::from_mode(0o600)).unwrap();
        let error = Azcred::new(["logout", "--session-file", &session]).run().failure(2);
        check.text(&error);
        texts += &format!("a file of another form\n    {}\n", error.trim_end());
        // Whether the name of the test's folder looks like a secret is a matter of chance.
        let texts = texts.replace("session file (not shown)", "session file FOLDER/session");
        insta::assert_snapshot!(texts.replace(folder.path("").to_str().unwrap(), "FOLDER/"));
    }
}

//! `azcred login`, what it keeps, and `azcred logout`.

use credential_testkit::LeakCheck;
use serde_json::Value;

use crate::azcred::{Azcred, Folder};
use crate::token::{Stage, claims, run};
use crate::token_entra::{Waiting, beside};

const ARM: &str = "https://management.azure.com/user_impersonation";

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_is_kept_in_a_private_file_until_logout() {
    let stage = Stage::new().await;
    let file = stage.folder.path("session").into_os_string().into_string().unwrap();
    let login = stage.with_public_application(stage.command("login --device-code --json"));
    let (watched, login) = (stage.clone(), login.env("AZCRED_SESSION_FILE", &file));
    let (status, told, said) = beside(move || {
        let mut waiting = Waiting::start(login);
        let message = waiting.line_with("enter the code");
        let code = message.rsplit("enter the code ").next().unwrap().split_whitespace().next().unwrap();
        watched.emulator.approve(code.trim_end_matches('.')).unwrap();
        waiting.end()
    })
    .await;
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

#[tokio::test(flavor = "multi_thread")]
async fn without_a_session_file_nothing_is_kept_and_that_is_said() {
    let stage = Stage::new().await;
    let command = stage.with_public_application(stage.command("login"));
    let watched = stage.clone();
    let (status, told, said) = beside(move || {
        let mut waiting = Waiting::start(command);
        let message = waiting.line_with("enter the code");
        let code = message.rsplit("enter the code ").next().unwrap().split_whitespace().next().unwrap();
        watched.emulator.approve(code.trim_end_matches('.')).unwrap();
        waiting.end()
    })
    .await;
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

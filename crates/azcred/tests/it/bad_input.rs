//! Every bad or missing input, as a person sees it. Nothing here needs a network.

use crate::azcred::{Azcred, Folder, failure_within_a_second};

struct Case {
    name: &'static str,
    words: Vec<String>,
    variables: Vec<(&'static str, &'static str)>,
}

const TENANT: (&str, &str) = ("AZURE_TENANT_ID", "contoso.com");
const CLIENT: (&str, &str) = ("AZURE_CLIENT_ID", "11111111-2222-4333-8444-555555555555");
const SECRET: (&str, &str) = ("AZURE_CLIENT_SECRET", "planted-secret");
const APPLICATION: [(&str, &str); 3] = [TENANT, CLIENT, SECRET];
const MR_ID: (&str, &str) = ("MIXEDREALITY_ACCOUNT_ID", "11111111-2222-4333-8444-555555555555");
const MR_DOMAIN: (&str, &str) = ("MIXEDREALITY_ACCOUNT_DOMAIN", "westeurope.mixedreality.azure.com");
const MR_KEY: (&str, &str) = ("MIXEDREALITY_ACCOUNT_KEY", "cGxhbnRlZA==");
const ACS_STRING: &str = "COMMUNICATION_SERVICES_CONNECTION_STRING";
const ACS_KEY: (&str, &str) = ("ACS_ACCESS_KEY", "cGxhbnRlZA==");
const URL: &str = "https://contoso.communication.azure.com/rooms";

fn case(name: &'static str, words: &str, variables: &[(&'static str, &'static str)]) -> Case {
    let words = words.split_whitespace().map(str::to_owned).collect();
    Case { name, words, variables: variables.to_vec() }
}

/// Runs the cases and shows what they say. Temporary paths are replaced.
fn texts(cases: Vec<Case>, folder: &Folder) -> String {
    let mut texts = Vec::new();
    for Case { name, words, variables } in cases {
        let command =
            || variables.iter().fold(Azcred::new(&words), |command, (name, value)| command.env(name, value));
        let text = failure_within_a_second(command, 2);
        assert!(!text.contains("planted") && !text.contains("cGxhbnRlZA"), "{name}: {text}");
        assert!(!text.is_empty(), "{name}");
        for rust in ["()", "builder", "parse_", "trust_pem", "mr_sts::"] {
            assert!(!text.contains(rust), "{name} speaks of Rust: {text}");
        }
        let text = text.replace(folder.path("").to_str().unwrap(), "FOLDER/");
        texts.push(format!("{name}\n    {}", text.trim_end().replace('\n', "\n    ")));
    }
    texts.join("\n")
}

#[test]
fn token_entra() {
    let folder = Folder::new();
    let empty = folder.file("empty", "\n");
    let not_text = folder.file("binary", b"planted\xff");
    let words = "token entra --scope https://management.azure.com/.default";
    let with = |more: &str| format!("{words} {more}");
    let cases = vec![
        case("no scope", "token entra", &APPLICATION),
        case("empty scope", "token entra --scope=", &APPLICATION),
        case("two scopes in one", "token entra --scope=https://a/.default,https://b/.default", &APPLICATION),
        case("no tenant", words, &[CLIENT, SECRET]),
        case("empty tenant", words, &[("AZURE_TENANT_ID", ""), CLIENT, SECRET]),
        case("bad tenant", &with("--tenant https://planted"), &APPLICATION),
        case("common tenant", &with("--tenant common"), &APPLICATION),
        case("no client id", words, &[TENANT, SECRET]),
        case("empty client id", &with("--client-id="), &APPLICATION),
        case("no secret", words, &[TENANT, CLIENT]),
        case("secret on the command line", &with("--client-secret planted"), &APPLICATION),
        case("secret file that is not there", &with("--secret-file nowhere/secret"), &[TENANT, CLIENT]),
        case("empty secret file", &with(&format!("--secret-file {empty}")), &[TENANT, CLIENT]),
        case("secret file that is no text", &with(&format!("--secret-file {not_text}")), &[TENANT, CLIENT]),
        case("authority over http", &with("--authority http://planted.example"), &APPLICATION),
        case("authority with user info", &with("--authority https://user:planted@host"), &APPLICATION),
        case(
            "authority in the environment",
            words,
            &[TENANT, CLIENT, SECRET, ("AZURE_AUTHORITY_HOST", "ftp://planted")],
        ),
        case("CA file that is not there", &with("--ca-file nowhere/ca.pem"), &APPLICATION),
        case("CA file without a certificate", &with(&format!("--ca-file {empty}")), &APPLICATION),
        case("unknown flag", &with("--scopes planted"), &APPLICATION),
        case("stray word", &with("planted~client~secret"), &APPLICATION),
    ];
    insta::assert_snapshot!(texts(cases, &folder));
}

#[test]
fn token_entra_flows() {
    let folder = Folder::new();
    let empty = folder.file("empty", "\n");
    let no_pem = folder.file("app.pem", "planted");
    let flow =
        |flow: &str, more: &str| format!("token entra {flow} --scope https://a.example/.default {more}");
    let cases = vec![
        case("no scope", "token entra browser", &APPLICATION),
        case("no certificate", &flow("certificate", ""), &APPLICATION),
        case(
            "certificate that is none",
            &flow("certificate", &format!("--certificate-file {no_pem}")),
            &APPLICATION,
        ),
        case("no assertion", &flow("assertion", ""), &APPLICATION),
        case("empty assertion", &flow("assertion", &format!("--assertion-file {empty}")), &APPLICATION),
        case("assertion on the command line", &flow("assertion", "--assertion planted"), &APPLICATION),
        case("no user token", &flow("on-behalf-of", ""), &APPLICATION),
        case("no client id", &flow("device-code", ""), &[]),
        case("bad tenant", &flow("device-code", "--tenant a/planted"), &[CLIENT]),
        case("claims that are no JSON", &flow("device-code", "--claims planted"), &[CLIENT]),
        case(
            "redirect URI on another host",
            &flow("browser", "--redirect-uri http://planted.example"),
            &[CLIENT],
        ),
        case(
            "redirect URI that is not listened on",
            &flow("browser", "--redirect-uri https://planted.example"),
            &[CLIENT],
        ),
        case("response mode", &flow("browser", "--response-mode planted"), &[CLIENT]),
        case("no user name", &flow("password", ""), &[CLIENT]),
        case("no password", &flow("password", "--username ada@contoso.com"), &[CLIENT]),
        case("password on the command line", &flow("password", "--password planted"), &[CLIENT]),
        case("no refresh token", &flow("refresh", ""), &[CLIENT]),
        case("empty refresh token", &flow("refresh", &format!("--refresh-token-file {empty}")), &[CLIENT]),
        case("nobody in the session", &flow("refresh", "--session-file nowhere"), &[CLIENT]),
    ];
    insta::assert_snapshot!(texts(cases, &folder));
}

#[test]
fn token_mr_sts() {
    let folder = Folder::new();
    let account = [MR_ID, MR_DOMAIN, MR_KEY];
    let words = "token mr-sts";
    let cases = vec![
        case("no account id", words, &[MR_DOMAIN, MR_KEY]),
        case("account id that is no id", "token mr-sts --account-id planted", &account),
        case("empty account id", "token mr-sts --account-id=", &account),
        case("no account domain", words, &[MR_ID, MR_KEY]),
        case("region instead of a domain", "token mr-sts --account-domain westeurope", &account),
        case(
            "address instead of a domain",
            "token mr-sts --account-domain https://planted.example",
            &account,
        ),
        case(
            "domain of the service itself",
            "token mr-sts --account-domain sts.westeurope.mixedreality.azure.com",
            &account,
        ),
        case("no key", words, &[MR_ID, MR_DOMAIN]),
        case("key that is not base64", words, &[MR_ID, MR_DOMAIN, ("MIXEDREALITY_ACCOUNT_KEY", "planted!")]),
        case("key on the command line", "token mr-sts --key=planted", &account),
        case("endpoint that is a word", "token mr-sts --endpoint planted", &account),
        case(
            "endpoint in the environment that is a word",
            words,
            &[MR_ID, MR_DOMAIN, MR_KEY, ("MIXEDREALITY_ENDPOINT", "planted")],
        ),
        case("key instead of its file", "token mr-sts --key-file cGxhbnRlZA==", &account),
        case("endpoint over http", "token mr-sts --endpoint http://planted.example", &account),
        case("endpoint with user info", "token mr-sts --endpoint https://user:planted@host", &account),
        case("unknown way to ask", "token mr-sts --with password", &account),
        case("Entra without an application", "token mr-sts --with entra", &account),
    ];
    insta::assert_snapshot!(texts(cases, &folder));
}

#[test]
fn token_acs() {
    let folder = Folder::new();
    let words = "token acs --scope chat";
    let mut cases = vec![
        case("no scope", "token acs", &[]),
        case(
            "unknown scope",
            "token acs --scope planted",
            &[(ACS_STRING, "endpoint=https://host;accesskey=cGxhbnRlZA==")],
        ),
        case("nothing known of the resource", words, &[]),
        case("key without endpoint", words, &[ACS_KEY]),
        case("endpoint without key", "token acs --scope chat --endpoint https://host", &[]),
        case(
            "endpoint with user info",
            "token acs --scope chat --endpoint https://user:planted@host",
            &[ACS_KEY],
        ),
        case(
            "key that is not base64",
            "token acs --scope chat --endpoint https://host",
            &[("ACS_ACCESS_KEY", "planted!")],
        ),
        case(
            "lifetime too short",
            "token acs --scope chat --endpoint https://host --expires-in 59",
            &[ACS_KEY],
        ),
        case(
            "lifetime that is no number",
            "token acs --scope chat --endpoint https://host --expires-in 1h",
            &[ACS_KEY],
        ),
        case("empty user", "token acs --scope chat --endpoint https://host --user=", &[ACS_KEY]),
        case(
            "Entra without an application",
            "token acs --scope chat --endpoint https://host --with entra",
            &[],
        ),
    ];
    for (name, text) in [
        ("connection string without a key", "endpoint=https://host"),
        ("connection string without an endpoint", "accesskey=cGxhbnRlZA=="),
        ("connection string with an empty key", "endpoint=https://host;accesskey="),
        (
            "connection string with two keys",
            "endpoint=https://host;accesskey=cGxhbnRlZA==;accesskey=cGxhbnRlZA==",
        ),
        ("connection string with another part", "endpoint=https://host;accesskey=cGxhbnRlZA==;planted=1"),
        ("connection string with a part without =", "endpoint=https://host;planted;accesskey=cGxhbnRlZA=="),
        ("connection string with a bad key", "endpoint=https://host;accesskey=planted!"),
        ("connection string over http", "endpoint=http://planted.example;accesskey=cGxhbnRlZA=="),
        ("connection string with user info", "endpoint=https://user:planted@host;accesskey=cGxhbnRlZA=="),
        ("connection string without a scheme", "endpoint=planted.example;accesskey=cGxhbnRlZA=="),
    ] {
        cases.push(case(name, words, &[(ACS_STRING, text)]));
    }
    insta::assert_snapshot!(texts(cases, &folder));
}

#[test]
fn token_ams() {
    let folder = Folder::new();
    let config = |name: &str, text: &str| format!("token ams --config {}", folder.file(name, text));
    let block = |more: &str| {
        let id = "11111111-2222-4333-8444-555555555555";
        format!(r#"{{"AadTenantId":"contoso.com","AadClientId":"{id}","AadSecret":"planted",{more}}}"#)
    };
    let cases = vec![
        case("no configuration", "token ams", &[]),
        case("configuration that is not there", "token ams --config nowhere/ams.json", &[]),
        case("nothing", &config("nothing", ""), &[]),
        case("no JSON", &config("text", "AadSecret planted"), &[]),
        case("no object", &config("list", r#"["planted"]"#), &[]),
        case(
            "missing keys",
            &config("missing", r#"{"AadTenantId":"contoso.com","AadSecret":"planted"}"#),
            &[],
        ),
        case("unknown API", "token ams --config x --api v4", &[]),
        case("block instead of its file", r#"token ams --config {"AadSecret":"planted"}"#, &[]),
        case(
            "Resource Manager elsewhere",
            &config("elsewhere", &block(r#""ArmEndpoint":"https://planted.example.com""#)),
            &[],
        ),
        case(
            "authority elsewhere without an audience",
            &config("audience", &block(r#""AadEndpoint":"https://login.example.com""#)),
            &[],
        ),
    ];
    insta::assert_snapshot!(texts(cases, &folder));
}

#[test]
fn sign() {
    let folder = Folder::new();
    let key_file = folder.file("key", "planted!\n");
    let words = format!("sign --url {URL}");
    let with = |more: &str| format!("{words} {more}");
    let cases = vec![
        case("no url", "sign", &[ACS_KEY]),
        case("no key", &words, &[]),
        case("key on the command line", &with("--access-key planted"), &[]),
        case("bad key file", &with(&format!("--key-file {key_file}")), &[ACS_KEY]),
        case("bad key in the environment", &words, &[("ACS_ACCESS_KEY", "planted!")]),
        case("bad connection string", &words, &[(ACS_STRING, "planted")]),
        case("empty url", "sign --url=", &[ACS_KEY]),
        case("url without a scheme", "sign --url planted.example/rooms", &[ACS_KEY]),
        case("url over http", "sign --url http://planted.example/rooms", &[ACS_KEY]),
        case("url with user info", "sign --url https://user:planted@host/", &[ACS_KEY]),
        case("url with a bad port", "sign --url https://host:planted/", &[ACS_KEY]),
        case("url without a host", "sign --url https:///planted", &[ACS_KEY]),
        case("url with a space", "sign --url https://host/planted\u{7f}", &[ACS_KEY]),
        case("bad method", &with("--method GET/"), &[ACS_KEY]),
        case("empty method", &with("--method="), &[ACS_KEY]),
        case("method of tunnels", &with("--method connect"), &[ACS_KEY]),
        case("bad date", &with("--date yesterday"), &[ACS_KEY]),
        case("day that does not exist", &with("--date 2023-02-29T00:00:00Z"), &[ACS_KEY]),
        case("two bodies", &with("--body a --body-file b"), &[ACS_KEY]),
        case("body file that is not there", &with("--body-file nowhere/body"), &[ACS_KEY]),
        case("no key on standard input", &with("--key-file -"), &[]),
        case("batch and a url", &with("--batch"), &[ACS_KEY]),
        case("batch with a bad key", "sign --batch", &[("ACS_ACCESS_KEY", "planted!")]),
    ];
    insta::assert_snapshot!(texts(cases, &folder));
}

#[test]
fn everything_else() {
    let folder = Folder::new();
    let cases = vec![
        case("unknown command", "tokens", &[]),
        case("unknown kind of token", "token azure", &[]),
        case("port too large", "emulator --http-port 65536", &[]),
        case("port that is no number", "emulator --http-port planted", &[]),
        case("CA file in no folder", "emulator --ca-file nowhere/ca.pem", &[]),
        case("argument of the demo", "demo now", &[]),
    ];
    insta::assert_snapshot!(texts(cases, &folder));
}

//! A service's errors: what its table says, what the code makes of them, and the page that explains them.

use credential::CredentialError;
use serde::Deserialize;
use serde_json::json;

const PAGE: &str = include_str!("../../../docs/errors.md");

/// The table of a service's errors, as `crates/*/api/error_codes.json` has it.
#[derive(Debug, Deserialize)]
pub struct ErrorTable {
    rows: Vec<ErrorRow>,
}

/// What a service answers, and what becomes of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErrorRow {
    /// Which of a crate's services answers, where it has several.
    pub service: Option<String>,
    /// The HTTP status.
    pub status: u16,
    /// What was sent to the service, where that matters.
    pub given: Option<String>,
    #[serde(default)]
    codes: Vec<String>,
    #[serde(default)]
    message: String,
    target: Option<String>,
    section: String,
    kind: String,
    problem: String,
    fix: String,
}

impl ErrorTable {
    /// Reads a table.
    ///
    /// # Panics
    /// When the text is none.
    #[track_caller]
    #[expect(clippy::expect_used, reason = "a broken table should stop the test")]
    pub fn read(text: &str) -> Self {
        serde_json::from_str(text).expect("a table of errors")
    }

    /// Checks that the code says what the table says, that `docs/errors.md` has a row for each section in the same words, and
    /// no row of these prefixes that the table has not. `error_of` makes the error of an answer with this body.
    ///
    /// # Panics
    /// When something differs.
    #[track_caller]
    pub fn check(&self, prefixes: &[&str], error_of: impl Fn(&ErrorRow, String) -> CredentialError) {
        for row in &self.rows {
            for code in row.codes() {
                row.check_error(code, &error_of(row, row.body(code)));
            }
            row.check_page();
        }
        for section in sections().filter(|section| prefixes.iter().any(|prefix| section.starts_with(prefix)))
        {
            assert!(self.rows.iter().any(|row| row.section == section), "#{section} is in no table");
        }
    }
}

impl ErrorRow {
    /// The codes of the row, or none once.
    fn codes(&self) -> Vec<Option<&str>> {
        let codes: Vec<_> = self.codes.iter().map(|code| Some(code.as_str())).collect();
        if codes.is_empty() { vec![None] } else { codes }
    }

    /// The envelope that all of these services use; a service that has none ignores it.
    fn body(&self, code: Option<&str>) -> String {
        let mut error = json!({ "code": code.unwrap_or_default(), "message": self.message });
        if let Some(target) = &self.target {
            error["target"] = json!(target);
        }
        json!({ "error": error }).to_string()
    }

    #[track_caller]
    fn check_error(&self, code: Option<&str>, error: &CredentialError) {
        if code.is_some() {
            assert_eq!(error.code(), code, "{self:?}");
        }
        assert_eq!(format!("{:?}", error.kind()), self.kind, "{self:?}");
        assert_eq!((error.problem(), error.fix()), (&*self.problem, &*self.fix), "{self:?}");
        assert_eq!(error.reference(), format!("docs/errors.md#{}", self.section), "{self:?}");
        assert!(error.to_string().ends_with(&format!("; see docs/errors.md#{}", self.section)), "{error}");
    }

    #[track_caller]
    fn check_page(&self) {
        let anchor = format!("| <a id=\"{}\"></a>", self.section);
        let rows: Vec<&str> = PAGE.lines().filter_map(|line| line.strip_prefix(&anchor)).collect();
        assert_eq!(rows.len(), 1, "rows of docs/errors.md with #{}", self.section);
        let problem = match &self.target {
            Some(target) => self.problem.replace(target, "the error's target"),
            None => self.problem.clone(),
        };
        let (what, meaning) = rows[0].split_once(" | ").unwrap_or_default();
        assert_eq!(meaning, format!("{problem} | {} |", self.fix), "docs/errors.md#{}", self.section);
        for code in &self.codes {
            assert!(what.contains(&format!("`{code}`")), "docs/errors.md#{} lacks {code}", self.section);
        }
        let status = self.status.to_string();
        assert!(what.contains(&status) || (what.contains("5xx") && self.status >= 500), "{what}: {status}");
    }
}

fn sections() -> impl Iterator<Item = &'static str> {
    PAGE.split("| <a id=\"").skip(1).filter_map(|rest| rest.split('"').next())
}

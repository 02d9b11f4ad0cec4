//! The pages of `docs/`, and what keeps the repository fresh.

use crate::repository::{files, root, text};

/// A program on a page is a documentation test of the crate that includes the page.
#[test]
fn every_program_on_a_page_is_compiled() {
    let sources: String = files("crates/*/src/*.rs").iter().map(|file| text(&root().join(file))).collect();
    let pages =
        files("docs/*.md").into_iter().chain(files("*.md").into_iter().filter(|page| !page.contains('/')));
    let with_programs: Vec<String> =
        pages.filter(|page| text(&root().join(page)).contains("\n```rust")).collect();
    assert!(with_programs.contains(&"docs/migration.md".to_owned()), "{with_programs:?}");
    for page in with_programs {
        let inclusion = format!("#[doc = include_str!(\"../../../{page}\")]");
        assert!(sources.contains(&inclusion), "no crate includes {page}: nothing compiles its programs");
    }
}

#[test]
fn the_list_of_pages_is_whole() {
    let list = text(&root().join("docs/README.md"));
    for page in files("docs/*.md").iter().filter(|page| !page.ends_with("README.md")) {
        let name = page.strip_prefix("docs/").unwrap_or(page);
        assert!(list.contains(&format!("]({name})")), "docs/README.md does not list {name}");
    }
}

/// What is pinned gets old unless somebody looks after it.
#[test]
fn every_pinned_set_of_packages_is_looked_after() {
    let settings = text(&root().join(".github/dependabot.yml"));
    let patterns = ["*Cargo.lock", "*package.json", "*requirements.txt"];
    for file in patterns.into_iter().flat_map(files) {
        let folder = file.rsplit_once('/').map(|(folder, _)| folder).unwrap_or_default();
        let line = format!("/{folder}\n");
        assert!(settings.contains(&format!(" {line}")), "dependabot.yml does not name the folder of {file}");
    }
}

//! The front page of each published crate: one template, so that who knows one finds their way in all.
//!
//! A page is the crate's README and its documentation's root. It says in order: what one gets, what it does not do and which
//! crate does, the shortest program, and the sections below.

use cargo_metadata::{MetadataCommand, Package};

use crate::repository;

const SECTIONS: [&str; 5] = ["Contract", "Where things are", "Features", "Security", "Errors"];

fn published() -> Vec<Package> {
    let metadata = MetadataCommand::new().no_deps().exec().expect("metadata");
    let mut packages = metadata.packages;
    packages.retain(|package| package.publish.as_ref().is_none_or(|registries| !registries.is_empty()));
    assert!(packages.len() >= 8, "{}", packages.len());
    packages
}

fn read(package: &Package, file: &str) -> String {
    let folder = package.manifest_path.parent().expect("a folder");
    repository::text(&folder.as_std_path().join(file))
}

/// The text of a section, up to the next one.
fn section<'a>(page: &'a str, title: &str) -> &'a str {
    let rest = page.split_once(&format!("\n## {title}\n")).expect(title).1;
    rest.split("\n## ").next().unwrap_or(rest)
}

#[test]
fn a_page_begins_with_one_short_sentence() {
    for package in published() {
        let page = read(&package, "README.md");
        let mut blocks = page.split("\n\n");
        assert_eq!(blocks.next(), Some(format!("# {}", package.name).as_str()));
        let sentence = blocks.next().unwrap_or_default();
        let words = sentence.split_whitespace().count();
        assert!(words <= 12, "{}: {words} words: {sentence}", package.name);
        assert!(sentence.ends_with('.') && !sentence.contains(". "), "{}: {sentence}", package.name);
    }
}

#[test]
fn a_page_names_the_crates_that_do_what_it_does_not_and_then_shows_a_program() {
    let names: Vec<String> = published().iter().map(|package| package.name.to_string()).collect();
    for package in published() {
        let page = read(&package, "README.md");
        let (before, after) = page.split_once("\n```").expect("an example");
        let others = names.iter().filter(|name| **name != *package.name);
        let named = others.filter(|name| before.contains(&format!("`{name}`"))).count();
        assert!(named > 0, "{} names no other crate before its example", package.name);
        let contract = page.find("\n## Contract\n").expect("a contract");
        assert!(page.len() - after.len() < contract, "{} has no example before its contract", package.name);
    }
}

/// A reader can install what a page uses.
#[test]
fn a_page_uses_published_crates_alone() {
    for package in published() {
        let page = read(&package, "README.md");
        assert!(!page.contains("credential_testkit"), "{} shows a crate that nobody can get", package.name);
    }
}

#[test]
fn a_page_has_all_sections_in_order() {
    for package in published() {
        let page = read(&package, "README.md");
        let places = SECTIONS.map(|title| {
            let place = page.find(&format!("\n## {title}\n"));
            place.unwrap_or_else(|| panic!("{} has no section `{title}`", package.name))
        });
        assert!(places.is_sorted(), "{}: the sections stand in another order", package.name);
        assert_eq!(page.split("\n## ").last().map(|last| last.starts_with("Errors\n")), Some(true));
    }
}

#[test]
fn a_page_explains_every_feature() {
    for package in published() {
        let page = read(&package, "README.md");
        let features = section(&page, "Features");
        for feature in package.features.keys().filter(|feature| *feature != "default") {
            assert!(features.contains(&format!("`{feature}`")), "{}: {feature}", package.name);
        }
    }
}

#[test]
fn a_page_is_the_documentation_and_docs_rs_shows_all_of_it_with_badges() {
    for package in published() {
        let library = package.targets.iter().any(|target| target.is_lib());
        let root = read(&package, if library { "src/lib.rs" } else { "src/main.rs" });
        assert!(root.starts_with("#![doc = include_str!(\"../README.md\")]\n"), "{}", package.name);
        assert!(!library || root.contains("#![cfg_attr(docsrs, feature(doc_cfg))]"), "{}", package.name);
        let settings = &package.metadata["docs"]["rs"];
        assert_eq!(settings["all-features"], true, "{}", package.name);
        assert_eq!(settings["rustdoc-args"], serde_json::json!(["--cfg", "docsrs"]), "{}", package.name);
    }
}

/// On docs.rs a path of the repository leads nowhere.
#[test]
fn a_page_links_to_no_file_of_the_repository() {
    for package in published() {
        let page = read(&package, "README.md");
        let mut targets = page.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        let path =
            targets.find(|target| !target.contains("://") && (target.contains('/') || target.contains(".")));
        assert_eq!(path, None, "{}", package.name);
    }
}

/// A package is taken apart from its repository, and the licences ask to go along.
#[test]
fn a_package_brings_its_licences() {
    for package in published() {
        for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
            let original = repository::text(&repository::root().join(licence));
            assert_eq!(read(&package, licence), original, "{}: {licence}", package.name);
        }
    }
}

//! Rules on the packages: who may depend on whom, and how a manifest is written.

use std::collections::{BTreeMap, BTreeSet};

use toml::{Table, Value};

use crate::tree::{Finding, Source, sources};

/// Each package of ours and those of ours that it may use: the rooms of `docs/architecture.md`.
const ROOMS: [(&str, &[&str]); 12] = [
    ("ivendor-core", &[]),
    ("ivendor-kernels", &[]),
    ("ivendor-pages", &["ivendor-core"]),
    ("ivendor-models", &["ivendor-kernels"]),
    ("ivendor-store", &["ivendor-core"]),
    ("ivendor-settings", &["ivendor-core", "ivendor-store"]),
    ("ivendor-fetch", &["ivendor-core", "ivendor-settings"]),
    ("ivendor-telemetry", &["ivendor-core", "ivendor-settings"]),
    ("ivendor-verify", &["ivendor-core", "ivendor-pages", "ivendor-models"]),
    (
        "ivendor-ingest",
        &[
            "ivendor-core",
            "ivendor-pages",
            "ivendor-store",
            "ivendor-settings",
            "ivendor-fetch",
            "ivendor-telemetry",
            "ivendor-verify",
        ],
    ),
    (
        "ivendor-api",
        &[
            "ivendor-core",
            "ivendor-pages",
            "ivendor-store",
            "ivendor-settings",
            "ivendor-fetch",
            "ivendor-telemetry",
        ],
    ),
    (
        "ivendor-bench",
        &[
            "ivendor-core",
            "ivendor-kernels",
            "ivendor-pages",
            "ivendor-models",
            "ivendor-store",
            "ivendor-settings",
            "ivendor-fetch",
            "ivendor-verify",
            "ivendor-ingest",
            "ivendor-api",
        ],
    ),
];

/// What tests of any package may use beside that: the synthetic documents live there.
const FOR_TESTS: &str = "ivendor-models";

/// The one package that handles memory by hand, and so has lints of its own.
const OWN_LINTS: &str = "ivendor-kernels";

/// The manifests of the workspace's members.
pub(crate) fn members() -> Vec<&'static Source> {
    let manifest = |path: &str| sources().iter().find(|source| source.path == path);
    let Some(root) = manifest("Cargo.toml") else { panic!("no Cargo.toml at the root") };
    let table = table(root);
    let names = table["workspace"]["members"].as_array().cloned().unwrap_or_default();
    let path = |name: &Value| format!("{}/Cargo.toml", name.as_str().unwrap_or_default());
    names.iter().filter_map(|name| manifest(&path(name))).collect()
}

/// A package uses only what its room may use.
pub(crate) fn rooms(manifest: &Source) -> Vec<Finding> {
    let table = table(manifest);
    let name = name(&table);
    let Some((_, allowed)) = ROOMS.iter().find(|(room, _)| *room == name) else {
        let problem = format!("{name} is no room of tests/tidy/packages.rs: add it there");
        return vec![manifest.finding(0, problem)];
    };
    let mut findings = Vec::new();
    for (section, dependency, _) in dependencies(&table) {
        let for_tests = section == "dev-dependencies" && dependency == FOR_TESTS;
        let ours = dependency.starts_with("ivendor-") && dependency != name;
        if ours && !for_tests && !allowed.contains(&dependency.as_str()) {
            let problem = format!("{name} may not depend on {dependency}, but for {allowed:?}");
            findings.push(manifest.finding(0, problem));
        }
    }
    findings
}

/// Versions are named once, in the workspace, and its lints hold everywhere.
pub(crate) fn manifests(manifest: &Source) -> Vec<Finding> {
    let table = table(manifest);
    let inherits = |value: &Value| value.get("workspace").and_then(Value::as_bool) == Some(true);
    let mut findings = Vec::new();
    for (_, dependency, value) in dependencies(&table) {
        if !inherits(&value) {
            let problem = format!("{dependency} must be taken with .workspace = true");
            findings.push(manifest.finding(0, problem));
        }
    }
    let package = table.get("package");
    for key in ["version", "edition", "rust-version", "license", "publish"] {
        if !package.and_then(|p| p.get(key)).is_some_and(inherits) {
            findings.push(manifest.finding(0, format!("{key} must be the workspace's")));
        }
    }
    if name(&table) != OWN_LINTS && !table.get("lints").is_some_and(inherits) {
        findings.push(manifest.finding(0, "the lints must be the workspace's"));
    }
    findings
}

/// Each member has its row in the folder map of the README.
pub(crate) fn folder_map(readme: &Source, manifests: &[&Source]) -> Vec<Finding> {
    let folders = manifests.iter().filter_map(|m| m.path.strip_suffix("/Cargo.toml"));
    folders
        .filter(|folder| {
            !readme.text.lines().any(|line| line.starts_with(&format!("| `{folder}` |")))
        })
        .map(|folder| readme.finding(0, format!("the folder map has no row for `{folder}`")))
        .collect()
}

pub(crate) fn table(manifest: &Source) -> Table {
    manifest.text.parse().unwrap_or_else(|error| panic!("{}: {error}", manifest.path))
}

fn name(table: &Table) -> String {
    let name = table.get("package").and_then(|package| package.get("name")?.as_str());
    name.unwrap_or_default().to_owned()
}

/// Section, name and value of each dependency, those of one platform too.
fn dependencies(table: &Table) -> Vec<(String, String, Value)> {
    let targets = table.get("target").and_then(Value::as_table);
    let targets = targets.into_iter().flat_map(|t| t.values()).filter_map(Value::as_table);
    let mut found = Vec::new();
    for table in std::iter::once(table).chain(targets) {
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let entries = table.get(section).and_then(Value::as_table).into_iter().flatten();
            let entry = |(n, v): (&String, &Value)| (section.to_owned(), n.clone(), v.clone());
            found.extend(entries.map(entry));
        }
    }
    found
}

#[test]
fn the_rooms_form_no_circle() {
    let mut open: BTreeMap<&str, BTreeSet<&str>> =
        ROOMS.iter().map(|(room, uses)| (*room, uses.iter().copied().collect())).collect();
    while let Some(leaf) = open.iter().find(|(_, uses)| uses.is_empty()).map(|(room, _)| *room) {
        open.remove(leaf);
        open.values_mut().for_each(|uses| {
            uses.remove(leaf);
        });
    }
    assert!(open.is_empty(), "a circle among {:?}", open.keys());
}

#[test]
fn a_dependency_against_the_rooms_is_found() {
    let cases = [
        ("allowed", "ivendor-verify", "[dependencies]\nivendor-models.workspace = true", 0),
        ("upwards", "ivendor-pages", "[dependencies]\nivendor-verify.workspace = true", 1),
        ("core", "ivendor-core", "[dependencies]\nivendor-pages = { path = \"../pages\" }", 1),
        ("for tests", "ivendor-ingest", "[dev-dependencies]\nivendor-models.workspace = true", 0),
        ("not for tests", "ivendor-ingest", "[dependencies]\nivendor-models.workspace = true", 1),
        ("to build", "ivendor-core", "[build-dependencies]\nivendor-pages.workspace = true", 1),
        (
            "on one platform",
            "ivendor-core",
            "[target.'cfg(unix)'.dependencies]\nivendor-pages.workspace = true",
            1,
        ),
        ("an unknown room", "ivendor-attic", "", 1),
    ];
    for (name, package, rest, expected) in cases {
        let text = format!("[package]\nname = \"{package}\"\n{rest}\n");
        assert_eq!(rooms(&Source::new("a/Cargo.toml", &text)).len(), expected, "{name}");
    }
}

#[test]
fn a_manifest_that_goes_its_own_way_is_found() {
    let good = "[package]\nname = \"ivendor-core\"\nversion.workspace = true\n\
                edition.workspace = true\nrust-version.workspace = true\n\
                license.workspace = true\npublish.workspace = true\n\
                [dependencies]\nserde.workspace = true\n[lints]\nworkspace = true\n";
    let cases = [
        ("good", good.to_owned(), 0),
        ("own version", good.replace("serde.workspace = true", "serde = \"1\""), 1),
        ("own edition", good.replace("edition.workspace = true", "edition = \"2021\""), 1),
        ("no lints", good.replace("[lints]\nworkspace = true\n", ""), 1),
    ];
    for (name, text, expected) in cases {
        assert_eq!(manifests(&Source::new("a/Cargo.toml", &text)).len(), expected, "{name}");
    }
}

#[test]
fn a_folder_without_its_row_is_found() {
    let manifest = Source::new("engine/core/Cargo.toml", "");
    let with = Source::new("README.md", "| `engine/core` | the domain |\n");
    let without = Source::new("README.md", "See `engine/core`.\n");
    assert!(folder_map(&with, &[&manifest]).is_empty());
    assert_eq!(folder_map(&without, &[&manifest]).len(), 1);
}

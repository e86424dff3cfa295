//! Rules on everything that is linked in, ours or not, as `cargo metadata` sees it.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;
use spdx::{Expression, LicenseReq, ParseMode};

use crate::tree::{Finding, Source, root};

/// What must never be linked into a package of ours, through whatever it uses.
const NEVER: [(&str, &[&str]); 5] = [
    ("ivendor-core", &["candle-core", "image", "rdkafka", "reqwest", "sqlx", "tokio"]),
    ("ivendor-kernels", &["image", "rdkafka", "sqlx", "tokio"]),
    ("ivendor-pages", &["candle-core", "rdkafka", "sqlx", "tokio"]),
    ("ivendor-store", &["candle-core"]),
    ("ivendor-api", &["candle-core"]),
];

/// A package of the graph.
#[derive(Debug, Default)]
struct Package {
    name: String,
    version: String,
    licence: Option<String>,
    /// Whether it comes from a registry.
    foreign: bool,
    /// What it is linked with or built by, as identifiers; not what only its tests use.
    uses: Vec<String>,
}

/// The packages that this platform needs, by their identifiers.
#[derive(Debug)]
pub(crate) struct Graph(BTreeMap<String, Package>);

impl Graph {
    /// Asks cargo.
    pub(crate) fn of_the_workspace() -> Self {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let platform = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
        let output = Command::new(cargo)
            .args(["metadata", "--format-version", "1", "--filter-platform", &platform])
            .current_dir(root())
            .output()
            .unwrap_or_else(|error| panic!("cargo metadata cannot be run: {error}"));
        let problem = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "cargo metadata failed: {problem}");
        let json = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("cargo metadata gave no JSON: {error}"));
        Self::read(&json)
    }

    fn read(json: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let mut packages: BTreeMap<String, Package> = list(&json["packages"])
            .iter()
            .map(|package| {
                let licence = package["license"].as_str().map(str::to_owned);
                let (name, version) = (text(&package["name"]), text(&package["version"]));
                let foreign = !package["source"].is_null();
                let package_id = text(&package["id"]);
                (package_id, Package { name, version, licence, foreign, uses: Vec::new() })
            })
            .collect();
        let nodes = list(&json["resolve"]["nodes"]);
        let reached: BTreeSet<String> = nodes.iter().map(|node| text(&node["id"])).collect();
        packages.retain(|id, _| reached.contains(id));
        for node in &nodes {
            let only_tests = |used: &Value| {
                list(&used["dep_kinds"]).iter().all(|kind| kind["kind"].as_str() == Some("dev"))
            };
            let used = list(&node["deps"]).into_iter().filter(|used| !only_tests(used));
            if let Some(package) = packages.get_mut(&text(&node["id"])) {
                package.uses = used.map(|used| text(&used["pkg"])).collect();
            }
        }
        Self(packages)
    }

    /// A package is linked with nothing that its room must never know.
    pub(crate) fn never(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (name, banned) in NEVER {
            let reached = self.reached(name);
            for banned in banned.iter().filter(|banned| reached.contains(**banned)) {
                let problem = format!("{name} is linked with {banned}, which it must never be");
                findings.push(Source::new("Cargo.lock", "").finding(0, problem));
            }
        }
        findings
    }

    fn reached(&self, name: &str) -> BTreeSet<&str> {
        let mut seen = BTreeSet::new();
        let mut open: Vec<&String> =
            self.0.iter().filter(|(_, p)| p.name == name).map(|(id, _)| id).collect();
        while let Some(id) = open.pop() {
            if let Some(package) = self.0.get(id).filter(|_| seen.insert(id)) {
                open.extend(&package.uses);
            }
        }
        seen.into_iter().filter_map(|id| Some(self.0.get(id)?.name.as_str())).collect()
    }

    /// The licence of everything that is linked in is one of `deny.toml`.
    pub(crate) fn licences(&self, allowed: &Allowed) -> Vec<Finding> {
        let foreign = self.0.values().filter(|package| package.foreign);
        let problems = foreign.filter_map(|package| {
            let problem = allowed.problem(&package.name, package.licence.as_deref())?;
            Some(format!("{} {}: {problem}", package.name, package.version))
        });
        problems.map(|problem| Source::new("Cargo.lock", "").finding(0, problem)).collect()
    }
}

/// The licences that `deny.toml` allows, for all packages and for single ones.
#[derive(Debug)]
pub(crate) struct Allowed {
    for_all: Vec<String>,
    for_one: BTreeMap<String, Vec<String>>,
}

impl Allowed {
    /// Reads `deny.toml`, so that this rule and `cargo deny` never disagree.
    pub(crate) fn read(deny: &toml::Table) -> Self {
        let texts = |value: Option<&toml::Value>| -> Vec<String> {
            let list = value.and_then(toml::Value::as_array).into_iter().flatten();
            list.filter_map(|text| Some(text.as_str()?.to_owned())).collect()
        };
        let licences = deny.get("licenses");
        let exceptions = licences.and_then(|l| l.get("exceptions")?.as_array());
        let for_one = exceptions.into_iter().flatten().filter_map(|exception| {
            let name = exception.get("crate")?.as_str()?.to_owned();
            Some((name, texts(exception.get("allow"))))
        });
        Self { for_all: texts(licences.and_then(|l| l.get("allow"))), for_one: for_one.collect() }
    }

    fn problem(&self, package: &str, licence: Option<&str>) -> Option<String> {
        let Some(licence) = licence else { return Some("names no licence".to_owned()) };
        let expression = match Expression::parse_mode(licence, ParseMode::LAX) {
            Ok(expression) => expression,
            Err(error) => return Some(format!("has the licence {licence:?}: {error}")),
        };
        let own = self.for_one.get(package);
        let known = |request: &LicenseReq| {
            let name = request.to_string();
            self.for_all.contains(&name) || own.is_some_and(|own| own.contains(&name))
        };
        let refused = !expression.evaluate(known);
        refused.then(|| format!("has the licence {licence:?}, which deny.toml does not allow"))
    }
}

#[test]
fn a_licence_that_is_not_allowed_is_found() {
    let deny: toml::Table = "[licenses]\nallow = [\"MIT\", \"Zlib\"]\n\
                             [[licenses.exceptions]]\ncrate = \"fonts\"\nallow = [\"OFL-1.1\"]\n"
        .parse()
        .unwrap();
    let allowed = Allowed::read(&deny);
    let cases = [
        ("allowed", "a", Some("MIT"), true),
        ("one of two", "a", Some("GPL-3.0-only OR MIT"), true),
        ("both of two", "a", Some("MIT AND Zlib"), true),
        ("only one of both", "a", Some("MIT AND GPL-3.0-only"), false),
        ("an old way to write or", "a", Some("GPL-3.0/MIT"), true),
        ("in brackets", "a", Some("(GPL-3.0-only OR MIT) AND Zlib"), true),
        ("not allowed", "a", Some("AGPL-3.0-only"), false),
        ("with an exception to it", "a", Some("MIT WITH LLVM-exception"), false),
        ("allowed for this one", "fonts", Some("MIT AND OFL-1.1"), true),
        ("allowed for another", "a", Some("OFL-1.1"), false),
        ("no expression", "a", Some("ask us"), false),
        ("none", "a", None, false),
    ];
    for (name, package, licence, good) in cases {
        assert_eq!(allowed.problem(package, licence).is_none(), good, "{name}");
    }
}

#[test]
fn what_must_never_be_linked_is_found_at_any_depth() {
    let package = |name: &str| serde_json::json!({"id": name, "name": name, "source": null});
    let node = |name: &str, used: &str, kind: Option<&str>| {
        let deps = serde_json::json!([{"pkg": used, "dep_kinds": [{"kind": kind}]}]);
        serde_json::json!({"id": name, "deps": deps})
    };
    let graph = |kind: Option<&str>| {
        Graph::read(&serde_json::json!({
            "packages": [package("ivendor-api"), package("between"), package("candle-core")],
            "resolve": {"nodes": [
                node("ivendor-api", "between", kind),
                node("between", "candle-core", None),
                {"id": "candle-core", "deps": []},
            ]},
        }))
    };
    assert_eq!(graph(None).never().len(), 1);
    assert_eq!(graph(Some("build")).never().len(), 1);
    assert!(graph(Some("dev")).never().is_empty());
}

//! The files of the tree as the rules see them, and what a rule finds in one of them.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// Folders that hold what programs write, not what people write.
const FOLDERS_LEFT_OUT: [&str; 6] =
    ["target", "corpus", "artifacts", "node_modules", "__pycache__", "venv"];

/// Names that end in one of these hold text that a person reads.
const TEXT_ENDINGS: [&str; 19] = [
    "rs", "toml", "md", "sh", "py", "cu", "cuh", "h", "c", "cpp", "S", "sql", "yaml", "yml",
    "json", "html", "js", "css", "txt",
];

/// Folders whose files are programs although their names have no ending.
const SCRIPT_FOLDERS: [&str; 4] = ["scripts", ".ci", "kernels/emulator", "kernels/loader"];

static SOURCES: LazyLock<Vec<Source>> = LazyLock::new(|| {
    let mut sources = Vec::new();
    walk(root(), &mut sources);
    sources
});

/// A file of the tree.
#[derive(Debug)]
pub(crate) struct Source {
    /// From the root, with `/` between the parts.
    pub(crate) path: String,
    /// What it holds.
    pub(crate) text: String,
}

impl Source {
    /// A file that a test makes up.
    pub(crate) fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }

    /// Whether the name ends in `.ending`.
    pub(crate) fn ends_in(&self, ending: &str) -> bool {
        Path::new(&self.path).extension().is_some_and(|e| e == ending)
    }

    /// Whether it is a program without an ending, such as `scripts/test`.
    pub(crate) fn is_script(&self) -> bool {
        let path = Path::new(&self.path);
        path.extension().is_none() && SCRIPT_FOLDERS.iter().any(|folder| path.starts_with(folder))
    }

    /// What a rule has to say of line `line` (from 1).
    pub(crate) fn finding(&self, line: usize, problem: impl Into<String>) -> Finding {
        Finding { path: self.path.clone(), line, problem: problem.into() }
    }
}

/// A rule that is broken, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    path: String,
    /// From 1; 0 where the whole file is meant.
    pub(crate) line: usize,
    /// What is wrong and what to do.
    pub(crate) problem: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.path, self.problem),
            line => write!(f, "{}:{line}: {}", self.path, self.problem),
        }
    }
}

/// The root of the repository.
pub(crate) fn root() -> &'static Path {
    static ROOT: LazyLock<PathBuf> = LazyLock::new(|| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        folder.canonicalize().unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
    });
    &ROOT
}

/// All files of the tree that a person reads.
pub(crate) fn sources() -> &'static [Source] {
    &SOURCES
}

/// What `rule` finds in all files.
pub(crate) fn everywhere(rule: impl Fn(&Source) -> Vec<Finding>) -> Vec<Finding> {
    sources().iter().flat_map(rule).collect()
}

/// Fails with one line for each finding.
pub(crate) fn assert_none(findings: &[Finding]) {
    let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert!(lines.is_empty(), "{} broken:\n{}", lines.len(), lines.join("\n"));
}

fn walk(folder: &Path, sources: &mut Vec<Source>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            if !FOLDERS_LEFT_OUT.contains(&name) && (name == ".ci" || !name.starts_with('.')) {
                walk(&path, sources);
            }
        } else {
            sources.extend(read(&path));
        }
    }
}

fn read(path: &Path) -> Option<Source> {
    let below = path.strip_prefix(root()).ok()?;
    let relative = below.to_str()?.replace('\\', "/");
    let source = Source { path: relative, text: String::new() };
    let text = TEXT_ENDINGS.iter().any(|ending| source.ends_in(ending));
    let notice = matches!(source.path.as_str(), "LICENSE" | "NOTICE");
    if !text && !notice && !source.is_script() {
        return None;
    }
    let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    Some(Source { text, ..source })
}

#[test]
fn the_tree_is_seen_with_its_scripts_and_without_what_was_built() {
    let seen = |path: &str| sources().iter().any(|source| source.path == path);
    for path in ["engine/core/src/lib.rs", "scripts/test", ".ci/run", "README.md", "deny.toml"] {
        assert!(seen(path), "{path}");
    }
    assert!(!sources().iter().any(|source| source.path.starts_with("target/")));
}

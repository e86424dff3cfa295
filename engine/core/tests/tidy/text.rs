//! Rules on every text of the tree: nothing left for later, nothing that is true of one machine
//! only, and no address from which something could be fetched.

use crate::tree::{Finding, Source};

/// Words that say that something is still to be done.
const NOTES: [&str; 2] = [concat!("TO", "DO"), concat!("FIX", "ME")];

/// First folders of paths that exist on one machine only.
const MACHINE_FOLDERS: [&str; 5] = ["work", "root", "home", "tmp", "Users"];

/// Hosts that may be named: schemas, standards, papers, licences, and names kept for examples.
const HOSTS_ALLOWED: [&str; 16] = [
    "127.0.0.1",
    "arxiv.org",
    "creativecommons.org",
    "doi.org",
    "example.com",
    "example.org",
    "json-schema.org",
    "keepachangelog.com",
    "localhost",
    "openfontlicense.org",
    "semver.org",
    "spdx.org",
    "www.apache.org",
    "www.icao.int",
    "www.rfc-editor.org",
    "www.w3.org",
];

/// Hosts that packages and models are fetched from. The package managers know them.
const REGISTRIES: [&str; 14] = [
    concat!("crates", ".io"),
    concat!("deb.debian", ".org"),
    concat!("docker", ".io"),
    concat!("ghcr", ".io"),
    concat!("github", ".com"),
    concat!("githubusercontent", ".com"),
    concat!("huggingface", ".co"),
    concat!("maven", ".org"),
    concat!("npmjs", ".org"),
    concat!("pypi", ".org"),
    concat!("pythonhosted", ".org"),
    concat!("quay", ".io"),
    concat!("rust-lang", ".org"),
    concat!("rustup", ".rs"),
];

/// No note that something is still to be done: such a thing is done or written down elsewhere.
pub(crate) fn notes(source: &Source) -> Vec<Finding> {
    each_line(source, |line| {
        let note = NOTES.iter().find(|note| is_word_in(note, line))?;
        Some(format!("{note}: do it, or take the note out"))
    })
}

/// No path that exists on one machine only.
pub(crate) fn machine_paths(source: &Source) -> Vec<Finding> {
    each_line(source, |line| {
        let folder = MACHINE_FOLDERS.iter().find(|folder| names_path(line, folder))?;
        Some(format!("a path below /{folder} is one machine's own; use a relative one"))
    })
}

/// No host but those that are allowed, and no registry even without `https` before it.
pub(crate) fn addresses(source: &Source) -> Vec<Finding> {
    each_line(source, |line| {
        if let Some(host) = REGISTRIES.iter().find(|host| line.contains(*host)) {
            return Some(format!("{host} is a registry; fetch by package name and version"));
        }
        let host = hosts(line).find(|host| !HOSTS_ALLOWED.contains(host))?;
        Some(format!("{host} is no host that may be named here"))
    })
}

fn each_line(source: &Source, rule: impl Fn(&str) -> Option<String>) -> Vec<Finding> {
    let counted = source.text.lines().enumerate();
    counted.filter_map(|(i, line)| Some(source.finding(i + 1, rule(line)?))).collect()
}

fn is_word_in(word: &str, line: &str) -> bool {
    let part_of_word = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        !line[..at].ends_with(part_of_word) && !line[at + word.len()..].starts_with(part_of_word)
    })
}

/// Whether an absolute path into `/folder/` stands in `line`. What goes on from a variable, a
/// pattern or another folder is no absolute path.
fn names_path(line: &str, folder: &str) -> bool {
    let goes_on = |c: char| c.is_alphanumeric() || "._-*})$/".contains(c);
    line.match_indices(&format!("/{folder}/")).any(|(at, _)| !line[..at].ends_with(goes_on))
}

/// The hosts of the addresses in `line`. One that begins with a placeholder or is empty is none.
fn hosts(line: &str) -> impl Iterator<Item = &str> {
    let starts = ["http://", "https://"];
    let hosts = starts.into_iter().flat_map(move |start| line.split(start).skip(1));
    hosts
        .map(|rest| {
            let part_of_host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
            let end = rest.find(|c| !part_of_host(c)).unwrap_or(rest.len());
            rest[..end].trim_end_matches('.')
        })
        .filter(|host| !host.is_empty())
}

#[test]
fn notes_are_found_as_words() {
    let [first, second] = NOTES;
    let cases = [
        ("comment", format!("// {first}: later"), 1),
        ("other word", format!("# ({second})"), 1),
        ("part of a word", format!("{first}_LIST and X{second}"), 0),
        ("lower case", first.to_lowercase(), 0),
    ];
    for (name, text, expected) in cases {
        assert_eq!(notes(&Source::new("a.md", &text)).len(), expected, "{name}");
    }
}

#[test]
fn paths_of_one_machine_are_found() {
    let path = |folder: &str| format!("/{folder}/a");
    let cases = [
        ("plain", format!("cd {}", path("work")), 1),
        ("in quotes", format!("\"{}\"", path("tmp")), 1),
        ("after an equals sign", format!("A={}", path("root")), 1),
        ("below a variable", format!("${{A}}{} $B{}", path("tmp"), path("tmp")), 0),
        ("below a folder", format!("docs{}", path("work")), 0),
        ("another folder", "/usr/bin/env".to_owned(), 0),
    ];
    for (name, text, expected) in cases {
        assert_eq!(machine_paths(&Source::new("a.sh", &text)).len(), expected, "{name}");
    }
}

#[test]
fn addresses_are_found_unless_they_are_allowed() {
    let secure = |host: &str| format!("see {}://{host}/a.", "https");
    let cases = [
        ("a paper", secure("arxiv.org"), 0),
        ("a placeholder", secure("{host}") + &secure("$HOST") + &secure(""), 0),
        ("some host", secure("downloads.example.net"), 1),
        ("an allowed name as a part", secure("arxiv.org.example.net"), 1),
        ("an allowed one before another", secure("arxiv.org") + &secure("a.example.net"), 1),
        ("without encryption", secure("a.example.net").replace("https", "http"), 1),
        ("a registry without a scheme", format!("pip -i {}", REGISTRIES[9]), 1),
    ];
    for (name, text, expected) in cases {
        assert_eq!(addresses(&Source::new("a.md", &text)).len(), expected, "{name}");
    }
}

//! What fits on a screen and into a head: files, functions and lines have a longest length.

use syn::visit::{self, Visit};

use crate::tree::{Finding, Source};

const FILE_LINES_MAX: usize = 400;
const FUNCTION_LINES_MAX: usize = 70;
const COLUMNS_MAX: usize = 100;

/// Endings of files that are written by hand and read as a whole.
const CODE_ENDINGS: [&str; 12] =
    ["rs", "toml", "sh", "py", "cu", "cuh", "h", "c", "cpp", "S", "sql", "js"];

/// Where files are written by a program, from data: nobody reads them as a whole.
const FITTED: &str = "models/policies/";

/// A file has at most [`FILE_LINES_MAX`] lines.
pub(crate) fn files(source: &Source) -> Vec<Finding> {
    let lines = source.text.lines().count();
    if !is_code(source) || lines <= FILE_LINES_MAX || source.path.starts_with(FITTED) {
        return Vec::new();
    }
    let problem =
        format!("the file has {lines} lines; at most {FILE_LINES_MAX} are allowed: split it");
    vec![source.finding(FILE_LINES_MAX + 1, problem)]
}

/// A line has at most [`COLUMNS_MAX`] characters. Tables of Markdown are not broken anywhere, and
/// recorded output is as it was written.
pub(crate) fn lines(source: &Source) -> Vec<Finding> {
    let markdown = source.ends_in("md") && !source.path.contains("/golden/");
    if !is_code(source) && !markdown {
        return Vec::new();
    }
    let counted = source.text.lines().enumerate().map(|(i, line)| (i + 1, line));
    counted
        .filter(|(_, line)| !(markdown && line.trim_start().starts_with('|')))
        .map(|(i, line)| (i, line.chars().count()))
        .filter(|(_, columns)| *columns > COLUMNS_MAX)
        .map(|(i, columns)| {
            let problem =
                format!("the line has {columns} columns; at most {COLUMNS_MAX} are allowed");
            source.finding(i, problem)
        })
        .collect()
}

/// A Rust file starts with what its room is for.
pub(crate) fn heads(source: &Source) -> Vec<Finding> {
    if !source.ends_in("rs") || source.text.starts_with("//!") {
        return Vec::new();
    }
    vec![source.finding(1, "the file must start with a //! line that says what it is for")]
}

/// A function has at most [`FUNCTION_LINES_MAX`] lines, from `fn` to its closing brace.
pub(crate) fn functions(source: &Source) -> Vec<Finding> {
    if !source.ends_in("rs") {
        return Vec::new();
    }
    let file = match syn::parse_file(&source.text) {
        Ok(file) => file,
        Err(error) => return vec![source.finding(0, format!("cannot be parsed: {error}"))],
    };
    let mut walker = Functions { source, findings: Vec::new() };
    walker.visit_file(&file);
    walker.findings
}

fn is_code(source: &Source) -> bool {
    source.is_script() || CODE_ENDINGS.iter().any(|ending| source.ends_in(ending))
}

struct Functions<'a> {
    source: &'a Source,
    findings: Vec<Finding>,
}

impl Functions<'_> {
    fn measure(&mut self, signature: &syn::Signature, block: &syn::Block) {
        let first = signature.fn_token.span.start().line;
        let lines = block.brace_token.span.close().end().line + 1 - first;
        if lines > FUNCTION_LINES_MAX {
            let problem = format!(
                "the function {} has {lines} lines; at most {FUNCTION_LINES_MAX} are allowed",
                signature.ident
            );
            self.findings.push(self.source.finding(first, problem));
        }
    }
}

impl<'ast> Visit<'ast> for Functions<'_> {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.measure(&item.sig, &item.block);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.measure(&item.sig, &item.block);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(block) = &item.default {
            self.measure(&item.sig, block);
        }
        visit::visit_trait_item_fn(self, item);
    }
}

#[test]
fn a_file_that_is_too_long_is_found() {
    let long = "x\n".repeat(FILE_LINES_MAX + 1);
    let cases = [
        ("rust", "a/src/b.rs", long.as_str(), 1),
        ("script", "scripts/a", &long, 1),
        ("at the limit", "a/src/b.rs", &long[2..], 0),
        ("prose", "docs/a.md", &long, 0),
        ("fitted numbers", "models/policies/a.toml", &long, 0),
    ];
    for (name, path, text, expected) in cases {
        assert_eq!(files(&Source::new(path, text)).len(), expected, "{name}");
    }
}

#[test]
fn a_line_that_is_too_long_is_found_with_its_number() {
    let wide = |n: usize| format!("short\n{}\n", "ä".repeat(n));
    let cases = [
        ("rust", "a.rs", wide(COLUMNS_MAX + 1), 1),
        ("characters are counted, not bytes", "a.rs", wide(COLUMNS_MAX), 0),
        ("prose", "a.md", wide(COLUMNS_MAX + 1), 1),
        ("recorded output", "tests/golden/a.md", wide(COLUMNS_MAX + 1), 0),
        ("table of prose", "a.md", format!("| {} |\n", "x".repeat(200)), 0),
        ("table of nothing", "a.rs", format!("| {} |\n", "x".repeat(200)), 1),
    ];
    for (name, path, text, expected) in cases {
        assert_eq!(lines(&Source::new(path, &text)).len(), expected, "{name}");
    }
    assert_eq!(lines(&Source::new("a.rs", &wide(101)))[0].line, 2);
}

#[test]
fn a_function_that_is_too_long_is_found_wherever_it_stands() {
    let body = "    let _ = 1;\n".repeat(FUNCTION_LINES_MAX - 1);
    let long = format!("fn long() {{\n{body}}}");
    let cases = [
        ("free", long.clone(), 1),
        ("in an implementation", format!("impl A {{ {long} }}"), 1),
        ("in a trait", format!("trait A {{ {long} fn no_body(); }}"), 1),
        ("in a function", format!("fn outer() {{ {long} }}"), 2),
        ("in a module", format!("mod a {{ {long} }}"), 1),
        ("at the limit", long.replacen("    let _ = 1;\n", "", 1), 0),
        ("no Rust", "fn long( {".to_owned(), 1),
    ];
    for (name, text, expected) in cases {
        assert_eq!(functions(&Source::new("a.rs", &text)).len(), expected, "{name}");
    }
    assert!(functions(&Source::new("a.sh", "no Rust (")).is_empty());
}

#[test]
fn a_file_without_a_head_is_found() {
    assert_eq!(heads(&Source::new("a.rs", "use std::fs;\n")).len(), 1);
    assert!(heads(&Source::new("a.rs", "//! Why.\n")).is_empty());
    assert!(heads(&Source::new("a.py", "import os\n")).is_empty());
}

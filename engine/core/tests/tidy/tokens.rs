//! Rules on what stands in Rust code, found in its tokens: a word in a text or a comment is none.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::tree::{Finding, Source};

/// Where memory may be handled by hand: the vector instructions, and the map of the weights.
const UNSAFE_PLACES: [&str; 2] = ["kernels/", "models/src/weights.rs"];

/// Where code may depend on how the GPU was compiled in: the operations and the device probe.
const CUDA_PLACES: [&str; 2] = ["kernels/", "engine/verify/src/device/probe.rs"];

/// Where code may depend on whether Tesseract was compiled in: the second reader.
const TESSERACT_PLACES: [&str; 1] = ["engine/verify/src/second/"];

/// How many lines above `unsafe` its reason may begin.
const SAFETY_LINES: usize = 8;

/// `unsafe` stands only in [`UNSAFE_PLACES`], and each use says why it is sound.
pub(crate) fn unsafe_code(source: &Source) -> Vec<Finding> {
    let tokens = tokens(source);
    let allowed = UNSAFE_PLACES.iter().any(|place| source.path.starts_with(place));
    let mut findings = Vec::new();
    for (i, token) in tokens.iter().enumerate().filter(|(_, token)| token.text == "unsafe") {
        if !allowed {
            let places = UNSAFE_PLACES.join(" and ");
            findings.push(source.finding(token.line, format!("unsafe code outside {places}")));
        } else if matches!(next(&tokens, i), "{" | "impl") && !has_reason(source, token.line) {
            let problem = "unsafe code without a SAFETY comment above it";
            findings.push(source.finding(token.line, problem));
        }
    }
    findings
}

/// How the GPU was compiled in is asked only in [`CUDA_PLACES`].
pub(crate) fn cuda(source: &Source) -> Vec<Finding> {
    feature(source, "cuda", &CUDA_PLACES)
}

/// Whether Tesseract was compiled in is asked only in [`TESSERACT_PLACES`].
pub(crate) fn tesseract(source: &Source) -> Vec<Finding> {
    feature(source, "tesseract", &TESSERACT_PLACES)
}

fn feature(source: &Source, name: &str, places: &[&str]) -> Vec<Finding> {
    if places.iter().any(|place| source.path.starts_with(place)) {
        return Vec::new();
    }
    let problem = format!("cfg on {name} outside {}", places.join(" and "));
    every(source, &["feature", "=", &format!("\"{name}\"")], &problem)
}

/// Nothing is left for later: no stub and no test that does not run.
pub(crate) fn unfinished(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    for stub in ["todo", "unimplemented"] {
        findings.extend(every(source, &[stub, "!"], "a stub: write the code or leave it out"));
    }
    let skipped = "a test that is skipped: make it run or take it out";
    for pattern in [&["#", "[", "ignore"][..], &["cfg_attr", "(", "ignore"]] {
        findings.extend(every(source, pattern, skipped));
    }
    findings
}

/// A test waits for what happens, never for a time that it hopes is enough.
pub(crate) fn sleeping_tests(source: &Source) -> Vec<Finding> {
    let tokens = tokens(source);
    let whole = source.path.contains("/tests/") || source.path.ends_with("/tests.rs");
    let mut findings = Vec::new();
    let (mut depth, mut inside) = (0_usize, None);
    for (i, token) in tokens.iter().enumerate() {
        match token.text.as_str() {
            "{" => depth += 1,
            "}" => {
                depth -= 1;
                inside = inside.filter(|outer| *outer < depth);
            }
            "cfg" if texts(&tokens[i..]).take(4).eq(["cfg", "(", "test", ")"]) => {
                inside = inside.or_else(|| opens_module(&tokens[i + 4..]).then_some(depth));
            }
            "sleep" if whole || inside.is_some() => {
                let problem = "a test that sleeps: wait for what it waits for";
                findings.push(source.finding(token.line, problem));
            }
            _ => {}
        }
    }
    findings
}

/// Whether `] mod name {` follows, with other attributes between.
fn opens_module(after_cfg: &[Token]) -> bool {
    let stops = |token: &&Token| matches!(token.text.as_str(), "mod" | "fn" | "use" | ";" | "{");
    after_cfg.iter().find(stops).is_some_and(|token| token.text == "mod")
}

fn has_reason(source: &Source, line: usize) -> bool {
    let above = line.saturating_sub(SAFETY_LINES + 1);
    source.text.lines().take(line).skip(above).any(|text| text.contains("SAFETY:"))
}

/// A finding for each place where the tokens `pattern` stand side by side.
fn every(source: &Source, pattern: &[&str], problem: &str) -> Vec<Finding> {
    let tokens = tokens(source);
    (0..tokens.len())
        .filter(|i| texts(&tokens[*i..]).take(pattern.len()).eq(pattern.iter().copied()))
        .map(|i| source.finding(tokens[i].line, problem))
        .collect()
}

fn texts(tokens: &[Token]) -> impl Iterator<Item = &str> {
    tokens.iter().map(|token| token.text.as_str())
}

fn next(tokens: &[Token], i: usize) -> &str {
    tokens.get(i + 1).map_or("", |token| token.text.as_str())
}

struct Token {
    text: String,
    line: usize,
}

/// The tokens of a Rust file, those inside of macros too; of any other file none. A file that
/// cannot be read as tokens is named by the rule on functions.
fn tokens(source: &Source) -> Vec<Token> {
    let mut tokens = Vec::new();
    if source.ends_in("rs")
        && let Ok(stream) = source.text.parse()
    {
        flatten(stream, &mut tokens);
    }
    tokens
}

fn flatten(stream: TokenStream, tokens: &mut Vec<Token>) {
    for tree in stream {
        let TokenTree::Group(group) = tree else {
            let line = tree.span().start().line;
            tokens.push(Token { text: tree.to_string(), line });
            continue;
        };
        let (open, close) = match group.delimiter() {
            Delimiter::Parenthesis => ("(", ")"),
            Delimiter::Brace => ("{", "}"),
            Delimiter::Bracket => ("[", "]"),
            Delimiter::None => ("", ""),
        };
        tokens.push(Token { text: open.to_owned(), line: group.span_open().start().line });
        flatten(group.stream(), tokens);
        tokens.push(Token { text: close.to_owned(), line: group.span_close().start().line });
    }
}

#[test]
fn unsafe_code_is_found_outside_its_places_and_without_its_reason() {
    let bare = "fn f() { unsafe { g() } }";
    let reasoned = "fn f() {\n // SAFETY: g asks for nothing.\n unsafe { g() }\n}";
    let far = format!("// SAFETY: of something else.\n{}{bare}", "\n".repeat(SAFETY_LINES + 1));
    let cases = [
        ("elsewhere", "engine/core/src/a.rs", reasoned, 1),
        ("without a reason", "kernels/src/a.rs", bare, 1),
        ("with a reason", "kernels/src/a.rs", reasoned, 0),
        ("with the reason of something else", "kernels/src/a.rs", &far, 1),
        ("an implementation", "kernels/src/a.rs", "unsafe impl Send for A {}", 1),
        ("in a macro", "kernels/src/a.rs", "macro_rules! m { () => { unsafe { g() } } }", 1),
        ("a function that asks its caller", "kernels/src/a.rs", "unsafe fn f() {}", 0),
        ("only a word", "engine/core/src/a.rs", "// unsafe\nconst A: &str = \"unsafe\";", 0),
    ];
    for (name, path, text, expected) in cases {
        assert_eq!(unsafe_code(&Source::new(path, text)).len(), expected, "{name}");
    }
}

#[test]
fn a_cfg_on_cuda_is_found_outside_its_places() {
    let text = "#[cfg(not(feature = \"cuda\"))]\nfn f() { if cfg!(feature = \"cuda\") {} }";
    assert_eq!(cuda(&Source::new("models/src/a.rs", text)).len(), 2);
    assert!(cuda(&Source::new("kernels/src/a/mod.rs", text)).is_empty());
    assert!(
        cuda(&Source::new("models/src/a.rs", "#[cfg(feature = \"int8\")] fn f() {}")).is_empty()
    );
}

#[test]
fn a_cfg_on_tesseract_is_found_outside_its_room() {
    let text = "#[cfg(feature = \"tesseract\")] fn f() {}";
    assert_eq!(tesseract(&Source::new("engine/verify/src/engine/mod.rs", text)).len(), 1);
    assert!(tesseract(&Source::new("engine/verify/src/second/mod.rs", text)).is_empty());
}

#[test]
fn what_is_unfinished_is_found() {
    let cases = [
        ("stub", "fn f() { todo!() }", 1),
        ("other stub", "fn f() { unimplemented!(\"{}\", 1) }", 1),
        ("skipped", "#[test]\n#[ignore]\nfn f() {}", 1),
        ("skipped with a reason", "#[test]\n#[ignore = \"slow\"]\nfn f() {}", 1),
        ("words", "// todo! and #[ignore]\nlet todo = 1;", 0),
    ];
    for (name, text, expected) in cases {
        assert_eq!(unfinished(&Source::new("a.rs", text)).len(), expected, "{name}");
    }
}

#[test]
fn a_test_that_sleeps_is_found() {
    let work = "fn f() { thread::sleep(A); }";
    let test = format!("#[cfg(test)]\nmod tests {{ {work} }}");
    let cases = [
        ("in a test module", "a/src/b.rs", test.clone(), 1),
        ("behind a test module", "a/src/b.rs", format!("#[cfg(test)] mod t {{}} {work}"), 0),
        ("behind something else", "a/src/b.rs", format!("#[cfg(test)] use a::b; {work}"), 0),
        ("in both", "a/src/b.rs", format!("{work} {test}"), 1),
        ("in a test of the package", "a/tests/b.rs", work.to_owned(), 1),
        ("in a file of tests", "a/src/b/tests.rs", work.to_owned(), 1),
        ("in work", "a/src/b.rs", work.to_owned(), 0),
    ];
    for (name, path, text, expected) in cases {
        assert_eq!(sleeping_tests(&Source::new(path, &text)).len(), expected, "{name}");
    }
}

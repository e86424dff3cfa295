//! Sorts the arguments of the command line: request files, folders, documents.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use super::Input;
use super::folder::is_jsonl;
use crate::error::RunError;

/// What each argument is. `-` is standard input, a name that ends in `.jsonl` holds requests.
///
/// # Errors
/// [`RunError::Usage`] for an argument that is not there, is given twice, or cannot be read.
pub fn sort(arguments: &[PathBuf]) -> Result<Vec<Input>, RunError> {
    let mut seen = BTreeSet::new();
    let names = names(arguments)?;
    let mut inputs = Vec::with_capacity(arguments.len());
    for (path, name) in arguments.iter().zip(names) {
        let known = if path.as_os_str() == "-" { path.clone() } else { canonical(path)? };
        if !seen.insert(known) {
            return Err(RunError::Usage(format!("{} is given twice", path.display())));
        }
        inputs.push(input(path, name)?);
    }
    Ok(inputs)
}

/// Whether identifiers are made from paths for any of the inputs.
#[must_use]
pub fn has_documents(inputs: &[Input]) -> bool {
    inputs.iter().any(|input| matches!(input, Input::Folder { .. } | Input::File { .. }))
}

fn input(path: &Path, name: PathBuf) -> Result<Input, RunError> {
    if path.as_os_str() == "-" {
        return Ok(Input::Stream);
    }
    let metadata = path.metadata().map_err(|source| unreadable(path, &source))?;
    if metadata.is_dir() {
        return Ok(Input::Folder { path: path.to_owned(), prefix: name });
    }
    if is_jsonl(path) {
        return Ok(Input::Requests(path.to_owned()));
    }
    if metadata.is_file() {
        return Ok(Input::File { path: path.to_owned(), name });
    }
    Err(RunError::Usage(format!(
        "{} is neither a file nor a folder; for requests from a pipe give - as the argument",
        path.display()
    )))
}

/// The name of each argument in identifiers: nothing for a folder alone, the last part of the
/// path where that tells the arguments apart, else the path as it is given.
fn names(arguments: &[PathBuf]) -> Result<Vec<PathBuf>, RunError> {
    let mut last = Vec::with_capacity(arguments.len());
    for path in arguments {
        let name = match path.file_name() {
            Some(name) => PathBuf::from(name),
            None => canonical(path)?.file_name().map(PathBuf::from).unwrap_or_default(),
        };
        last.push(name);
    }
    if let ([path], [_]) = (arguments, &last[..])
        && path.is_dir()
    {
        return Ok(vec![PathBuf::new()]);
    }
    let different: BTreeSet<&PathBuf> = last.iter().collect();
    if different.len() == last.len() {
        return Ok(last);
    }
    let plain = |path: &PathBuf| path.components().filter(|c| *c != Component::CurDir).collect();
    Ok(arguments.iter().map(plain).collect())
}

fn canonical(path: &Path) -> Result<PathBuf, RunError> {
    path.canonicalize().map_err(|source| unreadable(path, &source))
}

fn unreadable(path: &Path, source: &std::io::Error) -> RunError {
    RunError::Usage(format!("cannot read {}: {source}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_argument_is_what_its_name_and_its_kind_say() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir_all(at("b/in.jsonl")).unwrap();
        std::fs::create_dir(at("c")).unwrap();
        for file in ["r.JSONL", "a.png", "b/a.png"] {
            std::fs::write(at(file), "").unwrap();
        }
        let file = |name: &str, id: &str| Input::File { path: at(name), name: id.into() };
        let inside = |name: &str, id: &str| Input::Folder { path: at(name), prefix: id.into() };
        let cases = [
            ("folder alone", vec![at("b")], vec![inside("b", "")]),
            ("file alone", vec![at("a.png")], vec![file("a.png", "a.png")]),
            (
                "all kinds",
                vec!["-".into(), at("r.JSONL"), at("b"), at("a.png")],
                vec![
                    Input::Stream,
                    Input::Requests(at("r.JSONL")),
                    inside("b", "b"),
                    file("a.png", "a.png"),
                ],
            ),
            ("folder like requests", vec![at("b/in.jsonl")], vec![inside("b/in.jsonl", "")]),
        ];
        for (name, arguments, wanted) in cases {
            assert_eq!(sort(&arguments).unwrap(), wanted, "{name}");
        }
        let same = sort(&[at("a.png"), at("b/a.png")]).unwrap();
        let Input::File { name, .. } = &same[1] else { panic!("{same:?}") };
        assert!(name.ends_with("b/a.png") && name.components().count() > 2);
    }

    #[test]
    fn an_argument_that_cannot_be_is_refused_with_words() {
        let folder = tempfile::tempdir().unwrap();
        let cases = [
            ("missing", vec![folder.path().join("nothing")], "cannot read"),
            ("twice", vec![folder.path().into(), folder.path().join(".")], "twice"),
            ("stream twice", vec!["-".into(), "-".into()], "twice"),
            ("device", vec!["/dev/null".into()], "neither"),
        ];
        for (name, arguments, words) in cases {
            let error = sort(&arguments).unwrap_err().to_string();
            assert!(error.contains(words), "{name}: {error}");
        }
    }
}

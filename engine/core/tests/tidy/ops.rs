//! Every operation of the kernels is whole: shape checks, CPU twin, CUDA launch, kernels and test.

use std::collections::BTreeSet;

use crate::tree::{Finding, Source};

const FOLDER: &str = "kernels/src/";

/// Each folder below `kernels/src` is one operation with all its parts.
pub(crate) fn operations(sources: &[Source]) -> Vec<Finding> {
    let below = sources.iter().filter_map(|s| s.path.strip_prefix(FOLDER));
    let names: BTreeSet<&str> = below.filter_map(|path| Some(path.split_once('/')?.0)).collect();
    names.into_iter().flat_map(|name| operation(name, sources)).collect()
}

fn operation(name: &str, sources: &[Source]) -> Vec<Finding> {
    let folder = format!("{FOLDER}{name}/");
    let file = |file: &str| sources.iter().find(|s| s.path == format!("{folder}{file}"));
    let mut problems = Vec::new();
    let kernels = format!("{name}.cu");
    for part in ["mod.rs", "cpu.rs", "cuda.rs", &kernels] {
        if file(part).is_none() {
            problems.push(format!("the operation has no {part}"));
        }
    }
    let own = || sources.iter().filter(|s| s.path.starts_with(&folder));
    if !own().any(|s| s.ends_in("rs") && s.text.contains("#[test]")) {
        problems.push("the operation has no test".to_owned());
    }
    let declared = sources.iter().find(|s| s.path == format!("{FOLDER}lib.rs"));
    if !declared.is_some_and(|lib| lib.text.contains(&format!("mod {name};"))) {
        problems.push(format!("{FOLDER}lib.rs does not name the operation"));
    }
    let place = Source::new(folder.trim_end_matches('/'), "");
    problems.into_iter().map(|problem| place.finding(0, problem)).collect()
}

#[test]
fn an_operation_that_lacks_a_part_is_found() {
    let whole = [
        ("kernels/src/lib.rs", "pub mod a;"),
        ("kernels/src/a/mod.rs", "#[test] fn t() {}"),
        ("kernels/src/a/cpu.rs", ""),
        ("kernels/src/a/cuda.rs", ""),
        ("kernels/src/a/a.cu", ""),
        ("kernels/src/op.rs", ""),
    ];
    let without = |left_out: &str| -> Vec<Source> {
        let kept = whole.iter().filter(|(path, _)| *path != left_out);
        kept.map(|(path, text)| Source::new(path, text)).collect()
    };
    let cases = [
        ("nothing is left out", "", 0),
        ("its name", "kernels/src/lib.rs", 1),
        ("its shape checks, which hold its test", "kernels/src/a/mod.rs", 2),
        ("its CPU twin", "kernels/src/a/cpu.rs", 1),
        ("its launch", "kernels/src/a/cuda.rs", 1),
        ("its kernel", "kernels/src/a/a.cu", 1),
        ("what is no operation", "kernels/src/op.rs", 0),
    ];
    for (name, path, expected) in cases {
        assert_eq!(operations(&without(path)).len(), expected, "{name}");
    }
}

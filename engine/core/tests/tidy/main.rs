//! The mechanical rules of the project, checked on the whole tree.
//!
//! Each rule is a function from a file to findings and lies in a file of its own beside the tests
//! that show it failing on a snippet; here each is put to the tree. A finding names the file, the
//! line and what to do. A rule that is in the way is discussed and changed here, for everybody.

mod graph;
mod ops;
mod packages;
mod size;
mod text;
mod tokens;
mod tree;

use graph::{Allowed, Graph};
use tree::{assert_none, everywhere, sources};

fn source(path: &str) -> &'static tree::Source {
    let found = sources().iter().find(|source| source.path == path);
    found.unwrap_or_else(|| panic!("the tree has no {path}"))
}

#[test]
fn files_functions_and_lines_are_short() {
    let rules = [size::files, size::functions, size::lines];
    assert_none(&rules.map(everywhere).concat());
}

#[test]
fn every_rust_file_says_what_it_is_for() {
    assert_none(&everywhere(size::heads));
}

#[test]
fn unsafe_code_stays_in_its_places_and_gives_its_reasons() {
    assert_none(&everywhere(tokens::unsafe_code));
}

#[test]
fn only_the_kernels_ask_how_the_gpu_was_compiled_in() {
    assert_none(&everywhere(tokens::cuda));
}

#[test]
fn only_the_second_reader_asks_whether_tesseract_was_compiled_in() {
    assert_none(&everywhere(tokens::tesseract));
}

#[test]
fn nothing_is_unfinished() {
    let rules = [tokens::unfinished, text::notes];
    assert_none(&rules.map(everywhere).concat());
}

#[test]
fn no_test_sleeps() {
    assert_none(&everywhere(tokens::sleeping_tests));
}

#[test]
fn nothing_names_one_machine_or_a_place_to_download_from() {
    let rules = [text::machine_paths, text::addresses];
    assert_none(&rules.map(everywhere).concat());
}

#[test]
fn every_operation_is_whole() {
    assert_none(&ops::operations(sources()));
}

#[test]
fn packages_depend_only_downwards() {
    let members = packages::members();
    assert!(members.len() >= 8, "only {} members", members.len());
    let findings = |manifest: &&tree::Source| {
        [packages::rooms(manifest), packages::manifests(manifest)].concat()
    };
    assert_none(&members.iter().flat_map(findings).collect::<Vec<_>>());
}

#[test]
fn the_readme_maps_every_package() {
    assert_none(&packages::folder_map(source("README.md"), &packages::members()));
}

#[test]
fn what_is_linked_in_is_allowed_and_known_where_it_is() {
    let graph = Graph::of_the_workspace();
    let allowed = Allowed::read(&packages::table(source("deny.toml")));
    assert_none(&[graph.licences(&allowed), graph.never()].concat());
}

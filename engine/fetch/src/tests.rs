//! The walls around the roots, tried from inside and outside.

use std::os::unix::fs::symlink;

use ivendor_core::reason::Reason;

use super::*;

/// A folder with `inside` (the base) and `outside`, each with a file, and links between them.
fn yard() -> (tempfile::TempDir, Arc<Root>) {
    let yard = tempfile::tempdir().unwrap();
    let at = |name: &str| yard.path().join(name);
    for folder in ["inside/deep", "outside", "allowed"] {
        fs::create_dir_all(at(folder)).unwrap();
    }
    fs::write(at("inside/a.bin"), b"inside").unwrap();
    fs::write(at("inside/deep/b.bin"), b"deep").unwrap();
    fs::write(at("inside/large.bin"), vec![7; 101]).unwrap();
    fs::write(at("inside/full.bin"), vec![7; 100]).unwrap();
    fs::write(at("outside/secret.bin"), b"secret").unwrap();
    fs::write(at("allowed/c.bin"), b"allowed").unwrap();
    symlink("deep/b.bin", at("inside/link_inside")).unwrap();
    symlink("../outside/secret.bin", at("inside/link_out")).unwrap();
    symlink(at("outside/secret.bin"), at("inside/link_out_absolute")).unwrap();
    symlink("../outside", at("inside/folder_out")).unwrap();
    symlink(at("allowed"), at("inside/folder_allowed")).unwrap();
    symlink("loop", at("inside/loop")).unwrap();
    symlink(at("inside"), at("other_name")).unwrap();
    nix::unistd::mkfifo(&at("inside/pipe"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    std::os::unix::net::UnixListener::bind(at("inside/socket")).unwrap();
    let root = Arc::new(Root::open(&at("inside")).unwrap());
    (yard, root)
}

fn fetch(yard: &Path, base: &Arc<Root>, uri: &str) -> Result<Vec<u8>, ContentError> {
    let allowed = Root::open(&yard.join("allowed")).unwrap();
    Fetcher::new(vec![allowed], 100).fetch(&Place::Uri { base: Arc::clone(base) }, uri)
}

#[test]
fn only_files_under_the_roots_are_read() {
    let (yard, base) = yard();
    let path = |name: &str| yard.path().join(name).display().to_string();
    type Case<'a> = (&'a str, String, Result<&'a [u8], &'a str>);
    let cases: Vec<Case<'_>> = vec![
        ("beside the requests", "a.bin".into(), Ok(b"inside")),
        ("deeper", "deep/b.bin".into(), Ok(b"deep")),
        ("with a dot", "./deep/./b.bin".into(), Ok(b"deep")),
        ("link that stays", "link_inside".into(), Ok(b"deep")),
        ("absolute inside", path("inside/a.bin"), Ok(b"inside")),
        ("file URI inside", format!("file://{}", path("inside/a.bin")), Ok(b"inside")),
        ("through another name", path("other_name/a.bin"), Ok(b"inside")),
        ("another root", path("allowed/c.bin"), Ok(b"allowed")),
        ("link into another root", "folder_allowed/c.bin".into(), Ok(b"allowed")),
        ("exactly the bound", "full.bin".into(), Ok(&[7; 100])),
        ("parent", "../outside/secret.bin".into(), Err("\"..\"")),
        ("parent that returns", "deep/../a.bin".into(), Err("\"..\"")),
        ("encoded parent", "file:%2e%2e/outside/secret.bin".into(), Err("\"..\"")),
        ("absolute outside", path("outside/secret.bin"), Err("--root")),
        ("absolute with parent", path("inside/../outside/secret.bin"), Err("\"..\"")),
        ("system file", "/etc/passwd".into(), Err("--root")),
        ("outside and missing", path("outside/nothing"), Err("--root")),
        ("link out", "link_out".into(), Err("--root")),
        ("absolute link out", "link_out_absolute".into(), Err("--root")),
        ("folder link out", "folder_out/secret.bin".into(), Err("--root")),
        ("endless link", "loop".into(), Err("cannot open")),
        ("missing", "nothing.bin".into(), Err("cannot open")),
        ("through a file", "a.bin/b".into(), Err("cannot open")),
        ("a folder", "deep".into(), Err("a folder")),
        ("the root", path("inside"), Err("a folder")),
        ("pipe", "pipe".into(), Err("not a regular file")),
        ("socket", "socket".into(), Err("cannot open")),
        ("bucket", "s3://bucket/a.bin".into(), Err("files only")),
        ("long name", "a".repeat(4000), Err("cannot open")),
    ];
    for (name, uri, expected) in cases {
        match (fetch(yard.path(), &base, &uri), expected) {
            (Ok(found), Ok(wanted)) => assert_eq!(found, wanted, "{name}"),
            (Err(found), Err(wanted)) => {
                assert_eq!(found.reason, Reason::CONTENT_UNREACHABLE, "{name}");
                assert!(found.detail.contains(wanted), "{name}: {}", found.detail);
            }
            (found, wanted) => panic!("{name}: {found:?} instead of {wanted:?}"),
        }
    }
}

#[test]
fn a_device_is_not_read() {
    let root = Arc::new(Root::open(Path::new("/dev")).unwrap());
    let place = Place::Uri { base: root };
    let error = Fetcher::new(Vec::new(), 100).fetch(&place, "zero").unwrap_err();
    assert_eq!(error.reason, Reason::CONTENT_UNREACHABLE);
    assert!(error.detail.contains("a device"), "{}", error.detail);
}

#[test]
fn a_file_past_the_bound_is_too_large() {
    let (yard, base) = yard();
    let error = fetch(yard.path(), &base, "large.bin").unwrap_err();
    assert_eq!(error.reason, Reason::CONTENT_TOO_LARGE);
    assert!(error.detail.contains("limits.bytes_max"), "{}", error.detail);
}

#[test]
fn a_root_stays_the_folder_that_was_opened() {
    let (yard, base) = yard();
    fs::rename(yard.path().join("inside"), yard.path().join("moved")).unwrap();
    symlink("outside", yard.path().join("inside")).unwrap();
    assert_eq!(fetch(yard.path(), &base, "a.bin").unwrap(), b"inside");
    assert!(fetch(yard.path(), &base, "secret.bin").is_err());
}

//! What a tenant wants otherwise than the others, set from the command line.

use std::process::{Command, Output};

use ivendor_store::settings::StoreSettings;

use crate::desk::ready;

fn review(settings: &StoreSettings, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ivendor-review"))
        .args(arguments)
        .args(["--store-reference", &settings.reference.as_ref().unwrap().to_string()])
        .arg("--store-password-file")
        .arg(settings.password_file.as_ref().unwrap())
        .output()
        .unwrap()
}

#[tokio::test]
async fn a_tenants_wishes_are_set_and_shown_and_what_cannot_be_is_refused_in_words() {
    let (databases, _cluster) = ready().await;
    let set = ["tenant", "set", "acme"];
    let cases: [(&[&str], i32, &str); 5] = [
        (&["due_within_s", "3600"], 0, ""),
        (&["sampled_share", "0.05"], 0, ""),
        (&["due_within_s", "0"], 2, "due_within_s: must lie between 60 and 31536000, not 0"),
        (&["sampled_share", "-1"], 2, "sampled_share: must lie between 0 and 1, not -1"),
        (&["colour", "1"], 2, "\"colour\" is nothing that a tenant may set"),
    ];
    for (arguments, exit, words) in cases {
        let output = review(&databases.settings, &[&set[..], arguments].concat());
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), said.contains(words)), (Some(exit), true), "{said}");
    }
    let shown = review(&databases.settings, &["tenant", "show", "acme"]).stdout;
    assert_eq!(String::from_utf8(shown).unwrap(), "due_within_s = 3600.0\nsampled_share = 0.05\n");
    assert!(review(&databases.settings, &["tenant", "show", "other"]).stdout.is_empty());
}

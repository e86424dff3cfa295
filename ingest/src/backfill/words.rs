//! What is told to a person whose run ended early.

use std::ffi::OsString;

/// The command that goes on with this run, as a shell reads it.
pub(super) fn command_to_go_on() -> String {
    resumed(std::env::args_os())
}

fn resumed(words: impl Iterator<Item = OsString>) -> String {
    let kept = words.filter(|word| word != "--force" && word != "--resume");
    let kept: Vec<String> = kept.map(|word| quoted(&word.to_string_lossy())).collect();
    format!("{} --resume", kept.join(" "))
}

/// A word as a shell reads it back.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_quoted_so_that_a_shell_reads_it_back() {
        let cases = [
            ("plain", "a/b-c=1.5", "a/b-c=1.5"),
            ("blank", "a b", "'a b'"),
            ("quote", "it's", r"'it'\''s'"),
            ("empty", "", "''"),
            ("dollar", "$x", "'$x'"),
        ];
        for (name, word, wanted) in cases {
            assert_eq!(quoted(word), wanted, "{name}");
        }
    }

    #[test]
    fn the_command_that_goes_on_resumes_and_forces_nothing() {
        let words = ["p", "--force", "a b", "--resume"].map(OsString::from);
        assert_eq!(resumed(words.into_iter()), "p 'a b' --resume");
    }
}

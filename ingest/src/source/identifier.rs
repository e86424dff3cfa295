//! Names documents that come without a name of their own: from their path.

use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use ivendor_core::ids::{DocumentId, ID_LEN_MAX, Sha256};

/// Hexadecimal digits that tell apart paths whose plain forms are alike.
const MARK_LEN: usize = 16;

/// The identifier of the document at `path` relative to its argument: `a/b.png` is `a:b.png`.
/// A path that holds other characters than an identifier may, or is too long, gets them replaced
/// by `_` and a mark from its digest at the end, so that different paths never share one.
///
/// # Panics
/// Never: only characters that an identifier may hold are left.
#[must_use]
#[expect(clippy::expect_used, reason = "a property test puts every kind of path through this")]
pub fn document_id(path: &Path) -> DocumentId {
    let bytes = path.as_os_str().as_bytes();
    let plain = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'/');
    let replace = |b: &u8| match b {
        b'/' => ':',
        b if plain(b) => char::from(*b),
        _ => '_',
    };
    let text: String = bytes.iter().map(replace).collect();
    let fits = (1..=ID_LEN_MAX).contains(&text.len());
    let text = if fits && bytes.iter().all(plain) && !looks_marked(&text) {
        text
    } else {
        let mark = Sha256::of(bytes).to_string();
        let kept = text.len().min(ID_LEN_MAX - MARK_LEN - 1);
        format!("{}-{}", &text[..kept], &mark[..MARK_LEN])
    };
    text.parse().expect("only characters that an identifier may hold")
}

/// A path that ends like a mark gets one too, or it could pass for another path with its mark.
fn looks_marked(text: &str) -> bool {
    let start = text.len().saturating_sub(MARK_LEN + 1);
    let end = &text.as_bytes()[start..];
    end.len() > MARK_LEN
        && end[0] == b'-'
        && end[1..].iter().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_plain_path_keeps_its_name_and_any_other_gets_a_mark() {
        let long = "a".repeat(300);
        let cases = [
            ("plain", "a.png", "a.png", false),
            ("deeper", "2024/01/a-b_c.PNG", "2024:01:a-b_c.PNG", false),
            ("blank", "a b.png", "a_b.png", true),
            ("colon", "a:b.png", "a_b.png", true),
            ("not ASCII", "é.png", "__.png", true),
            ("long", &long, &"a".repeat(ID_LEN_MAX - 17), true),
            ("empty", "", "", true),
            ("like a mark", "a-0123456789abcdef", "a-0123456789abcdef", true),
        ];
        for (name, path, plain, marked) in cases {
            let id = document_id(Path::new(path));
            assert!(id.as_str().starts_with(plain), "{name}: {id}");
            assert_eq!(id.as_str().len() > plain.len(), marked, "{name}: {id}");
        }
    }

    #[test]
    fn another_document_cannot_take_the_name_of_one_with_a_mark() {
        let marked = document_id(Path::new("a b.png"));
        assert_ne!(document_id(Path::new(marked.as_str())), marked);
    }

    proptest! {
        #[test]
        fn different_paths_have_different_names(a in "[a:/_ é-]{0,9}", b in "[a:/_ é-]{0,9}") {
            let same = document_id(Path::new(&a)) == document_id(Path::new(&b));
            prop_assert_eq!(same, a == b);
        }

        #[test]
        fn every_path_has_a_name(path in "\\PC{0,300}") {
            let id = document_id(Path::new(&path));
            prop_assert!(id.as_str().len() <= ID_LEN_MAX);
        }
    }
}

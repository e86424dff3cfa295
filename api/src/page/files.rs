//! Every file of the page, as it is built into the program: there is no folder to be misread, and
//! the page and the program are always of one version.

/// A file and how it is named, from the folder `page/`.
pub(super) struct File {
    /// With `/` between the parts.
    pub(super) path: &'static str,
    /// What it holds.
    pub(super) bytes: &'static [u8],
}

/// The page itself, in which [`DIGEST`] stands for the digest of the other files.
pub(super) const INDEX: &str = include_str!("../../page/index.html");
/// Where the digest belongs.
pub(crate) const DIGEST: &str = "{{digest}}";

macro_rules! files {
    ($($path:literal),+ $(,)?) => {
        &[$(File { path: $path, bytes: include_bytes!(concat!("../../page/", $path)) }),+]
    };
}

/// The other files.
pub(super) const FILES: &[File] = files![
    "app.js",
    "case/answers.js",
    "case/checks.js",
    "case/desk.js",
    "case/head.js",
    "case/lease.js",
    "case/reasons.js",
    "case/sheet.js",
    "case/talk.js",
    "case/viewer.js",
    "icon.svg",
    "lib/api.js",
    "lib/charts.js",
    "lib/connection.js",
    "lib/dialog.js",
    "lib/diff.js",
    "lib/dom.js",
    "lib/drafts.js",
    "lib/icons.js",
    "lib/keymap.js",
    "lib/keys.js",
    "lib/live.js",
    "lib/router.js",
    "lib/session.js",
    "lib/time.js",
    "lib/words.js",
    "style/base.css",
    "style/case.css",
    "style/checks.css",
    "style/messages.css",
    "style/pages.css",
    "style/parts.css",
    "style/statistics.css",
    "style/viewer.css",
    "views/case.js",
    "views/filters.js",
    "views/help.js",
    "views/queue.js",
    "views/sent.js",
    "views/signin.js",
    "views/statistics.js",
];

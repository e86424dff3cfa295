//! The program `ivendor-review` over databases of its own, and the cases that it shows.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::OnceLock;

use ivendor_core::check::{Check, Outcome};
use ivendor_core::ids::{Sha256, TenantId};
use ivendor_store::cluster::Cluster;
use ivendor_store::reference::{Reference, Scope};
use ivendor_store::result::{DocumentRef, NewResult, case_id};
use ivendor_store::review::{Comment, Record, Said};
use ivendor_store::store::Store as _;
use ivendor_store::testing::databases::Databases;
use ivendor_store::testing::sample::undecided;
use ivendor_store::testing::stack::Stack;
use serde_json::json;
use tempfile::TempDir;

use crate::drawn::Drawn;
use crate::tokens;

/// The clusters that the tests share.
fn shared() -> &'static Stack {
    static SHARED: OnceLock<Stack> = OnceLock::new();
    SHARED.get_or_init(|| Stack::start(2).unwrap())
}

/// A case, as a script names it.
#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct Case {
    pub(crate) tenant: String,
    pub(crate) id: String,
    pub(crate) document: String,
}

/// The program, and the store behind it.
pub(crate) struct Program {
    pub(crate) cluster: Cluster,
    pub(crate) reference: Reference,
    /// Where documents lie.
    folder: TempDir,
    running: Option<Child>,
    /// `host:port`, the same after every start.
    address: String,
}

impl Program {
    /// Starts it with these lines in the section `[review]` of its configuration.
    pub(crate) async fn start(review: &str) -> Self {
        // Whoever came first has installed it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (databases, cluster) = Databases::ready(shared()).await.unwrap();
        let reference = Reference::new(&databases.settings).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let settings = &databases.settings;
        let config = json!({
            "store": {
                "reference": settings.reference.as_ref().unwrap().to_string(),
                "password_file": settings.password_file,
            },
            "fetch": {"roots": [folder.path().join("documents")]},
        });
        let config = format!("{}[review]\n{review}\n", toml::to_string(&config).unwrap());
        fs::create_dir(folder.path().join("documents")).unwrap();
        fs::write(folder.path().join("ivendor.toml"), config).unwrap();
        let address = "127.0.0.1:0".to_owned();
        let mut program = Self { cluster, reference, folder, running: None, address };
        program.again();
        program
    }

    /// Starts it again where it was.
    pub(crate) fn again(&mut self) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_ivendor-review"))
            .args(["serve", "--listen", &self.address, "--config"])
            .arg(self.folder.path().join("ivendor.toml"))
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        self.running = Some(child);
        let mut said = String::new();
        lines.read_line(&mut said).unwrap();
        let address = said.trim().strip_prefix("ivendor-review on http://");
        self.address = address.unwrap_or_else(|| panic!("it does not start: {said}")).to_owned();
        std::thread::spawn(move || tell(lines));
    }

    /// Ends it at once, as a power cut does.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.running.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    pub(crate) fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A token of this person for these tenants; for all where none is named.
    pub(crate) async fn token(&self, name: &str, (scope, tenants): (Scope, &[&str])) -> String {
        tokens::token(&self.reference, name, (&[scope], tenants)).await
    }

    /// A case of this document, whose bytes lie where they may be read.
    pub(crate) async fn case(&self, tenant: &str, document: &str, drawn: &Drawn) -> Case {
        let name = format!("{tenant}-{document}.pdf");
        fs::write(self.documents().join(&name), &drawn.bytes).unwrap();
        let of =
            DocumentRef { tenant: tenant.parse().unwrap(), document: document.parse().unwrap() };
        let result = result(&of, name, drawn);
        let id = case_id(&of, result.verdict.sha256);
        let outcomes = self.cluster.shards.write(&[result]).await;
        assert!(outcomes[0].is_stored());
        Case { tenant: tenant.to_owned(), id, document: document.to_owned() }
    }

    /// A case as it is stored.
    pub(crate) async fn stored(&self, case: &Case) -> (Record, Vec<Said>, Vec<Comment>) {
        let tenant: TenantId = case.tenant.parse().unwrap();
        self.cluster.shards.case(&tenant, &case.id).await.unwrap()
    }

    fn documents(&self) -> PathBuf {
        self.folder.path().join("documents")
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
    }
}

/// What the program says further, beside the output of the test.
fn tell(lines: BufReader<ChildStderr>) {
    for line in lines.lines().map_while(Result::ok) {
        eprintln!("{line}");
    }
}

/// A document that wants a person.
fn result(of: &DocumentRef, uri: String, drawn: &Drawn) -> NewResult {
    let mut result = undecided(of, Sha256::of(&drawn.bytes));
    result.request.uri = uri;
    result.request.claims = drawn.claims.iter().cloned().collect();
    let failed = |check: &&Check| check.outcome == Outcome::Failed;
    let reasons = drawn.checks.iter().filter(failed).filter_map(|check| check.reason.clone());
    result.verdict.reasons = reasons.collect();
    result.verdict.checks.clone_from(&drawn.checks);
    result.verdict.confidence = 0.07;
    result.verdict.verified_at = jiff::Timestamp::now();
    for of_type in [&mut result.request.document_type, &mut result.verdict.document_type] {
        "invoice".clone_into(of_type);
    }
    result
}

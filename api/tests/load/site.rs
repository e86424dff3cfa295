//! Databases with cases, the program over them in a process of its own, and what is left at the
//! end.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use ivendor_core::ids::{Sha256, TenantId};
use ivendor_core::review::is_drawn_for_two;
use ivendor_core::sharding::ShardId;
use ivendor_store::cluster::Cluster;
use ivendor_store::reference::Scope;
use ivendor_store::result::{DocumentRef, NewResult};
use ivendor_store::settings::StoreSettings;
use ivendor_store::store::Store as _;
use ivendor_store::testing::databases::Databases;
use ivendor_store::testing::sample::undecided;
use ivendor_store::testing::stack::Stack;
use reqwest::Client;

use crate::tokens;

/// Services, a store on them, and the program that answers.
pub(crate) struct Site {
    pub(crate) stack: Stack,
    pub(crate) cluster: Cluster,
    pub(crate) client: Client,
    settings: StoreSettings,
    server: Option<Child>,
    pub(crate) address: SocketAddr,
    arguments: Vec<String>,
}

impl Site {
    /// Cases of so many tenants on two shards, and the program with these arguments.
    pub(crate) async fn new(cases: usize, tenants: &[TenantId], arguments: &[&str]) -> Self {
        // Whoever came first has installed it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let stack = Stack::start(2).unwrap();
        let (databases, cluster) = Databases::ready(&stack).await.unwrap();
        let results: Vec<NewResult> =
            (0..cases).map(|n| result(&tenants[n % tenants.len()], &format!("d{n}"))).collect();
        let written = cluster.shards.write(&results).await;
        assert!(written.iter().all(ivendor_store::result::Outcome::is_stored));
        let arguments = arguments.iter().map(|&argument| argument.to_owned()).collect();
        let mut site = Self {
            stack,
            cluster,
            client: Client::new(),
            settings: databases.settings,
            server: None,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            arguments,
        };
        site.start();
        site
    }

    /// Starts the program, where it was before if it was.
    pub(crate) fn start(&mut self) {
        let reference = self.settings.reference.as_ref().unwrap().to_string();
        let mut child = Command::new(env!("CARGO_BIN_EXE_ivendor-review"))
            .args(["serve", "--listen", &self.address.to_string()])
            .args(["--store-reference", &reference, "--store-password-file"])
            .arg(self.settings.password_file.as_ref().unwrap())
            .args(&self.arguments)
            // How long it tries what fails, before it says so.
            .env("IVENDOR_STORE_RETRY_DEADLINE_S", "1")
            // Who finds nothing to do asks again at once: what one may ask is not tested here.
            .env("IVENDOR_REVIEW_REQUESTS_OF_ONE_AT_ONCE", "4000000000")
            .env("IVENDOR_REVIEW_REQUESTS_OF_ONE_PER_MINUTE", "4000000000")
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap());
        self.server = Some(child);
        let mut line = String::new();
        said.read_line(&mut line).unwrap();
        let address = line.trim().rsplit_once("http://").map(|(_, address)| address.parse());
        self.address = address.unwrap_or_else(|| panic!("{line}")).unwrap();
        // What it says of a shard that is away is not told; but somebody must listen.
        std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
    }

    /// Ends the program without a word to it.
    pub(crate) fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            let _ = server.kill();
            let _ = server.wait();
        }
    }

    /// A token of this person for all tenants.
    pub(crate) async fn token(&self, name: &str) -> String {
        let scopes = [Scope::Review, Scope::Admin];
        tokens::token(&self.cluster.reference, name, (&scopes, &[])).await
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Asserts that every case is decided by as many people as it should be, and that the audit log
    /// and the outbox tell the same.
    pub(crate) async fn assert_all_decided(&self, cases: usize, share: f64, owners: &[TenantId]) {
        let mut opinions = BTreeMap::new();
        let mut told = Vec::new();
        for shard in self.cluster.shards.ids() {
            opinions.extend(self.opinions(shard).await);
            told.extend(self.decided_events(shard).await);
        }
        assert_eq!(opinions.len(), cases, "every case has an opinion");
        for (case, count) in &opinions {
            let wanted = if is_drawn_for_two(case, share) { 2 } else { 1 };
            assert_eq!(*count, wanted, "opinions of {case}");
        }
        let distinct: BTreeSet<&String> = told.iter().collect();
        assert_eq!((told.len(), distinct.len()), (cases, cases), "each decision is told once");
        let mut records = 0;
        for owner in owners {
            let end = self.cluster.shards.verify_audit(owner).await.unwrap().unwrap();
            records += end.number;
        }
        let given: i64 = opinions.values().sum();
        assert_eq!(records, given.unsigned_abs(), "each answer stands in the audit log once");
    }

    /// How many opinions each case has, where it is decided.
    async fn opinions(&self, shard: ShardId) -> Vec<(String, i64)> {
        let counted: Vec<(String, i64, i64)> = sqlx::query_as(
            "select c.case_id, count(*), count(distinct d.reviewer_id)
            from review_case c join review_decision d using (case_id)
            where c.state = 'decided' and d.undone_at is null group by 1",
        )
        .fetch_all(&self.cluster.shards.pool(shard).unwrap())
        .await
        .unwrap();
        assert!(counted.iter().all(|(_, count, people)| count == people), "one opinion a person");
        counted.into_iter().map(|(case, count, _)| (case, count)).collect()
    }

    /// The cases of the events that tell of a decision.
    async fn decided_events(&self, shard: ShardId) -> Vec<String> {
        let events = "select event->'data'->>'case_id' from outbox
            where event->>'type' = 'ivendor.review.decided'";
        let pool = self.cluster.shards.pool(shard).unwrap();
        sqlx::query_scalar(events).fetch_all(&pool).await.unwrap()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.kill();
    }
}

/// So many tenants.
pub(crate) fn tenants(count: usize) -> Vec<TenantId> {
    (0..count).map(|n| format!("tenant-{n}").parse().unwrap()).collect()
}

/// A document that wants a person.
fn result(tenant: &TenantId, document: &str) -> NewResult {
    let of = DocumentRef { tenant: tenant.clone(), document: document.parse().unwrap() };
    undecided(&of, Sha256::of(document.as_bytes()))
}

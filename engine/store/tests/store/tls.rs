//! Connections that are encrypted, and servers that nobody vouches for.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::Path;
use std::process::{Command, Stdio};

use ivendor_core::sharding::ShardId;
use ivendor_store::error::Kind;
use ivendor_store::settings::Tls;
use ivendor_store::shards::Shards;
use ivendor_store::testing::databases::Databases;
use ivendor_store::testing::stack::Stack;
use sqlx::PgPool;

const SHARD: ShardId = ShardId(0);

/// Has `openssl` make a key and a certificate of that name in `folder`.
fn certify(folder: &Path, name: &str, more: &[&str]) {
    let status = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"])
        .args(["-nodes", "-subj", "/CN=ivendor tests"])
        .args(["-keyout", &format!("{name}.key"), "-out", &format!("{name}.crt")])
        .args(more)
        .current_dir(folder)
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success(), "openssl: {status}");
}

/// Gives the shard a certificate of the authority in `folder`, for its address, and turns TLS on.
async fn encrypt(stack: &Stack, folder: &Path, pool: &PgPool) {
    certify(folder, "authority", &[]);
    let authority = ["-CA", "authority.crt", "-CAkey", "authority.key"];
    let leaf = ["-addext", "basicConstraints=critical,CA:FALSE"];
    let address = ["-addext", "subjectAltName=IP:127.0.0.1"];
    certify(folder, "server", &[authority.as_slice(), &leaf, &address].concat());
    let data = stack.folder().join("postgres/shard-0/data");
    let owner = fs::metadata(&data).unwrap();
    for name in ["server.key", "server.crt"] {
        fs::copy(folder.join(name), data.join(name)).unwrap();
        chown(data.join(name), Some(owner.uid()), Some(owner.gid())).unwrap();
    }
    for change in ["alter system set ssl = on", "select pg_reload_conf()"] {
        sqlx::query(change).execute(pool).await.unwrap();
    }
}

#[tokio::test]
async fn a_server_is_believed_when_a_known_authority_vouches_for_it() {
    let stack = Stack::start(1).unwrap();
    let (databases, cluster) = Databases::ready(&stack).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    encrypt(&stack, folder.path(), &cluster.shards.pool(SHARD).unwrap()).await;
    let map = cluster.reference.map().await.unwrap();
    let with = |tls: Tls, authority: Option<&str>| {
        let mut settings = databases.settings.clone();
        settings.tls = tls;
        settings.tls_authorities = authority.map(|name| folder.path().join(name));
        let addresses = databases.shards.iter().cloned().collect();
        Shards::new(&settings, &addresses, map.clone()).unwrap()
    };
    // The server takes the change up a moment after it was asked to.
    while with(Tls::Require, None).ping(SHARD).await.is_err() {}
    certify(folder.path(), "stranger", &[]);
    let cases = [
        ("whoever answers", Tls::Require, None, true),
        ("a known authority", Tls::Verify, Some("authority.crt"), true),
        ("another authority", Tls::Verify, Some("stranger.crt"), false),
        ("the system's authorities", Tls::Verify, None, false),
    ];
    for (name, tls, authority, is_believed) in cases {
        let shards = with(tls, authority);
        let answer = shards.ping(SHARD).await;
        assert_eq!(answer.is_ok(), is_believed, "{name}: {answer:?}");
        if let Err(error) = answer {
            assert_eq!(error.kind(), Kind::Permanent, "{name}: {error}");
            continue;
        }
        let encrypted = "select ssl from pg_stat_ssl where pid = pg_backend_pid()";
        let pool = shards.pool(SHARD).unwrap();
        let is_encrypted: bool = sqlx::query_scalar(encrypted).fetch_one(&pool).await.unwrap();
        assert!(is_encrypted, "{name}");
    }
}

//! What the worker tells of itself over HTTP is true, whatever happens to the services.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use crate::running::{Running, until};
use crate::site::Site;

const DOCUMENTS: usize = 600;

/// Status and body; `None` where nobody listens.
pub(crate) fn get(address: SocketAddr, path: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(address).ok()?;
    let asked = format!("GET {path} HTTP/1.1\r\nHost: worker\r\nConnection: close\r\n\r\n");
    stream.write_all(asked.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let status = answer.split_whitespace().nth(1)?.parse().ok()?;
    Some((status, answer.split_once("\r\n\r\n")?.1.to_owned()))
}

/// The sum of a metric over its labels.
pub(crate) fn metric(address: SocketAddr, name: &str) -> Option<f64> {
    let (_, text) = get(address, "/metrics")?;
    let of = |line: &str| {
        let rest = line.strip_prefix(name)?;
        (rest.starts_with([' ', '{'])).then(|| rest.rsplit_once(' ')?.1.parse::<f64>().ok())?
    };
    let values: Vec<f64> = text.lines().filter_map(of).collect();
    (!values.is_empty()).then(|| values.iter().sum())
}

#[test]
fn lag_readiness_and_counts_follow_what_happens() {
    let site = Site::new(2);
    site.send_documents(0..DOCUMENTS);
    // A port that was just free.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut command = site.worker("one");
    command.env("IVENDOR_WORKER_LISTEN", address.to_string()).env("FAKE_TAKES_US", "5000");
    let worker = Running::start(command);
    until("the lag to be told", || {
        let lag = metric(address, "ivendor_lag_messages")?;
        let age_s = metric(address, "ivendor_lag_seconds")?;
        (lag > 0.0 && lag <= DOCUMENTS as f64 && age_s > 0.0).then_some(())
    });
    let ready = || get(address, "/readyz");
    until("the worker to be ready", || ready().filter(|(status, _)| *status == 200));
    site.wait_committed();
    until("the lag to be gone", || {
        let lag = metric(address, "ivendor_lag_messages")?;
        let age_s = metric(address, "ivendor_lag_seconds")?;
        (lag == 0.0 && age_s == 0.0).then_some(())
    });
    assert_eq!(metric(address, "ivendor_documents_total"), Some(DOCUMENTS as f64));
    assert_eq!(metric(address, "ivendor_messages_total"), Some(DOCUMENTS as f64));

    let status = site.stack.status().unwrap();
    let shard = status.iter().find(|service| service.name == "shard-1").unwrap();
    kill(Pid::from_raw(shard.process.unwrap().cast_signed()), Signal::SIGKILL).unwrap();
    let (_, body) = until("the shard to be missed", || ready().filter(|told| told.0 == 503));
    let told: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(told["not_ready"], serde_json::json!(["shard 1"]), "{body}");
    assert_eq!(get(address, "/livez").unwrap().0, 200, "it is not at fault itself");
    site.stack.restart().unwrap();
    until("the worker to be ready again", || ready().filter(|(status, _)| *status == 200));
    worker.end();
}

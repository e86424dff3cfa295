//! Whether everything that a worker needs is ready: a line for each, and what to do where it is
//! not.

use std::time::Duration;

use ivendor_store::cluster::Cluster;
use ivendor_verify::device::probe::{self, Facts};
use ivendor_verify::device::{DeviceChoice, DeviceReport, Parity};
use ivendor_verify::engine::Engine;
use tokio::runtime::Runtime;

use crate::engine_choices::EngineChoices;
use crate::error::{Exit, RunError};
use crate::kafka::client::Broker;
use crate::kafka::topics::Topics;
use ivendor_settings::Settings;

/// How long each may take to answer.
const ANSWER_MAX: Duration = Duration::from_secs(10);

/// One line of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at.
    pub what: String,
    /// How it is, or what is wrong with it.
    pub how: Result<String, String>,
    /// How the program ends where this is wrong.
    exit: Exit,
}

/// Looks at the device, the broker, the reference database and each shard. Says how they are and
/// how the program ends. `device` is the one to look at in the place of the configured one.
///
/// # Errors
/// [`RunError::Internal`] where the system gives no threads.
pub fn check(
    mut settings: Settings,
    device: Option<DeviceChoice>,
) -> Result<(Vec<Finding>, Exit), RunError> {
    let mut findings = engine(&mut settings, device);
    findings.push(broker(&settings));
    let runtime = Runtime::new().map_err(|error| RunError::Internal(error.to_string()))?;
    runtime.block_on(async {
        findings.extend(store(&settings).await);
    });
    let wrong = findings.iter().find(|finding| finding.how.is_err());
    let exit = wrong.map_or(Exit::Done, |finding| finding.exit);
    Ok((findings, exit))
}

/// What computes: a line for each device, or for the CPU where there is none.
fn engine(settings: &mut Settings, device: Option<DeviceChoice>) -> Vec<Finding> {
    let finding = |how| Finding { what: "device".to_owned(), how, exit: Exit::Usage };
    let opened = EngineChoices { device, ..EngineChoices::default() }
        .lay_over(settings)
        .map_err(|error| error.to_string())
        .and_then(|config| Engine::open(config).map_err(|error| error.to_string()));
    let engine = match opened {
        Ok(engine) => engine,
        Err(problem) => return vec![finding(Err(problem))],
    };
    let provenance = engine.provenance();
    let policy = &provenance.policy;
    let digest = policy.digest.to_string();
    let policy = format!("policy {} {digest:.8}", policy.name);
    let devices = engine.watch().devices();
    if devices.is_empty() {
        let (device, dtype) = (&provenance.device, &provenance.dtype);
        let how = format!("{device}, {dtype}, sings its canary; {policy}");
        return vec![finding(Ok(how))];
    }
    devices.iter().map(|report| finding(Ok(format!("{}; {policy}", told(report))))).collect()
}

/// What is known of a device that sings its canary.
fn told(report: &DeviceReport) -> String {
    let mut parts = vec![report.name.clone()];
    if let Some(Facts { capability: (major, minor), memory_bytes, free_bytes, .. }) = &report.facts
    {
        parts.push(format!("compute capability {major}.{minor}"));
        let gib = |bytes: &usize| *bytes as f64 / f64::from(1 << 30);
        let (free, all) = (gib(free_bytes), gib(memory_bytes));
        parts.push(format!("{free:.1} of {all:.1} GiB free"));
    }
    parts.push(match probe::driver() {
        Some(version) => format!("driver {version}"),
        None => "driver of no known version".to_owned(),
    });
    parts.push(report.dtype.clone());
    let Parity { difference, difference_max } = report.parity;
    parts.push(format!(
        "sings its canary, off the CPU's by {difference:.1e} of the largest value \
         ({difference_max} is allowed)"
    ));
    parts.push(format!("{} columns at a time", report.budget_px));
    parts.join(", ")
}

fn broker(settings: &Settings) -> Finding {
    let topic = &settings.kafka.topic;
    let asked = Broker::new(&settings.kafka)
        .and_then(|broker| Topics::new(&broker))
        .and_then(|topics| topics.partitions(topic));
    let how = match asked {
        Ok(Some(partitions)) => Ok(format!("topic {topic} has {partitions} partitions")),
        Ok(None) => Ok(format!("topic {topic} is not there yet; a worker makes it")),
        Err(error) => Err(error.to_string()),
    };
    Finding { what: "broker".to_owned(), how, exit: Exit::ServiceAway }
}

async fn store(settings: &Settings) -> Vec<Finding> {
    let finding = |what: &str, how| Finding { what: what.to_owned(), how, exit: Exit::ServiceAway };
    let cluster = match Cluster::open(&settings.store).await {
        Ok(cluster) => cluster,
        Err(error) => return vec![finding("reference database", Err(error.to_string()))],
    };
    let shards = cluster.shards.ids();
    let words = format!("names {} shards", shards.len());
    let mut findings = vec![finding("reference database", Ok(words))];
    for shard in shards {
        let asked = tokio::time::timeout(ANSWER_MAX, cluster.shards.ping(shard)).await;
        let how = match asked {
            Ok(Ok(())) => Ok("answers".to_owned()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err(format!("gave no answer within {} s", ANSWER_MAX.as_secs())),
        };
        findings.push(finding(&format!("shard {shard}"), how));
    }
    findings
}

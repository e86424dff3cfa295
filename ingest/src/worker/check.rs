//! Whether everything that a worker needs is ready: a line for each, and what to do where it is
//! not.

use std::time::Duration;

use ivendor_store::cluster::Cluster;
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
/// how the program ends.
///
/// # Errors
/// [`RunError::Internal`] where the system gives no threads.
pub fn check(mut settings: Settings) -> Result<(Vec<Finding>, Exit), RunError> {
    let mut findings = vec![device(&mut settings), broker(&settings)];
    let runtime = Runtime::new().map_err(|error| RunError::Internal(error.to_string()))?;
    runtime.block_on(async {
        findings.extend(store(&settings).await);
    });
    let wrong = findings.iter().find(|finding| finding.how.is_err());
    let exit = wrong.map_or(Exit::Done, |finding| finding.exit);
    Ok((findings, exit))
}

fn device(settings: &mut Settings) -> Finding {
    let opened = EngineChoices::default()
        .lay_over(settings)
        .map_err(|error| error.to_string())
        .and_then(|config| Engine::open(config).map_err(|error| error.to_string()));
    let how = opened.map(|engine| {
        let provenance = engine.provenance();
        let policy = &provenance.policy;
        format!(
            "{}, {}, sings its canary; policy {} {:.8}",
            provenance.device,
            provenance.dtype,
            policy.name,
            policy.digest.to_string()
        )
    });
    Finding { what: "device".to_owned(), how, exit: Exit::Usage }
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

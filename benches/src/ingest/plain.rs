//! The sides that do one thing only.

use std::time::Duration;

use ivendor_core::request::VerificationRequest;
use ivendor_ingest::kafka::partitioner::{PartitionBy, key};
use ivendor_ingest::kafka::producer::{BulkProducer, Outgoing};
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::Message as _;
use rdkafka::{Offset, TopicPartitionList};
use sqlx::postgres::PgPoolCopyExt as _;
use sqlx::{Executor as _, PgPool};

use super::Pass;
use super::site::{Clock, Site, failed};
use crate::error::BenchError;
use crate::ingest::worker::verdict;

/// How long the broker may say nothing.
const QUIET_MAX: Duration = Duration::from_secs(30);
/// Bytes that are sent to a database together.
const CHUNK: usize = 1 << 20;

/// Sends the messages of the round, as `ivendor-backfill enqueue` does.
pub(super) fn send(site: &Site) -> Result<Pass, BenchError> {
    let requests: Result<Vec<_>, _> =
        (0..site.args.messages).map(|number| site.request(number)).collect();
    send_these(site, &requests?)
}

/// Sends these requests.
pub(super) fn send_these(
    site: &Site,
    requests: &[VerificationRequest],
) -> Result<Pass, BenchError> {
    let json = |request| serde_json::to_vec(request).map(|json| (request, json));
    let messages: Result<Vec<_>, _> = requests.iter().map(json).collect();
    let messages = messages.map_err(|error| failed("write a request", error))?;
    let mut producer = BulkProducer::new(&site.broker()?, &site.kafka.topic)
        .map_err(|error| failed("make a producer", error))?;
    let clock = Clock::start();
    for (mark, (request, json)) in (0..).zip(&messages) {
        let sent = producer.send(Outgoing {
            key: Some(key(request).as_bytes()),
            payload: Some(json),
            partition: PartitionBy::Document.partition(request, site.args.partitions),
            headers: None,
            mark,
        });
        sent.map_err(|error| failed("send", error))?;
    }
    producer.finish().map_err(|error| failed("send", error))?;
    Ok(clock.stop(site.args.messages))
}

/// Receives the messages of the round, and touches every byte.
pub(super) fn receive(site: &Site) -> Result<Pass, BenchError> {
    let lost = |error| failed("receive", error);
    let consumer: BaseConsumer = site.broker()?.consumer("plain").create().map_err(lost)?;
    let mut wanted = TopicPartitionList::new();
    for partition in 0..i32::try_from(site.args.partitions).unwrap_or(i32::MAX) {
        let added = wanted.add_partition_offset(&site.kafka.topic, partition, Offset::Beginning);
        added.map_err(lost)?;
    }
    let clock = Clock::start();
    consumer.assign(&wanted).map_err(lost)?;
    let mut bytes = 0_u64;
    for _ in 0..site.args.messages {
        let message = consumer.poll(QUIET_MAX);
        let message = message.ok_or_else(|| failed("receive", "the broker is silent"))?;
        let message = message.map_err(lost)?;
        bytes += message.payload().unwrap_or_default().iter().map(|b| u64::from(*b)).sum::<u64>();
    }
    std::hint::black_box(bytes);
    Ok(clock.stop(site.args.messages))
}

const TABLE: &str = "
create table plain_copy (tenant_id text, document_id text, result_key bytea, is_current boolean,
    bucket integer, vendor_id text, document_type text, decision text, confidence real,
    request jsonb, verdict jsonb, verified_at timestamptz)";

/// Copies the rows that the worker would write, without indexes, cases and events, to all shards at
/// once.
pub(super) fn copy(site: &Site) -> Result<Pass, BenchError> {
    let (_, cluster) = site.databases()?;
    let pools: Result<Vec<PgPool>, _> =
        cluster.shards.ids().into_iter().map(|shard| cluster.shards.pool(shard)).collect();
    let pools = pools.map_err(|error| failed("copy", error))?;
    let mut texts = vec![String::new(); pools.len()];
    for number in 0..site.args.messages {
        let at = number as usize % texts.len();
        texts[at] += &line(site, number)?;
    }
    let clock = Clock::start();
    let all = pools.iter().zip(&texts).map(|(pool, text)| one(pool, text));
    let done = site.runtime.block_on(futures_util::future::try_join_all(all));
    done.map_err(|error| failed("copy", error))?;
    Ok(clock.stop(site.args.messages))
}

async fn one(pool: &PgPool, text: &str) -> Result<(), sqlx::Error> {
    pool.execute(TABLE).await?;
    let mut sink = pool.copy_in_raw("copy plain_copy from stdin").await?;
    for chunk in text.as_bytes().chunks(CHUNK) {
        sink.send(chunk).await?;
    }
    sink.finish().await.map(|_| ())
}

/// A row as `copy` reads it.
fn line(site: &Site, number: u32) -> Result<String, BenchError> {
    let request = site.request(number)?;
    let wrong = |error| failed("write a row", error);
    // JSON escapes with a backslash, and so does `copy`.
    let json = |text: String| text.replace('\\', "\\\\");
    let asked = json(serde_json::to_string(&request).map_err(wrong)?);
    let verdict = verdict(&request, None);
    let told = json(serde_json::to_string(&verdict).map_err(wrong)?);
    let (tenant, document) = (&request.tenant_id, &request.document_id);
    let (vendor, kind) = (&request.vendor_id, &request.document_type);
    let (confidence, at) = (verdict.confidence, verdict.verified_at);
    let key = format!("\\\\x{number:064x}");
    Ok(format!(
        "{tenant}\t{document}\t{key}\tt\t0\t{vendor}\t{kind}\taccept\t{confidence}\t{asked}\t\
         {told}\t{at}\n"
    ))
}

//! `api`: how the review queue answers over HTTP when many ask at once, over shards full of cases.
//!
//! Private databases are started and filled, and the program `ivendor-review` is started over them
//! as a person does. This program asks it: each kind of request alone, then many connections at
//! once, both flat out and at a steady rate. Flat out, everybody asks again as soon as the answer
//! is there, so that times only say how long the queue is; at a steady rate a time counts from the
//! moment when the request was due. Client, server and databases share the machine.

mod ground;
mod line;
mod load;
mod result;
mod server;
mod turn;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use clap::{Args, value_parser};
use tokio::runtime::Builder;

use crate::error::BenchError;
use crate::metadata::{Metadata, write_json};
use crate::progress::Progress;
use crate::samples::DataReference;
use crate::{Ending, print};
use ground::Ground;
use load::Site;
pub use result::{API_SCHEMA, ApiResult, Pass, Processors, Requests};
use server::{Server, allow_files};
use turn::Work;

/// Files of this program and of the server besides their connections.
const FILES: u32 = 256;

/// Arguments of `api`.
#[derive(Debug, Clone, Args)]
pub struct ApiArgs {
    /// Cases in all shards
    #[arg(long, default_value_t = 1_000_000, value_parser = value_parser!(u32).range(100..))]
    pub cases: u32,
    /// Shards
    #[arg(long, default_value_t = 4, value_parser = value_parser!(u16).range(1..=16))]
    pub shards: u16,
    /// Connections at a time; may be given more than once
    #[arg(long, default_values_t = [100, 1000, 5000], value_delimiter = ',',
        value_parser = value_parser!(u32).range(2..=20_000))]
    pub connections: Vec<u32>,
    /// Seconds of each pass
    #[arg(long, default_value_t = 10, value_parser = value_parser!(u32).range(1..=3600))]
    pub seconds: u32,
    /// Turns a second of the passes at a steady rate
    #[arg(long, default_value_t = 200, value_parser = value_parser!(u32).range(1..=100_000))]
    pub rate: u32,
    /// Connections of the server to each database
    #[arg(long, default_value_t = 8, value_parser = value_parser!(u32).range(1..=1000))]
    pub database_connections: u32,
    /// The server [default: ivendor-review beside this program]
    #[arg(long, value_name = "FILE")]
    pub server: Option<PathBuf>,
    /// Write the result here
    #[arg(long, value_name = "FILE")]
    pub json: PathBuf,
}

/// Measures, writes the JSON, prints the tables.
///
/// # Errors
/// [`BenchError`] where the services or the server cannot be started or fail, or the output cannot
/// be written.
pub fn run(args: &ApiArgs) -> Result<Ending, BenchError> {
    let most = args.connections.iter().copied().max().unwrap_or(1);
    allow_files((most + FILES).into())?;
    // One thread: who asks must not take the machine from who answers.
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.map_err(|e| failed("start threads", e))?;
    let result = runtime.block_on(measure(args))?;
    write_json(&args.json, &result)?;
    print(&result.tables(), &[])?;
    Ok(Ending::of(usize::try_from(result.problems()).unwrap_or(usize::MAX)))
}

async fn measure(args: &ApiArgs) -> Result<ApiResult, BenchError> {
    let began = Instant::now();
    let ground = Ground::make(args).await?;
    let fill_s = began.elapsed().as_secs_f64();
    let settings = &ground.databases.settings;
    let server = Server::start(args.server.clone(), settings, args.database_connections)?;
    let site = Arc::new(Site { args: args.clone(), ground, server });
    let rates = [None, Some(f64::from(args.rate))];
    let progress = Progress::new("api", args.connections.len() * rates.len() * Work::ALL.len());
    let mut passes = vec![load::alone(&site).await?];
    for connections in &args.connections {
        for work in Work::ALL {
            for rate in rates {
                passes.push(load::pass(&site, work, (*connections, rate)).await?);
                progress.add(1);
            }
        }
    }
    Ok(ApiResult {
        schema: API_SCHEMA.to_owned(),
        metadata: Metadata::now(DataReference::default(), Vec::new(), 0),
        cases: args.cases,
        shards: args.shards,
        database_connections_max: args.database_connections,
        fill_s,
        passes,
    })
}

/// What a measurement needs and does not get.
fn failed(doing: &str, error: impl std::fmt::Display) -> BenchError {
    BenchError::side("api", format!("could not {doing}: {error}"))
}

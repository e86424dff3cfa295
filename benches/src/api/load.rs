//! Many connections at once, flat out or at a steady rate, and what it took.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt as _};

use super::ground::Ground;
use super::line::Line;
use super::result::{Pass, Processors};
use super::server::Server;
use super::turn::{Desk, LISTS, Sample, Work};
use super::{ApiArgs, failed};
use crate::error::BenchError;
use crate::processes::{cpu, family_cpu, memory, own_cpu};

/// At the start of a pass, when everybody comes at once, nothing is counted for so long.
const WARM_UP: Duration = Duration::from_secs(2);
/// Connections that are made at a time: more than a listener keeps waiting are turned away.
const DOORS: usize = 64;
/// Requests of each kind where nobody else asks anything.
const ALONE: usize = 40;

/// Everything that a pass needs.
pub(super) struct Site {
    pub(super) args: ApiArgs,
    pub(super) ground: Ground,
    pub(super) server: Server,
}

/// Processor time taken so far.
struct Clock {
    at: Instant,
    client: Duration,
    server: Duration,
    databases: Duration,
}

impl Clock {
    fn read(site: &Site) -> Self {
        Self {
            at: Instant::now(),
            client: own_cpu(),
            server: cpu(site.server.process()),
            databases: family_cpu(&site.ground.servers()),
        }
    }

    /// Cores in use since then.
    fn since(&self, before: &Self) -> Processors {
        let took_s = self.at.duration_since(before.at).as_secs_f64().max(1e-9);
        let cores = |now: Duration, then: Duration| now.saturating_sub(then).as_secs_f64() / took_s;
        Processors {
            client: cores(self.client, before.client),
            server: cores(self.server, before.server),
            databases: cores(self.databases, before.databases),
        }
    }
}

/// One kind of request after the other, on one connection: what each takes where nobody else asks.
pub(super) async fn alone(site: &Site) -> Result<Pass, BenchError> {
    let mut desk = Desk {
        line: Line::new(site.server.address),
        cases: &site.ground.cases,
        samples: Vec::new(),
    };
    let person = &site.ground.people[0];
    let began = Clock::read(site);
    for number in 0..ALONE {
        for work in [Work::Get, Work::Claim, Work::Decide] {
            desk.turn(work, (person, number), Instant::now()).await;
        }
        for (what, query) in LISTS {
            desk.list(what, query, (person, Instant::now())).await;
        }
    }
    // The first one finds everything cold.
    let warm = desk.samples.split_off(desk.samples.len() / ALONE);
    let mut pass = Pass::of("alone", (1, None), (&warm, None));
    finish(site, &mut pass, (&began, &Clock::read(site))).await?;
    Ok(pass)
}

/// So many connections, each with a person who does the same over and over: as soon as the answer
/// is there, or at a rate of so many a second together.
pub(super) async fn pass(
    site: &Arc<Site>,
    work: Work,
    (connections, rate): (u32, Option<f64>),
) -> Result<Pass, BenchError> {
    let lines = lines(site, connections as usize).await?;
    let begin = Instant::now();
    let end = begin + WARM_UP + Duration::from_secs(site.args.seconds.into());
    let desks = lines.into_iter().enumerate().map(|(at, line)| {
        let site = Arc::clone(site);
        let pace = Pace { begin, end, at, connections: connections as usize, rate };
        tokio::spawn(async move { at_work(&site, work, (line, pace)).await })
    });
    let desks: Vec<_> = desks.collect();
    tokio::time::sleep_until((begin + WARM_UP).into()).await;
    let began = Clock::read(site);
    tokio::time::sleep_until(end.into()).await;
    let ended = Clock::read(site);
    let samples: Result<Vec<_>, _> = join_all(desks).await.into_iter().collect();
    let mut samples = samples.map_err(|e| failed("work at the desks", e))?.concat();
    samples.retain(|sample| sample.began >= began.at);
    let counted = (samples.as_slice(), Some((began.at, ended.at)));
    let mut pass = Pass::of(work.name(), (connections, rate), counted);
    finish(site, &mut pass, (&began, &ended)).await?;
    Ok(pass)
}

async fn finish(
    site: &Site,
    pass: &mut Pass,
    (began, ended): (&Clock, &Clock),
) -> Result<(), BenchError> {
    pass.cores = ended.since(began);
    let (now, most) = memory(site.server.process()).unwrap_or_default();
    (pass.memory_bytes, pass.memory_bytes_most) = (now, most);
    pass.database_connections = site.ground.connections().await?;
    Ok(())
}

async fn lines(site: &Site, count: usize) -> Result<Vec<Line>, BenchError> {
    let made = stream::iter(0..count).map(|_| async {
        let mut line = Line::new(site.server.address);
        line.open().await.map(|_| ())?;
        Ok::<Line, String>(line)
    });
    let made: Vec<_> = made.buffer_unordered(DOORS).collect().await;
    let made: Result<Vec<Line>, String> = made.into_iter().collect();
    made.map_err(|problem| failed("connect", problem))
}

/// When a connection is used.
#[derive(Debug, Clone, Copy)]
struct Pace {
    begin: Instant,
    end: Instant,
    /// Which of the connections.
    at: usize,
    connections: usize,
    /// Turns a second, of all together.
    rate: Option<f64>,
}

impl Pace {
    /// When this connection's turn number `turn` is due.
    fn due(&self, turn: usize) -> Option<Instant> {
        let place = (turn * self.connections + self.at) as f64;
        self.rate.map(|rate| self.begin + Duration::from_secs_f64(place / rate))
    }
}

async fn at_work(site: &Site, work: Work, (line, pace): (Line, Pace)) -> Vec<Sample> {
    let mut desk = Desk { line, cases: &site.ground.cases, samples: Vec::new() };
    for turn in 0.. {
        let due = pace.due(turn).unwrap_or_else(Instant::now);
        if due >= pace.end {
            break;
        }
        tokio::time::sleep_until(due.into()).await;
        // Late where the turn before took too long: the time that somebody waits counts.
        let number = pace.at + turn * pace.connections;
        let people = &site.ground.people;
        // Whoever looks at any case is one of those who may see all.
        let mine = if work == Work::Get { number & !1 } else { number };
        desk.turn(work, (&people[mine % people.len()], number), due).await;
    }
    desk.samples
}

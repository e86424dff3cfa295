//! A backfill: takes the inputs through the engine to the sink.
//!
//! One thread reads requests, one fetches bytes and fills batches, this one computes and writes.
//! Between them stand bounded channels, so that any number of requests takes the same memory.

mod batch;
mod enqueue;
mod plan;
mod queue;
mod redrive;
mod status;
mod summary;
mod words;

use std::io::{self, Write as _};
use std::thread;

use crossbeam::channel::{Receiver, bounded, select_biased};

use ivendor_core::verdict::{Provenance, Verdict};
use ivendor_settings::TraceSettings;
use ivendor_verify::engine::Engine;

use crate::cli::VerifyArguments;
use crate::error::{Exit, RunError};
use crate::overlay::Overlay;
use crate::sink::{self, Existing, Sink};
use crate::source::{Rejected, Source};
use crate::stop::Stop;
use crate::voice::Voice;
use crate::{explain, source};
use batch::{Batch, Slot};
use plan::Plan;
use summary::Summary;

pub use enqueue::enqueue;
pub use redrive::redrive;
pub use status::status;

/// Requests that are read ahead of the fetching.
const READ_AHEAD: usize = 64;

/// Verifies everything that `arguments` ask for.
///
/// # Errors
/// [`RunError`] for what ends the run before its work is done.
pub fn verify(arguments: VerifyArguments) -> Result<Exit, RunError> {
    let stop = Stop::listen()?;
    let plan = Plan::make(arguments)?;
    let voice = Voice::new(plan.progress);
    let _telemetry = voice.log("ivendor-backfill", (&plan.log, &TraceSettings::default()))?;
    if let Some(threads) = plan.threads {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
        pool.map_err(|error| RunError::Internal(format!("cannot start threads: {error}")))?;
    }
    let mut run = Run::new(plan, voice)?;
    let ended = run.go(&stop);
    run.voice.finish();
    match ended {
        Err(error) if error.is_closed_pipe() => Ok(Exit::Done),
        Err(error) => Err(error),
        Ok(exit) => {
            run.voice.say(&run.summary.text());
            if let Some(table) = Engine::timing_table() {
                run.voice.say(&table);
            }
            if exit == Exit::Stopped {
                run.voice.say(&run.plan.how_to_go_on());
            }
            Ok(exit)
        }
    }
}

/// One run with everything that it changes.
struct Run {
    plan: Plan,
    voice: Voice,
    sink: Sink,
    overlay: Option<Overlay>,
    summary: Summary,
    /// What made the last verdict of the run that is continued.
    earlier: Option<Provenance>,
}

impl Run {
    fn new(plan: Plan, voice: Voice) -> Result<Self, RunError> {
        let sink = plan.open_sink()?;
        let limits = &plan.engine.limits;
        let overlay = match &plan.overlay {
            Some(folder) => Some(Overlay::open(folder, limits.clone())?),
            None => None,
        };
        Ok(Self { plan, voice, sink, overlay, summary: Summary::new(), earlier: None })
    }

    fn go(&mut self, stop: &Stop) -> Result<Exit, RunError> {
        let inputs = self.plan.inputs.clone();
        let left_out = self.plan.left_out();
        let source = Source::new(inputs.clone(), self.plan.template.clone(), left_out.clone());
        let mut source = source.peekable();
        if let (Existing::Continue, Some(files)) = (self.plan.existing, self.sink.files()) {
            let summary = &mut self.summary;
            let kept = sink::take_up(&mut source, files, |verdict| summary.kept(verdict))?;
            self.summary.rejected(kept.rejected);
            self.earlier = kept.provenance;
            if source.peek().is_none() {
                self.sink.finish()?;
                return Ok(self.summary.exit());
            }
        }
        if self.voice.has_bar() {
            self.voice.start(self.summary.entries());
            let voice = self.voice.clone();
            thread::spawn(move || {
                if let Some(total) = source::count(&inputs, &left_out) {
                    voice.set_total(total);
                }
            });
        }
        let (entries_in, entries) = bounded(READ_AHEAD);
        thread::spawn(move || source.try_for_each(|entry| entries_in.send(entry)));
        // The engine says how many documents make a batch only once it is open, and the first
        // batches are smaller anyway, so fetching need not wait for it.
        let (batches_in, batches) = bounded(1);
        let (size_in, size) = bounded(1);
        let fetcher = self.plan.fetcher()?;
        let bounds = self.plan.bounds(size);
        thread::spawn(move || batch::fill(&entries, &fetcher, &bounds, &batches_in));
        let engine = Engine::open(self.plan.engine.clone())?;
        // The other side has ended already where there was little to do.
        let _ = size_in.send(engine.batch_documents().max(1));
        self.compute(&engine, &batches, stop)
    }

    fn compute(
        &mut self,
        engine: &Engine,
        batches: &Receiver<Result<Batch, RunError>>,
        stop: &Stop,
    ) -> Result<Exit, RunError> {
        loop {
            let batch = select_biased! {
                recv(stop.wake()) -> _ => {
                    self.sink.finish()?;
                    return Ok(Exit::Stopped);
                }
                recv(batches) -> batch => batch,
            };
            // The other side hangs up after its last batch.
            let Ok(batch) = batch else {
                self.sink.finish()?;
                return Ok(self.summary.exit());
            };
            self.one_batch(engine, batch?)?;
        }
    }

    fn one_batch(&mut self, engine: &Engine, batch: Batch) -> Result<(), RunError> {
        let documents = batch.jobs.len();
        let bytes = batch.bytes_for(self.overlay.is_some());
        let verdicts = if documents == 0 { Vec::new() } else { engine.verify(batch.jobs) };
        if verdicts.len() != documents {
            let words = format!("{documents} documents got {} verdicts", verdicts.len());
            return Err(RunError::Internal(words));
        }
        let mut verdicts = verdicts.into_iter().zip(bytes);
        for slot in batch.slots {
            match slot {
                Slot::Rejected(rejected) => self.one_rejected(&rejected)?,
                Slot::Job => {
                    if let Some((verdict, bytes)) = verdicts.next() {
                        self.one_verdict(verdict, bytes.as_deref())?;
                    }
                }
            }
            self.voice.bar().inc(1);
        }
        Ok(())
    }

    fn one_rejected(&mut self, rejected: &Rejected) -> Result<(), RunError> {
        self.voice.say(&match rejected.line {
            Some(line) => {
                format!("{}:{line}: {}: {}", rejected.input, rejected.code, rejected.error)
            }
            None => format!("{}: {}: {}", rejected.input, rejected.code, rejected.error),
        });
        self.sink.rejected(rejected)?;
        self.summary.rejected(1);
        Ok(())
    }

    /// A joined output of two engines is allowed, but not in silence.
    fn compare_provenance(&mut self, verdict: &Verdict) {
        let Some(earlier) = self.earlier.take() else { return };
        let now = &verdict.provenance;
        let same = earlier.models == now.models
            && earlier.policy == now.policy
            && (&earlier.device, &earlier.dtype) == (&now.device, &now.dtype);
        if !same {
            self.voice.say(
                "warning: the verdicts from before were made with other models, another policy or \
                 on another device; each verdict names its own",
            );
        }
    }

    fn one_verdict(&mut self, mut verdict: Verdict, bytes: Option<&[u8]>) -> Result<(), RunError> {
        self.compare_provenance(&verdict);
        self.summary.verdict(&verdict);
        if !self.plan.text {
            verdict.pages = None;
        }
        self.sink.verdict(&verdict)?;
        if self.plan.explain {
            let mut stdout = anstream::AutoStream::auto(io::stdout().lock());
            let written = stdout
                .write_all(explain::explain(&verdict).as_bytes())
                .and_then(|()| stdout.flush());
            written
                .map_err(|source| RunError::Output { what: "standard output".into(), source })?;
        }
        if let (Some(overlay), Some(bytes)) = (&self.overlay, bytes)
            && let Err(problem) = overlay.draw(&verdict, bytes)
        {
            self.voice.say(&format!("{}: no overlay: {problem}", verdict.document_id));
            self.summary.overlay_failed();
        }
        Ok(())
    }
}

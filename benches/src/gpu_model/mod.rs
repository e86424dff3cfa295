//! `gpu-model`: what a batch would take on GPUs that are not here. A run on the emulated device
//! counts launches, bytes and operations; they are scaled to the batch and put to the figures of
//! data sheets. The result is computed, and says so wherever it is shown.

pub mod chips;
pub mod counts;
pub mod roofline;

use std::path::{Path, PathBuf};

use clap::Args;
use ivendor_core::verdict::Verdict;
use serde::Serialize;

use crate::error::BenchError;
use crate::metadata::write_json;
use crate::table::Table;
use crate::{Ending, jsonl, print};
use chips::{Assumptions, CHIPS, Chip};
use counts::Counts;
use roofline::{Stage, Taken, on_bus, on_chip, on_cores, on_streams, stages};

/// The name and version of the result's schema.
pub const GPU_MODEL_SCHEMA: &str = "ivendor.bench.gpu-model/1";

/// Stages that get a row of their own in the table; the others share one.
const STAGES_SHOWN: usize = 20;

/// Arguments of `gpu-model`.
#[derive(Debug, Clone, Args)]
pub struct GpuModelArgs {
    /// The report of a run on the emulated device (`EMU_REPORT`)
    #[arg(long, value_name = "FILE")]
    pub counts: PathBuf,
    /// That of a shorter run, which is taken away: start-up, canary, weights
    #[arg(long, value_name = "FILE", requires = "less_documents")]
    pub less: Option<PathBuf>,
    /// Documents of the run
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    pub documents: u32,
    /// Documents of the shorter run
    #[arg(long, requires = "less")]
    pub less_documents: Option<u32>,
    /// Documents of the batch
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
    pub batch: u32,
    /// Verdicts on the documents, for what decoding and checking take on one core
    #[arg(long, value_name = "FILE")]
    pub verdicts: Option<PathBuf>,
    /// Cores of the host
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..))]
    pub cores: u32,
    /// Write the result here
    #[arg(long, value_name = "FILE")]
    pub json: PathBuf,
}

/// What a batch takes, computed.
#[derive(Debug, Clone, Serialize)]
pub struct GpuModelResult {
    /// Always [`GPU_MODEL_SCHEMA`].
    pub schema: &'static str,
    /// How the figures came about.
    pub kind: &'static str,
    /// Documents of the batch.
    pub batch: u32,
    /// Documents that were counted.
    pub counted: u32,
    /// What is assumed beside the data sheets.
    pub assumptions: Assumptions,
    /// What the batch asks of a device.
    pub stages: Vec<Stage>,
    /// What it takes on each.
    pub chips: Vec<OnChip>,
}

/// A batch on one chip.
#[derive(Debug, Clone, Serialize)]
pub struct OnChip {
    /// The chip.
    pub chip: Chip,
    /// The stages, in milliseconds.
    pub taken: Vec<Taken>,
    /// The device's stages, one after the other, as on one stream.
    pub device_ms: f64,
    /// The same on all its streams, of which one computes while another waits for launches.
    pub streams_ms: f64,
    /// Copies in both ways.
    pub bus_ms: f64,
    /// The host's cores.
    pub host_ms: f64,
    /// The batch, where device, bus and host work beside each other on different batches.
    pub batch_ms: f64,
}

/// Computes, writes the JSON, prints the tables.
///
/// # Errors
/// [`BenchError`] where a file cannot be used or the runs make no sense together.
pub fn run(args: &GpuModelArgs) -> Result<Ending, BenchError> {
    let mut counts = Counts::read(&args.counts)?;
    let mut counted = args.documents;
    if let (Some(less), Some(documents)) = (&args.less, args.less_documents) {
        counted = counted.checked_sub(documents).filter(|n| *n > 0).ok_or_else(|| {
            BenchError::Usage("the shorter run must have fewer documents than the run".to_owned())
        })?;
        counts = counts.beyond(&Counts::read(less)?);
    }
    let host = args.verdicts.as_deref().map(host_ms).transpose()?;
    let result = model(&counts, counted, host, args);
    write_json(&args.json, &result)?;
    print(&[result.stage_table(), result.chip_table()], &result.left_out(host.is_some()))?;
    Ok(Ending::Done)
}

/// Mean milliseconds on one core for decoding, and for checking, a document.
fn host_ms(path: &Path) -> Result<(f64, f64), BenchError> {
    let verdicts: Vec<Verdict> = jsonl::read(path)?;
    let count = verdicts.len().max(1) as f64;
    let mean = |of: fn(&Verdict) -> f64| verdicts.iter().map(of).sum::<f64>() / count;
    Ok((mean(|v| v.timings_ms.decode), mean(|v| v.timings_ms.check)))
}

fn model(
    counts: &Counts,
    counted: u32,
    host: Option<(f64, f64)>,
    args: &GpuModelArgs,
) -> GpuModelResult {
    let assumptions = Assumptions { cores: f64::from(args.cores), ..Assumptions::default() };
    let scale = f64::from(args.batch) / f64::from(counted);
    let stages = stages(counts, scale);
    let chips = CHIPS.iter().map(|chip| {
        let with = (chip, &assumptions);
        let device: Vec<Taken> =
            stages.iter().map(|stage| on_chip(stage, chip, &assumptions)).collect();
        let bus = [
            on_bus("to the device", counts.h2d_bytes * scale, counts.h2d * scale, with),
            on_bus("from the device", counts.d2h_bytes * scale, counts.d2h * scale, with),
        ];
        let (decode, check) = host.unwrap_or_default();
        let batch = f64::from(args.batch);
        let cores = [
            on_cores("decoding", decode, batch, &assumptions),
            on_cores("checking", check, batch, &assumptions),
        ];
        let sum = |taken: &[Taken]| taken.iter().map(|t| t.ms).sum::<f64>();
        let (device_ms, bus_ms, host_ms) = (sum(&device), sum(&bus), sum(&cores));
        let streams_ms = on_streams(&device, &assumptions);
        OnChip {
            chip: *chip,
            taken: [&device[..], &bus, &cores].concat(),
            device_ms,
            streams_ms,
            bus_ms,
            host_ms,
            batch_ms: streams_ms.max(bus_ms).max(host_ms),
        }
    });
    let chips = chips.collect();
    GpuModelResult {
        schema: GPU_MODEL_SCHEMA,
        kind: "computed: counts of the emulated device, figures of data sheets",
        batch: args.batch,
        counted,
        assumptions,
        stages,
        chips,
    }
}

impl GpuModelResult {
    /// The chips side by side.
    fn chip_table(&self) -> Table {
        let title = format!("A batch of {} documents, computed and not measured", self.batch);
        let header =
            ["chip", "one stream ms", "device ms", "bus ms", "host ms", "batch ms", "device busy"];
        let mut table = Table::new(title, &header);
        for on in &self.chips {
            let busy = 100.0 * on.streams_ms / on.batch_ms.max(f64::MIN_POSITIVE);
            table.row([
                on.chip.name.to_owned(),
                format!("{:.1}", on.device_ms),
                format!("{:.1}", on.streams_ms),
                format!("{:.1}", on.bus_ms),
                format!("{:.1}", on.host_ms),
                format!("{:.1}", on.batch_ms),
                format!("{busy:.0} %"),
            ]);
        }
        table
    }

    /// Stage by stage: what it asks for, and what it takes and is bound by on each chip.
    fn stage_table(&self) -> Table {
        let mut header = vec!["stage", "GFLOP", "MB", "launches"];
        header.extend(self.chips.iter().map(|on| on.chip.name));
        let mut table = Table::new("Stages, milliseconds, computed and not measured", &header);
        let first = self.chips.first();
        let rows = first.map_or(0, |on| on.taken.len());
        let shown = STAGES_SHOWN.min(self.stages.len());
        let mut rest = vec![0.0; self.chips.len()];
        for row in 0..rows {
            let stage = self.stages.get(row);
            if stage.is_some() && row >= shown {
                self.chips.iter().zip(&mut rest).for_each(|(on, ms)| *ms += on.taken[row].ms);
                continue;
            }
            let mut cells = first.map(|on| vec![on.taken[row].stage.clone()]).unwrap_or_default();
            cells.extend(match stage {
                Some(s) => [
                    format!("{:.0}", (s.half_flops + s.tile_flops + s.single_flops) * 1e-9),
                    format!("{:.0}", s.bytes * 1e-6),
                    format!("{:.0}", s.launches),
                ],
                None => Default::default(),
            });
            let taken = self.chips.iter().map(|on| &on.taken[row]);
            cells.extend(taken.map(|t| format!("{:.2} {}", t.ms, t.bound)));
            table.row(cells);
        }
        if self.stages.len() > shown {
            let name = format!("{} other stages", self.stages.len() - shown);
            let cells = [name, String::new(), String::new(), String::new()].into_iter();
            table.row(cells.chain(rest.iter().map(|ms| format!("{ms:.2}"))));
        }
        table
    }

    fn left_out(&self, host: bool) -> Vec<String> {
        let mut left_out = vec![
            "the arithmetic of kernels whose sources do not count it: they are taken to be bound \
             by memory"
                .to_owned(),
            format!(
                "what {:.0} streams cost each other: one is taken to compute at its bound while \
                 another waits for a launch",
                self.assumptions.streams
            ),
            format!(
                "the second-level cache beyond {:.0} % of it, in which a stream is taken to find \
                 what it touched last, {} times as fast as in memory",
                self.assumptions.cache_share * 100.0,
                self.assumptions.cache_gain
            ),
            "the outlines of lines, which the host's cores find on the device's maps".to_owned(),
        ];
        if !host {
            left_out.push("the host: --verdicts names no verdicts".to_owned());
        }
        left_out
    }
}

#[cfg(test)]
mod tests;

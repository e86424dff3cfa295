//! Where the time of the operations goes: a table behind `IVENDOR_TIMING=1`.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Instant;

/// The environment variable that turns the table on.
pub const TIMING_VARIABLE: &str = "IVENDOR_TIMING";

static ROWS: Mutex<Vec<&'static Row>> = Mutex::new(Vec::new());

struct Row {
    name: &'static str,
    calls: AtomicU64,
    nanoseconds: AtomicU64,
    multiply_adds: AtomicU64,
}

/// Whether the table is kept.
#[must_use]
pub fn enabled() -> bool {
    static ENABLED: OnceLock<bool> = OnceLock::new();
    *ENABLED.get_or_init(|| std::env::var(TIMING_VARIABLE).is_ok_and(|v| v == "1"))
}

/// Runs `work` and counts its time under `name`, with the multiply-adds that it stands for (0
/// where the operation is bound by memory). Times are those of the calling thread, so that what
/// runs side by side adds up to more than the clock on the wall.
pub fn measure<T>(name: &'static str, multiply_adds: usize, work: impl FnOnce() -> T) -> T {
    if !enabled() {
        return work();
    }
    let start = Instant::now();
    let result = work();
    let row = row(name);
    row.calls.fetch_add(1, Ordering::Relaxed);
    let spent = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
    row.nanoseconds.fetch_add(spent, Ordering::Relaxed);
    row.multiply_adds.fetch_add(multiply_adds as u64, Ordering::Relaxed);
    result
}

fn row(name: &'static str) -> &'static Row {
    let mut rows = ROWS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(row) = rows.iter().find(|row| row.name == name) {
        return row;
    }
    let zero = || AtomicU64::new(0);
    let row = Box::leak(Box::new(Row {
        name,
        calls: zero(),
        nanoseconds: zero(),
        multiply_adds: zero(),
    }));
    rows.push(row);
    row
}

/// The table, dearest first; empty where nothing was measured.
#[must_use]
pub fn table() -> String {
    let rows = ROWS.lock().unwrap_or_else(PoisonError::into_inner);
    let mut read: Vec<_> = rows
        .iter()
        .map(|r| {
            let ns = r.nanoseconds.load(Ordering::Relaxed) as f64;
            let macs = r.multiply_adds.load(Ordering::Relaxed) as f64;
            (r.name, r.calls.load(Ordering::Relaxed), ns, macs)
        })
        .collect();
    if read.is_empty() {
        return String::new();
    }
    read.sort_by(|a, b| b.2.total_cmp(&a.2));
    let whole: f64 = read.iter().map(|r| r.2).sum();
    let mut text = format!("{:<24}{:>10}{:>12}{:>8}{:>10}\n", "op", "calls", "ms", "%", "GFLOP/s");
    for (name, calls, ns, macs) in read {
        let rate = if macs > 0.0 { format!("{:.1}", 2.0 * macs / ns) } else { "-".into() };
        let (ms, share) = (ns / 1e6, 100.0 * ns / whole);
        let _ = writeln!(text, "{name:<24}{calls:>10}{ms:>12.1}{share:>8.1}{rate:>10}");
    }
    text
}

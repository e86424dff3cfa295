//! What processes take of the machine: processor time and memory, as the kernel shows them.

use std::fs;
use std::time::Duration;

/// Ticks of `/proc/PID/stat` a second: what the kernel shows to programs everywhere.
const TICKS_PER_S: f64 = 100.0;

/// The processor time that a process has taken; none where it is gone.
pub(crate) fn cpu(process: u32) -> Duration {
    ticks(&fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default())
}

/// The processor time that this process has taken.
pub(crate) fn own_cpu() -> Duration {
    cpu(std::process::id())
}

/// The processor time that the living children of these processes and they themselves have taken.
pub(crate) fn family_cpu(parents: &[u32]) -> Duration {
    let all = fs::read_dir("/proc").into_iter().flatten().flatten();
    let numbers = all.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let stats = numbers.filter_map(|number| {
        let stat = fs::read_to_string(format!("/proc/{number}/stat")).ok()?;
        Some((number, stat))
    });
    let ours = stats.filter(|(number, stat)| {
        parents.contains(number) || parent(stat).is_some_and(|parent| parents.contains(&parent))
    });
    ours.map(|(_, stat)| ticks(&stat)).sum()
}

/// The memory that a process holds, and the most that it held, in bytes.
pub(crate) fn memory(process: u32) -> Option<(u64, u64)> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    Some((status_bytes(&status, "VmRSS:")?, status_bytes(&status, "VmHWM:")?))
}

/// A size of `/proc/PID/status`.
fn status_bytes(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

/// The fields of a line of `/proc/PID/stat` after the name of the program, which stands in
/// parentheses and may hold anything.
fn fields(stat: &str) -> impl Iterator<Item = &str> {
    stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace()
}

fn parent(stat: &str) -> Option<u32> {
    fields(stat).nth(1)?.parse().ok()
}

/// The time in user mode and in the kernel.
fn ticks(stat: &str) -> Duration {
    let parsed = |text: &str| text.parse::<f64>().ok();
    let ticks: f64 = fields(stat).skip(11).take(2).filter_map(parsed).sum();
    Duration::from_secs_f64(ticks / TICKS_PER_S)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_read_whatever_it_is_called() {
        let stat = "17 (a) b) R 1 2 3 4 5 6 7 8 9 10 250 50 0 0 20 0";
        assert_eq!((ticks(stat), parent(stat)), (Duration::from_secs(3), Some(1)));
        assert_eq!((ticks("garbage"), parent("garbage")), (Duration::ZERO, None));
        let status = "Name:\tx\nVmHWM:\t  2048 kB\nVmRSS:\t  1024 kB\n";
        assert_eq!(status_bytes(status, "VmRSS:"), Some(1 << 20));
        assert_eq!(status_bytes(status, "VmSwap:"), None);
    }

    #[test]
    fn this_process_is_among_its_family_and_holds_memory() {
        let me = std::process::id();
        assert!(family_cpu(&[me]) >= own_cpu().saturating_sub(Duration::from_millis(50)));
        assert!(memory(me).is_some_and(|(now, most)| 0 < now && now <= most));
        assert_eq!(memory(u32::MAX), None);
    }
}

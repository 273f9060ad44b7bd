//! What the system says about this process: processor time, memory, open files.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use crate::metrics::Registry;

/// Processor time that all threads of this process have used.
pub fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    let nanos = u64::try_from(time.tv_nsec).unwrap_or(0);
    Duration::from_secs(seconds) + Duration::from_nanos(nanos)
}

/// Resident memory of this process in octets, where the system tells (`/proc/self/status`).
pub fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

/// Writes these measures into the registry.
pub(crate) fn measure(registry: &Registry) {
    let micros = u64::try_from(cpu_time().as_micros()).unwrap_or(u64::MAX);
    registry
        .seconds(
            "counterfoil_process_cpu_seconds_total",
            "Processor time used by this process since its start.",
        )
        .raise_to(micros);
    if let Some(bytes) = resident_bytes() {
        registry
            .gauge(
                "counterfoil_process_resident_memory_bytes",
                "Resident memory of this process.",
                &[],
            )
            .set(i64::try_from(bytes).unwrap_or(i64::MAX));
    }
    if let Ok(descriptors) = std::fs::read_dir("/proc/self/fd") {
        registry
            .gauge("counterfoil_process_open_fds", "Open file descriptors of this process.", &[])
            .set(i64::try_from(descriptors.count()).unwrap_or(i64::MAX));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn process_has_used_time_and_memory() {
        assert!(cpu_time() > Duration::ZERO);
        assert!(resident_bytes().is_some_and(|bytes| bytes > 100_000));
    }
}

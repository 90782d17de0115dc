//! The settings with which a private Postgres starts: durable, reachable by its socket alone, and
//! modest, since it shares a machine with the server. They go on the command line, so that no
//! file in the folder of an unprivileged account is ever written by root.

use std::{fs, path::Path};

const MIB: u64 = 1 << 20;

/// The settings as `name=value`.
#[must_use]
pub(super) fn settings(socket_dir: &Path) -> Vec<String> {
    let memory = memory_bytes();
    let buffers = (memory / 8 / MIB).clamp(64, 1024);
    let cache = (memory / 2 / MIB).max(256);
    let mut settings: Vec<String> = [
        "listen_addresses=",
        "unix_socket_permissions=0700",
        "ssl=off",
        "password_encryption=scram-sha-256",
        "max_connections=100",
        "fsync=on",
        "full_page_writes=on",
        "synchronous_commit=on",
        "wal_compression=on",
        "max_wal_size=2GB",
        "min_wal_size=256MB",
        "checkpoint_timeout=15min",
        "work_mem=16MB",
        "maintenance_work_mem=128MB",
        "random_page_cost=1.1",
        "jit=off",
        "timezone=UTC",
        "log_timezone=UTC",
        "logging_collector=off",
        "log_destination=stderr",
        "log_line_prefix=%m [%p] %q%u@%d ",
        // Rows and statements in error messages would carry personal data into a log file.
        "log_error_verbosity=terse",
        "log_min_error_statement=panic",
    ]
    .map(str::to_owned)
    .into();
    settings.push(format!("port={}", super::folder::PORT));
    settings.push(format!("unix_socket_directories={}", socket_dir.display()));
    settings.push(format!("shared_buffers={buffers}MB"));
    settings.push(format!("effective_cache_size={cache}MB"));
    settings
}

/// Memory of this machine or container; 1 GiB where nobody says.
fn memory_bytes() -> u64 {
    let total = fs::read_to_string("/proc/meminfo").ok().and_then(|text| {
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix("MemTotal:"))?;
        let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
        Some(kib.saturating_mul(1024))
    });
    let limit = fs::read_to_string("/sys/fs/cgroup/memory.max")
        .ok()
        .and_then(|text| text.trim().parse::<u64>().ok());
    match (total, limit) {
        (Some(total), Some(limit)) => total.min(limit),
        (total, limit) => total.or(limit).unwrap_or(1024 * MIB),
    }
}

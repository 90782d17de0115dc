//! The log of a demo task: what a masking run prints, with colours, a warning, perhaps an error.

use std::fmt::Write as _;

use rand::RngExt as _;
use rand::rngs::StdRng;

/// The log as an agent would send it; ends with an error when `failed`.
pub(super) fn generate(random: &mut StdRng, name: &str, failed: bool) -> String {
    let mut log = String::new();
    let rows = random.random_range(20_000..90_000);
    let tables = ["customers", "orders", "invoices", "claims"];
    // Writing to a string cannot fail.
    let _ = writeln!(log, "\u{1b}[1mStarting {name}\u{1b}[0m");
    for (index, table) in tables.iter().enumerate() {
        let _ = writeln!(log, "INFO  reading {table}");
        for part in 0..random.random_range(40..160) {
            let _ = writeln!(
                log,
                "INFO  {table}: part {part:04}, {} rows, {} ms",
                random.random_range(100..900),
                random.random_range(4..250)
            );
        }
        if index == 1 {
            let _ = writeln!(
                log,
                "\u{1b}[33mWARN  {table}: 3 e-mail addresses in a free-text column were masked\u{1b}[0m"
            );
        }
    }
    if failed {
        let _ = writeln!(
            log,
            "\u{1b}[31mERROR connection reset by the source after {rows} rows\u{1b}[0m"
        );
    } else {
        let _ = writeln!(
            log,
            "\u{1b}[32mDone: {rows} rows in {} tables\u{1b}[0m",
            tables.len()
        );
    }
    log
}

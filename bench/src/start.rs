//! From the start of the process to the first page: the release binary on an empty folder, and
//! `make run` in a tree that is built.

use std::process::Command;

use anyhow::{Result, ensure};
use serde_json::json;

use crate::figures::{Measured, Target, median};
use crate::options::{Figure, Options, root, target};
use crate::server::Server;

pub(crate) fn measure(options: &Options) -> Result<Vec<Measured>> {
    let mut times = Vec::new();
    for round in 0..options.rounds.min(3) {
        let server = Server::start(options, &format!("start-{round}"), &[])?;
        times.push(server.first_page.as_secs_f64());
    }
    let mut figures = vec![figure(
        "Release binary, empty folder, to its first page",
        10.0,
        &times,
    )];
    if options.wants(Figure::Run) && target().join("debug/auditorium").is_file() {
        figures.push(figure(
            "make run in a built tree, to its first page",
            15.0,
            &make_run(options)?,
        ));
    }
    Ok(figures)
}

/// What `make run` calls, which ends as the server. What changed is built before, not counted.
fn make_run(options: &Options) -> Result<Vec<f64>> {
    let script = root().join("scripts/run");
    let built = Command::new(&script).arg("--help").output()?;
    ensure!(
        built.status.success(),
        "scripts/run failed:\n{}",
        String::from_utf8_lossy(&built.stderr)
    );
    let mut times = Vec::new();
    for round in 0..options.rounds.min(3) {
        let data = options.folder().join(format!("run-{round}"));
        let server = Server::run(Command::new(&script), &data)?;
        times.push(server.first_page.as_secs_f64());
    }
    Ok(times)
}

fn figure(name: &str, most: f64, times: &[f64]) -> Measured {
    let rounds: Vec<String> = times.iter().map(|time| format!("{time:.2}")).collect();
    Measured {
        name: name.to_owned(),
        words: format!("{} s", rounds.join(", ")),
        value: Some(median(times)),
        unit: " s",
        target: Target::AtMost(most),
        detail: json!({ "seconds": times }),
    }
}

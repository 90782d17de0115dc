//! Measures what Auditorium promises: the release program as a user starts it, with its private
//! and durable Postgres, against Postgres itself on the same machine in the same minutes.
//!
//! Each figure with a baseline is measured in rounds, product and baseline in turn, and judged by
//! the medians. Nothing is simulated; what cannot be measured here says so. See `docs/benches.md`.

mod events;
mod export;
mod figures;
mod http;
mod options;
mod pages;
mod postgres;
mod proxy;
mod recording;
mod search;
mod server;
mod singles;
mod start;
mod task_log;
mod weed;

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::{Context as _, Result};

use crate::figures::Report;
use crate::options::{Figure, Options};
use crate::postgres::Postgres;
use crate::server::Server;

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Whether no figure was missed.
fn run() -> Result<bool> {
    let Some(options) = Options::read()? else {
        writeln!(std::io::stdout(), "{}", options::USAGE)?;
        return Ok(true);
    };
    options.check_programs()?;
    let folder = options.folder();
    if folder.exists() {
        std::fs::remove_dir_all(folder).context("cannot clear the folder of the last run")?;
    }
    std::fs::create_dir_all(folder)?;
    let mut report = Report::default();
    trail(&options, &mut report)?;
    if options.wants(Figure::TaskLog) {
        eprintln!("== Opening a task's log");
        report.add(task_log::measure(&options)?);
    }
    if options.wants(Figure::Pages) {
        report.add(pages::measure(&options)?);
    }
    if options.wants(Figure::Start) {
        eprintln!("== Starting");
        report.add(start::measure(&options)?);
    }
    report.write(&options, &mut std::io::stdout().lock())?;
    Ok(!report.is_missed())
}

/// What is measured on one installation that fills up: recording, then exporting and searching.
fn trail(options: &Options, report: &mut Report) -> Result<()> {
    let on_trail = [
        Figure::Recording,
        Figure::Singles,
        Figure::Export,
        Figure::Search,
    ];
    if !on_trail.into_iter().any(|figure| options.wants(figure)) {
        return Ok(());
    }
    let server = Server::start(options, "trail", &[])?;
    let postgres = Postgres::beside(&server, options.folder())?;
    report.about("postgres", postgres.describe()?);
    postgres.check_durable()?;
    postgres.create_baseline()?;
    // Filling the trail is what the first figure measures, so it always runs.
    eprintln!("== Recording in batches");
    let figures = recording::measure(options, &server, &postgres)?;
    if options.wants(Figure::Recording) {
        report.add(figures);
    }
    if options.wants(Figure::Singles) {
        eprintln!("== Recording one event a request");
        report.add(singles::measure(options, &server, &postgres)?);
    }
    postgres.settle()?;
    if options.wants(Figure::Export) {
        eprintln!("== Exporting");
        report.add(export::measure(options, &server, &postgres)?);
    }
    if options.wants(Figure::Search) {
        eprintln!("== Searching");
        report.add(search::measure(options, &server, &postgres)?);
    }
    Ok(())
}

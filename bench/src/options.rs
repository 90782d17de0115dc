//! The command line, and where things lie in the work tree.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};

pub(crate) const USAGE: &str = "\
Usage: make bench [ARGS=\"OPTIONS\"]

  --events N     events that the trail is filled with            [1000000]
  --rounds N     rounds of each comparison                       [5]
  --seconds N    seconds of a round of single events             [10]
  --log-mib N    size of the task's log                          [1024]
  --only NAMES   of recording, singles, export, search, task-log, pages, start
                 (separated by commas; `run` adds a warm `make run` to `start`)
  --program F    the release program                             [target/release/auditorium]";

/// What can be measured by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Figure {
    Recording,
    Singles,
    Export,
    Search,
    TaskLog,
    Pages,
    Start,
    Run,
}

const FIGURES: [(&str, Figure); 8] = [
    ("recording", Figure::Recording),
    ("singles", Figure::Singles),
    ("export", Figure::Export),
    ("search", Figure::Search),
    ("task-log", Figure::TaskLog),
    ("pages", Figure::Pages),
    ("start", Figure::Start),
    ("run", Figure::Run),
];

/// What is measured, and how large.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) events: u64,
    pub(crate) rounds: u32,
    pub(crate) seconds: u64,
    pub(crate) log_mib: u64,
    pub(crate) program: PathBuf,
    only: Vec<Figure>,
    folder: PathBuf,
}

impl Options {
    /// None when help is asked for.
    pub(crate) fn read() -> Result<Option<Self>> {
        let mut options = Self {
            events: 1_000_000,
            rounds: 5,
            seconds: 10,
            log_mib: 1024,
            program: target().join("release/auditorium"),
            only: FIGURES.map(|(_, figure)| figure).to_vec(),
            folder: target().join("bench"),
        };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            if word == "--help" || word == "help" {
                return Ok(None);
            }
            let value = words
                .next()
                .with_context(|| format!("{word} needs a value\n\n{USAGE}"))?;
            match word.as_str() {
                "--events" => options.events = number(&word, &value)?.max(10_000),
                "--rounds" => options.rounds = u32::try_from(number(&word, &value)?)?.max(1),
                "--seconds" => options.seconds = number(&word, &value)?.max(1),
                "--log-mib" => options.log_mib = number(&word, &value)?.max(16),
                "--program" => options.program = std::path::absolute(&value)?,
                "--only" => options.only = figures(&value)?,
                _ => bail!("unknown option {word}\n\n{USAGE}"),
            }
        }
        Ok(Some(options))
    }

    pub(crate) fn wants(&self, figure: Figure) -> bool {
        self.only.contains(&figure)
    }

    /// Events that are recorded in one round, in whole batches.
    pub(crate) fn events_a_round(&self) -> u64 {
        (self.events / u64::from(self.rounds) / 1_000).max(1) * 1_000
    }

    /// Everything that a run leaves.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn check_programs(&self) -> Result<()> {
        ensure!(
            self.program.is_file(),
            "{} is missing: run `make dist` first",
            self.program.display()
        );
        for program in ["psql", "pgbench", "pg_dump"] {
            let found = std::process::Command::new(program)
                .arg("--version")
                .output();
            ensure!(
                found.is_ok_and(|output| output.status.success()),
                "{program} is missing: install the programs of Postgres"
            );
        }
        Ok(())
    }
}

fn number(option: &str, value: &str) -> Result<u64> {
    value
        .replace('_', "")
        .parse()
        .with_context(|| format!("{option} {value}: not a whole number"))
}

fn figures(names: &str) -> Result<Vec<Figure>> {
    names
        .split(',')
        .map(|name| {
            FIGURES
                .iter()
                .find_map(|(known, figure)| (*known == name).then_some(*figure))
                .with_context(|| format!("no figure is called {name}\n\n{USAGE}"))
        })
        .collect()
}

/// Root of the work tree.
pub(crate) fn root() -> &'static Path {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own)
}

/// The folder of compiled artefacts, as cargo chooses it.
pub(crate) fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => root().join(folder),
        None => root().join("target"),
    }
}

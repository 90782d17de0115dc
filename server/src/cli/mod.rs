//! The command line: one file a command. Commands print results on standard output and
//! everything else on standard error; they exit with 0 (done), 1 (failed) or 2 (misused).

pub mod agent;
pub mod backup;
mod database_tool;
pub mod demo;
pub mod doctor;
pub mod export;
pub mod import;
pub mod migrate;
mod person_output;
pub mod restore;
pub mod serve;
pub mod sql;
pub mod token;
pub mod trail;
pub mod user;
pub mod verify;
pub mod witness;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::Flags;

/// Self-hosted audit log and compliance console.
#[derive(Debug, Parser)]
#[command(name = "auditorium", version, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    flags: Flags,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start the console; with no configuration, on a private Postgres in the data folder
    Serve(serve::Serve),
    /// Bring in what other systems recorded
    Import(import::Import),
    /// Write events to a file, however many they are
    Export(export::Export),
    /// Check a bundle, without any server
    Verify(verify::Verify),
    /// Report tasks and their logs
    Agent(agent::Agent),
    /// Load generated events and agents, or remove them again
    Demo(demo::Demo),
    /// Bring the database's schema to what this program needs
    Migrate(migrate::Migrate),
    /// Show, invite and change the people of this installation
    User(user::User),
    /// Make, show and revoke the tokens of programs
    Token(token::TokenCommand),
    /// Open psql on the database, as a role that only reads
    Sql(sql::Sql),
    /// Put everything into one folder, beside a running server or without one
    Backup(backup::Backup),
    /// Make an installation out of a backup, in an empty place
    Restore(restore::Restore),
    /// Say what is misconfigured and how to mend it
    Doctor(doctor::Doctor),
    /// Say something about the verifiable trail
    Trail(trail::Trail),
    /// Cosign the checkpoints of other installations
    Witness(witness::WitnessCommand),
}

/// Parses the arguments, runs the command, says what failed.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    // Whatever this process creates (objects, exports, credentials) is its user's alone.
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    // Fails only when a provider is there already, which is as good.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!(%error, "cannot start the runtime");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(cli)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("auditorium: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    match cli.command {
        Command::Serve(serve) => serve.run(&cli.flags).await,
        Command::Agent(agent) => agent.run(&cli.flags).await,
        Command::Migrate(migrate) => migrate.run(&cli.flags).await,
        Command::User(user) => user.run(&cli.flags).await,
        Command::Token(token) => token.run(&cli.flags).await,
        Command::Sql(sql) => sql.run(&cli.flags).await,
        Command::Backup(backup) => backup.run(&cli.flags).await,
        Command::Restore(restore) => restore.run(&cli.flags).await,
        Command::Doctor(doctor) => doctor.run(&cli.flags).await,
        Command::Import(import) => import.run(&cli.flags).await,
        Command::Verify(verify) => verify.run().await,
        Command::Export(export) => export.run(&cli.flags).await,
        Command::Demo(demo) => demo.run(&cli.flags).await,
        Command::Trail(trail) => trail.run(&cli.flags).await,
        Command::Witness(witness) => witness.run(&cli.flags).await,
    }
}

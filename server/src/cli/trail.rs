//! `auditorium trail`: what an owner says about the verifiable trail, on the server's machine.

mod show;

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand};
use service::Services;
use service::trail::{Declaration, Keys, Outlook, outlook, recover};

use super::person_output::{print, refused};
use crate::config::{Config, Flags};
use crate::installation;

/// Arguments of `trail`.
#[derive(Debug, Args)]
pub struct Trail {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print the policy of this installation: whom to believe who verifies its bundles
    #[command(after_help = "Examples:\n  auditorium trail policy > acme.policy")]
    Policy,
    /// Print size, newest checkpoint, holes and damage
    #[command(after_help = "Examples:\n  auditorium trail status")]
    Status,
    /// Declare that the database was restored from an older copy, so that sealing goes on
    Recover(Recover),
}

/// Arguments of `trail recover`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  auditorium trail recover\n  auditorium trail recover --owner ada@example.org --approver bob@example.org --reason \"disk failure, backup of Friday\"\n\nWithout --owner it only shows what the database lacks."
)]
struct Recover {
    /// E-mail address of the owner who declares it
    #[arg(long, value_name = "EMAIL", requires = "reason")]
    owner: Option<String>,
    /// E-mail address of a second owner, needed where there is one
    #[arg(long, value_name = "EMAIL")]
    approver: Option<String>,
    /// Why the database was restored; stands in the trail
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// End this trail and begin another, where its leaves cannot be brought back
    #[arg(long)]
    new_origin: bool,
    /// The name of the trail, in place of typing it
    #[arg(long, value_name = "NAME")]
    confirm: Option<String>,
}

impl Trail {
    /// Runs the subcommand beside the database.
    pub async fn run(self, flags: &Flags) -> Result<ExitCode> {
        let config = Config::load(flags)?;
        let arguments = match self.command {
            Command::Policy => return show::policy(&config).await.map(|()| ExitCode::SUCCESS),
            Command::Status => return show::status(&config).await.map(|()| ExitCode::SUCCESS),
            Command::Recover(arguments) => arguments,
        };
        let installation = installation::open_beside(&config).await?;
        let outcome = arguments.run(&config, &installation.services).await;
        installation.close().await?;
        outcome?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Recover {
    async fn run(self, config: &Config, services: &Services) -> Result<()> {
        let Some(keys) = Keys::open(&config.trail_keys).await? else {
            bail!("no keys of the trail in {}", config.trail_keys.display());
        };
        let outlook = outlook(services, &keys).await.map_err(refused)?;
        show(&outlook)?;
        let (Some(owner), Some(reason)) = (self.owner, self.reason) else {
            return print("Nothing was changed. Declare it with --owner and --reason.");
        };
        if !outlook.continues() && !self.new_origin {
            bail!(
                "the leaves cannot be brought back; --new-origin ends this trail and begins another"
            );
        }
        let typed = match self.confirm {
            Some(typed) => typed,
            None => ask(&outlook.origin).await?,
        };
        if typed.trim() != outlook.origin {
            bail!("that is not the name of the trail; nothing was changed");
        }
        let continues = outlook.continues();
        let declaration = Declaration {
            owner,
            approver: self.approver,
            reason,
        };
        let event = recover(services, &config.trail_keys, &keys, outlook, declaration)
            .await
            .map_err(refused)?;
        print(&format!(
            "Declared and recorded as {event}. The trail is sealed again."
        ))?;
        if !continues {
            print("Restart the server: it signs with the new origin's keys from then on.")?;
        }
        Ok(())
    }
}

fn show(outlook: &Outlook) -> Result<()> {
    let Outlook {
        origin,
        reason,
        database,
        common,
        signed,
        ..
    } = outlook;
    print(&format!("Trail:     {origin}"))?;
    print(&format!("Not sealed because: {reason}"))?;
    print(&format!("Signed:    {} events", signed.size))?;
    print(&format!(
        "Database:  {database} events, {common} of them as they were signed"
    ))?;
    if outlook.continues() {
        let lost = signed.size.saturating_sub(*common);
        print(&format!(
            "The content of {lost} events is lost, positions {common} to {}. Their leaves are in \
             the archive and come back; the trail goes on under its name.",
            signed.size.saturating_sub(1)
        ))?;
        print(&format!(
            "{} events that were recorded since then move behind them.",
            database.saturating_sub(*common)
        ))
    } else {
        print(
            "The archive does not have the leaves that the database lacks, or sealing stands still \
             for another reason: this trail cannot go on under its name. With --new-origin another \
             begins, which names the last checkpoint of this one.",
        )
    }
}

async fn ask(origin: &str) -> Result<String> {
    let mut error = std::io::stderr().lock();
    write!(
        error,
        "Type the name of the trail ({origin}) to declare this: "
    )?;
    error.flush()?;
    drop(error);
    tokio::task::spawn_blocking(|| {
        let mut typed = String::new();
        std::io::stdin().read_line(&mut typed)?;
        Ok::<_, std::io::Error>(typed)
    })
    .await?
    .context("cannot read the confirmation")
}

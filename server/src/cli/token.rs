//! `auditorium token`: tokens for programs, from the machine that has the database.

use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::{Args, Subcommand};
use model::permission::Permission;
use model::token::{NewToken, Token};
use service::{Caller, Services, tokens};
use uuid::Uuid;

use super::person_output::{print, print_json, refused};
use crate::config::{Config, Flags};
use crate::installation;

/// Arguments of `token`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  auditorium token create billing-export --scope events.write\n  auditorium token create ada-laptop --for ada@example.org --scope logs.read --scope logs.export --days 30\n  auditorium token list\n  auditorium token revoke 01942ef1-7c02-7d10-a3f5-0c8f2c9b7d11"
)]
pub struct TokenCommand {
    #[command(subcommand)]
    command: Command,
    /// Print JSON
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a token and print its secret, once
    Create {
        /// What will use it
        name: String,
        /// What it may do, such as events.write or tasks.write; give several times for several
        #[arg(long = "scope", value_name = "SCOPE", required = true)]
        scopes: Vec<Permission>,
        /// The person it acts for, by address; a service's token when left out
        #[arg(long = "for", value_name = "EMAIL")]
        owner: Option<String>,
        /// Days until it expires [default: the setting]
        #[arg(long)]
        days: Option<u16>,
    },
    /// Show all tokens
    List,
    /// Revoke a token
    Revoke {
        /// Its id, or the first characters of its secret as `list` shows them
        token: String,
    },
}

impl TokenCommand {
    /// Runs the subcommand beside the database.
    pub async fn run(self, flags: &Flags) -> Result<ExitCode> {
        let config = Config::load(flags)?;
        let installation = installation::open_beside(&config).await?;
        let outcome = self.with(&installation.services).await;
        installation.close().await?;
        outcome?;
        Ok(ExitCode::SUCCESS)
    }

    async fn with(self, services: &Services) -> Result<()> {
        let caller = Caller::system("command line");
        match self.command {
            Command::Create {
                name,
                scopes,
                owner,
                days,
            } => {
                let for_service = owner.is_none();
                let new = NewToken {
                    name,
                    scopes,
                    days,
                    for_service,
                };
                create(services, &caller, owner, new, self.json).await
            }
            Command::List => {
                let all = tokens::list_all(services, &caller).await.map_err(refused)?;
                if self.json {
                    print_json(&all)
                } else {
                    list(services, &all)
                }
            }
            Command::Revoke { token } => {
                let id = find(services, &caller, &token).await?;
                tokens::revoke(services, &caller, id)
                    .await
                    .map_err(refused)?;
                eprintln!("Revoked.");
                Ok(())
            }
        }
    }
}

async fn create(
    services: &Services,
    caller: &Caller,
    owner: Option<String>,
    new: NewToken,
    json: bool,
) -> Result<()> {
    let issued = match owner {
        Some(email) => tokens::create_for(services, caller, &email, new).await,
        None => tokens::create(services, caller, new).await,
    }
    .map_err(refused)?;
    if json {
        return print_json(&issued);
    }
    if let Some(end) = issued.token.expires_at {
        eprintln!("Shown this once; expires {}.", end.format("%Y-%m-%d"));
    }
    print(&issued.secret)
}

async fn find(services: &Services, caller: &Caller, text: &str) -> Result<Uuid> {
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    let all = tokens::list_all(services, caller).await.map_err(refused)?;
    let mut matching = all.iter().filter(|token| token.hint == text);
    let found = matching
        .next()
        .with_context(|| format!("no token is {text}; see `auditorium token list`"))?;
    anyhow::ensure!(
        matching.next().is_none(),
        "several tokens begin with {text}; give the id"
    );
    Ok(found.id)
}

fn list(services: &Services, all: &[Token]) -> Result<()> {
    let now = services.now();
    for token in all {
        let state = match (token.revoked_at, token.has_ended(now), token.expires_at) {
            (Some(_), ..) => "revoked".to_owned(),
            (None, true, _) => "expired".to_owned(),
            (None, false, Some(end)) => format!("until {}", end.format("%Y-%m-%d")),
            (None, false, None) => "no expiry".to_owned(),
        };
        let scopes: Vec<&str> = token.scopes.iter().map(|scope| scope.as_str()).collect();
        print(&format!(
            "{}  {}  {:17} {:24} {:24} {}",
            token.id,
            token.hint,
            state,
            token.owner.as_deref().unwrap_or("a service"),
            token.name,
            scopes.join(",")
        ))?;
    }
    Ok(())
}

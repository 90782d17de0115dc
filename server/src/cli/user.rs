//! `auditorium user`: the people of this installation, from the machine that has its database.
//! Works while the server runs and while it does not, so that there is always a way back in.

use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::{Args, Subcommand};
use model::permission::Role;
use model::person::{IssuedLink, Member, PersonState};
use service::users::{self, Invitation};
use service::{Caller, Services};

use super::person_output::{print, print_json, refused};
use crate::client::Client;
use crate::config::{Config, Flags};
use crate::installation;

/// Arguments of `user`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  auditorium user list\n  auditorium user invite ada@example.org --role developer\n  auditorium user recover owner@localhost"
)]
pub struct User {
    #[command(subcommand)]
    command: Command,
    /// Print JSON
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show everybody
    List,
    /// Add a person and print the link with which they choose a password
    Invite {
        email: String,
        #[arg(
            long,
            default_value = "viewer",
            help = "security_auditor, viewer, developer, operator, admin or owner"
        )]
        role: Role,
        /// The part before the @ when left out
        #[arg(long, default_value = "")]
        name: String,
    },
    /// Give a person another role
    Role { email: String, role: Role },
    /// End a person's sessions and stop their tokens, until enabled again
    Disable { email: String },
    /// Let a disabled person in again
    Enable { email: String },
    /// Enable a person and print a link with which they choose a new password
    Recover { email: String },
}

impl User {
    /// Runs the subcommand beside the database.
    pub async fn run(self, flags: &Flags) -> Result<ExitCode> {
        let config = Config::load(flags)?;
        let installation = installation::open_beside(&config).await?;
        let outcome = self.with(&config, &installation.services).await;
        installation.close().await?;
        outcome?;
        Ok(ExitCode::SUCCESS)
    }

    async fn with(self, config: &Config, services: &Services) -> Result<()> {
        let caller = Caller::system("command line");
        let json = self.json;
        match self.command {
            Command::List => {
                let people = users::list(services, &caller).await.map_err(refused)?;
                if json {
                    print_json(&people)
                } else {
                    list(&people)
                }
            }
            Command::Invite { email, role, name } => {
                let invitation = Invitation { email, name, role };
                let link = users::invite(services, &caller, invitation)
                    .await
                    .map_err(refused)?;
                show_link(config, link, json)
            }
            Command::Recover { email } => {
                let link = users::recover(services, &caller, &email)
                    .await
                    .map_err(refused)?;
                show_link(config, link, json)
            }
            Command::Role { email, role } => {
                let id = find(services, &caller, &email).await?.id;
                let member = users::change_role(services, &caller, id, role)
                    .await
                    .map_err(refused)?;
                show_member(&member, json)
            }
            Command::Disable { email } => {
                set_state(services, &caller, &email, PersonState::Disabled, json).await
            }
            Command::Enable { email } => {
                set_state(services, &caller, &email, PersonState::Active, json).await
            }
        }
    }
}

async fn set_state(
    services: &Services,
    caller: &Caller,
    email: &str,
    state: PersonState,
    json: bool,
) -> Result<()> {
    let id = find(services, caller, email).await?.id;
    let member = users::set_state(services, caller, id, state)
        .await
        .map_err(refused)?;
    show_member(&member, json)
}

async fn find(services: &Services, caller: &Caller, email: &str) -> Result<Member> {
    let people = users::list(services, caller).await.map_err(refused)?;
    let email = email.trim().to_lowercase();
    people
        .into_iter()
        .find(|member| member.email == email)
        .with_context(|| format!("nobody here has the address {email}; see `auditorium user list`"))
}

fn list(people: &[Member]) -> Result<()> {
    for member in people {
        let seen = member.last_seen_at.map_or_else(
            || "never seen".to_owned(),
            |at| format!("seen {}", at.format("%Y-%m-%d %H:%M UTC")),
        );
        print(&format!(
            "{:32} {:16} {:15} {:24} {}",
            member.email,
            member.role.as_str(),
            member.standing(),
            seen,
            member.name
        ))?;
    }
    Ok(())
}

fn show_member(member: &Member, json: bool) -> Result<()> {
    if json {
        return print_json(member);
    }
    print(&format!(
        "{} is {}, {}.",
        member.email,
        member.role,
        member.standing().to_lowercase()
    ))
}

/// Prints a link that opens once, with the address of the server where one is known.
fn show_link(config: &Config, mut link: IssuedLink, json: bool) -> Result<()> {
    if link.url.starts_with('/') {
        let base = match &config.network.public_url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => Client::find(&config.data_dir)
                .map(|client| client.url().to_owned())
                .unwrap_or_default(),
        };
        link.url = format!("{base}{}", link.url);
    }
    if json {
        return print_json(&link);
    }
    eprintln!(
        "Pass this link on to {}. It opens once, until {}.",
        link.email,
        link.expires_at.format("%Y-%m-%d %H:%M UTC")
    );
    print(&link.url)
}

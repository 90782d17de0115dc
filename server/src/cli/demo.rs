//! `auditorium demo`: has the server fill itself with generated data, and takes it out again.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Result, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use model::demo::DemoState;

use crate::client::{Client, accepted};
use crate::config::{Config, Flags};

/// How often the server is asked how far it is.
const PAUSE: Duration = Duration::from_millis(200);

/// Arguments of `demo`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  auditorium demo\n  auditorium demo --events 5000\n  auditorium demo --remove"
)]
pub struct Demo {
    /// How many events to generate over the last 30 days
    #[arg(long, default_value_t = model::demo::EVENTS, value_name = "N")]
    events: u32,
    /// Number that the generated data follows from
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
    /// Delete the demo's events instead
    #[arg(long)]
    remove: bool,
}

impl Demo {
    /// Has the demo's data loaded or removed, and waits until it is.
    pub async fn run(self, flags: &Flags) -> Result<ExitCode> {
        let config = Config::load(flags)?;
        let client = Client::find(&config.data_dir)?;
        if self.remove {
            return remove(&client).await;
        }
        let form = format!("events={}&seed={}", self.events, self.seed);
        post_form(&client, "/api/ui/demo/load", form).await?;
        self.wait(&client).await?;
        eprintln!(
            "Loaded {} events of three teams, and two agents with tasks, into {}.",
            self.events,
            client.url()
        );
        eprintln!("Remove the events again with: auditorium demo --remove");
        Ok(ExitCode::SUCCESS)
    }

    async fn wait(&self, client: &Client) -> Result<()> {
        let bar = ProgressBar::new(u64::from(self.events));
        bar.set_style(ProgressStyle::with_template(
            "{bar:30} {human_pos}/{human_len} events  {eta}",
        )?);
        loop {
            match state(client).await? {
                DemoState::Loading { sent, .. } => bar.set_position(sent.into()),
                DemoState::Present => break,
                DemoState::Absent | DemoState::Failed => {
                    bail!("loading broke off; the server's log says why")
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
        bar.finish_and_clear();
        Ok(())
    }
}

async fn state(client: &Client) -> Result<DemoState> {
    let request = client
        .post("/api/ui/demo/state")
        .json(&serde_json::json!({}));
    Ok(accepted(request.send().await?).await?.json().await?)
}

async fn post_form(client: &Client, path: &str, form: String) -> Result<reqwest::Response> {
    let request = client
        .post(path)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form);
    accepted(request.send().await?).await
}

async fn remove(client: &Client) -> Result<ExitCode> {
    let answer = post_form(client, "/api/ui/demo/remove", String::new()).await?;
    match answer.json::<i64>().await? {
        0 => eprintln!("There are no demo events."),
        count => {
            eprintln!("Deleted {count} demo events. The agents and their finished tasks stay.");
        }
    }
    Ok(ExitCode::SUCCESS)
}

//! `auditorium trail policy` and `auditorium trail status`: what a running server says of its
//! trail.

use anyhow::{Context as _, Result};
use model::integrity::TrailStatus;

use crate::cli::person_output::print;
use crate::client::{Client, accepted};
use crate::config::Config;

/// Prints the policy file of this installation: give it to whoever is to verify its bundles.
pub(super) async fn policy(config: &Config) -> Result<()> {
    let text = ask(config, "/api/v1/trail/policy").await?.text().await?;
    print(text.trim_end())
}

/// Prints size, checkpoint, holes and damage.
pub(super) async fn status(config: &Config) -> Result<()> {
    let status: TrailStatus = ask(config, "/api/v1/trail").await?.json().await?;
    if let Some(origin) = &status.origin {
        print(&format!(
            "Trail        {} since {}",
            origin.origin, origin.since
        ))?;
    }
    print(&format!("Positions    {}", status.size))?;
    match &status.checkpoint {
        Some(checkpoint) => print(&format!(
            "Checkpoint   {} entries, signed {}",
            checkpoint.size, checkpoint.signed_at
        ))?,
        None => print("Checkpoint   none yet")?,
    }
    print(&format!("Root         {}", status.root))?;
    match &status.refusal {
        Some(refusal) => print(&format!(
            "Not sealed   since {}: {}",
            refusal.since, refusal.reason
        ))?,
        None => print("Sealing      goes on")?,
    }
    print(&format!(
        "Holes        {} with a cause on record",
        status.holes.len()
    ))?;
    for damage in &status.damage {
        print(&format!(
            "Damage       positions {} to {}: {}, found {}",
            damage.first, damage.last, damage.kind, damage.found_at
        ))?;
    }
    if status.damage.is_empty() {
        print("Damage       none found")?;
    }
    Ok(())
}

async fn ask(config: &Config, path: &str) -> Result<reqwest::Response> {
    let client = Client::find(&config.data_dir)?;
    let response = client
        .get(path)
        .send()
        .await
        .context("the server cannot be reached")?;
    accepted(response).await
}

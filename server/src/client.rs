//! The command line's way to a running server: an address, a token, JSON.
//!
//! On the machine of an embedded server both stand in its data folder, readable by its owner
//! alone; elsewhere they come from `AUDITORIUM_URL` and `AUDITORIUM_TOKEN`.

use std::fmt::Write as _;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use model::problem::Problem;
use reqwest::{RequestBuilder, Response};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

/// A server and the right to call it.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    url: String,
    token: SecretString,
}

#[derive(Debug, Deserialize, Serialize)]
struct Local {
    url: String,
    token: String,
}

fn local_file(data_dir: &Path) -> PathBuf {
    data_dir.join("run").join("server.json")
}

/// Leaves address and token for commands on this machine, in a file of mode 0600.
pub fn write_local(data_dir: &Path, url: &str, token: &str) -> Result<()> {
    let path = local_file(data_dir);
    let folder = path.parent().context("the data folder has no path")?;
    std::fs::create_dir_all(folder)?;
    let partial = path.with_extension("partial");
    // A file that an interrupted start left behind; absent is as good.
    let _ = std::fs::remove_file(&partial);
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&partial)?;
    let local = Local {
        url: url.to_owned(),
        token: token.to_owned(),
    };
    file.write_all(&serde_json::to_vec(&local)?)?;
    std::fs::rename(&partial, &path)?;
    Ok(())
}

impl Client {
    /// The server that the environment names, else the embedded one of this data folder.
    pub fn find(data_dir: &Path) -> Result<Self> {
        let named = (
            std::env::var("AUDITORIUM_URL").ok(),
            std::env::var("AUDITORIUM_TOKEN").ok(),
        );
        let local = match named {
            (Some(url), Some(token)) => Local { url, token },
            (None, None) => read_local(data_dir)?,
            _ => bail!("set both AUDITORIUM_URL and AUDITORIUM_TOKEN, or neither"),
        };
        let http = reqwest::Client::builder()
            .user_agent(concat!("auditorium/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        let url = local.url.trim_end_matches('/').to_owned();
        Ok(Self {
            http,
            url,
            token: local.token.into(),
        })
    }

    /// The server's address, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A GET of a path with a query.
    pub fn get(&self, path: &str) -> RequestBuilder {
        self.http
            .get(format!("{}{path}", self.url))
            .bearer_auth(self.token.expose_secret())
    }

    /// A POST to a path with a query.
    pub fn post(&self, path: &str) -> RequestBuilder {
        self.http
            .post(format!("{}{path}", self.url))
            .bearer_auth(self.token.expose_secret())
    }
}

fn read_local(data_dir: &Path) -> Result<Local> {
    let path = local_file(data_dir);
    let text = std::fs::read(&path).with_context(|| {
        format!(
            "no server runs on {}; start one with `auditorium serve`, or set AUDITORIUM_URL and AUDITORIUM_TOKEN",
            data_dir.display()
        )
    })?;
    serde_json::from_slice(&text).with_context(|| format!("{} cannot be read", path.display()))
}

/// The answer when it is a success; the problem's words when it is not.
pub async fn accepted(response: Response) -> Result<Response> {
    if response.status().is_success() {
        return Ok(response);
    }
    let status = response.status();
    let text = response.text().await?;
    let Ok(problem) = serde_json::from_str::<Problem>(&text) else {
        bail!("the server answered {status}");
    };
    let mut message = problem.detail;
    for field in problem.errors.iter().take(5) {
        let line = field
            .line
            .map(|line| format!("line {line}, "))
            .unwrap_or_default();
        // Writing to a string cannot fail.
        let _ = write!(message, "\n  {line}{}: {}", field.path, field.reason);
    }
    bail!("{message}")
}

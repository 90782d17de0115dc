//! The calls that an agent makes, and what a failed one means for it.

use std::time::Duration;

use chrono::{DateTime, Utc};
use model::agent::{Agent, RegisterAgent};
use model::task::{OpenTask, Task};
use model::task_log::Appended;
use reqwest::{RequestBuilder, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::client::Client;

/// How long one call may take.
const CALL: Duration = Duration::from_secs(20);

/// Why a call did not succeed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// The server is away or overloaded: try again.
    Away(String),
    /// The server has decided: trying again changes nothing.
    Refused(String),
}

/// What became of a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sent {
    /// The server has this many bytes.
    Stored(u64),
    /// Go on from this byte.
    From(u64),
}

pub(super) async fn register(client: &Client, agent: &RegisterAgent) -> Result<Agent, Failure> {
    call(client.post("/api/v1/agents/register").json(agent)).await
}

pub(super) async fn open(client: &Client, task: &OpenTask) -> Result<Task, Failure> {
    call(client.post("/api/v1/tasks/open").json(task)).await
}

pub(super) async fn heartbeat(client: &Client, agent: Uuid, task: Uuid) -> Result<(), Failure> {
    let body = json!({ "agent": agent, "tasks": [task] });
    call::<Value>(client.post("/api/v1/agents/heartbeat").json(&body))
        .await
        .map(drop)
}

pub(super) async fn finish(
    client: &Client,
    task: Uuid,
    exit_code: i32,
    log_length: u64,
    finished_at: DateTime<Utc>,
) -> Result<Task, Failure> {
    let body = json!({
        "id": task, "exit_code": exit_code, "log_length": log_length, "finished_at": finished_at,
    });
    call(client.post("/api/v1/tasks/finish").json(&body)).await
}

/// Sends bytes that begin at an offset of the log.
pub(super) async fn append(
    client: &Client,
    task: Uuid,
    offset: u64,
    bytes: Vec<u8>,
) -> Result<Sent, Failure> {
    let request = client
        .post(&format!("/api/v1/tasks/{task}/log?offset={offset}"))
        .header("content-type", "application/octet-stream")
        .body(bytes);
    let (status, body) = answer(request).await?;
    if status.is_success() {
        return Ok(Sent::Stored(read::<Appended>(body)?.length));
    }
    match body.get("expected_offset").and_then(Value::as_u64) {
        Some(expected) if status == StatusCode::CONFLICT => Ok(Sent::From(expected)),
        _ => Err(failure(status, &body)),
    }
}

async fn call<T: DeserializeOwned>(request: RequestBuilder) -> Result<T, Failure> {
    let (status, body) = answer(request).await?;
    if status.is_success() {
        read(body)
    } else {
        Err(failure(status, &body))
    }
}

async fn answer(request: RequestBuilder) -> Result<(StatusCode, Value), Failure> {
    let away =
        |error: &reqwest::Error| Failure::Away(format!("the server cannot be reached ({error})"));
    let response = request
        .timeout(CALL)
        .send()
        .await
        .map_err(|error| away(&error))?;
    let status = response.status();
    let text = response.bytes().await.map_err(|error| away(&error))?;
    Ok((status, serde_json::from_slice(&text).unwrap_or_default()))
}

fn read<T: DeserializeOwned>(body: Value) -> Result<T, Failure> {
    serde_json::from_value(body)
        .map_err(|error| Failure::Away(format!("the server's answer cannot be read ({error})")))
}

fn failure(status: StatusCode, body: &Value) -> Failure {
    let words = ["message", "detail"]
        .iter()
        .find_map(|name| body.get(*name)?.as_str());
    let reason = words.map_or_else(|| format!("the server answered {status}"), str::to_owned);
    let again = status.is_server_error()
        || matches!(
            status,
            StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT
        );
    if again {
        Failure::Away(reason)
    } else {
        Failure::Refused(reason)
    }
}

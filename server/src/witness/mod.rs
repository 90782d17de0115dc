//! A witness for the logs of others (c2sp.org/tlog-witness): cosigns a checkpoint only where it
//! continues what was cosigned before, and so makes a log that shows two histories be noticed.
//!
//! Refuses logs that its policy does not name, and every step backwards, across restarts too.

mod state;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use axum::Router;
use axum::extract::{DefaultBodyLimit, State as Shared};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tower_http::timeout::TimeoutLayer;
use trail::checkpoint::Checkpoint;
use trail::cosignature;
use trail::note::{Algorithm, Note, Signature, SigningKey, VerifyingKey};
use trail::policy::Policy;
use trail::tree::{empty_root, verify_consistency};
use trail::witness::{AddCheckpoint, SIZE_TYPE};

use state::State;

/// The longest request, in bytes: 63 hashes and a note with many signatures.
const MAX_BODY: usize = 64 * 1024;
/// How long a request may take to arrive and be answered.
const PATIENCE: Duration = Duration::from_secs(10);

/// One witness: its key, the logs that it knows, and what it has seen of them.
#[derive(Debug)]
pub struct Witness {
    logs: Vec<VerifyingKey>,
    key: SigningKey,
    /// One request at a time: what was seen and what is signed must not part.
    state: Mutex<State>,
}

/// What a request comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The line to add to the note.
    Cosigned(Signature),
    /// 400, and why.
    Malformed(String),
    /// 403: no key that is known for this log signed.
    Forbidden,
    /// 404: the log is not known.
    Unknown,
    /// 409: this size was cosigned last.
    Size(u64),
    /// 422: not a continuation of what was cosigned.
    Unproved(String),
    /// 503: the clock stands before the last cosignature.
    Clock,
}

impl Witness {
    /// Opens the witness of a folder, whose key is made the first time under this name.
    ///
    /// # Errors
    ///
    /// Where the folder cannot be used, or another process uses it.
    pub fn open(folder: &Path, name: Option<&str>, policy: &Policy) -> Result<Self> {
        let state = State::open(folder)?;
        Ok(Self {
            logs: policy.logs().to_vec(),
            key: state.key(name)?,
            state: Mutex::new(state),
        })
    }

    /// The key with which others verify its cosignatures.
    #[must_use]
    pub const fn verifying_key(&self) -> &VerifyingKey {
        self.key.verifying_key()
    }

    /// Cosigns a checkpoint, or says why not. `now` is in seconds since 1970.
    ///
    /// # Errors
    ///
    /// Where the folder cannot be read or written: then nothing was signed.
    pub fn add(&self, body: &str, now: u64) -> Result<Answer> {
        let request = match AddCheckpoint::parse(body) {
            Ok(request) => request,
            Err(error) => return Ok(Answer::Malformed(error.to_string())),
        };
        let checkpoint = match Checkpoint::of(&request.note) {
            Ok(checkpoint) => checkpoint,
            Err(error) => return Ok(Answer::Malformed(error.to_string())),
        };
        if request.old > checkpoint.size {
            let text = "the old size is larger than the checkpoint's";
            return Ok(Answer::Malformed(text.to_owned()));
        }
        let mut note = match self.signed_by_log(&request.note, &checkpoint.origin) {
            Ok(note) => note,
            Err(answer) => return Ok(answer),
        };
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let last = state.last(&checkpoint.origin)?;
        let seen = last.as_ref().map(Checkpoint::of).transpose()?;
        if let Err(answer) = continues(&request, &checkpoint, seen.as_ref()) {
            return Ok(answer);
        }
        if let Some(last) = &last
            && cosignature::signed_at(last, self.verifying_key())?.is_some_and(|at| at > now)
        {
            return Ok(Answer::Clock);
        }
        let signature = cosignature::sign(&note, &self.key, now)?;
        note.attach(signature.clone());
        state.keep(&checkpoint.origin, &note)?;
        Ok(Answer::Cosigned(signature))
    }

    /// The note with the signatures of the log's known keys alone; one of them at least must fit,
    /// and none may not.
    fn signed_by_log(&self, note: &Note, origin: &str) -> Result<Note, Answer> {
        let mut known = self
            .logs
            .iter()
            .filter(|key| key.name() == origin)
            .peekable();
        if known.peek().is_none() {
            return Err(Answer::Unknown);
        }
        let mut kept = Note::new(note.text().to_owned())
            .map_err(|error| Answer::Malformed(error.to_string()))?;
        let mut signed = false;
        for key in known.filter(|key| key.algorithm() == Algorithm::Ed25519) {
            match note.is_signed_by(key) {
                Ok(true) => {
                    signed = true;
                    for line in note.signatures() {
                        if line.key_id == key.id() && line.name == key.name() {
                            kept.attach(line.clone());
                        }
                    }
                }
                Ok(false) => {}
                Err(_) => return Err(Answer::Forbidden),
            }
        }
        if signed {
            Ok(kept)
        } else {
            Err(Answer::Forbidden)
        }
    }
}

/// Whether the checkpoint continues what was seen, in the order of checks that C2SP fixes.
fn continues(
    request: &AddCheckpoint,
    new: &Checkpoint,
    seen: Option<&Checkpoint>,
) -> Result<(), Answer> {
    let (size, root) = seen.map_or((0, empty_root()), |seen| (seen.size, seen.root));
    if request.old != size {
        return Err(Answer::Size(size));
    }
    if new.size == 0 && new.root != empty_root() {
        return Err(Answer::Unproved(
            "an empty tree has another root".to_owned(),
        ));
    }
    verify_consistency(size, &root, new.size, &new.root, &request.proof)
        .map_err(|error| Answer::Unproved(error.to_string()))
}

/// The routes of a witness.
pub fn router(witness: Arc<Witness>) -> Router {
    Router::new()
        .route("/add-checkpoint", post(add_checkpoint))
        .route("/healthz", get(|| async { "ok\n" }))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::REQUEST_TIMEOUT,
            PATIENCE,
        ))
        .with_state(witness)
}

async fn add_checkpoint(Shared(witness): Shared<Arc<Witness>>, body: String) -> Response {
    let added = tokio::task::spawn_blocking(move || {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .context("the clock stands before 1970")?;
        witness.add(&body, now.as_secs())
    });
    match added.await.map_err(anyhow::Error::from).flatten() {
        Ok(answer) => answer.into_response(),
        Err(error) => {
            tracing::error!(error = %format!("{error:#}"), "nothing was cosigned");
            (
                StatusCode::SERVICE_UNAVAILABLE,
                "cannot keep what is cosigned\n",
            )
                .into_response()
        }
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let plain = |status, text: &str| (status, format!("{text}\n")).into_response();
        match self {
            Self::Cosigned(signature) => format!("{signature}\n").into_response(),
            Self::Malformed(reason) => plain(StatusCode::BAD_REQUEST, &reason),
            Self::Forbidden => plain(
                StatusCode::FORBIDDEN,
                "no key that is known for this log signed the checkpoint",
            ),
            Self::Unknown => plain(StatusCode::NOT_FOUND, "this log is not known here"),
            Self::Size(size) => (
                StatusCode::CONFLICT,
                [(CONTENT_TYPE, SIZE_TYPE)],
                format!("{size}\n"),
            )
                .into_response(),
            Self::Unproved(reason) => plain(StatusCode::UNPROCESSABLE_ENTITY, &reason),
            Self::Clock => plain(
                StatusCode::SERVICE_UNAVAILABLE,
                "the clock stands before the last cosignature",
            ),
        }
    }
}

//! Asks witnesses to cosign the newest checkpoint (c2sp.org/tlog-witness) and keeps what they
//! know of the trail. Sealing never waits for them; it refuses where one of them knows more than
//! the database holds, or another history.
//!
//! Refuses to follow a witness anywhere: only the addresses of the policy file are called, over
//! https or on this machine.

use std::time::Duration;

use futures::StreamExt as _;
use model::integrity::WitnessStatus;
use reqwest::header::CONTENT_TYPE;
use reqwest::{StatusCode, Url};
use store::trail::{StoredCheckpoint, WitnessRecord};
use trail::checkpoint::Checkpoint;
use trail::cosignature;
use trail::note::{Note, Signature, VerifyingKey};
use trail::policy::Policy;
use trail::tree::Plan;
use trail::witness::{AddCheckpoint, SIZE_TYPE, parse_size};

use crate::{Error, Result, Services};

/// How long a witness may take to answer.
const PATIENCE: Duration = Duration::from_secs(8);
/// The most bytes of an answer that are read.
const MAX_ANSWER: usize = 16 * 1024;
/// Seconds after which a witness is asked again for the same checkpoint, so that its word is new.
const RENEWED_AFTER_S: u64 = 60;

/// One witness that is asked.
#[derive(Clone, Debug)]
struct Witness {
    name: String,
    key: VerifyingKey,
    /// Its `add-checkpoint`.
    url: Url,
}

/// Whoever is asked, and by which means.
#[derive(Clone, Debug)]
pub struct Witnesses {
    list: Vec<Witness>,
    client: reqwest::Client,
}

/// What a witness made of a request.
enum Answer {
    Cosigned(Vec<Signature>),
    /// It cosigned this size last.
    Size(u64),
    /// It refused the proof, or another root of the size that it knows.
    Contradicts(String),
    Failed(String),
}

impl Witnesses {
    /// Reads a policy file whose witnesses have addresses:
    /// `witness <name> <key> <https address>`.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] with the line that cannot be used.
    pub fn read(text: &str) -> Result<Self> {
        let invalid = |reason: String| Error::invalid("trail.witnesses", reason);
        let policy: Policy = text.parse().map_err(|error| invalid(format!("{error}")))?;
        let mut list = Vec::new();
        for (name, key) in policy.witnesses() {
            let address = address_of(text, name).ok_or_else(|| {
                invalid(format!(
                    "the witness {name} needs an address behind its key"
                ))
            })?;
            list.push(Witness {
                name: name.to_owned(),
                key: key.clone(),
                url: endpoint(address).map_err(|reason| invalid(format!("{name}: {reason}")))?,
            });
        }
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .timeout(PATIENCE)
            .user_agent(concat!("Auditorium/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| Error::Unexpected(format!("no HTTP client: {error}")))?;
        Ok(Self { list, client })
    }

    /// Asks each for the newest checkpoint, all at once. What fails is kept beside the witness.
    ///
    /// # Errors
    ///
    /// [`Error`] where the database fails.
    pub async fn ask(&self, services: &Services) -> Result<()> {
        let Some(stored) = services.store.last_checkpoint().await? else {
            return Ok(());
        };
        let note = Note::parse(&stored.note).map_err(fault)?;
        let checkpoint = Checkpoint::of(&note).map_err(fault)?;
        let records = services.store.witnesses(&checkpoint.origin).await?;
        let mut turns = Vec::new();
        for witness in &self.list {
            let turn = Turn {
                services,
                client: &self.client,
                witness,
                stored: &stored,
                note: &note,
                checkpoint: &checkpoint,
            };
            let known = records.iter().find(|record| turn.is_of(record)).cloned();
            turns.push(async move { turn.take(known).await });
        }
        futures::stream::iter(turns)
            .buffer_unordered(16)
            .collect::<Vec<_>>()
            .await
            .into_iter()
            .collect()
    }

    /// Forgets what witnesses said that are asked no longer.
    ///
    /// # Errors
    ///
    /// [`Error`] where the database fails.
    pub async fn keep_only_these(&self, services: &Services) -> Result<()> {
        let keys: Vec<String> = self.list.iter().map(|w| w.key.to_string()).collect();
        Ok(services.store.keep_only_witnesses(&keys).await?)
    }
}

/// One witness's turn for one checkpoint.
struct Turn<'a> {
    services: &'a Services,
    client: &'a reqwest::Client,
    witness: &'a Witness,
    stored: &'a StoredCheckpoint,
    note: &'a Note,
    checkpoint: &'a Checkpoint,
}

impl Turn<'_> {
    fn is_of(&self, record: &WitnessRecord) -> bool {
        record.key == self.witness.key.to_string()
    }

    async fn take(&self, known: Option<WitnessRecord>) -> Result<()> {
        let now = self.services.now();
        let seconds = u64::try_from(now.timestamp()).unwrap_or(0);
        let signed = cosignature::signed_at(self.note, &self.witness.key).unwrap_or(None);
        if signed.is_some_and(|at| at.saturating_add(RENEWED_AFTER_S) > seconds) {
            return Ok(());
        }
        let mut record = known.unwrap_or_else(|| self.unknown());
        record.name.clone_from(&self.witness.name);
        record.tried_at = now;
        // Where it is said to know more than was published, the database may have been restored:
        // hear it from the witness itself.
        let known = u64::try_from(record.size).unwrap_or(0);
        let mut old = if known > self.checkpoint.size {
            0
        } else {
            known
        };
        let mut answer = self.request(old).await?;
        if let Answer::Size(size) = answer
            && size != old
        {
            record.root = None;
            record.size = i64::try_from(size).unwrap_or(i64::MAX);
            if size <= self.checkpoint.size {
                old = size;
                answer = self.request(old).await?;
            }
        }
        self.settle(&mut record, old, answer).await?;
        Ok(self.services.store.keep_witness(&record).await?)
    }

    /// Writes down what came of it, and adds cosignatures to the published note.
    async fn settle(&self, record: &mut WitnessRecord, old: u64, answer: Answer) -> Result<()> {
        record.contradicts = false;
        record.error = match answer {
            Answer::Cosigned(signatures) => {
                let number = self.stored.number;
                self.services
                    .store
                    .add_signatures(number, signatures, None)
                    .await?;
                record.size = self.stored.size;
                record.root = Some(self.checkpoint.root);
                record.cosigned_at = Some(record.tried_at);
                None
            }
            // The first version of the specification answers so to another root of this size.
            Answer::Size(size) if size == old => {
                record.contradicts = true;
                Some(format!("It knows another root of the first {size} events."))
            }
            Answer::Size(size) => Some(format!(
                "It has cosigned {size} events, this installation published {}.",
                self.checkpoint.size
            )),
            Answer::Contradicts(reason) => {
                record.contradicts = true;
                Some(format!("It refused the proof from {old} events: {reason}"))
            }
            Answer::Failed(reason) => Some(reason),
        };
        Ok(())
    }

    fn unknown(&self) -> WitnessRecord {
        WitnessRecord {
            origin: self.checkpoint.origin.clone(),
            key: self.witness.key.to_string(),
            name: self.witness.name.clone(),
            size: 0,
            root: None,
            cosigned_at: None,
            tried_at: self.services.now(),
            error: None,
            contradicts: false,
        }
    }

    async fn request(&self, old: u64) -> Result<Answer> {
        let plan = Plan::consistency(old, self.checkpoint.size).map_err(fault)?;
        let body = AddCheckpoint {
            old,
            proof: self.services.store.trail_proof(&plan).await?,
            note: self.note.clone(),
        };
        let sent = self
            .client
            .post(self.witness.url.clone())
            .header(CONTENT_TYPE, "text/plain; charset=utf-8")
            .body(body.to_string())
            .send()
            .await;
        Ok(match sent {
            Ok(response) => self.read(response).await,
            Err(error) => Answer::Failed(unreachable(&error)),
        })
    }

    async fn read(&self, mut response: reqwest::Response) -> Answer {
        let status = response.status();
        let kind = response.headers().get(CONTENT_TYPE).cloned();
        let mut bytes = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if bytes.len() + chunk.len() <= MAX_ANSWER => bytes.extend(chunk),
                Ok(Some(_)) => return Answer::Failed("Its answer is too long.".to_owned()),
                Ok(None) => break,
                Err(error) => return Answer::Failed(unreachable(&error)),
            }
        }
        let body = String::from_utf8_lossy(&bytes);
        let told = body.lines().next().unwrap_or_default();
        let told: String = told.chars().filter(|c| !c.is_control()).take(200).collect();
        match status {
            StatusCode::OK => self.signatures(&body),
            StatusCode::CONFLICT if kind.is_some_and(|kind| kind == SIZE_TYPE) => {
                match parse_size(&body) {
                    Some(size) => Answer::Size(size),
                    None => Answer::Failed("It named no size.".to_owned()),
                }
            }
            StatusCode::UNPROCESSABLE_ENTITY => Answer::Contradicts(told),
            StatusCode::NOT_FOUND => Answer::Failed("It does not know this trail.".to_owned()),
            StatusCode::FORBIDDEN => {
                Answer::Failed("It does not know the key that signs this trail.".to_owned())
            }
            status => Answer::Failed(format!("It answered {status}: {told}")),
        }
    }

    /// The lines of the witness's own key, which must fit; others are left aside.
    fn signatures(&self, body: &str) -> Answer {
        let key = &self.witness.key;
        let lines: Vec<Signature> = body
            .lines()
            .filter_map(Signature::parse)
            .filter(|line| line.key_id == key.id() && line.name == key.name())
            .collect();
        let mut note = self.note.clone();
        for line in &lines {
            note.attach(line.clone());
        }
        match cosignature::signed_at(&note, key) {
            Ok(Some(_)) if lines.len() == 1 => Answer::Cosigned(lines),
            _ => Answer::Failed("Its answer holds no cosignature of its key.".to_owned()),
        }
    }
}

/// The reason why nothing may be signed over this tree, where a witness knows more or otherwise.
/// Only what changed since `checked` is compared again.
pub(super) async fn contradiction(
    services: &Services,
    origin: &str,
    size: u64,
    checked: &mut Vec<WitnessRecord>,
) -> Result<Option<String>> {
    let records = services.store.witnesses(origin).await?;
    let same =
        |a: &WitnessRecord, b: &WitnessRecord| (&a.key, a.size, a.root) == (&b.key, b.size, b.root);
    for record in &records {
        let name = &record.name;
        let known = u64::try_from(record.size).unwrap_or(0);
        if known > size {
            return Ok(Some(format!(
                "The witness {name} has cosigned {known} events, the database has {size}: the \
                 database was restored from an older copy. If that was intended, an owner declares \
                 it with `auditorium trail recover`."
            )));
        }
        if record.contradicts {
            return Ok(Some(format!(
                "The witness {name} knows another history of the first {known} events than the \
                 database holds."
            )));
        }
        if let Some(root) = record.root
            && !checked.iter().any(|seen| same(seen, record))
            && services.store.trail_root(known).await? != root
        {
            return Ok(Some(format!(
                "The witness {name} cosigned another history of the first {known} events than the \
                 database holds."
            )));
        }
    }
    *checked = records;
    Ok(None)
}

/// What pages show of the witnesses.
pub(super) async fn statuses(services: &Services, origin: &str) -> Result<Vec<WitnessStatus>> {
    let records = services.store.witnesses(origin).await?;
    Ok(records
        .into_iter()
        .map(|record| WitnessStatus {
            name: record.name,
            key: record.key,
            size: record.size,
            cosigned_at: record.cosigned_at,
            tried_at: record.tried_at,
            error: record.error,
            contradicts: record.contradicts,
        })
        .collect())
}

/// The third word behind `witness <name>`.
fn address_of<'a>(text: &'a str, wanted: &str) -> Option<&'a str> {
    text.lines().find_map(|line| {
        let words: Vec<&str> = line
            .split([' ', '\t'])
            .filter(|word| !word.is_empty())
            .collect();
        match words.as_slice() {
            ["witness", name, _, address] if *name == wanted => Some(*address),
            _ => None,
        }
    })
}

/// `<address>/add-checkpoint`, over https, or over http on this machine.
fn endpoint(address: &str) -> Result<Url, String> {
    let checked = crate::alerts::webhook::check_url(address)
        .map_err(|_| format!("{address} must begin with https://"))?;
    format!("{}/add-checkpoint", checked.trim_end_matches('/'))
        .parse()
        .map_err(|_| format!("{address} is no address"))
}

fn unreachable(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        "It did not answer in time.".to_owned()
    } else {
        "It cannot be reached.".to_owned()
    }
}

fn fault(error: impl std::fmt::Display) -> Error {
    Error::Unexpected(format!("asking witnesses: {error}"))
}

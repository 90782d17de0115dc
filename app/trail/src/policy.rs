//! Whom a verifier believes: the keys of logs, the witnesses and how many of them must have
//! cosigned, how old a checkpoint may be, and which checkpoint was seen before.
//!
//! The file is a policy of c2sp.org/tlog-policy (`log`, `witness`, `group`, `quorum`) with two
//! lines of our own, which a reader that does not know them must refuse:
//!
//! ```text
//! log audit.example.com+5d9c1a2b+AQ…
//! witness first w1.example+0a1b2c3d+BA…
//! witness second w2.example+1a2b3c4d+BA…
//! group both all first second
//! quorum both
//! max-age 86400
//! pin audit.example.com 1200 OfXW3Qb1v0…=
//! ```
//!
//! A policy refuses to guess: what it does not name is not believed.

mod parse;

use std::fmt;

use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::cosignature;
use crate::note::{Algorithm, Note, NoteError, VerifyingKey};

pub use parse::{PolicyError, PolicyFault};

/// How far a cosigner's clock may be ahead of the verifier's, in seconds, where age matters.
const CLOCK_SKEW_S: u64 = 600;

/// See the head of this module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    logs: Vec<VerifyingKey>,
    rules: Vec<Rule>,
    /// Index into `rules`; none asks for no witness.
    quorum: Option<usize>,
    max_age_s: Option<u64>,
    pins: Vec<Checkpoint>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Rule {
    name: String,
    kind: RuleKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum RuleKind {
    Witness(VerifyingKey),
    /// Members stand before their group, so no rule contains itself.
    Group {
        threshold: usize,
        members: Vec<usize>,
    },
}

/// A checkpoint that a policy believes, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trusted {
    /// What was signed.
    pub checkpoint: Checkpoint,
    /// The names of all known witnesses that cosigned, and when, in seconds since 1970.
    pub witnesses: Vec<Cosigned>,
    /// The latest time at which the log's own cosignature or a known witness saw it, in seconds
    /// since 1970.
    pub seen_at: Option<u64>,
}

/// One witness's cosignature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cosigned {
    /// The name of the witness in the policy.
    pub witness: String,
    /// When, in seconds since 1970.
    pub at: u64,
}

/// Why a policy does not believe a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Distrust {
    /// Not a checkpoint, or a known key's signature does not fit it.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The policy knows no log of this name.
    #[error("the policy knows no log {origin}")]
    Origin {
        /// What the checkpoint calls itself.
        origin: String,
    },
    /// The log is known, but this was signed with a key that the policy does not know.
    #[error("no key that the policy knows for {origin} signed the checkpoint")]
    Key {
        /// The log.
        origin: String,
    },
    /// Too few witnesses.
    #[error("the quorum {quorum} is not reached: {cosigned} known witnesses cosigned")]
    Quorum {
        /// The name of the rule.
        quorum: String,
        /// How many known witnesses did cosign.
        cosigned: usize,
    },
    /// Enough signatures, but too old (or from a clock far ahead).
    #[error(
        "the checkpoint is too old: nobody whom the policy asks for saw it in the last {max_age_s} seconds"
    )]
    Stale {
        /// What the policy allows.
        max_age_s: u64,
        /// The latest time known, in seconds since 1970.
        seen_at: Option<u64>,
    },
}

impl From<NoteError> for Distrust {
    fn from(error: NoteError) -> Self {
        Self::Checkpoint(error.into())
    }
}

impl Policy {
    /// The policy that believes this key and asks for no witness: what an installation says
    /// about itself.
    #[must_use]
    pub const fn of_logs(logs: Vec<VerifyingKey>) -> Self {
        Self {
            logs,
            rules: Vec::new(),
            quorum: None,
            max_age_s: None,
            pins: Vec::new(),
        }
    }

    /// The keys of the logs that are believed.
    #[must_use]
    pub fn logs(&self) -> &[VerifyingKey] {
        &self.logs
    }

    /// The witnesses, by name.
    pub fn witnesses(&self) -> impl Iterator<Item = (&str, &VerifyingKey)> {
        self.rules.iter().filter_map(|rule| match &rule.kind {
            RuleKind::Witness(key) => Some((rule.name.as_str(), key)),
            RuleKind::Group { .. } => None,
        })
    }

    /// Checkpoints of this log that were seen before, of which every later one must be a
    /// continuation.
    pub fn pins(&self, origin: &str) -> impl Iterator<Item = &Checkpoint> {
        self.pins.iter().filter(move |pin| pin.origin == origin)
    }

    /// Adds a checkpoint that was seen before.
    pub fn pin(&mut self, checkpoint: Checkpoint) {
        self.pins.push(checkpoint);
    }

    /// Believes a checkpoint or says why not. `now` is in seconds since 1970 and matters only to
    /// a policy with `max-age`.
    ///
    /// # Errors
    ///
    /// [`Distrust`].
    pub fn check(&self, note: &Note, now: u64) -> Result<Trusted, Distrust> {
        let checkpoint = Checkpoint::of(note)?;
        let logged_at = self.check_log(note, &checkpoint.origin)?;
        let mut witnesses = Vec::new();
        let mut times = Vec::with_capacity(self.rules.len());
        for rule in &self.rules {
            let at = match &rule.kind {
                RuleKind::Witness(key) => cosignature::signed_at(note, key)?,
                RuleKind::Group { .. } => None,
            };
            if let Some(at) = at {
                witnesses.push(Cosigned {
                    witness: rule.name.clone(),
                    at,
                });
            }
            times.push(at);
        }
        let seen_at = witnesses.iter().map(|w| w.at).chain(logged_at).max();
        let recent = |at: u64| match self.max_age_s {
            None => true,
            Some(age) => at <= now.saturating_add(CLOCK_SKEW_S) && at.saturating_add(age) >= now,
        };
        let stale = |max_age_s| Distrust::Stale { max_age_s, seen_at };
        match (self.quorum, self.max_age_s) {
            (Some(quorum), max_age) if !self.reached(quorum, &times, &recent) => {
                return Err(match max_age {
                    Some(age) if self.reached(quorum, &times, &|_| true) => stale(age),
                    _ => Distrust::Quorum {
                        quorum: self
                            .rules
                            .get(quorum)
                            .map(|r| r.name.clone())
                            .unwrap_or_default(),
                        cosigned: witnesses.len(),
                    },
                });
            }
            (None, Some(age)) if !logged_at.is_some_and(recent) => return Err(stale(age)),
            _ => (),
        }
        Ok(Trusted {
            checkpoint,
            witnesses,
            seen_at,
        })
    }

    /// The latest time that a key of the log itself put to its signature; none where only plain
    /// signatures are there.
    fn check_log(&self, note: &Note, origin: &str) -> Result<Option<u64>, Distrust> {
        let mut known = false;
        let mut signed = false;
        let mut latest = None;
        for key in self.logs.iter().filter(|key| key.name() == origin) {
            known = true;
            match key.algorithm() {
                Algorithm::Ed25519 => signed |= note.is_signed_by(key)?,
                Algorithm::CosignatureV1 => {
                    let at = cosignature::signed_at(note, key)?;
                    signed |= at.is_some();
                    latest = latest.max(at);
                }
            }
        }
        let origin = origin.to_owned();
        match (known, signed) {
            (true, true) => Ok(latest),
            (true, false) => Err(Distrust::Key { origin }),
            (false, _) => Err(Distrust::Origin { origin }),
        }
    }

    fn reached(&self, rule: usize, times: &[Option<u64>], counts: &dyn Fn(u64) -> bool) -> bool {
        // Members precede their groups, so one pass from the left settles every rule.
        let mut settled: Vec<bool> = Vec::with_capacity(self.rules.len());
        for (rule, at) in self.rules.iter().zip(times) {
            let reached = match &rule.kind {
                RuleKind::Witness(_) => at.is_some_and(counts),
                RuleKind::Group { threshold, members } => {
                    let have = members
                        .iter()
                        .filter(|member| settled.get(**member) == Some(&true))
                        .count();
                    have >= *threshold
                }
            };
            settled.push(reached);
        }
        settled.get(rule) == Some(&true)
    }
}

impl fmt::Display for Policy {
    /// The file, without the comments and addresses that it may have been read with.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for key in &self.logs {
            writeln!(f, "log {key}")?;
        }
        let name = |index: &usize| self.rules.get(*index).map_or("none", |rule| &rule.name);
        for rule in &self.rules {
            match &rule.kind {
                RuleKind::Witness(key) => writeln!(f, "witness {} {key}", rule.name)?,
                RuleKind::Group { threshold, members } => {
                    write!(f, "group {} {threshold}", rule.name)?;
                    for member in members {
                        write!(f, " {}", name(member))?;
                    }
                    writeln!(f)?;
                }
            }
        }
        writeln!(f, "quorum {}", self.quorum.as_ref().map_or("none", name))?;
        if let Some(seconds) = self.max_age_s {
            writeln!(f, "max-age {seconds}")?;
        }
        for pin in &self.pins {
            writeln!(f, "pin {} {} {}", pin.origin, pin.size, pin.root.base64())?;
        }
        Ok(())
    }
}

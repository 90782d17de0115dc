//! Reads the policy file, line by line.

use std::str::FromStr;

use super::{Policy, Rule, RuleKind};
use crate::Hash;
use crate::checkpoint::{Checkpoint, decimal};
use crate::note::{Algorithm, KeyError, VerifyingKey};

/// How many logs, and how many witnesses and groups together, a policy may have.
const MAX_RULES: usize = 256;

/// The group of this name asks for no witness.
const NONE: &str = "none";

/// A line of a policy that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the policy: {fault}")]
pub struct PolicyError {
    /// Counted from 1; the line after the last for what is missing altogether.
    pub line: usize,
    /// What is wrong with it.
    pub fault: PolicyFault,
}

/// What is wrong with a line of a policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyFault {
    /// A control character.
    #[error("control characters are not allowed")]
    Control,
    /// A first word that is unknown here.
    #[error("unknown word {0}")]
    Word(String),
    /// Too few or too many words, or a number that is none.
    #[error("expected: {0}")]
    Form(&'static str),
    /// A key that cannot be read.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A log needs a key for signatures or cosignatures, a witness one for cosignatures.
    #[error("a witness needs a key for cosignatures (type 4)")]
    WitnessKey,
    /// The same key twice in one role.
    #[error("this key is already in the policy")]
    DuplicateKey,
    /// The same name twice.
    #[error("the name {0} is taken")]
    DuplicateName(String),
    /// A name that no line before defines.
    #[error("no line before this one defines {0}")]
    Undefined(String),
    /// A witness or group counts in one way only.
    #[error("{0} is already member of a group")]
    Member(String),
    /// A threshold of zero or beyond the number of members.
    #[error("the threshold must be from 1 to the number of members")]
    Threshold,
    /// More lines than anybody needs.
    #[error("too many lines of this kind")]
    TooMany,
    /// `quorum` or `max-age` again.
    #[error("this line may stand once only")]
    Again,
    /// No `quorum` line.
    #[error("a policy needs one quorum line; write \"quorum none\" to ask for no witness")]
    NoQuorum,
}

impl FromStr for Policy {
    type Err = PolicyError;

    fn from_str(text: &str) -> Result<Self, PolicyError> {
        let mut reader = Reader {
            policy: Self::of_logs(Vec::new()),
            quorum_seen: false,
            grouped: Vec::new(),
        };
        let mut count = 0;
        for (number, line) in text.lines().enumerate() {
            count = number + 1;
            reader
                .line(line)
                .map_err(|fault| PolicyError { line: count, fault })?;
        }
        if reader.quorum_seen {
            Ok(reader.policy)
        } else {
            Err(PolicyError {
                line: count + 1,
                fault: PolicyFault::NoQuorum,
            })
        }
    }
}

struct Reader {
    policy: Policy,
    quorum_seen: bool,
    /// Rules that are members of a group already.
    grouped: Vec<usize>,
}

impl Reader {
    fn line(&mut self, line: &str) -> Result<(), PolicyFault> {
        if line.bytes().any(|b| (b < b' ' && b != b'\t') || b == 0x7f) {
            return Err(PolicyFault::Control);
        }
        let words: Vec<&str> = line
            .split([' ', '\t'])
            .filter(|word| !word.is_empty())
            .collect();
        match words.as_slice() {
            [] => Ok(()),
            [first, ..] if first.starts_with('#') => Ok(()),
            ["log", key] | ["log", key, _] => self.log(key),
            ["log", ..] => Err(PolicyFault::Form("log <key> [<url>]")),
            ["witness", name, key] | ["witness", name, key, _] => self.witness(name, key),
            ["witness", ..] => Err(PolicyFault::Form("witness <name> <key> [<url>]")),
            ["group", name, threshold, members @ ..] => self.group(name, threshold, members),
            ["group", ..] => Err(PolicyFault::Form("group <name> all|any|<number> <name>...")),
            ["quorum", name] => self.quorum(name),
            ["quorum", ..] => Err(PolicyFault::Form("quorum <name>|none")),
            ["max-age", seconds] => self.max_age(seconds),
            ["max-age", ..] => Err(PolicyFault::Form("max-age <seconds>")),
            ["pin", origin, size, root] => self.pin(origin, size, root),
            ["pin", ..] => Err(PolicyFault::Form("pin <origin> <size> <root in base64>")),
            [word, ..] => Err(PolicyFault::Word((*word).to_owned())),
        }
    }

    fn log(&mut self, key: &str) -> Result<(), PolicyFault> {
        let key: VerifyingKey = key.parse()?;
        let logs = &mut self.policy.logs;
        if logs.iter().any(|known| known.bytes() == key.bytes()) {
            return Err(PolicyFault::DuplicateKey);
        }
        if logs.len() == MAX_RULES {
            return Err(PolicyFault::TooMany);
        }
        logs.push(key);
        Ok(())
    }

    fn witness(&mut self, name: &str, key: &str) -> Result<(), PolicyFault> {
        let key: VerifyingKey = key.parse()?;
        if key.algorithm() != Algorithm::CosignatureV1 {
            return Err(PolicyFault::WitnessKey);
        }
        if self
            .policy
            .witnesses()
            .any(|(_, known)| known.bytes() == key.bytes())
        {
            return Err(PolicyFault::DuplicateKey);
        }
        self.define(name, RuleKind::Witness(key))
    }

    fn group(&mut self, name: &str, threshold: &str, names: &[&str]) -> Result<(), PolicyFault> {
        let mut members = Vec::new();
        for name in names {
            let member = self.find(name)?;
            if self.grouped.contains(&member) || members.contains(&member) {
                return Err(PolicyFault::Member((*name).to_owned()));
            }
            members.push(member);
        }
        let threshold = match threshold {
            "all" => members.len(),
            "any" => 1,
            number => decimal(number)
                .and_then(|number| usize::try_from(number).ok())
                .ok_or(PolicyFault::Threshold)?,
        };
        if threshold == 0 || threshold > members.len() {
            return Err(PolicyFault::Threshold);
        }
        self.grouped.extend_from_slice(&members);
        self.define(name, RuleKind::Group { threshold, members })
    }

    fn quorum(&mut self, name: &str) -> Result<(), PolicyFault> {
        if self.quorum_seen {
            return Err(PolicyFault::Again);
        }
        if name != NONE {
            self.policy.quorum = Some(self.find(name)?);
        }
        self.quorum_seen = true;
        Ok(())
    }

    fn max_age(&mut self, seconds: &str) -> Result<(), PolicyFault> {
        if self.policy.max_age_s.is_some() {
            return Err(PolicyFault::Again);
        }
        let seconds = decimal(seconds).ok_or(PolicyFault::Form("max-age <seconds>"))?;
        self.policy.max_age_s = Some(seconds);
        Ok(())
    }

    fn pin(&mut self, origin: &str, size: &str, root: &str) -> Result<(), PolicyFault> {
        const FORM: PolicyFault = PolicyFault::Form("pin <origin> <size> <root in base64>");
        if self.policy.pins.len() == MAX_RULES {
            return Err(PolicyFault::TooMany);
        }
        self.policy.pin(Checkpoint {
            origin: origin.to_owned(),
            size: decimal(size).ok_or(FORM)?,
            root: Hash::from_base64(root).map_err(|_| FORM)?,
        });
        Ok(())
    }

    fn define(&mut self, name: &str, kind: RuleKind) -> Result<(), PolicyFault> {
        if name == NONE || self.find(name).is_ok() {
            return Err(PolicyFault::DuplicateName(name.to_owned()));
        }
        if self.policy.rules.len() == MAX_RULES {
            return Err(PolicyFault::TooMany);
        }
        self.policy.rules.push(Rule {
            name: name.to_owned(),
            kind,
        });
        Ok(())
    }

    fn find(&self, name: &str) -> Result<usize, PolicyFault> {
        self.policy
            .rules
            .iter()
            .position(|rule| rule.name == name)
            .ok_or_else(|| PolicyFault::Undefined(name.to_owned()))
    }
}

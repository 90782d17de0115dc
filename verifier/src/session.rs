//! A bundle on its way through the verifier.

use model::verification::Verification;
use trail::bundle::Feed;
use trail::policy::{Policy, PolicyError};
use trail::verify::Verifier;

use crate::report::{self, About};

/// Believes nobody, and so can still compare a bundle with what was seen before.
const NOBODY: &str = "quorum none\n";

/// Whose word a report rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// A policy that the reader chose.
    Chosen,
    /// What the page says about itself.
    Stated,
    /// Nobody's.
    Nobody,
}

#[derive(Debug)]
pub(crate) struct Session {
    verifier: Verifier,
    feed: Feed,
    lines: u64,
    source: Source,
    policy: Policy,
    spoiled: bool,
}

impl Session {
    pub(crate) fn new(
        policy: Option<String>,
        stated: Option<String>,
        pin: Option<String>,
        now: u64,
    ) -> Result<Self, PolicyError> {
        let (source, mut text) = match (policy, stated) {
            (Some(policy), _) => (Source::Chosen, policy),
            (None, Some(stated)) => (Source::Stated, stated),
            (None, None) => (Source::Nobody, NOBODY.to_owned()),
        };
        if let Some(pin) = pin {
            text.push('\n');
            text.push_str(&pin);
        }
        let policy: Policy = text.parse()?;
        Ok(Self {
            verifier: Verifier::new(Some(policy.clone()), now),
            feed: Feed::default(),
            lines: 0,
            source,
            policy,
            spoiled: false,
        })
    }

    pub(crate) fn feed(&mut self, chunk: &[u8]) {
        let (verifier, lines) = (&mut self.verifier, &mut self.lines);
        self.feed.chunk(chunk, |line| push(verifier, lines, line));
    }

    /// What follows cannot be unpacked.
    pub(crate) fn spoil(&mut self) {
        self.spoiled = true;
    }

    pub(crate) fn progress(&self) -> (u64, Option<u64>) {
        self.verifier.progress()
    }

    pub(crate) fn finish(self) -> Verification {
        let (mut verifier, mut lines) = (self.verifier, self.lines);
        self.feed
            .finish(|line| push(&mut verifier, &mut lines, line));
        let about = About {
            source: self.source,
            lines,
            spoiled: self.spoiled,
        };
        report::write(verifier.finish(), &about, &self.policy)
    }
}

/// What a line shows is named again, and more exactly, by the verdict.
fn push(verifier: &mut Verifier, lines: &mut u64, line: &[u8]) {
    *lines += 1;
    let _ = verifier.push_line(line);
}

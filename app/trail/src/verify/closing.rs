//! The verdict, once all lines are there: digest, counts, root, checkpoint, earlier checkpoints
//! and the record of the export.

use serde_json::Value;

use super::{Closing, Damage, End, Finding, Line, Trusted, Verifier, check_event};
use crate::Hash;
use crate::bundle::{Counts, EXPORT_ACTION, EventLine, Head, STATEMENT_KEY, Shown, statement};
use crate::checkpoint::Checkpoint;
use crate::field::{Field, Path};
use crate::leaf::Leaf;
use crate::note::Note;
use crate::public::reveal;
use crate::receipt::{Receipt, ReceiptError};
use crate::tree::{TreeError, verify_consistency};

/// What a bundle turned out to be.
#[derive(Debug)]
pub struct Report {
    /// The first line, if there was one.
    pub head: Option<Head>,
    /// How many lines of each kind there were.
    pub counts: Counts,
    /// How many fields are said to be erased; the statements are not judged here.
    pub erased: u64,
    /// The checkpoint that the bundle names, whoever signed it.
    pub checkpoint: Option<Checkpoint>,
    /// Why it is believed; none without a policy, or where the policy does not believe it.
    pub trusted: Option<Trusted>,
    /// The event that records the export, if the bundle has it and it holds.
    pub export: Option<Export>,
    /// All damage, in the order of lines. A sound bundle has none.
    pub findings: Vec<Finding>,
    /// How many findings there were beyond those.
    pub more_findings: u64,
}

/// The event that records an export.
#[derive(Clone, Debug, PartialEq)]
pub struct Export {
    /// Its position in the log, beyond those of the bundle.
    pub position: u64,
    /// As much of it as is disclosed: who asked, when, what for.
    pub event: Value,
}

impl Report {
    /// Whether nothing was found and a policy believes the checkpoint.
    #[must_use]
    pub const fn is_proved(&self) -> bool {
        self.findings.is_empty() && self.trusted.is_some()
    }
}

impl Verifier {
    /// Ends and judges.
    #[must_use]
    pub fn finish(mut self) -> Report {
        let mut held = None;
        let mut checkpoint = None;
        let mut trusted = None;
        let mut export = None;
        if self.head.is_none() && !self.findings.iter().any(|f| f.damage == Damage::NoHead) {
            let _ = self.note(on(1, Damage::NoHead));
        }
        if let Some(closing) = self.end.take() {
            if let Ok(Line::End(end)) = Line::parse(&closing.text) {
                self.check_sums(&end, &closing);
                let note = Note::parse(&end.checkpoint);
                trusted = self.check_trust(&note, closing.line);
                if let Ok(note) = note
                    && let Ok(stated) = Checkpoint::of(&note)
                {
                    held = self.check_root(&end, &stated, closing.line);
                    self.check_pins(&end, &stated, held, closing.line);
                    export = self.check_receipt(&end, &note, closing.line);
                    checkpoint = Some(stated);
                }
            }
        } else {
            self.line += 1;
            self.cover();
            let _ = self.note(self.here(Damage::Truncated));
        }
        let settled: Vec<Finding> = self.coverage.settle(held).collect();
        for finding in settled {
            let _ = self.note(finding);
        }
        self.findings.sort_by_key(|finding| *finding.lines.start());
        Report {
            head: self.head,
            counts: self.counts,
            erased: self.erased,
            checkpoint,
            trusted,
            export,
            findings: self.findings,
            more_findings: self.more_findings,
        }
    }

    fn check_sums(&mut self, end: &End<'_>, closing: &Closing) {
        if end.counts != self.counts {
            let _ = self.note(on(closing.line, Damage::Counts));
        }
        if end.sha256 != closing.digest {
            let lines = 1..=closing.line.saturating_sub(1).max(1);
            let _ = self.note(Finding {
                lines,
                positions: None,
                damage: Damage::Digest,
            });
        }
    }

    fn check_trust(
        &mut self,
        note: &Result<Note, crate::note::NoteError>,
        line: u64,
    ) -> Option<Trusted> {
        let judged = match (note, &self.policy) {
            (Ok(note), Some(policy)) => policy.check(note, self.now).map(Some),
            (Ok(note), None) => Checkpoint::of(note).map(|_| None).map_err(Into::into),
            (Err(error), _) => Err(error.clone().into()),
        };
        judged.unwrap_or_else(|distrust| {
            let _ = self.note(on(line, Damage::Distrust(distrust)));
            None
        })
    }

    /// Which of the roots that the lines come to is that of the checkpoint.
    fn check_root(&mut self, end: &End<'_>, stated: &Checkpoint, line: u64) -> Option<usize> {
        let size = self.coverage.next();
        if self
            .head
            .as_ref()
            .is_some_and(|head| head.origin != stated.origin)
        {
            let _ = self.note(on(line, Damage::Origin));
        }
        let mut fault = TreeError::Root;
        for (index, root) in self.coverage.roots().into_iter().enumerate() {
            let Some(root) = root else { continue };
            match verify_consistency(size, &root, stated.size, &stated.root, &end.consistency) {
                Ok(()) => return Some(index),
                Err(error) => fault = error,
            }
        }
        if !self.coverage.is_lost() {
            let _ = self.note(Finding {
                lines: 1..=line,
                positions: size.checked_sub(1).map(|last| 0..=last),
                damage: Damage::Root(fault),
            });
        }
        None
    }

    fn check_pins(&mut self, end: &End<'_>, stated: &Checkpoint, held: Option<usize>, line: u64) {
        let Some(policy) = &self.policy else { return };
        let covered = (
            self.coverage.next(),
            held.and_then(|i| self.coverage.roots()[i]),
        );
        let damage: Vec<Damage> = policy
            .pins(&stated.origin)
            .filter_map(|pin| {
                let pinned = pin.size;
                let forked = (pin.root != stated.root).then_some(Damage::Forked { pinned });
                if pinned > stated.size {
                    let size = stated.size;
                    return Some(Damage::Replayed { size, pinned });
                }
                if pinned == stated.size {
                    return forked;
                }
                if let (size, Some(root)) = covered
                    && size == pinned
                {
                    return (root != pin.root).then_some(Damage::Forked { pinned });
                }
                let Some(proof) = end.pins.iter().find(|proof| proof.size == pinned) else {
                    return Some(Damage::Unpinned { pinned });
                };
                let (new, root) = (stated.size, &stated.root);
                verify_consistency(pinned, &pin.root, new, root, &proof.proof)
                    .is_err()
                    .then_some(Damage::Forked { pinned })
            })
            .collect();
        for damage in damage {
            let _ = self.note(on(line, damage));
        }
    }

    fn check_receipt(&mut self, end: &End<'_>, note: &Note, line: u64) -> Option<Export> {
        let (event, proof) = end.receipt.as_ref()?;
        match self.export(end, event, proof, note) {
            Ok(export) => Some(export),
            Err(damage) => {
                let _ = self.note(on(line, damage));
                None
            }
        }
    }

    fn export(
        &self,
        end: &End<'_>,
        event: &EventLine<'_>,
        proof: &str,
        note: &Note,
    ) -> Result<Export, Damage> {
        let leaf = check_event(event)?;
        let receipt = Receipt::parse(proof).map_err(Damage::Receipt)?;
        if receipt.checkpoint != *note || receipt.index != event.position {
            let fault = "it is of another checkpoint or position than the bundle";
            return Err(Damage::Receipt(ReceiptError::Form(fault)));
        }
        receipt
            .verify_inclusion(&event.leaf)
            .map_err(Damage::Receipt)?;
        let revealed = disclosed(event, &leaf).ok_or(Damage::Statement)?;
        let stated = revealed
            .get("details")
            .and_then(|details| details.get(STATEMENT_KEY));
        let is_export = revealed.get("action").and_then(Value::as_str) == Some(EXPORT_ACTION);
        if is_export && stated.is_some() && stated == self.statement(&end.sha256).as_ref() {
            Ok(Export {
                position: event.position,
                event: revealed,
            })
        } else {
            Err(Damage::Statement)
        }
    }

    /// What the record of this bundle must say.
    fn statement(&self, sha256: &Hash) -> Option<Value> {
        let head = self.head.as_ref()?;
        let query = crate::canon::parse(&head.query).ok()?;
        Some(statement(&head.origin, head.size, &query, sha256))
    }
}

/// The event as far as the bundle discloses it.
fn disclosed(event: &EventLine<'_>, leaf: &Leaf) -> Option<Value> {
    let mut fields = Vec::new();
    for field in &event.fields {
        if let Shown::Clear { value, .. } = field.shown {
            fields.push(Field {
                path: Path::new(field.path()?).ok()?,
                value: value.to_owned(),
            });
        }
    }
    reveal(event.position, leaf, event.public, &fields).ok()
}

fn on(line: u64, damage: Damage) -> Finding {
    Finding {
        lines: line..=line,
        positions: None,
        damage,
    }
}

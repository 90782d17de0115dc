//! The last line: what the lines before come to, and who vouches for it.

use std::borrow::Cow;

use super::event::EventLine;
use super::line::position;
use super::put::{list, put, quote, write_hash};
use super::scan::Scan;
use super::{Counts, LineError};
use crate::Hash;

/// That an earlier checkpoint is the beginning of this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    /// The size of the earlier checkpoint.
    pub size: u64,
    /// From it to the bundle's checkpoint.
    pub proof: Vec<Hash>,
}

/// The last line. Nothing in it needs the digest to vouch for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End<'a> {
    /// What the lines before count up to.
    pub counts: Counts,
    /// SHA-256 over all lines before, with their newlines.
    pub sha256: Hash,
    /// The note of a checkpoint that covers the bundle's positions, and maybe more.
    pub checkpoint: Cow<'a, str>,
    /// From the bundle's positions to the checkpoint.
    pub consistency: Vec<Hash>,
    /// For verifiers who have seen an earlier checkpoint.
    pub pins: Vec<Pin>,
    /// The event that records this export, as a line of its own, and its receipt.
    pub receipt: Option<(EventLine<'a>, Cow<'a, str>)>,
}

impl<'a> End<'a> {
    pub(super) fn read(scan: &mut Scan<'a>) -> Result<Self, LineError> {
        let counts = Counts::read(scan)?;
        scan.expect(",\"sha256\":")?;
        let sha256 = scan.hex()?;
        scan.expect(",\"checkpoint\":")?;
        let checkpoint = scan.string()?;
        scan.expect(",\"consistency\":")?;
        let consistency = scan.list(Scan::hash)?;
        scan.expect(",\"pins\":")?;
        let pins = scan.list(Pin::read)?;
        scan.expect(",\"receipt\":")?;
        let receipt = if scan.eat("null") {
            None
        } else {
            scan.expect("{\"event\":{\"e\":")?;
            let event = EventLine::read(scan)?;
            scan.expect("},\"proof\":")?;
            let proof = scan.string()?;
            scan.expect("}")?;
            Some((event, proof))
        };
        let summed = Hash::of(&[scan.since(0).as_bytes()]);
        scan.expect(",\"sum\":")?;
        let fault = scan.fault("the hash of the line up to here");
        if scan.hex()? != summed {
            return Err(fault);
        }
        Ok(Self {
            counts,
            sha256,
            checkpoint,
            consistency,
            pins,
            receipt,
        })
    }

    pub(super) fn write(&self, out: &mut String) {
        let start = out.len();
        out.push_str("{\"end\":");
        self.counts.write(out);
        put(
            out,
            format_args!(",\"sha256\":\"{}\",\"checkpoint\":", self.sha256),
        );
        quote(&self.checkpoint, out);
        out.push_str(",\"consistency\":");
        list(&self.consistency, out, write_hash);
        out.push_str(",\"pins\":");
        list(&self.pins, out, |pin, out| {
            put(out, format_args!("[{},", pin.size));
            list(&pin.proof, out, write_hash);
            out.push(']');
        });
        out.push_str(",\"receipt\":");
        match &self.receipt {
            None => out.push_str("null"),
            Some((event, proof)) => {
                out.push_str("{\"event\":");
                event.write(out);
                out.push_str(",\"proof\":");
                quote(proof, out);
                out.push('}');
            }
        }
        let sum = Hash::of(&[out.get(start..).unwrap_or_default().as_bytes()]);
        put(out, format_args!(",\"sum\":\"{sum}\"}}\n"));
    }
}

impl Pin {
    fn read(scan: &mut Scan<'_>) -> Result<Self, LineError> {
        scan.expect("[")?;
        let size = position(scan)?;
        scan.expect(",")?;
        let proof = scan.list(Scan::hash)?;
        scan.expect("]")?;
        Ok(Self { size, proof })
    }
}

impl Counts {
    fn read(scan: &mut Scan<'_>) -> Result<Self, LineError> {
        scan.expect("{\"events\":")?;
        let events = scan.number()?;
        scan.expect(",\"holes\":")?;
        let holes = scan.number()?;
        scan.expect(",\"subtrees\":")?;
        let subtrees = scan.number()?;
        scan.expect(",\"tiles\":")?;
        let tiles = scan.number()?;
        scan.expect(",\"proofs\":")?;
        let proofs = scan.number()?;
        scan.expect("}")?;
        Ok(Self {
            events,
            holes,
            subtrees,
            tiles,
            proofs,
        })
    }

    fn write(&self, out: &mut String) {
        put(
            out,
            format_args!(
                "{{\"events\":{},\"holes\":{},\"subtrees\":{},\"tiles\":{},\"proofs\":{}}}",
                self.events, self.holes, self.subtrees, self.tiles, self.proofs
            ),
        );
    }
}

//! The lines of a bundle: how each is written and read.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::VERSION;
use super::end::End;
use super::event::EventLine;
use super::put::{list, put, quote};
use super::scan::Scan;
use crate::Hash;
use crate::leaf::LEAF_BYTES;
use crate::tree::{MAX_SIZE, Node};

/// A line that is not of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected} at byte {at}")]
pub struct LineError {
    /// Offset in the line, from 0.
    pub at: usize,
    /// What should stand there.
    pub expected: &'static str,
}

/// The first line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The log.
    pub origin: String,
    /// How many positions the lines part.
    pub size: u64,
    /// What was asked for, as canonical text.
    pub query: String,
    /// The paths of the fields that are disclosed; all of them if none.
    pub disclosed: Option<Vec<String>>,
}

/// A position without content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoleLine<'a> {
    /// The position in the log.
    pub position: u64,
    /// The leaf, which remains.
    pub leaf: [u8; LEAF_BYTES],
    /// Why there is no content: an object.
    pub why: &'a str,
}

/// Any line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Line<'a> {
    Head(Head),
    Event(EventLine<'a>),
    Hole(HoleLine<'a>),
    Subtree(Node, Hash),
    Tile(u64, Hash),
    Proof(&'a str),
    End(Box<End<'a>>),
}

impl<'a> Line<'a> {
    pub(crate) fn parse(line: &'a str) -> Result<Self, LineError> {
        let mut scan = Scan::new(line);
        scan.expect("{\"")?;
        let kind = if scan.eat("e\":") {
            Line::Event(EventLine::read(&mut scan)?)
        } else if scan.eat("t\":") {
            let index = position(&mut scan)?;
            Line::Tile(index, hash_member(&mut scan)?)
        } else if scan.eat("s\":[") {
            Line::Subtree(node(&mut scan)?, hash_member(&mut scan)?)
        } else if scan.eat("h\":") {
            Line::Hole(HoleLine::read(&mut scan)?)
        } else if scan.eat("m\":") {
            Line::Proof(scan.value()?)
        } else if scan.eat("head\":") {
            Line::Head(Head::read(&mut scan)?)
        } else if scan.eat("end\":") {
            Line::End(Box::new(End::read(&mut scan)?))
        } else {
            return Err(scan.fault("a kind of line"));
        };
        scan.expect("}")?;
        scan.end()?;
        Ok(kind)
    }
}

impl Head {
    fn read(scan: &mut Scan<'_>) -> Result<Self, LineError> {
        if scan.number()? != VERSION {
            return Err(scan.fault("version 1 of the format"));
        }
        scan.expect(",\"origin\":")?;
        let origin = scan.string()?.into_owned();
        scan.expect(",\"size\":")?;
        let size = position(scan)?;
        scan.expect(",\"query\":")?;
        let query = scan.value()?.to_owned();
        scan.expect(",\"disclosed\":")?;
        let disclosed = if scan.eat("null") {
            None
        } else {
            Some(scan.list(|scan| Ok(scan.string()?.into_owned()))?)
        };
        Ok(Self {
            origin,
            size,
            query,
            disclosed,
        })
    }

    pub(super) fn write(&self, out: &mut String) {
        out.push_str("{\"head\":1,\"origin\":");
        quote(&self.origin, out);
        put(out, format_args!(",\"size\":{},\"query\":", self.size));
        out.push_str(&self.query);
        out.push_str(",\"disclosed\":");
        match &self.disclosed {
            None => out.push_str("null"),
            Some(paths) => list(paths, out, |path, out| quote(path, out)),
        }
        out.push_str("}\n");
    }
}

impl<'a> HoleLine<'a> {
    fn read(scan: &mut Scan<'a>) -> Result<Self, LineError> {
        let position = position(scan)?;
        scan.expect(",\"leaf\":")?;
        let leaf = scan.base64()?;
        scan.expect(",\"why\":")?;
        Ok(Self {
            position,
            leaf,
            why: scan.value()?,
        })
    }

    pub(super) fn write(&self, out: &mut String) {
        put(out, format_args!("{{\"h\":{},\"leaf\":\"", self.position));
        STANDARD.encode_string(self.leaf, out);
        out.push_str("\",\"why\":");
        out.push_str(self.why);
        out.push_str("}\n");
    }
}

pub(super) fn position(scan: &mut Scan<'_>) -> Result<u64, LineError> {
    let fault = scan.fault("a position that a log can have");
    let position = scan.number()?;
    if position <= MAX_SIZE {
        Ok(position)
    } else {
        Err(fault)
    }
}

/// What follows `{"s":[`: level and index of a subtree that lies within the largest log.
fn node(scan: &mut Scan<'_>) -> Result<Node, LineError> {
    let fault = scan.fault("a subtree that a log can have");
    let level = scan.number()?;
    scan.expect(",")?;
    let index = scan.number()?;
    scan.expect("]")?;
    let level = u8::try_from(level).ok().filter(|level| *level <= 62);
    match level {
        Some(level) if index < MAX_SIZE >> level => Ok(Node { level, index }),
        _ => Err(fault),
    }
}

fn hash_member(scan: &mut Scan<'_>) -> Result<Hash, LineError> {
    scan.expect(",\"hash\":")?;
    scan.hash()
}

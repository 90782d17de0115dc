//! From parts of the trail to compressed lines, apart from the threads that wait for others.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use store::trail::{BundlePart, OpenedEvent, OpenedField};
use trail::bundle::{
    EventLine, FieldLine, Head, HoleLine, OPENING_CHECK_BYTES, Sealed, Shown, WriteError, Writer,
};

use super::fault;
use crate::Result;

/// What of the record of an export is disclosed, beside its public text: who, what and why.
const RECORD: &[&str] = &["/actor/email", "/actor/id", "/actor/name", "/details"];
/// The one of them that cannot be hidden: it names the bundle.
const STATED: &str = "/details";

/// A bundle on the way to its last line.
pub(super) struct Assembly {
    writer: Writer,
    gzip: GzEncoder<Vec<u8>>,
    hidden: Vec<String>,
}

/// A file that lacks its last line.
pub(super) struct Ending(GzEncoder<Vec<u8>>);

impl Assembly {
    pub(super) fn begin(head: &Head, hidden: &[String]) -> Result<Self> {
        let mut line = String::new();
        let writer = Writer::new(head, &mut line).map_err(fault)?;
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(line.as_bytes()).map_err(fault)?;
        Ok(Self {
            writer,
            gzip,
            hidden: hidden.to_vec(),
        })
    }

    /// Adds parts and gives the bytes of the file that they complete.
    pub(super) async fn add(mut self, parts: Vec<BundlePart>) -> Result<(Self, Vec<u8>)> {
        // Hashing and compressing take their time, in which others are to be served.
        tokio::task::spawn_blocking(move || {
            let mut lines = String::new();
            for part in &parts {
                self.part(part, &mut lines).map_err(fault)?;
            }
            self.gzip.write_all(lines.as_bytes()).map_err(fault)?;
            let bytes = std::mem::take(self.gzip.get_mut());
            Ok((self, bytes))
        })
        .await
        .map_err(fault)?
    }

    fn part(&mut self, part: &BundlePart, out: &mut String) -> Result<(), WriteError> {
        match part {
            BundlePart::Event(event) => {
                let hidden = &self.hidden;
                let line = line(event, |path| !hidden.iter().any(|hide| hide == path));
                self.writer.event(&line, out)
            }
            BundlePart::Hole {
                position,
                leaf,
                why,
            } => {
                let hole = HoleLine {
                    position: *position,
                    leaf: *leaf,
                    why,
                };
                self.writer.hole(&hole, out)
            }
            BundlePart::Subtree(node, hash) => self.writer.subtree(*node, *hash, out),
        }
    }

    /// Ends the lines that the digest covers.
    pub(super) fn seal(mut self) -> Result<(Sealed, Ending)> {
        let mut lines = String::new();
        let sealed = self.writer.seal(&mut lines).map_err(fault)?;
        self.gzip.write_all(lines.as_bytes()).map_err(fault)?;
        Ok((sealed, Ending(self.gzip)))
    }
}

impl Ending {
    /// The rest of the file, with its last line.
    pub(super) fn finish(mut self, end: &str) -> Result<Vec<u8>> {
        self.0.write_all(end.as_bytes()).map_err(fault)?;
        self.0.finish().map_err(fault)
    }
}

/// The event that records an export, with as much as a reader of the bundle is to know.
pub(super) fn record_line<'a>(event: &'a OpenedEvent, hidden: &[String]) -> EventLine<'a> {
    line(event, |path| {
        path == STATED || (RECORD.contains(&path) && !hidden.iter().any(|hide| hide == path))
    })
}

fn line(event: &OpenedEvent, is_shown: impl Fn(&str) -> bool) -> EventLine<'_> {
    let field = |field: &'_ OpenedField| -> bool { is_shown(field.path.as_str()) };
    EventLine {
        position: event.position,
        leaf: event.leaf,
        salt: event.salt,
        public: &event.public,
        fields: event
            .fields
            .iter()
            .map(|opened| FieldLine::new(&opened.path, shown(opened, field(opened))))
            .collect(),
    }
}

fn shown(field: &OpenedField, in_clear: bool) -> Shown<'_> {
    if !in_clear {
        return Shown::Hidden(field.commitment);
    }
    let check: Option<&[u8; OPENING_CHECK_BYTES]> = field.commitment.as_ref().first_chunk();
    Shown::Clear {
        salt: field.salt,
        check: check.copied().unwrap_or_default(),
        value: &field.value,
    }
}

//! What somebody who wrote a malformed query most likely meant.

use super::complete::{CompletionKind, complete};
use super::error::ParseError;
use super::field::{Field, slips};
use super::{Completion, Query};

/// More letters wrong than this is another word, not a slip.
const MAX_SLIPS: usize = 2;

impl ParseError {
    /// The whole query with the wrong place mended, where one mend is likely; it always parses.
    #[must_use]
    pub fn mended(&self, text: &str) -> Option<String> {
        let wrong = text.get(self.at.clone())?;
        let replaced = |with: &'static str| {
            let before = text.get(..self.at.start)?;
            let after = text.get(self.at.end..)?;
            Some(format!("{before}{with}{after}"))
        };
        let mends = [
            Field::nearest(wrong).and_then(|field| replaced(field.as_str())),
            self.value_meant(text, wrong).and_then(replaced),
            Some(format!("{text}\"")),
            Some(text.trim_end_matches([':', ',']).to_owned()),
            self.quoted(text),
        ];
        mends
            .into_iter()
            .flatten()
            .find(|mend| !mend.is_empty() && Query::parse(mend).is_ok_and(|q| !q.is_empty()))
    }

    /// The text with the wrong value, or the whole term of a wrong name, taken literally.
    fn quoted(&self, text: &str) -> Option<String> {
        let mut end = self.at.end;
        if text.get(end..)?.starts_with(':') {
            let rest = text.get(end..)?;
            end += rest.find(char::is_whitespace).unwrap_or(rest.len());
        }
        let literal = text.get(self.at.start..end)?.replace(['"', '\\'], "");
        let (before, after) = (text.get(..self.at.start)?, text.get(end..)?);
        Some(format!("{before}\"{literal}\"{after}"))
    }

    /// Of a field with a few words for values, the word that is nearest.
    fn value_meant(&self, text: &str, wrong: &str) -> Option<&'static str> {
        let Some(Completion {
            kind: CompletionKind::Value(field),
            ..
        }) = complete(text, self.at.end)
        else {
            return None;
        };
        let wrong = wrong.to_ascii_lowercase();
        field
            .values()
            .into_iter()
            .map(|value| (slips(&wrong, value), value))
            .filter(|(slips, value)| *slips <= MAX_SLIPS || value.starts_with(&wrong))
            .min_by_key(|(slips, _)| *slips)
            .map(|(_, value)| value)
    }
}

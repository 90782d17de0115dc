//! Writes a value in its canonical form, and refuses one that has none.

use serde_json::{Map, Value};

use super::error::{Fault, Reason};
use super::{MAX_DEPTH, RESERVED_KEYS, number};

pub(super) fn value(value: &Value, depth: usize, out: &mut String) -> Result<(), Fault> {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => out.push_str(&number::normal_form(number.as_str())?),
        Value::String(text) => string(text, out)?,
        Value::Array(_) | Value::Object(_) if depth >= MAX_DEPTH => {
            return Err(Reason::Depth.into());
        }
        Value::Array(elements) => array(elements, depth + 1, out)?,
        Value::Object(members) => object(members, depth + 1, out)?,
    }
    Ok(())
}

fn array(elements: &[Value], depth: usize, out: &mut String) -> Result<(), Fault> {
    out.push('[');
    for (index, element) in elements.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        value(element, depth, out).map_err(|fault| fault.under_index(index))?;
    }
    out.push(']');
    Ok(())
}

fn object(members: &Map<String, Value>, depth: usize, out: &mut String) -> Result<(), Fault> {
    // By UTF-16 code units, as RFC 8785 asks: it differs from the order of UTF-8 bytes where
    // characters beyond U+FFFF meet those from U+E000 on.
    let mut sorted: Vec<_> = members.iter().collect();
    sorted.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
    out.push('{');
    for (index, (key, member)) in sorted.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        if RESERVED_KEYS.contains(&key.as_str()) {
            return Err(Fault::from(Reason::ReservedKey).under_key(key));
        }
        string(key, out)
            .and_then(|()| {
                out.push(':');
                value(member, depth, out)
            })
            .map_err(|fault| fault.under_key(key))?;
    }
    out.push('}');
    Ok(())
}

pub(super) fn string(text: &str, out: &mut String) -> Result<(), Fault> {
    out.push('"');
    for c in text.chars() {
        match c {
            '\0' => return Err(Reason::Nul.into()),
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            '\u{1}'..='\u{1f}' => {
                let code = u32::from(c);
                out.push_str(if code < 0x10 { "\\u000" } else { "\\u001" });
                out.extend(char::from_digit(code % 16, 16));
            }
            _ => out.push(c),
        }
    }
    out.push('"');
    Ok(())
}

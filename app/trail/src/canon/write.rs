//! Writes a value in its canonical form, and refuses one that has none.

use std::cmp::Ordering;

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
    let mut sorted: Vec<_> = members.iter().collect();
    sorted.sort_by(|(a, _), (b, _)| key_order(a, b));
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

/// By UTF-16 code units, as RFC 8785 asks: it differs from the order of UTF-8 bytes where
/// characters beyond U+FFFF meet those from U+E000 on, which begin with the bytes 0xee and 0xef.
fn key_order(a: &str, b: &str) -> Ordering {
    if a.bytes().chain(b.bytes()).all(|byte| byte < 0xee) {
        return a.cmp(b);
    }
    a.encode_utf16().cmp(b.encode_utf16())
}

pub(super) fn string(text: &str, out: &mut String) -> Result<(), Fault> {
    out.push('"');
    let mut rest = text;
    // Bytes that need an escape are ASCII, so the text can be cut at them.
    while let Some(at) = rest.bytes().position(needs_escape) {
        let (plain, from) = rest.split_at(at);
        let (special, after) = from.split_at(1);
        out.push_str(plain);
        escape(special, out)?;
        rest = after;
    }
    out.push_str(rest);
    out.push('"');
    Ok(())
}

const fn needs_escape(byte: u8) -> bool {
    matches!(byte, 0..=0x1f | b'"' | b'\\')
}

fn escape(special: &str, out: &mut String) -> Result<(), Fault> {
    match special {
        "\0" => return Err(Reason::Nul.into()),
        "\"" => out.push_str("\\\""),
        "\\" => out.push_str("\\\\"),
        "\u{8}" => out.push_str("\\b"),
        "\t" => out.push_str("\\t"),
        "\n" => out.push_str("\\n"),
        "\u{c}" => out.push_str("\\f"),
        "\r" => out.push_str("\\r"),
        control => {
            for byte in control.bytes() {
                out.push_str(if byte < 0x10 { "\\u000" } else { "\\u001" });
                out.extend(char::from_digit(u32::from(byte % 16), 16));
            }
        }
    }
    Ok(())
}

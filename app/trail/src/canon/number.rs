//! Numbers by value: digits and a power of ten, never a rounded double.

use super::error::Reason;

const MAX_INTEGER_DIGITS: usize = 38;
/// No double needs more digits to be told from its neighbours.
const MAX_DOUBLE_DIGITS: usize = 17;

/// The one spelling of the number that `text` (of JSON's number grammar) denotes.
pub(super) fn normal_form(text: &str) -> Result<String, Reason> {
    if is_normal_integer(text) {
        return Ok(text.to_owned());
    }
    let (sign, magnitude) = text
        .strip_prefix('-')
        .map_or(("", text), |rest| ("-", rest));
    let (mantissa, power) = magnitude.split_once(['e', 'E']).unwrap_or((magnitude, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = [whole, fraction].concat();
    let significant = all.trim_start_matches('0');
    let digits = significant.trim_end_matches('0');
    if digits.is_empty() {
        return Ok("0".to_owned());
    }

    // value = digits × 10^scale, and digits end in no zero: whole exactly when scale >= 0.
    let dropped = significant.len() - digits.len();
    let scale = exponent(power)
        .saturating_add(signed(dropped))
        .saturating_sub(signed(fraction.len()));
    match usize::try_from(scale) {
        Ok(zeros) if digits.len().saturating_add(zeros) <= MAX_INTEGER_DIGITS => {
            Ok(format!("{sign}{digits}{}", "0".repeat(zeros)))
        }
        Ok(_) => Err(Reason::IntegerTooLong),
        Err(_) => fractional(sign, digits, scale),
    }
}

fn is_normal_integer(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    digits.len() <= MAX_INTEGER_DIGITS
        && digits.bytes().all(|b| b.is_ascii_digit())
        && (!digits.starts_with('0') || text == "0")
}

/// An exponent too long for an `i64` is as good as the furthest one: no such number is kept.
fn exponent(power: &str) -> i64 {
    let limit = if power.starts_with('-') {
        i64::MIN
    } else {
        i64::MAX
    };
    power.parse().unwrap_or(limit)
}

fn signed(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

/// `digits × 10^scale` with `scale < 0`, when that is exactly what its nearest double is called.
fn fractional(sign: &str, digits: &str, scale: i64) -> Result<String, Reason> {
    let inexact = || {
        let nearest = nearest(digits, scale);
        Reason::Inexact {
            nearest: format!("{sign}{nearest}"),
        }
    };
    if digits.len() > MAX_DOUBLE_DIGITS {
        return Err(inexact());
    }
    let (shortest, shortest_scale) = shortest_digits(digits, scale).ok_or(Reason::TooSmall)?;
    if shortest == digits && shortest_scale == scale {
        Ok(format!("{sign}{}", ecmascript(digits, scale)))
    } else {
        Err(inexact())
    }
}

fn nearest(digits: &str, scale: i64) -> String {
    shortest_digits(digits, scale).map_or_else(
        || "0".to_owned(),
        |(shortest, scale)| ecmascript(&shortest, scale),
    )
}

/// The shortest digits that name the double nearest to `digits × 10^scale`, and their scale;
/// none when that double is zero.
fn shortest_digits(digits: &str, scale: i64) -> Option<(String, i64)> {
    let double: f64 = format!("{digits}e{scale}").parse().ok()?;
    let text = shortest_text(double);
    let (mantissa, power) = text.split_once('e')?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole == "0" {
        return None;
    }
    Some((
        format!("{whole}{fraction}"),
        exponent(power).saturating_sub(signed(fraction.len())),
    ))
}

/// The double as `d.ddde-n`, with the digits that ECMAScript chooses: the fewest that read back as
/// the same double, of those the nearest, and of two equally near the even one.
fn shortest_text(double: f64) -> String {
    // Rust promises the fewest digits, but of 1424953923781206.25 makes …206.3: rounding to that
    // many digits breaks the tie towards even. Beside a power of two the rounded form may denote
    // the neighbour; then there was no tie.
    let fewest = format!("{double:e}");
    let digits = fewest
        .bytes()
        .take_while(|b| *b != b'e')
        .filter(u8::is_ascii_digit)
        .count();
    let rounded = format!("{double:.*e}", digits.saturating_sub(1));
    let same = rounded
        .parse()
        .is_ok_and(|read: f64| read.to_bits() == double.to_bits());
    if same { rounded } else { fewest }
}

/// ECMAScript's `Number::toString` for `digits × 10^scale`, digits without outer zeros.
fn ecmascript(digits: &str, scale: i64) -> String {
    // The decimal point stands after this many digits.
    let point = signed(digits.len()).saturating_add(scale);
    match usize::try_from(point) {
        Ok(0) => format!("0.{digits}"),
        Ok(point) => match digits.split_at_checked(point) {
            Some((whole, "")) => whole.to_owned(),
            Some((whole, fraction)) => format!("{whole}.{fraction}"),
            None => format!("{digits}{}", "0".repeat(point.saturating_sub(digits.len()))),
        },
        Err(_) if point > -6 => {
            let zeros = usize::try_from(point.unsigned_abs()).unwrap_or(0);
            format!("0.{}{digits}", "0".repeat(zeros))
        }
        Err(_) => {
            let power = point.saturating_sub(1);
            let (first, rest) = digits.split_at_checked(1).unwrap_or((digits, ""));
            let dot = if rest.is_empty() { "" } else { "." };
            format!("{first}{dot}{rest}e{power}")
        }
    }
}

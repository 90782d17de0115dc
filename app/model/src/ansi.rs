//! ANSI escape sequences in log lines: colours become spans, everything else disappears.
//!
//! Understood is SGR (ECMA-48, 8.3.117) with the sixteen colours, bold, dim, italic,
//! underline and inverse; the 256 and true colours are mapped to the nearest of the sixteen, so that a
//! theme decides how they look. No control character survives but the tab.

/// One of the sixteen colours, 0 to 15, in the order of ECMA-48.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour(u8);

impl Colour {
    /// 0 to 15.
    #[must_use]
    pub const fn index(self) -> u8 {
        self.0
    }
}

/// How a span looks.
#[expect(
    clippy::struct_excessive_bools,
    reason = "SGR's attributes are independent switches"
)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    pub foreground: Option<Colour>,
    pub background: Option<Colour>,
    pub bold: bool,
    pub dim: bool,
    pub italic: bool,
    pub underline: bool,
    pub inverse: bool,
}

impl Style {
    /// Class names: `ansi-bold ansi-fg-1`. Empty for plain text.
    #[must_use]
    pub fn class(&self) -> String {
        let mut names = Vec::new();
        let flags = [
            (self.bold, "ansi-bold"),
            (self.dim, "ansi-dim"),
            (self.italic, "ansi-italic"),
            (self.underline, "ansi-underline"),
            (self.inverse, "ansi-inverse"),
        ];
        names.extend(
            flags
                .iter()
                .filter(|(set, _)| *set)
                .map(|(_, name)| (*name).to_owned()),
        );
        names.extend(
            self.foreground
                .map(|colour| format!("ansi-fg-{}", colour.0)),
        );
        names.extend(
            self.background
                .map(|colour| format!("ansi-bg-{}", colour.0)),
        );
        names.join(" ")
    }
}

/// Text of one style.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    pub style: Style,
    pub text: String,
}

/// The spans of a line; each has text. A line starts without style.
#[must_use]
pub fn parse(line: &str) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    let mut style = Style::default();
    let mut text = String::new();
    let mut rest = line.chars();
    while let Some(char) = rest.next() {
        match char {
            '\u{1b}' => {
                if let Some(parameters) = sequence(&mut rest) {
                    let next = apply(style, &parameters);
                    if next != style {
                        push(&mut spans, style, &mut text);
                        style = next;
                    }
                }
            }
            // The one-character form of CSI; its sequence ends like the other.
            '\u{9b}' => {
                if let Some(parameters) = control(&mut rest) {
                    push(&mut spans, style, &mut text);
                    style = apply(style, &parameters);
                }
            }
            '\t' => text.push(char),
            char if char.is_control() => {}
            char => text.push(char),
        }
    }
    push(&mut spans, style, &mut text);
    spans
}

/// The text of a line alone.
#[must_use]
pub fn strip(line: &str) -> String {
    parse(line).into_iter().map(|span| span.text).collect()
}

fn push(spans: &mut Vec<Span>, style: Style, text: &mut String) {
    if !text.is_empty() {
        spans.push(Span {
            style,
            text: std::mem::take(text),
        });
    }
}

/// Takes what follows an escape; answers the parameters when it was SGR.
fn sequence(rest: &mut std::str::Chars<'_>) -> Option<String> {
    let mut ahead = rest.clone();
    match ahead.next()? {
        '[' => {
            *rest = ahead;
            control(rest)
        }
        // Strings (OSC, DCS, SOS, PM, APC) last until BEL or ST; without an end, to the line's.
        ']' | 'P' | 'X' | '^' | '_' => {
            *rest = ahead;
            while let Some(char) = rest.next() {
                if matches!(char, '\u{7}' | '\u{9c}') {
                    break;
                }
                if char == '\u{1b}' && rest.clone().next() == Some('\\') {
                    rest.next();
                    break;
                }
            }
            None
        }
        // Intermediates and a final character: character sets and the like.
        ' '..='/' => {
            for char in ahead.by_ref() {
                if !(' '..='/').contains(&char) {
                    break;
                }
            }
            *rest = ahead;
            None
        }
        '0'..='~' => {
            *rest = ahead;
            None
        }
        _ => None,
    }
}

/// Takes a control sequence after its introducer; answers the parameters when it was SGR.
fn control(rest: &mut std::str::Chars<'_>) -> Option<String> {
    let mut parameters = String::new();
    loop {
        let mut ahead = rest.clone();
        let char = ahead.next()?;
        match char {
            ' '..='?' => parameters.push(char),
            '@'..='~' => {
                *rest = ahead;
                let plain = parameters
                    .bytes()
                    .all(|byte| matches!(byte, b'0'..=b'9' | b';' | b':'));
                return (char == 'm' && plain).then_some(parameters);
            }
            // Not a sequence after all; what broke it is read as text.
            _ => return None,
        }
        *rest = ahead;
    }
}

fn apply(mut style: Style, parameters: &str) -> Style {
    let mut numbers = parameters
        .split([';', ':'])
        .map(|number| number.parse::<u16>().unwrap_or_default());
    while let Some(number) = numbers.next() {
        match number {
            0 => style = Style::default(),
            1 => style.bold = true,
            2 => style.dim = true,
            3 => style.italic = true,
            4 => style.underline = true,
            7 => style.inverse = true,
            22 => (style.bold, style.dim) = (false, false),
            23 => style.italic = false,
            24 => style.underline = false,
            27 => style.inverse = false,
            39 => style.foreground = None,
            49 => style.background = None,
            38 => style.foreground = extended(&mut numbers).or(style.foreground),
            48 => style.background = extended(&mut numbers).or(style.background),
            _ => match basic(number) {
                Some((colour, false)) => style.foreground = Some(colour),
                Some((colour, true)) => style.background = Some(colour),
                None => {}
            },
        }
    }
    style
}

/// The sixteen colours as SGR numbers them, and whether as background.
fn basic(number: u16) -> Option<(Colour, bool)> {
    let (start, offset, background) = match number {
        30..=37 => (30, 0, false),
        90..=97 => (90, 8, false),
        40..=47 => (40, 0, true),
        100..=107 => (100, 8, true),
        _ => return None,
    };
    u8::try_from(number - start + offset)
        .ok()
        .map(|index| (Colour(index), background))
}

fn extended(numbers: &mut impl Iterator<Item = u16>) -> Option<Colour> {
    match numbers.next()? {
        5 => {
            let index = u8::try_from(numbers.next()?).ok()?;
            Some(match index {
                0..=15 => Colour(index),
                16..=231 => {
                    let level = |part: u8| {
                        if part == 0 {
                            0
                        } else {
                            55 + u16::from(part) * 40
                        }
                    };
                    let cube = index - 16;
                    nearest(level(cube / 36), level(cube / 6 % 6), level(cube % 6))
                }
                grey => {
                    let level = 8 + u16::from(grey - 232) * 10;
                    nearest(level, level, level)
                }
            })
        }
        2 => Some(nearest(numbers.next()?, numbers.next()?, numbers.next()?)),
        _ => None,
    }
}

/// The nearest of the sixteen: which channels are strong, and how bright the strongest is.
fn nearest(red: u16, green: u16, blue: u16) -> Colour {
    let brightest = red.max(green).max(blue);
    let spread = brightest - red.min(green).min(blue);
    if spread < 40 {
        return Colour(match brightest {
            0..=63 => 0,
            64..=143 => 8,
            144..=223 => 7,
            _ => 15,
        });
    }
    let strong = |channel: u16| u8::from(channel * 2 > brightest);
    let bright = if brightest > 170 { 8 } else { 0 };
    Colour(strong(red) | strong(green) << 1 | strong(blue) << 2 | bright)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn colours_become_spans() {
        let spans = parse("a\u{1b}[1;31mred\u{1b}[0m b");
        let looks: Vec<_> = spans
            .iter()
            .map(|span| (span.style.class(), span.text.as_str()))
            .collect();
        assert_eq!(
            looks,
            [
                (String::new(), "a"),
                ("ansi-bold ansi-fg-1".to_owned(), "red"),
                (String::new(), " b")
            ]
        );
    }

    #[test]
    fn other_sequences_disappear() {
        assert_eq!(
            strip("\u{1b}[2Ka\u{1b}]8;;http://x\u{7}link\u{1b}]8;;\u{1b}\\b\u{1b}(Bc\r"),
            "alinkbc"
        );
    }

    #[test]
    fn large_palettes_map_to_the_sixteen() {
        let of = |line: &str| {
            parse(line)
                .first()
                .and_then(|span| span.style.foreground)
                .map(Colour::index)
        };
        assert_eq!(of("\u{1b}[38;5;196mx"), Some(9));
        assert_eq!(of("\u{1b}[38;2;0;128;0mx"), Some(2));
        assert_eq!(of("\u{1b}[38;5;244mx"), Some(8));
    }

    proptest! {
        #[test]
        fn no_control_character_survives(line in any::<String>()) {
            for span in parse(&line) {
                prop_assert!(!span.text.is_empty());
                prop_assert!(span.text.chars().all(|char| char == '\t' || !char.is_control()));
            }
        }

        #[test]
        fn sequences_of_any_shape_leave_no_escape(parts in proptest::collection::vec("(\u{1b}|\u{9b})?[\\[\\]P^_(]?[0-9;:?]{0,6}[ -~]?", 0..20)) {
            let text = strip(&parts.concat());
            let escapes = text.chars().filter(|char| char.is_control()).count();
            prop_assert_eq!(escapes, 0);
        }

        #[test]
        fn text_without_control_characters_stays_as_it_is(line in "\\PC*") {
            prop_assert_eq!(strip(&line), line);
        }
    }
}

//! String literals into the text that they stand for. Knows no tokens.

use std::fmt::Write as _;

/// The text of consecutive literals (quotes included), which the language joins. Bytes that are no UTF-8 stay escaped
/// as `\xff`, so that no two different values look the same.
pub(super) fn decode<'a>(literals: impl IntoIterator<Item = &'a str>) -> String {
    let mut bytes = Vec::new();
    for literal in literals {
        unescape(inner(literal), &mut bytes);
    }
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            // Writing into a string does not fail.
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

/// A literal between its quotes, escapes as written.
pub(super) fn inner(literal: &str) -> &str {
    literal.get(1..literal.len().saturating_sub(1)).unwrap_or_default()
}

fn unescape(text: &str, out: &mut Vec<u8>) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        let Some(&escape) = bytes.get(at) else {
            out.push(byte);
            return;
        };
        at += 1;
        match escape {
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'a' => out.push(0x07),
            b'b' => out.push(0x08),
            b'f' => out.push(0x0c),
            b'v' => out.push(0x0b),
            b'\\' | b'\'' | b'"' | b'?' => out.push(escape),
            b'x' | b'X' => out.extend(digits(bytes, &mut at, 2, 16).map(|value| value.to_le_bytes()[0])),
            b'0'..=b'7' => {
                at -= 1;
                out.extend(digits(bytes, &mut at, 3, 8).map(|value| value.to_le_bytes()[0]));
            }
            b'u' | b'U' => {
                let width = if escape == b'u' { 4 } else { 8 };
                let character = digits(bytes, &mut at, width, 16).and_then(char::from_u32);
                out.extend(character.unwrap_or(char::REPLACEMENT_CHARACTER).to_string().bytes());
            }
            // Not an escape of the language: kept as it is written.
            other => out.extend([b'\\', other]),
        }
    }
}

/// Up to `width` digits of a base from `at` on.
fn digits(bytes: &[u8], at: &mut usize, width: usize, base: u32) -> Option<u32> {
    let mut value = None;
    for _ in 0..width {
        let Some(digit) = bytes.get(*at).and_then(|byte| char::from(*byte).to_digit(base)) else {
            break;
        };
        value = Some(value.unwrap_or(0u32).wrapping_mul(base).wrapping_add(digit));
        *at += 1;
    }
    value
}

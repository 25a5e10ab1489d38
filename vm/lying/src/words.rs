// SPDX-License-Identifier: GPL-2.0
//! The words of a line: names, numbers, values behind an equals sign.

/// `NAME` or `NAME=VALUE`.
pub fn split(word: &str) -> (&str, Option<&str>) {
    match word.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (word, None),
    }
}

/// A number: decimal, `0x…`, `2^N`, or with K, M, G for powers of 1024.
pub fn number(text: &str) -> Result<u64, String> {
    let parsed = if let Some(hex) = text.strip_prefix("0x") {
        u64::from_str_radix(hex, 16).ok()
    } else if let Some(log2) = text.strip_prefix("2^") {
        log2.parse().ok().and_then(|n: u32| 1u64.checked_shl(n))
    } else {
        let (digits, log2) = match text.chars().last() {
            Some('K') => (&text[..text.len() - 1], 10),
            Some('M') => (&text[..text.len() - 1], 20),
            Some('G') => (&text[..text.len() - 1], 30),
            _ => (text, 0),
        };
        digits
            .parse::<u64>()
            .ok()
            .and_then(|n| n.checked_mul(1 << log2))
    };
    parsed.ok_or_else(|| format!("'{text}' is no number"))
}

/// A number that fits.
pub fn small<T: TryFrom<u64>>(text: &str) -> Result<T, String> {
    T::try_from(number(text)?).map_err(|_| format!("{text} is too large"))
}

/// Bytes as pairs of hexadecimal digits.
pub fn bytes(text: &str) -> Result<Vec<u8>, String> {
    let wrong = || format!("'{text}' are no bytes in hexadecimal");
    if text.is_empty() || text.len() % 2 != 0 || !text.is_ascii() {
        return Err(wrong());
    }
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).map_err(|_| wrong()))
        .collect()
}

/// A status: `TYPE/CODE`, with `/dnr` where it shall not be tried again. Without its phase bit.
pub fn status(text: &str) -> Result<u16, String> {
    let mut parts = text.split('/');
    let kind: u16 = small(parts.next().unwrap_or_default())?;
    let code: u16 = small(parts.next().unwrap_or_default())?;
    let dnr = match parts.next() {
        None => 0,
        Some("dnr") => 1 << 14,
        Some(other) => return Err(format!("'{other}' is not 'dnr'")),
    };
    if kind > 7 || code > 0xff {
        return Err(format!("status {text} does not exist"));
    }
    Ok(kind << 8 | code | dnr)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_in_four_forms() {
        assert_eq!(number("12"), Ok(12));
        assert_eq!(number("0xfF"), Ok(255));
        assert_eq!(number("2^63"), Ok(1 << 63));
        assert_eq!(number("4K"), Ok(4096));
        for wrong in ["", "x", "2^64", "0x", "-1", "K", "99999999999G"] {
            assert!(number(wrong).is_err(), "{wrong}");
        }
        assert!(small::<u8>("256").is_err());
    }

    #[test]
    fn a_status_has_type_and_code() {
        assert_eq!(status("2/0x81"), Ok(0x281));
        assert_eq!(status("0/6/dnr"), Ok(0x4006));
        for wrong in ["2", "8/0", "0/256", "0/1/x"] {
            assert!(status(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn bytes_are_pairs_of_digits() {
        assert_eq!(bytes("00ff"), Ok(vec![0, 255]));
        for wrong in ["", "0", "0g", "é0"] {
            assert!(bytes(wrong).is_err(), "{wrong}");
        }
    }
}

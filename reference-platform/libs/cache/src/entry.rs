//! What lies in Redis under a key of a cache: the value, or that there is none, and what is needed to load it again in time.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::connection::millis;

const ABSENT: u8 = 0;
const PRESENT: u8 = 1;
/// Kind, time at which it expires (8 bytes), milliseconds that the load took (4 bytes).
const HEADER: usize = 13;

/// An entry as it is read.
pub(crate) struct Entry<'a> {
    /// The encoded value, `None` when it was looked for and is not there.
    pub(crate) payload: Option<&'a [u8]>,
    expires: u64,
    load: u32,
}

impl<'a> Entry<'a> {
    /// `None` when the bytes are no entry.
    pub(crate) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (header, payload) = bytes.split_at_checked(HEADER)?;
        let payload = match header[0] {
            ABSENT => None,
            PRESENT => Some(payload),
            _ => return None,
        };
        let expires = u64::from_be_bytes(header[1..9].try_into().ok()?);
        let load = u32::from_be_bytes(header[9..].try_into().ok()?);
        Some(Entry { payload, expires, load })
    }

    /// Whether this reader should load the value before it expires (XFetch): the more likely, the nearer the end and the longer a
    /// load takes. So of many readers one is early, and the others never find the key gone. `dice` is in `0.0..1.0`.
    pub(crate) fn is_due(&self, now: u64, dice: f64) -> bool {
        let ahead = f64::from(self.load) * -(1.0 - dice).ln();
        self.payload.is_some() && now as f64 + ahead >= self.expires as f64
    }
}

/// The bytes of an entry that lives for `ttl` from now on.
pub(crate) fn encode(payload: Option<&[u8]>, ttl: Duration, load: Duration) -> Vec<u8> {
    let expires = now().saturating_add(millis(ttl));
    let load = u32::try_from(load.as_millis()).unwrap_or(u32::MAX);
    let mut bytes = Vec::with_capacity(HEADER + payload.map_or(0, <[u8]>::len));
    bytes.push(if payload.is_some() { PRESENT } else { ABSENT });
    bytes.extend(expires.to_be_bytes());
    bytes.extend(load.to_be_bytes());
    bytes.extend(payload.unwrap_or_default());
    bytes
}

/// Milliseconds since 1970.
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_encoded_is_read() {
        let bytes = encode(Some(b"value"), Duration::from_secs(60), Duration::from_millis(7));
        assert_eq!(Entry::parse(&bytes).unwrap().payload, Some(&b"value"[..]));
        let bytes = encode(Some(b""), Duration::from_secs(60), Duration::ZERO);
        assert_eq!(Entry::parse(&bytes).unwrap().payload, Some(&b""[..]));
        let bytes = encode(None, Duration::from_secs(60), Duration::ZERO);
        assert_eq!(Entry::parse(&bytes).unwrap().payload, None);
    }

    #[test]
    fn foreign_bytes_are_no_entry() {
        assert!(Entry::parse(b"").is_none());
        assert!(Entry::parse(b"{\"id\": 1}").is_none());
        assert!(Entry::parse(b"{\"id\": 1, \"name\": \"longer than a header\"}").is_none());
    }

    #[test]
    fn readers_are_early_near_the_end_only() {
        let bytes = encode(Some(b"value"), Duration::from_secs(60), Duration::from_millis(100));
        let entry = Entry::parse(&bytes).unwrap();
        let early =
            |left: u64| (0..1000).filter(|n| entry.is_due(entry.expires - left, f64::from(*n) / 1000.0)).count();
        assert_eq!(early(10_000), 0);
        // e^-1 of all readers when what is left is as long as a load
        assert!((350..390).contains(&early(100)), "{}", early(100));
        assert_eq!(early(0), 1000);
    }
}

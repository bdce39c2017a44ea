//! Ports that nobody listens on, below those that the kernel gives to outgoing connections.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, TcpListener};

use anyhow::{Result, bail};

const FIRST: u16 = 20_000;
const LAST: u16 = 32_000;

/// `count` ports, none of which is in `taken`. Between this and its use another process can take one: the start then fails.
pub(crate) fn free(count: usize, taken: &BTreeSet<u16>) -> Result<Vec<u16>> {
    // Platforms that start at the same time begin at different places.
    let start = rand::random_range(FIRST..LAST);
    let found: Vec<u16> =
        (start..LAST).chain(FIRST..start).filter(|port| !taken.contains(port) && is_free(*port)).take(count).collect();
    if found.len() < count {
        bail!("fewer than {count} ports are free between {FIRST} and {LAST}");
    }
    Ok(found)
}

/// Nobody listens there on this machine's own address.
pub(crate) fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_differ_and_none_is_taken() {
        let first = free(20, &BTreeSet::new()).unwrap();
        let taken: BTreeSet<u16> = first.iter().copied().collect();
        assert_eq!(taken.len(), 20);
        let second = free(20, &taken).unwrap();
        assert!(second.iter().all(|port| !taken.contains(port)));
    }

    #[test]
    fn a_port_on_which_somebody_listens_is_not_free() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        assert!(!is_free(listener.local_addr().unwrap().port()));
    }
}

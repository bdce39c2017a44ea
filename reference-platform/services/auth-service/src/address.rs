//! Where a request comes from, for limits per address: the peer, or what the proxies in front of the service say of it.

use std::net::{IpAddr, Ipv6Addr};

/// The address that the last of `trusted_proxies` saw; each proxy appends the one that it saw to `x-forwarded-for`. Anything before that
/// was told by the client and is not believed. With no proxy the peer itself.
pub fn origin(peer: Option<IpAddr>, forwarded_for: Option<&str>, trusted_proxies: usize) -> Option<IpAddr> {
    let Some(index) = trusted_proxies.checked_sub(1) else { return peer };
    let told = forwarded_for.and_then(|header| header.rsplit(',').nth(index));
    told.and_then(|address| address.trim().parse().ok()).or(peer)
}

/// What is counted as one origin: an IPv4 address, or an IPv6 network of 64 bits, which one household or host has for itself.
pub fn bucket(address: Option<IpAddr>) -> String {
    match address {
        None => "unknown".to_owned(),
        Some(IpAddr::V4(address)) => address.to_string(),
        Some(IpAddr::V6(address)) => match address.to_ipv4_mapped() {
            Some(mapped) => mapped.to_string(),
            None => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn only_what_trusted_proxies_told_is_believed() {
        let peer = ip("10.0.0.1");
        let header = Some("1.1.1.1, 2.2.2.2, 3.3.3.3");
        assert_eq!(origin(peer, header, 0), peer);
        assert_eq!(origin(peer, header, 1), ip("3.3.3.3"));
        assert_eq!(origin(peer, header, 2), ip("2.2.2.2"));
        assert_eq!(origin(peer, header, 4), peer);
        assert_eq!(origin(peer, Some("nonsense"), 1), peer);
        assert_eq!(origin(peer, None, 1), peer);
    }

    #[test]
    fn a_network_of_ipv6_is_one_origin() {
        assert_eq!(bucket(ip("2001:db8:1:2:3:4:5:6")), "2001:db8:1:2::");
        assert_eq!(bucket(ip("::ffff:9.9.9.9")), "9.9.9.9");
        assert_eq!(bucket(ip("9.9.9.9")), "9.9.9.9");
        assert_eq!(bucket(None), "unknown");
    }
}

//! The canonical form of an address: as Postgres prints an `inet` without a netmask.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// `192.0.2.7`, `2001:db8::1`; `::ffff:192.0.2.7` and `::192.0.2.7` for IPv4 within IPv6.
///
/// Differs from what Rust prints only in the last of these.
#[must_use]
pub fn inet(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            compatible(address).map_or_else(|| address.to_string(), |v4| format!("::{v4}"))
        }
    }
}

/// The IPv4 address in the last 32 bits, when the first six groups are zero and no more than
/// those: with a seventh, Postgres takes the address for an ordinary one.
fn compatible(address: Ipv6Addr) -> Option<Ipv4Addr> {
    match address.octets() {
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, a, b, c, d] if a != 0 || b != 0 => {
            Some(Ipv4Addr::new(a, b, c, d))
        }
        _ => None,
    }
}

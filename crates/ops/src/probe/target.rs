//! [`Target`]: what is probed.

use std::fmt;
use std::net::IpAddr;

use super::error::ProbeError;

/// A host and a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// A DNS name or an IP address, without brackets.
    pub host: String,
    /// The TCP port.
    pub port: u16,
}

impl Target {
    /// Reads `HOST:PORT`, `[IPV6]:PORT`, or a host alone, which has `default_port`.
    ///
    /// # Errors
    /// [`ProbeError::Target`] when it is none.
    pub fn parse(text: &str, default_port: u16) -> Result<Self, ProbeError> {
        let wrong = || ProbeError::Target { text: text.to_owned() };
        if text.parse::<IpAddr>().is_ok() {
            return Ok(Self { host: text.to_owned(), port: default_port });
        }
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().map_err(|_| wrong())?),
            None => (text, default_port),
        };
        let bracketed = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let host = match bracketed {
            Some(inner) if inner.parse::<std::net::Ipv6Addr>().is_ok() => inner,
            Some(_) => return Err(wrong()),
            None => host,
        };
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
        let is_name = !host.is_empty() && host.len() <= 253 && host.chars().all(plain);
        if port == 0 || !(is_name || bracketed.is_some()) {
            return Err(wrong());
        }
        Ok(Self { host: host.trim_end_matches('.').to_owned(), port })
    }

    /// Is the host an address? Then no name is asked for unless one is given.
    pub fn is_address(&self) -> bool {
        self.host.parse::<IpAddr>().is_ok()
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_addresses_and_ports_are_told_apart() {
        let parse = |text: &str| Target::parse(text, 443).map(|target| target.to_string());
        let ok = |text: &str| parse(text).unwrap();
        assert_eq!(ok("shop.example:8443"), "shop.example:8443");
        assert_eq!(ok("shop.example"), "shop.example:443");
        assert_eq!(ok("shop.example.:443"), "shop.example:443");
        assert_eq!(ok("192.0.2.1:25"), "192.0.2.1:25");
        assert_eq!(ok("[2001:db8::1]:25"), "[2001:db8::1]:25");
        assert_eq!(ok("2001:db8::1"), "[2001:db8::1]:443");
        let wrong = ["", ":443", "a:", "a:0", "a:70000", "https://a:443", "a b:1", "[a]:1", "a/b"];
        for text in wrong {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}

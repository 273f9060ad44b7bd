//! Where an endpoint is: the parts of its URL.

use std::fmt;
use std::str::FromStr;

use http::Uri;
use thiserror::Error;

use counterfoil_secret::{Fault, Report};

/// Octets of a URL.
pub const URL_BYTES_MAX: usize = 2_048;
/// Port of `https` without one.
const HTTPS_PORT: u16 = 443;

/// An `https` URL in its parts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Target {
    /// DNS name or address; IPv6 in brackets.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Path, and query if there is one.
    pub path: String,
}

/// A URL that a party cannot call.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TargetError {
    /// Longer than [`URL_BYTES_MAX`].
    #[error("the URL has {0} octets, more than {URL_BYTES_MAX}")]
    TooLong(usize),
    /// Not a URL.
    #[error("`{0}` is not a URL")]
    NotAUrl(String),
    /// Not `https`.
    #[error("`{0}` does not begin with https://")]
    NotHttps(String),
    /// With a user name.
    #[error("`{0}` holds a user name")]
    WithUser(String),
}

impl Report for TargetError {
    fn id(&self) -> &'static str {
        match self {
            Self::TooLong(_) => "url-too-long",
            Self::NotAUrl(_) => "url-malformed",
            Self::NotHttps(_) => "url-not-https",
            Self::WithUser(_) => "url-with-user",
        }
    }

    fn hint(&self) -> String {
        "write a URL such as https://gateway.example:8443/set".into()
    }

    fn fault(&self) -> Fault {
        Fault::Malformed
    }
}

impl FromStr for Target {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        if text.len() > URL_BYTES_MAX {
            return Err(TargetError::TooLong(text.len()));
        }
        let uri: Uri = text.parse().map_err(|_| TargetError::NotAUrl(text.to_owned()))?;
        if uri.scheme_str() != Some("https") {
            return Err(TargetError::NotHttps(text.to_owned()));
        }
        let (Some(authority), Some(host)) = (uri.authority(), uri.host()) else {
            return Err(TargetError::NotAUrl(text.to_owned()));
        };
        if authority.as_str().contains('@') {
            return Err(TargetError::WithUser(text.to_owned()));
        }
        if host.is_empty() {
            return Err(TargetError::NotAUrl(text.to_owned()));
        }
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        Ok(Self {
            host: host.to_ascii_lowercase(),
            port: uri.port_u16().unwrap_or(HTTPS_PORT),
            path: path.to_owned(),
        })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "https://{}:{}{}", self.host, self.port, self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str, expect: &str) {
        let got = match url.parse::<Target>() {
            Ok(target) => target.to_string(),
            Err(error) => error.id().to_owned(),
        };
        assert_eq!(got, expect, "{url}");
    }

    #[test]
    fn urls_are_read_in_parts_or_refused() {
        check("https://Gateway.example:8443/set", "https://gateway.example:8443/set");
        check("https://gateway.example/set?a=b", "https://gateway.example:443/set?a=b");
        check("https://[::1]:9/set", "https://[::1]:9/set");
        check("https://127.0.0.1:9", "https://127.0.0.1:9/");
        check("http://gateway.example/set", "url-not-https");
        check("gateway.example:8443", "url-not-https");
        check("/set", "url-not-https");
        check("https://user@gateway.example/", "url-with-user");
        check("https://", "url-malformed");
        check("https://exa mple/", "url-malformed");
        check("", "url-malformed");
        check(&format!("https://example/{}", "a".repeat(URL_BYTES_MAX)), "url-too-long");
    }
}

//! Name constraints along a path (RFC 5280 4.2.1.10 and 6.1.3 (b), (c), 6.1.4 (g)).

use super::{rule::Rule, work::Work};
use crate::{certificate::Certificate, general_name::GeneralName};

/// permitted_subtrees and excluded_subtrees.
#[derive(Default)]
pub(super) struct NameState {
    /// One set for each CA that permits: a name must be in every set that has its form.
    permitted: Vec<Vec<GeneralName>>,
    excluded: Vec<GeneralName>,
}

impl NameState {
    /// Adds the constraints of a CA.
    pub(super) fn constrain(&mut self, certificate: &Certificate) {
        if let Some(constraints) = &certificate.known().standard.name_constraints {
            if !constraints.permitted.is_empty() {
                self.permitted.push(constraints.permitted.clone());
            }
            self.excluded.extend(constraints.excluded.iter().cloned());
        }
    }

    /// Checks every name of `certificate`; the error says which name.
    pub(super) fn check(
        &self,
        certificate: &Certificate,
        work: &mut Work<'_>,
    ) -> Result<(), (Rule, String)> {
        if self.permitted.is_empty() && self.excluded.is_empty() {
            return Ok(());
        }
        let subject = certificate.subject();
        if !subject.is_empty() {
            self.check_name(&GeneralName::Directory(subject.clone()), work)?;
        }
        let names = certificate.subject_alt_names();
        if names.is_empty() {
            // RFC 5280 4.2.1.10: addresses in the subject count when there is no other place.
            for address in subject.email_addresses() {
                self.check_name(&GeneralName::Rfc822(address.to_owned()), work)?;
            }
        }
        names.iter().try_for_each(|name| self.check_name(name, work))
    }

    fn check_name(&self, name: &GeneralName, work: &mut Work<'_>) -> Result<(), (Rule, String)> {
        let sets: usize = self.permitted.iter().map(Vec::len).sum();
        let many = |rule| (rule, "too many name constraints".into());
        work.compare_names(sets + self.excluded.len()).map_err(many)?;
        let same_form = |base: &&GeneralName| base.tag_number() == name.tag_number();
        let all = self.permitted.iter().flatten().chain(&self.excluded);
        let constrained = all.clone().any(|base| same_form(&base));
        if constrained && matches!(name, GeneralName::Other { .. }) {
            let form = format!("form {}", name.tag_number());
            return Err((Rule::NameConstraintUnsupported, form));
        }
        let refused = |why| Err((Rule::NameConstraint, format!("{}: {why}", shown(name))));
        if self.excluded.iter().filter(same_form).any(|base| covers(base, name, true)) {
            return refused("excluded");
        }
        let outside = self.permitted.iter().any(|set| {
            let mut bases = set.iter().filter(same_form).peekable();
            bases.peek().is_some() && !bases.any(|base| covers(base, name, false))
        });
        if outside { refused("not permitted") } else { Ok(()) }
    }
}

fn shown(name: &GeneralName) -> String {
    match name {
        GeneralName::Rfc822(text) | GeneralName::Dns(text) | GeneralName::Uri(text) => text.clone(),
        GeneralName::Directory(name) => name.to_string(),
        GeneralName::Ip(octets) => format!("address {octets:?}"),
        GeneralName::Other { tag_number, .. } => format!("name of form {tag_number}"),
    }
}

/// Is `name` in the subtree of `base`, which has the same form? `cautious` is for excluded
/// subtrees: what cannot be understood counts as inside.
fn covers(base: &GeneralName, name: &GeneralName, cautious: bool) -> bool {
    match (base, name) {
        (GeneralName::Directory(base), GeneralName::Directory(name)) => name.is_within(base),
        (GeneralName::Dns(base), GeneralName::Dns(name)) => covers_dns(base, name, cautious),
        (GeneralName::Rfc822(base), GeneralName::Rfc822(name)) => {
            covers_mail(base, name).unwrap_or(cautious)
        }
        (GeneralName::Uri(base), GeneralName::Uri(name)) => {
            host_of(name).map_or(cautious, |host| covers_host(base, &host))
        }
        (GeneralName::Ip(base), GeneralName::Ip(name)) => {
            covers_address(base, name).unwrap_or(cautious)
        }
        _ => cautious,
    }
}

/// Labels may be added on the left: `host.example.com` is within `example.com`.
fn covers_dns(base: &str, name: &str, cautious: bool) -> bool {
    let base = base.trim_end_matches('.').to_ascii_lowercase();
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    if within_domain(&name, &base) {
        return true;
    }
    // `*.example.com` reaches into an excluded `host.example.com`.
    match (cautious, name.strip_prefix("*."), base.split_once('.')) {
        (true, Some(below), Some((_, parent))) => below == parent,
        _ => false,
    }
}

fn within_domain(name: &str, base: &str) -> bool {
    let rest = name.strip_suffix(base);
    let whole = base.starts_with('.') || base.is_empty();
    rest.is_some_and(|rest| match rest {
        "" => !base.starts_with('.'),
        rest => whole || rest.ends_with('.'),
    })
}

/// A mailbox, all mailboxes of a host, or (leading dot) of every host below a domain.
fn covers_mail(base: &str, name: &str) -> Option<bool> {
    let (local, host) = name.rsplit_once('@')?;
    // An `@` in the local part would have to be quoted, which nobody reads alike.
    if local.is_empty() || local.contains('@') || host.is_empty() {
        return None;
    }
    Some(match base.rsplit_once('@') {
        Some((base_local, base_host)) => {
            base_local == local && base_host.eq_ignore_ascii_case(host)
        }
        None => covers_host(base, host),
    })
}

/// A host exactly, or (leading dot) every host below a domain, the domain itself not.
fn covers_host(base: &str, host: &str) -> bool {
    let base = base.to_ascii_lowercase();
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    if base.starts_with('.') {
        host.len() > base.len() && host.ends_with(&base)
    } else {
        base == host
    }
}

/// The host of a URI's authority; `None` when there is none or it is an address.
fn host_of(uri: &str) -> Option<String> {
    let (_, rest) = uri.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    if host.starts_with('[') {
        return None;
    }
    let host = host.split_once(':').map_or(host, |(host, _)| host);
    let address = host.parse::<std::net::Ipv4Addr>().is_ok();
    (!host.is_empty() && !address).then(|| host.to_owned())
}

/// Address and mask; `None` when the lengths do not fit or the mask has holes.
fn covers_address(base: &[u8], name: &[u8]) -> Option<bool> {
    if !matches!(name.len(), 4 | 16) || !matches!(base.len(), 8 | 32) {
        return None;
    }
    let (address, mask) = base.split_at(base.len() / 2);
    let holes = mask.windows(2).any(|pair| pair[0] != 0xff && pair[1] != 0)
        || mask.iter().any(|octet| octet.leading_ones() + octet.trailing_zeros() < 8);
    if holes {
        return None;
    }
    let masked = address.iter().zip(mask).zip(name);
    let inside = masked.fold(true, |inside, ((a, m), n)| inside && a & m == n & m);
    Some(address.len() == name.len() && inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains() {
        let cases = [
            ("example.com", "example.com", true),
            ("example.com", "Host.Example.COM", true),
            ("example.com", "badexample.com", false),
            (".example.com", "example.com", false),
            (".example.com", "a.example.com", true),
            ("", "anything.org", true),
        ];
        for (base, name, inside) in cases {
            assert_eq!(covers_dns(base, name, false), inside, "{base} {name}");
        }
        assert!(covers_dns("host.example.com", "*.example.com", true));
        assert!(!covers_dns("a.host.example.com", "*.example.com", true));
    }

    #[test]
    fn mailboxes_and_hosts() {
        assert_eq!(covers_mail("Me@example.com", "Me@EXAMPLE.com"), Some(true));
        assert_eq!(covers_mail("Me@example.com", "me@example.com"), Some(false));
        assert_eq!(covers_mail("example.com", "a@host.example.com"), Some(false));
        assert_eq!(covers_mail(".example.com", "a@host.example.com"), Some(true));
        assert_eq!(covers_mail("example.com", "nobody"), None);
        assert_eq!(host_of("https://me@host.org:8080/x").as_deref(), Some("host.org"));
        assert_eq!(host_of("https://10.0.0.1/"), None);
        assert_eq!(host_of("urn:isbn:1"), None);
    }

    #[test]
    fn addresses() {
        let net = [10, 1, 0, 0, 255, 255, 0, 0];
        assert_eq!(covers_address(&net, &[10, 1, 9, 9]), Some(true));
        assert_eq!(covers_address(&net, &[10, 2, 9, 9]), Some(false));
        assert_eq!(covers_address(&[10, 1, 0, 0, 255, 0, 255, 0], &[10, 1, 0, 0]), None);
        assert_eq!(covers_address(&net, &[0; 16]), Some(false));
    }
}

//! `tls-server` and `tls-client`: the certificates of TLS, as strictly as their profiles say.

use jiff::Timestamp;

use super::{Purpose, profile};
use crate::{
    certificate::Certificate,
    extension::KeyUsage,
    oid::{self, Oid},
    path::{PathError, PathSettings, Rule},
};

/// A server that TLS clients meet.
pub(super) static SERVER: Purpose = Purpose {
    name: "tls-server",
    title: "a TLS server: RFC 5280 and the CA/Browser Forum's rules for what clients rely on",
    settings: |settings| {
        settings.purpose = Some(oid::KP_SERVER_AUTH);
        settings.whole = Some(server);
        strict(settings);
    },
    weak: false,
};

/// A client that authenticates with a certificate.
pub(super) static CLIENT: Purpose = Purpose {
    name: "tls-client",
    title: "a TLS client that authenticates itself",
    settings: |settings| {
        settings.purpose = Some(oid::KP_CLIENT_AUTH);
        settings.whole = Some(client);
        strict(settings);
    },
    weak: false,
};

fn strict(settings: &mut PathSettings) {
    settings.revocation.number_required = true;
}

fn server(chain: &[Certificate], _: Timestamp) -> Result<(), PathError> {
    check(chain, oid::KP_SERVER_AUTH)?;
    profile::check_alt_names(chain, true)
}

fn client(chain: &[Certificate], _: Timestamp) -> Result<(), PathError> {
    check(chain, oid::KP_CLIENT_AUTH)?;
    profile::check_alt_names(chain, false)
}

fn check(chain: &[Certificate], purpose: Oid) -> Result<(), PathError> {
    check_purposes(chain, purpose)?;
    check_key_usage(&chain[0])?;
    profile::check(chain)
}

/// A CA that names purposes issues for these only (CA/B 7.1.2.10.6, and every TLS client).
fn check_purposes(chain: &[Certificate], purpose: Oid) -> Result<(), PathError> {
    for (index, certificate) in chain.iter().enumerate().rev() {
        let Some(allowed) = &certificate.known().standard.extended_key_usage else { continue };
        let is_anchor = index + 1 == chain.len();
        let any = allowed.contains(&oid::ANY_EXTENDED_KEY_USAGE);
        let refused = PathError::new(Rule::ExtendedKeyUsage, index, certificate);
        if is_anchor && index > 0 && certificate.is_self_issued() {
            let why = "a root names no purposes";
            return Err(refused.with(why).at("CA/B 7.1.2.1.2"));
        }
        if any && index == 0 {
            return Err(refused.with("it allows every purpose").at("CA/B 7.1.2.7.10"));
        }
        if !allowed.contains(&purpose) && !any {
            return Err(refused);
        }
    }
    Ok(())
}

/// RFC 5280 4.2.1.3: the uses of which TLS needs one (RFC 8446 4.4.2.2, RFC 5246 7.4.2).
fn check_key_usage(leaf: &Certificate) -> Result<(), PathError> {
    let needed = KeyUsage::DIGITAL_SIGNATURE | KeyUsage::KEY_ENCIPHERMENT | KeyUsage::KEY_AGREEMENT;
    match leaf.key_usage() {
        Some(usage) if !usage.intersects(needed) => {
            let refused = PathError::new(Rule::KeyUsage, 0, leaf).at("RFC 5280 4.2.1.3");
            Err(refused.with(format!("{usage}; TLS needs {needed}, one of them")))
        }
        _ => Ok(()),
    }
}

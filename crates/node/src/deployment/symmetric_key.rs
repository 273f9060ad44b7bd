//! PEM files of symmetric keys: 32 random octets under a label of their own (RFC 7468 form).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand_core::CryptoRng;

use counterfoil_secret::{Secret, SecretBytes};

/// Octets of every symmetric key of a deployment.
pub(super) const KEY_BYTES: usize = 32;
const BEGIN: &str = "-----BEGIN COUNTERFOIL SYMMETRIC KEY-----";
const END: &str = "-----END COUNTERFOIL SYMMETRIC KEY-----";

/// A new key as the text of its file.
pub(super) fn generate(rng: &mut dyn CryptoRng) -> Secret<String> {
    let mut key = Secret::new([0; KEY_BYTES]);
    let mut octets = *key.expose();
    rng.fill_bytes(&mut octets);
    key = Secret::new(octets);
    Secret::new(format!("{BEGIN}\n{}\n{END}\n", STANDARD.encode(key.expose())))
}

/// Reads the text of a key file; the error says what is wrong and nothing of the key.
pub(super) fn parse(text: &Secret<String>) -> Result<SecretBytes, &'static str> {
    let body = text.expose().trim().strip_prefix(BEGIN).ok_or("it does not begin as such a key")?;
    let body = body.strip_suffix(END).ok_or("it does not end as such a key")?;
    let key = STANDARD.decode(body.trim()).map_err(|_| "it is not base64")?;
    let key = Secret::new(key);
    if key.expose().len() == KEY_BYTES { Ok(key) } else { Err("it has not 32 octets") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::SystemRng;

    #[test]
    fn what_is_written_is_read_and_errors_show_nothing() {
        let text = generate(&mut SystemRng::new());
        assert_eq!(parse(&text).unwrap().expose().len(), KEY_BYTES);
        let broken = |from: &str, to: &str| {
            parse(&Secret::new(text.expose().replace(from, to))).unwrap_err()
        };
        assert_eq!(broken("BEGIN", "BEGINN"), "it does not begin as such a key");
        assert_eq!(broken("END", "ENDE"), "it does not end as such a key");
        assert_eq!(broken("=\n", "!\n"), "it is not base64");
        let longer = text.expose().replacen("KEY-----\n", "KEY-----\nAAAA", 1);
        assert_eq!(parse(&Secret::new(longer)).unwrap_err(), "it has not 32 octets");
    }
}

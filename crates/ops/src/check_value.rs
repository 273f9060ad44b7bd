//! Check values of symmetric keys: enough to see that two are the same, too little to be a key.

use counterfoil_crypto::digest::hmac_sha256;
use counterfoil_secret::SecretBytes;

/// What is put under the key.
const LABEL: &[u8] = b"counterfoil key check value";
/// Octets that are shown.
const SHOWN_BYTES: usize = 3;

/// The first octets of an HMAC over a fixed label, in hexadecimal.
pub(crate) fn check_value(key: &SecretBytes) -> String {
    hex::encode(&hmac_sha256(key.expose(), LABEL)[..SHOWN_BYTES])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_key_has_the_same_check_value_and_it_is_short() {
        let key = |octet: u8| SecretBytes::new(vec![octet; 32]);
        assert_eq!(check_value(&key(1)), check_value(&key(1)));
        assert_ne!(check_value(&key(1)), check_value(&key(2)));
        assert_eq!(check_value(&key(1)).len(), 2 * SHOWN_BYTES);
    }
}

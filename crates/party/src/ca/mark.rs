//! [`Mark`]: how lists name a card or a passphrase without holding it.
//!
//! A card number has too little entropy for a bare hash: whoever finds the list could try every
//! number. A mark is an HMAC under a key that lies elsewhere than the list.

use std::fmt;

use counterfoil_crypto::digest::{equal, hmac_sha256};
use counterfoil_secret::{Pan, Secret};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// HMAC-SHA-256 of a card number or a passphrase; 64 hexadecimal digits in settings.
#[derive(Clone, Copy, Eq, PartialOrd, Ord)]
pub struct Mark([u8; 32]);

/// The key that marks are made with; the bank that writes the lists has it too.
#[derive(Debug, Clone)]
pub struct MarkKey(Secret<[u8; 32]>);

impl MarkKey {
    /// A key of these octets.
    pub const fn new(key: Secret<[u8; 32]>) -> Self {
        Self(key)
    }

    /// The mark of a card number.
    pub fn card(&self, pan: &Pan) -> Mark {
        self.mark(b"card", "", pan.expose())
    }

    /// The mark of a passphrase that was given to somebody: `owner` is the BIN of the issuer for
    /// cardholders, `BIN:id` for merchants and gateways. Spaces around it do not count.
    pub fn passphrase(&self, owner: &str, passphrase: &str) -> Mark {
        self.mark(b"passphrase", owner, passphrase.trim())
    }

    /// A mark of the attempts of one applicant to name a passphrase.
    pub(crate) fn attempts(&self, owner: &str, who: &str) -> Mark {
        self.mark(b"attempts", owner, who)
    }

    fn mark(&self, what: &[u8], owner: &str, text: &str) -> Mark {
        // Neither the labels nor the owners contain a zero octet, so no two inputs collide.
        let mut input = Vec::with_capacity(what.len() + owner.len() + text.len() + 2);
        input.extend_from_slice(what);
        input.push(0);
        input.extend_from_slice(owner.as_bytes());
        input.push(0);
        input.extend_from_slice(text.as_bytes());
        let input = Secret::new(input);
        Mark(hmac_sha256(self.0.expose(), input.expose()))
    }
}

impl Mark {
    /// The octets, as keys of records.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Takes the same time whatever the octets are.
impl PartialEq for Mark {
    fn eq(&self, other: &Self) -> bool {
        equal(&self.0, &other.0)
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mark({self})")
    }
}

impl Serialize for Mark {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(self.0))
    }
}

impl<'de> Deserialize<'de> for Mark {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        let mut mark = [0; 32];
        hex::decode_to_slice(text.as_bytes(), &mut mark)
            .map_err(|_| serde::de::Error::custom("a mark is 64 hexadecimal digits"))?;
        Ok(Self(mark))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_tell_cards_passphrases_and_owners_apart() {
        let key = MarkKey::new(Secret::new([7; 32]));
        let pan = Pan::parse("4929123412341232").unwrap();
        let card = key.card(&pan);
        assert_ne!(card, key.passphrase("", pan.expose()));
        assert_ne!(key.passphrase("492912", "x"), key.passphrase("492913", "x"));
        assert_eq!(key.passphrase("492912", " x "), key.passphrase("492912", "x"));
        assert_ne!(card, MarkKey::new(Secret::new([8; 32])).card(&pan));
        let text = serde_json::to_string(&card).unwrap();
        assert_eq!(text.len(), 66);
        assert_eq!(serde_json::from_str::<Mark>(&text).unwrap(), card);
    }
}

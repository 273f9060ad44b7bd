//! Cards for trying a deployment: numbers made up, accounts with a little money.

use rand_core::CryptoRng;

use counterfoil_party::amount::Amount;
use counterfoil_party::bank::Terms;
use counterfoil_party::bank_link::Expiry;
use counterfoil_secret::{Pan, Secret};

/// Digits of a made-up card number.
const PAN_DIGITS: usize = 16;
/// Octets of randomness in a passphrase that a bank hands out.
const PASSPHRASE_BYTES: usize = 9;

/// A made-up card with its account.
#[derive(Debug, Clone)]
pub struct TestCard {
    /// Its name in the wallet.
    pub name: &'static str,
    /// What it is good for, for people.
    pub about: &'static str,
    /// Its number.
    pub pan: Pan,
    /// Until when it is valid.
    pub expiry: Expiry,
    /// What is on its account at the beginning.
    pub deposit: Amount,
    /// Whether the bank has blocked it.
    pub blocked: bool,
    /// What its holder has to say to register it.
    pub passphrase: Secret<String>,
}

/// Name, use, deposit in minor units and whether it is blocked, of each test card.
const KINDS: [(&str, &str, u64, bool); 4] = [
    ("card-1", "1,000.00 on its account", 100_000, false),
    ("card-2", "250.00 on its account", 25_000, false),
    ("card-3", "1.00 on its account: most payments are declined", 100, false),
    ("card-4", "blocked by the bank: every payment is declined", 100_000, true),
];

impl TestCard {
    /// The usual set of test cards of the issuer with this BIN.
    pub(super) fn set(
        bin: &str,
        expiry: Expiry,
        currency: u16,
        rng: &mut dyn CryptoRng,
    ) -> Vec<Self> {
        let make = |(name, about, deposit_minor, blocked)| Self {
            name,
            about,
            pan: made_up(bin, rng),
            expiry,
            deposit: Amount { currency, minor: deposit_minor },
            blocked,
            passphrase: passphrase(rng),
        };
        KINDS.into_iter().map(make).collect()
    }

    /// What the bank lets its holder do: spend what is there, and no more.
    pub(super) fn terms() -> Terms {
        Terms::default()
    }
}

/// A passphrase that a bank hands out: easy to type, hard to guess.
pub(super) fn passphrase(rng: &mut dyn CryptoRng) -> Secret<String> {
    let mut octets = [0; PASSPHRASE_BYTES];
    rng.fill_bytes(&mut octets);
    let text = hex::encode(octets);
    let groups: Vec<&str> = (0..text.len()).step_by(6).map(|at| &text[at..at + 6]).collect();
    Secret::new(groups.join("-"))
}

/// A card number of this issuer that no card has but by chance.
fn made_up(bin: &str, rng: &mut dyn CryptoRng) -> Pan {
    let mut digits = bin.to_owned();
    while digits.len() < PAN_DIGITS - 1 {
        let mut octet = [0];
        rng.fill_bytes(&mut octet);
        // Below 250, so that each digit is as likely as any other.
        if octet[0] < 250 {
            digits.push(char::from(b'0' + octet[0] % 10));
        }
    }
    let with_check = |check: u8| Secret::new(format!("{digits}{check}"));
    let pan = (0..10).find_map(|check| Pan::parse(with_check(check).expose()).ok());
    drop(Secret::new(digits));
    pan.expect("invariant: one of ten check digits fits")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::SystemRng;

    #[test]
    fn numbers_are_of_the_issuer_and_differ() {
        let expiry = Expiry::parse("203112").unwrap();
        let cards = TestCard::set("990001", expiry, 840, &mut SystemRng::new());
        let mut numbers: Vec<_> = cards.iter().map(|card| card.pan.expose().to_owned()).collect();
        assert!(numbers.iter().all(|number| number.len() == 16 && number.starts_with("990001")));
        numbers.sort();
        numbers.dedup();
        assert_eq!(numbers.len(), KINDS.len());
    }

    #[test]
    fn passphrases_are_three_groups() {
        let text = passphrase(&mut SystemRng::new());
        let groups: Vec<_> = text.expose().split('-').map(str::len).collect();
        assert_eq!(groups, [6, 6, 6]);
    }
}

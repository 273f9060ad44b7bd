//! Seeded chance: the only randomness of a simulation.

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};

/// Chance of one purpose. Each purpose draws from its own stream, so that a further draw in one
/// place does not change what happens everywhere else.
#[derive(Debug, Clone)]
pub struct Chance {
    rng: ChaCha20Rng,
}

impl Chance {
    /// The stream of `purpose` under `seed`.
    pub fn new(seed: u64, purpose: &str) -> Self {
        let mut key = [0_u8; 32];
        key[..8].copy_from_slice(&seed.to_be_bytes());
        for (place, byte) in purpose.bytes().enumerate() {
            let slot = 8 + place % 24;
            key[slot] = key[slot].rotate_left(3) ^ byte;
        }
        Self { rng: ChaCha20Rng::from_seed(key) }
    }

    /// A number from 0 to `below - 1`; 0 when `below` is 0.
    pub fn below(&mut self, below: u64) -> u64 {
        if below == 0 { 0 } else { self.rng.next_u64() % below }
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// Whether something of this chance in a thousand happens.
    pub fn per_mille(&mut self, chance: u32) -> bool {
        self.below(1000) < u64::from(chance)
    }

    /// The generator itself, for a party's own randomness.
    pub fn generator(&mut self) -> &mut ChaCha20Rng {
        &mut self.rng
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_and_purpose_draw_the_same_and_others_do_not() {
        let draw = |seed, purpose| {
            let mut chance = Chance::new(seed, purpose);
            [chance.below(1_000_000), chance.below(1_000_000)]
        };
        assert_eq!(draw(1, "network"), draw(1, "network"));
        assert_ne!(draw(1, "network"), draw(2, "network"));
        assert_ne!(draw(1, "network"), draw(1, "crashes"));
    }

    #[test]
    fn between_includes_both_ends() {
        let mut chance = Chance::new(3, "ends");
        let drawn: std::collections::BTreeSet<u64> =
            (0..200).map(|_| chance.between(4, 6)).collect();
        assert_eq!(drawn.into_iter().collect::<Vec<_>>(), [4, 5, 6]);
    }
}

//! The operating system's randomness, as parties take it.

use std::convert::Infallible;

use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use rand_core::{TryCryptoRng, TryRng};

/// Randomness from the system, through the cryptographic library's generator.
#[derive(Debug, Clone)]
pub struct SystemRng(SystemRandom);

impl SystemRng {
    /// A handle to the system's generator.
    pub fn new() -> Self {
        Self(SystemRandom::new())
    }

    fn fill(&self, octets: &mut [u8]) {
        self.0
            .fill(octets)
            .expect("invariant: a system without randomness must not go on making keys and salts");
    }
}

impl Default for SystemRng {
    fn default() -> Self {
        Self::new()
    }
}

impl TryRng for SystemRng {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut octets = [0; 4];
        self.fill(&mut octets);
        Ok(u32::from_le_bytes(octets))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut octets = [0; 8];
        self.fill(&mut octets);
        Ok(u64::from_le_bytes(octets))
    }

    fn try_fill_bytes(&mut self, octets: &mut [u8]) -> Result<(), Infallible> {
        self.fill(octets);
        Ok(())
    }
}

impl TryCryptoRng for SystemRng {}

#[cfg(test)]
mod tests {
    use rand_core::CryptoRng;

    use super::*;

    #[test]
    fn fills_all_octets_and_never_the_same() {
        fn draw(rng: &mut dyn CryptoRng) -> [u8; 64] {
            let mut octets = [0; 64];
            rng.fill_bytes(&mut octets);
            octets
        }
        let mut rng = SystemRng::new();
        let (first, second) = (draw(&mut rng), draw(&mut rng));
        assert_ne!(first, second);
        assert_ne!(first[32..], [0; 32]);
    }
}

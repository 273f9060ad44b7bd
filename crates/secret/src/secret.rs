//! [`Secret`]: a value that cannot be printed and is wiped on drop.

use std::fmt;

use zeroize::Zeroize;

/// A value that prints as `[secret]`, is wiped on drop, and is read only by [`Secret::expose`].
///
/// There is deliberately no `Serialize`: writing a secret down is a decision that is made by
/// exposing it.
#[derive(Clone)]
pub struct Secret<T: Zeroize>(T);

/// Secret octets: keys, passphrases, decrypted payment instructions.
pub type SecretBytes = Secret<Vec<u8>>;

impl<T: Zeroize> Secret<T> {
    /// Wraps `value`.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// Reads the value. Every use of this call is a place to review.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl<T: Zeroize> From<T> for Secret<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_prints_nothing_of_the_value() {
        let key = Secret::new(b"4929123412341234".to_vec());
        assert_eq!(format!("{key:?}"), "[secret]");
        assert_eq!(key.expose(), b"4929123412341234");
    }
}

//! Bearer tokens (RFC 6750) of a party's own API, in a file that its owner alone can read.

use rand_core::CryptoRng;

use counterfoil_crypto::digest::equal;
use counterfoil_secret::Secret;

use super::error::DeploymentError;
use super::layout;
use super::material::secret_text;
use crate::files::PartyFolder;

/// Octets of randomness in a token.
const TOKEN_BYTES: usize = 24;

/// A new token as the text of its file.
pub(super) fn generate(rng: &mut dyn CryptoRng) -> Secret<String> {
    let mut octets = [0; TOKEN_BYTES];
    rng.fill_bytes(&mut octets);
    Secret::new(format!("{}\n", hex::encode(octets)))
}

/// The token that a party's API asks for.
#[derive(Debug, Clone)]
pub struct ApiToken(Secret<String>);

impl ApiToken {
    /// Reads the token of a party.
    ///
    /// # Errors
    /// [`DeploymentError`] naming the file.
    pub fn read(folder: &PartyFolder) -> Result<Self, DeploymentError> {
        let file = folder.root().join(layout::API_TOKEN);
        let text = secret_text(&file)?;
        let token = text.expose().trim();
        if token.len() < TOKEN_BYTES || !token.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(DeploymentError::Malformed {
                reason: format!("a token has {TOKEN_BYTES} printable characters or more"),
                hint: format!("write one with `openssl rand -hex 24 > {}`", file.display()),
                file,
            });
        }
        Ok(Self(Secret::new(token.to_owned())))
    }

    /// Whether a request shows this token in its header `Authorization`.
    pub fn admits(&self, authorization: Option<&[u8]>) -> bool {
        let shown = authorization.and_then(|value| value.strip_prefix(b"Bearer "));
        shown.is_some_and(|shown| equal(shown, self.0.expose().as_bytes()))
    }

    /// The header that shows this token.
    pub fn header(&self) -> Secret<String> {
        Secret::new(format!("Bearer {}", self.0.expose()))
    }
}

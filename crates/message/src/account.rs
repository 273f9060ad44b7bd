//! What ties a card to a certificate and to a purchase, without showing the card.
//!
//! SET 1.0 (Book 2, cardholder certificates) made PANSecret as the XOR of both nonces, so that
//! whoever chose last could force any value; here it is derived from both.

use counterfoil_crypto::digest::{equal, hkdf_sha256, hmac_sha256};

use crate::codec::table::sequence;
use crate::codec::{EncodeError, encode_secret};
use crate::primitive::{
    CardExpiry, CardNumber, CardSecret, NonceCca, PanData, PanSecret, TransStain, Xid,
};

/// Purpose of PANSecret in its derivation.
const PAN_SECRET_INFO: &[u8] = b"SET 2 PANSecret";

sequence! {
    /// What the cardholder id is made of.
    CardIdInput "CardIdInput" {
        /// Card number.
        pan: CardNumber = "pan",
        /// Expiry of the card.
        card_expiry: CardExpiry = "cardExpiry",
    }
}

/// PANSecret: HKDF-SHA-256 with CardSecret as input, NonceCCA as salt, "SET 2 PANSecret" as info.
pub fn pan_secret(card_secret: &CardSecret, nonce_cca: &NonceCca) -> PanSecret {
    let derived = hkdf_sha256::<32>(card_secret.expose(), nonce_cca.expose(), PAN_SECRET_INFO);
    PanSecret::new(*derived.expose())
}

/// TransStain: HMAC-SHA-256 of the 20 octets of the XID under CardSecret.
pub fn trans_stain(card_secret: &CardSecret, xid: &Xid) -> TransStain {
    TransStain::new(hmac_sha256(card_secret.expose(), xid.as_bytes()))
}

/// The cardholder id, which is the common name of the cardholder's certificate: HMAC-SHA-256 of
/// the DER of `{pan, cardExpiry}` under PANSecret, as base64url without padding (43 characters).
///
/// # Errors
/// [`EncodeError`], which no card number can give.
pub fn cardholder_id(
    pan: &CardNumber,
    card_expiry: &CardExpiry,
    pan_secret: &PanSecret,
) -> Result<String, EncodeError> {
    let input = CardIdInput { pan: pan.clone(), card_expiry: card_expiry.clone() };
    let der = encode_secret(&input)?;
    Ok(base64url(&hmac_sha256(pan_secret.expose(), der.expose())))
}

/// Is `common_name` the cardholder id of this card? Only this binds a signer to an account.
pub fn is_cardholder(common_name: &str, card: &PanData) -> bool {
    cardholder_id(&card.pan, &card.card_expiry, &card.pan_secret)
        .is_ok_and(|id| equal(id.as_bytes(), common_name.as_bytes()))
}

/// RFC 4648 section 5, without padding.
fn base64url(octets: &[u8; 32]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::with_capacity(43);
    for group in octets.chunks(3) {
        let padded = [group, &[0, 0]].concat();
        let bits = u32::from_be_bytes([0, padded[0], padded[1], padded[2]]);
        (0..=group.len()).for_each(|place| {
            let index = bits >> (18 - 6 * place) & 0x3f;
            text.push(char::from(ALPHABET[index as usize]));
        });
    }
    text
}

#[cfg(test)]
mod tests {
    use counterfoil_secret::Pan;

    use super::*;
    use crate::primitive::ExNonce;

    fn card(pan: &str, expiry: &str, secret: u8) -> PanData {
        PanData {
            pan: CardNumber(Pan::parse(pan).unwrap()),
            card_expiry: CardExpiry::new(expiry).unwrap(),
            pan_secret: PanSecret::new([secret; 32]),
            ex_nonce: ExNonce::new([9; 32]),
        }
    }

    #[test]
    fn the_id_belongs_to_one_card_one_expiry_and_one_secret() {
        let mine = card("4929123412341232", "203012", 1);
        let id = cardholder_id(&mine.pan, &mine.card_expiry, &mine.pan_secret).unwrap();
        assert_eq!(id.len(), 43);
        assert!(is_cardholder(&id, &mine));
        assert!(!is_cardholder(&id, &card("4111111111111111", "203012", 1)));
        assert!(!is_cardholder(&id, &card("4929123412341232", "203101", 1)));
        assert!(!is_cardholder(&id, &card("4929123412341232", "203012", 2)));
        assert!(!is_cardholder("", &mine));
    }

    #[test]
    fn pan_secret_depends_on_both_sides() {
        let secret =
            |card, nonce| pan_secret(&CardSecret::new([card; 32]), &NonceCca::new([nonce; 32]));
        assert_eq!(secret(1, 2), secret(1, 2));
        assert_ne!(secret(1, 2), secret(3, 2));
        assert_ne!(secret(1, 2), secret(1, 3));
    }

    #[test]
    fn trans_stain_depends_on_card_and_purchase() {
        let stain = |card, xid| trans_stain(&CardSecret::new([card; 32]), &Xid::new([xid; 20]));
        assert_eq!(stain(1, 2), stain(1, 2));
        assert_ne!(stain(1, 2), stain(3, 2));
        assert_ne!(stain(1, 2), stain(1, 3));
    }

    #[test]
    fn base64url_agrees_with_rfc_4648() {
        let mut octets = [0; 32];
        octets[..6].copy_from_slice(&[0x14, 0xfb, 0x9c, 0x03, 0xd9, 0x7e]);
        octets[31] = 0xff;
        let text = base64url(&octets);
        assert!(text.starts_with("FPucA9l-") && text.ends_with("AAP8"), "{text}");
    }
}

//! Tokens: sealing, opening, rotation of keys, and their form on the wire and on disk.

use counterfoil_crypto::oid::content_type;
use counterfoil_crypto::token::{TOKEN_BYTES_MAX, TokenBox, TokenKey, open_with};
use counterfoil_crypto::{Oid, Unopened};
use counterfoil_secret::{Report, Secret};
use der::{Decode, Encode};

use crate::keys::rng;

const TYPE: Oid = content_type(20);

#[test]
fn opens_with_the_same_key_and_type_only() {
    let (key, other) = (TokenKey::generate(&mut rng(1)), TokenKey::generate(&mut rng(2)));
    let token = key.seal(TYPE, b"token", &mut rng(3)).unwrap();
    assert_eq!(key.open(&token, TYPE).unwrap().expose(), b"token");
    assert_eq!(key.open(&token, content_type(19)).err(), Some(Unopened));
    assert_eq!(other.open(&token, TYPE).err(), Some(Unopened));
}

#[test]
fn an_old_key_still_opens_after_a_new_one_came() {
    let keys = [TokenKey::generate(&mut rng(2)), TokenKey::generate(&mut rng(1))];
    let token = keys[1].seal(TYPE, b"token", &mut rng(3)).unwrap();
    assert_eq!(open_with(&keys, &token, TYPE).unwrap().expose(), b"token");
    assert_eq!(open_with(&keys[..1], &token, TYPE).err(), Some(Unopened));
}

#[test]
fn each_changed_bit_of_a_token_gives_an_error() {
    let key = TokenKey::generate(&mut rng(1));
    let token = key.seal(TYPE, b"token", &mut rng(3)).unwrap();
    let der = token.to_der().unwrap();
    assert_eq!(TokenBox::from_der(&der).unwrap(), token);
    for bit in 0..der.len() * 8 {
        let mut changed = der.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let Ok(changed) = TokenBox::from_der(&changed) else { continue };
        assert_eq!(key.open(&changed, TYPE).err(), Some(Unopened), "bit {bit}");
    }
    for end in 0..der.len() {
        assert!(TokenBox::from_der(&der[..end]).is_err());
    }
}

#[test]
fn tokens_have_a_limit() {
    let key = TokenKey::generate(&mut rng(1));
    let longest = vec![0; TOKEN_BYTES_MAX - 16];
    let token = key.seal(TYPE, &longest, &mut rng(3)).unwrap();
    assert_eq!(TokenBox::from_der(&token.to_der().unwrap()).unwrap(), token);
    let longer = [longest.as_slice(), &[0]].concat();
    assert_eq!(key.seal(TYPE, &longer, &mut rng(3)).unwrap_err().id(), "limit-exceeded");
}

#[test]
fn token_keys_go_through_pem_and_back() {
    let key = TokenKey::generate(&mut rng(1));
    let token = key.seal(TYPE, b"token", &mut rng(3)).unwrap();
    let pem = key.to_pem();
    assert!(pem.expose().starts_with("-----BEGIN COUNTERFOIL TOKEN KEY-----\n"));
    let again = TokenKey::from_pem(&pem).unwrap();
    assert_eq!(again.id(), key.id());
    assert_eq!(again.open(&token, TYPE).unwrap().expose(), b"token");
    let renamed = Secret::new(pem.expose().replace("TOKEN KEY", "LOCKET KEY"));
    assert_eq!(TokenKey::from_pem(&renamed).unwrap_err().id(), "key-malformed");
    assert_eq!(format!("{key:?}"), "TokenKey([secret])");
}

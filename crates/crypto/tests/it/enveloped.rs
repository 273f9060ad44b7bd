//! AuthEnvelopedData: sealing, opening, and what OpenSSL makes of it.

use counterfoil_crypto::cms::ContentInfo;
use counterfoil_crypto::cms::enveloped::{
    Recipient, content_type_of, open, open_with_key, recipients_of, seal, seal_with_key,
};
use counterfoil_crypto::digest::{Digest, hkdf_sha256, sha256, sha256_of};
use counterfoil_crypto::key::{KeyPair, KeyUse, RecipientKey};
use counterfoil_crypto::oid::content_type;
use counterfoil_crypto::suite::{P256, SUITES};
use counterfoil_crypto::{Oid, Unopened};
use counterfoil_secret::Report;

use crate::certificate::TestCertificate;
use crate::keys::{pair, rng};
use crate::openssl::OpenSsl;

const TYPE: Oid = content_type(50);
const BINDING: Digest = [0x42; 32];
const DECRYPT: &str = "cms -decrypt -inform DER -binary -recip gateway.pem -inkey gateway.key";
const PLAINTEXT: &[u8] = b"0\x1fthe half that the bank receives";

fn sealed(pair: &KeyPair, certificate: &TestCertificate, seed: u64) -> ContentInfo {
    let key = RecipientKey::from_spki(pair.spki_der()).unwrap();
    let recipient = Recipient { name: certificate.name(), key: &key };
    seal(TYPE, PLAINTEXT, &recipient, &BINDING, &mut rng(seed)).unwrap()
}

#[test]
fn opens_for_the_recipient_with_the_same_type_and_binding() {
    let certificate = TestCertificate::named("gateway");
    for suite in SUITES {
        let pair = pair(suite, KeyUse::Exchange, 1);
        let info = sealed(&pair, &certificate, 2);
        let key = pair.exchange_key().unwrap();
        let opened = open(&info, key.as_ref(), TYPE, &BINDING).unwrap();
        assert_eq!(opened.expose(), PLAINTEXT);
        assert_eq!(recipients_of(&info).unwrap(), [certificate.name()]);
        assert_eq!(content_type_of(&info).unwrap(), TYPE);
    }
}

#[test]
fn another_key_type_or_binding_gives_the_one_error() {
    let certificate = TestCertificate::named("gateway");
    for suite in SUITES {
        let pair = pair(suite, KeyUse::Exchange, 1);
        let info = sealed(&pair, &certificate, 2);
        let key = pair.exchange_key().unwrap();
        let others = SUITES.iter().map(|suite| crate::keys::pair(suite, KeyUse::Exchange, 9));
        for other in others.filter(|other| other.spki_der() != pair.spki_der()) {
            let other = other.exchange_key().unwrap();
            assert_eq!(open(&info, other.as_ref(), TYPE, &BINDING).err(), Some(Unopened));
        }
        let other_type = open(&info, key.as_ref(), content_type(51), &BINDING);
        assert_eq!(other_type.err(), Some(Unopened));
        let other_binding = open(&info, key.as_ref(), TYPE, &[0x43; 32]);
        assert_eq!(other_binding.err(), Some(Unopened));
    }
    assert_eq!(Unopened.id(), "unopened");
}

#[test]
fn each_changed_bit_gives_the_one_error() {
    let certificate = TestCertificate::named("gateway");
    for suite in SUITES {
        let pair = pair(suite, KeyUse::Exchange, 1);
        let key = pair.exchange_key().unwrap();
        let info = sealed(&pair, &certificate, 2).into_der();
        for place in 0..info.len() {
            // RSA decryption is slow; one bit of each octet does there.
            let bits = if *suite == &P256 { 0..8 } else { place % 8..place % 8 + 1 };
            for bit in bits {
                let mut changed = info.clone();
                changed[place] ^= 1 << bit;
                let Ok(changed) = ContentInfo::from_der(changed) else { continue };
                let opened = open(&changed, key.as_ref(), TYPE, &BINDING);
                assert_eq!(opened.err(), Some(Unopened), "{suite} octet {place} bit {bit}");
            }
        }
    }
}

#[test]
fn each_truncation_is_an_error() {
    let certificate = TestCertificate::named("gateway");
    let info = sealed(&pair(&P256, KeyUse::Exchange, 1), &certificate, 2).into_der();
    for end in 0..info.len() {
        assert!(ContentInfo::from_der(info[..end].to_vec()).is_err());
    }
}

#[test]
fn moving_a_sealed_content_to_another_type_fails_although_both_sides_name_it() {
    let certificate = TestCertificate::named("gateway");
    let pair = pair(&P256, KeyUse::Exchange, 1);
    let mut der = sealed(&pair, &certificate, 2).into_der();
    let old = TYPE.to_der_bytes();
    let new = content_type(51).to_der_bytes();
    let at = der.windows(old.len()).position(|window| window == old).unwrap();
    der[at..at + new.len()].copy_from_slice(&new);
    let info = ContentInfo::from_der(der).unwrap();
    assert_eq!(content_type_of(&info).unwrap(), content_type(51));
    let opened = open(&info, pair.exchange_key().unwrap().as_ref(), content_type(51), &BINDING);
    assert_eq!(opened.err(), Some(Unopened));
}

#[test]
fn suite_p256_seals_from_the_given_randomness_alone() {
    let certificate = TestCertificate::named("gateway");
    let pair = pair(&P256, KeyUse::Exchange, 1);
    assert_eq!(sealed(&pair, &certificate, 2), sealed(&pair, &certificate, 2));
    assert_ne!(sealed(&pair, &certificate, 2), sealed(&pair, &certificate, 3));
}

#[test]
fn back_keys_open_with_the_same_key_type_and_binding_only() {
    let key = [7; 32];
    let info = seal_with_key(TYPE, PLAINTEXT, &key, &BINDING, &mut rng(1)).unwrap();
    let open = |info: &ContentInfo, key: &[u8], content_type, binding| {
        open_with_key(info, key, content_type, &binding).map(|plain| plain.expose().clone())
    };
    assert_eq!(open(&info, &key, TYPE, BINDING), Ok(PLAINTEXT.to_vec()));
    assert_eq!(open(&info, &[8; 32], TYPE, BINDING), Err(Unopened));
    assert_eq!(open(&info, &key, content_type(51), BINDING), Err(Unopened));
    assert_eq!(open(&info, &key, TYPE, [0x43; 32]), Err(Unopened));
    assert_eq!(recipients_of(&info).unwrap(), []);
    let der = info.into_der();
    for bit in 0..der.len() * 8 {
        let mut changed = der.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let Ok(changed) = ContentInfo::from_der(changed) else { continue };
        assert_eq!(open(&changed, &key, TYPE, BINDING), Err(Unopened), "bit {bit}");
    }
    let short = seal_with_key(TYPE, PLAINTEXT, &[7; 15], &BINDING, &mut rng(1));
    assert_eq!(short.unwrap_err().id(), "key-unsuitable");
}

#[test]
fn a_private_key_does_not_open_what_a_back_key_sealed() {
    let info = seal_with_key(TYPE, PLAINTEXT, &[7; 32], &BINDING, &mut rng(1)).unwrap();
    let key = pair(&P256, KeyUse::Exchange, 1).exchange_key().unwrap();
    assert_eq!(open(&info, key.as_ref(), TYPE, &BINDING).err(), Some(Unopened));
}

#[test]
fn content_above_the_limit_is_refused() {
    let big = vec![0; counterfoil_crypto::cms::CONTAINER_BYTES_MAX];
    let result = seal_with_key(TYPE, &big, &[7; 32], &BINDING, &mut rng(1));
    assert_eq!(result.unwrap_err().id(), "limit-exceeded");
}

#[test]
fn openssl_opens_what_we_seal() {
    let Some(openssl) = OpenSsl::find() else { return };
    for suite in SUITES {
        let pair = pair(suite, KeyUse::Exchange, 1);
        let certificate = TestCertificate::make(&openssl, "gateway", &pair);
        openssl.write("sealed.der", sealed(&pair, &certificate, 2).as_der());
        openssl.expect("asn1parse -inform DER -in sealed.der");
        let plain = openssl.expect(&format!("{DECRYPT} -in sealed.der"));
        assert_eq!(plain, PLAINTEXT, "{suite}");
        let mut der = openssl.read("sealed.der");
        *der.last_mut().unwrap() ^= 1;
        openssl.write("changed.der", der);
        let changed = openssl.run(&format!("{DECRYPT} -in changed.der"));
        assert!(!changed.status.success());
    }
}

#[test]
fn openssl_opens_what_a_back_key_sealed() {
    let Some(openssl) = OpenSsl::find() else { return };
    let info = seal_with_key(TYPE, PLAINTEXT, &[7; 32], &BINDING, &mut rng(1)).unwrap();
    openssl.write("sealed.der", info.as_der());
    let context = sha256_of(&[&TYPE.to_der_bytes(), &BINDING]);
    assert_ne!(context, sha256(&BINDING));
    let kek = hkdf_sha256::<32>(&[7; 32], &context, b"SET 2 back key");
    let plain = openssl.expect(&format!(
        "cms -decrypt -inform DER -binary -in sealed.der -secretkey {} -secretkeyid {}",
        hex::encode(kek.expose()),
        hex::encode(context)
    ));
    assert_eq!(plain, PLAINTEXT);
}

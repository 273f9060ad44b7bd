//! Signature schemes: IANA's "TLS SignatureScheme", and the pairs of hash and signature of TLS
//! 1.2 (RFC 5246 7.4.1.4.1) that it includes.

use crate::suite::Hash;

/// Code and name, in the order of their codes.
static NAMES: [(u16, &str); 54] = [
    (0x0101, "rsa_pkcs1_md5"),
    (0x0102, "dsa_md5"),
    (0x0103, "ecdsa_md5"),
    (0x0201, "rsa_pkcs1_sha1"),
    (0x0202, "dsa_sha1"),
    (0x0203, "ecdsa_sha1"),
    (0x0301, "rsa_pkcs1_sha224"),
    (0x0302, "dsa_sha224"),
    (0x0303, "ecdsa_sha224"),
    (0x0401, "rsa_pkcs1_sha256"),
    (0x0402, "dsa_sha256"),
    (0x0403, "ecdsa_secp256r1_sha256"),
    (0x0420, "rsa_pkcs1_sha256_legacy"),
    (0x0501, "rsa_pkcs1_sha384"),
    (0x0502, "dsa_sha384"),
    (0x0503, "ecdsa_secp384r1_sha384"),
    (0x0520, "rsa_pkcs1_sha384_legacy"),
    (0x0601, "rsa_pkcs1_sha512"),
    (0x0602, "dsa_sha512"),
    (0x0603, "ecdsa_secp521r1_sha512"),
    (0x0620, "rsa_pkcs1_sha512_legacy"),
    (0x0704, "eccsi_sha256"),
    (0x0705, "iso_ibs1"),
    (0x0706, "iso_ibs2"),
    (0x0707, "iso_chinese_ibs"),
    (0x0708, "sm2sig_sm3"),
    (0x0709, "gostr34102012_256a"),
    (0x070a, "gostr34102012_256b"),
    (0x070b, "gostr34102012_256c"),
    (0x070c, "gostr34102012_256d"),
    (0x070d, "gostr34102012_512a"),
    (0x070e, "gostr34102012_512b"),
    (0x070f, "gostr34102012_512c"),
    (0x0804, "rsa_pss_rsae_sha256"),
    (0x0805, "rsa_pss_rsae_sha384"),
    (0x0806, "rsa_pss_rsae_sha512"),
    (0x0807, "ed25519"),
    (0x0808, "ed448"),
    (0x0809, "rsa_pss_pss_sha256"),
    (0x080a, "rsa_pss_pss_sha384"),
    (0x080b, "rsa_pss_pss_sha512"),
    (0x081a, "ecdsa_brainpoolP256r1tls13_sha256"),
    (0x081b, "ecdsa_brainpoolP384r1tls13_sha384"),
    (0x081c, "ecdsa_brainpoolP512r1tls13_sha512"),
    (0x0904, "mldsa44"),
    (0x0905, "mldsa65"),
    (0x0906, "mldsa87"),
    (0x0911, "slhdsa_sha2_128s"),
    (0x0912, "slhdsa_sha2_128f"),
    (0x0913, "slhdsa_sha2_192s"),
    (0x0914, "slhdsa_sha2_192f"),
    (0x0915, "slhdsa_sha2_256s"),
    (0x0916, "slhdsa_sha2_256f"),
    (0xeeee, "gostr34102012_256"),
];

/// The name of a scheme; a number when it has none.
pub fn name(code: u16) -> String {
    match NAMES.binary_search_by_key(&code, |(code, _)| *code) {
        Ok(at) => NAMES[at].1.to_owned(),
        Err(_) if crate::is_grease(code) => format!("GREASE_0x{code:04x}"),
        Err(_) => format!("0x{code:04x}"),
    }
}

/// The hash of the pairs of TLS 1.2, in which the first octet is a hash of 1 to 6.
pub fn hash_of_pair(code: u16) -> Option<Hash> {
    Some(match code >> 8 {
        1 => Hash::Md5,
        2 => Hash::Sha1,
        4 => Hash::Sha256,
        5 => Hash::Sha384,
        6 => Hash::Sha512,
        _ => return None,
    })
}

/// What a client of today and one of fifteen years ago offer together: everything that a server
/// may want to sign with.
pub static OFFERED: [u16; 20] = [
    0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805, 0x0806, 0x0809, 0x080a, 0x080b, 0x0401,
    0x0501, 0x0601, 0x0301, 0x0303, 0x0201, 0x0203, 0x0202, 0x0402,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_the_order_of_their_codes() {
        assert!(NAMES.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(OFFERED.iter().all(|code| !name(*code).starts_with("0x")));
    }
}

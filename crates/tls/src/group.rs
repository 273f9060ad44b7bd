//! Groups for the key exchange: IANA's "TLS Supported Groups".

/// What kind of mathematics a group is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum GroupKind {
    /// An elliptic curve.
    Curve,
    /// A prime field (RFC 7919).
    Field,
    /// A key encapsulation that withstands quantum computers.
    Encapsulation,
    /// An elliptic curve and an encapsulation.
    Hybrid,
}

/// One group.
#[derive(Debug, PartialEq, Eq)]
pub struct Group {
    /// Its two octets on the wire.
    pub code: u16,
    /// Its registered name.
    pub name: &'static str,
    /// What it is.
    pub kind: GroupKind,
    /// Strength against the computers of today, in bits, as in NIST SP 800-57.
    pub bits: u16,
}

const fn group(code: u16, kind: GroupKind, bits: u16, name: &'static str) -> Group {
    Group { code, name, kind, bits }
}

use GroupKind::{Curve, Encapsulation, Field, Hybrid};

/// Every group, in the order of their codes.
pub static ALL: [Group; 61] = [
    group(0x0001, Curve, 80, "sect163k1"),
    group(0x0002, Curve, 80, "sect163r1"),
    group(0x0003, Curve, 80, "sect163r2"),
    group(0x0004, Curve, 96, "sect193r1"),
    group(0x0005, Curve, 96, "sect193r2"),
    group(0x0006, Curve, 112, "sect233k1"),
    group(0x0007, Curve, 112, "sect233r1"),
    group(0x0008, Curve, 112, "sect239k1"),
    group(0x0009, Curve, 128, "sect283k1"),
    group(0x000a, Curve, 128, "sect283r1"),
    group(0x000b, Curve, 192, "sect409k1"),
    group(0x000c, Curve, 192, "sect409r1"),
    group(0x000d, Curve, 256, "sect571k1"),
    group(0x000e, Curve, 256, "sect571r1"),
    group(0x000f, Curve, 80, "secp160k1"),
    group(0x0010, Curve, 80, "secp160r1"),
    group(0x0011, Curve, 80, "secp160r2"),
    group(0x0012, Curve, 96, "secp192k1"),
    group(0x0013, Curve, 96, "secp192r1"),
    group(0x0014, Curve, 112, "secp224k1"),
    group(0x0015, Curve, 112, "secp224r1"),
    group(0x0016, Curve, 128, "secp256k1"),
    group(0x0017, Curve, 128, "secp256r1"),
    group(0x0018, Curve, 192, "secp384r1"),
    group(0x0019, Curve, 256, "secp521r1"),
    group(0x001a, Curve, 128, "brainpoolP256r1"),
    group(0x001b, Curve, 192, "brainpoolP384r1"),
    group(0x001c, Curve, 256, "brainpoolP512r1"),
    group(0x001d, Curve, 128, "x25519"),
    group(0x001e, Curve, 224, "x448"),
    group(0x001f, Curve, 128, "brainpoolP256r1tls13"),
    group(0x0020, Curve, 192, "brainpoolP384r1tls13"),
    group(0x0021, Curve, 256, "brainpoolP512r1tls13"),
    group(0x0022, Curve, 128, "GC256A"),
    group(0x0023, Curve, 128, "GC256B"),
    group(0x0024, Curve, 128, "GC256C"),
    group(0x0025, Curve, 128, "GC256D"),
    group(0x0026, Curve, 256, "GC512A"),
    group(0x0027, Curve, 256, "GC512B"),
    group(0x0028, Curve, 256, "GC512C"),
    group(0x0029, Curve, 128, "curveSM2"),
    group(0x0100, Field, 112, "ffdhe2048"),
    group(0x0101, Field, 128, "ffdhe3072"),
    group(0x0102, Field, 152, "ffdhe4096"),
    group(0x0103, Field, 176, "ffdhe6144"),
    group(0x0104, Field, 192, "ffdhe8192"),
    group(0x0200, Encapsulation, 128, "MLKEM512"),
    group(0x0201, Encapsulation, 192, "MLKEM768"),
    group(0x0202, Encapsulation, 256, "MLKEM1024"),
    group(0x11eb, Hybrid, 128, "SecP256r1MLKEM768"),
    group(0x11ec, Hybrid, 128, "X25519MLKEM768"),
    group(0x11ed, Hybrid, 192, "SecP384r1MLKEM1024"),
    group(0x11ee, Hybrid, 128, "curveSM2MLKEM768"),
    group(0x6399, Hybrid, 128, "X25519Kyber768Draft00"),
    group(0x639a, Hybrid, 128, "SecP256r1Kyber768Draft00"),
    // Before 2023 browsers and servers tried these numbers.
    group(0x4138, Hybrid, 128, "CECPQ2"),
    group(0xfe30, Hybrid, 128, "X25519Kyber512Draft00"),
    group(0xfe31, Hybrid, 128, "X25519Kyber768Draft00 (old)"),
    group(0xfe32, Hybrid, 128, "P256Kyber768Draft00"),
    group(0xff01, Curve, 0, "arbitrary_explicit_prime_curves"),
    group(0xff02, Curve, 0, "arbitrary_explicit_char2_curves"),
];

/// The group with this code.
pub fn find(code: u16) -> Option<&'static Group> {
    ALL.iter().find(|group| group.code == code)
}

/// The name of a group; a number when it has none.
pub fn name(code: u16) -> String {
    match find(code) {
        Some(group) => group.name.to_owned(),
        None if crate::is_grease(code) => format!("GREASE_0x{code:04x}"),
        None => format!("0x{code:04x}"),
    }
}

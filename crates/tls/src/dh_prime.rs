//! Primes of Diffie-Hellman: which ones a server uses, and which of the small ones are shared by
//! many servers.

use crate::{probe::Facts, probe::facts::Share, suite};

/// Bits, the 16 octets in the middle, and whose it is; every one has at most 1,024 bits.
static SHARED: [(usize, u128, &str); 52] = [
    (512, 0x0df2b7738ad8d30e9a4f06cc3353864b, "Postfix"),
    (512, 0x1c1e03f3ab17f6635063673e10d73eb4, "Postfix"),
    (512, 0x607de703cca310cc82393c68a0829c7a, "Postfix"),
    (512, 0xb392d0168ea79e58918e3306c4ec456e, "Postfix"),
    (512, 0xb4a208f3ae1617ae01f35b91a47e6df6, "Java"),
    (512, 0xd21f1f7024866f5152c65b28bb82e124, "Postfix"),
    (512, 0xed94ef9c8a4403ed574650d36999db29, "OpenSSL"),
    (512, 0xee5772f11f05ab22d6b5145b9f241e5a, "mod_ssl 2.0.x"),
    (512, 0xfb435316a16e374171fd19d8d8f37c39, "mod_ssl 2.2.x"),
    (768, 0x1d5c7023151ac644207aa032d858d017, "Postfix"),
    (768, 0x3799869d1e846aab49fab0ad26d2ce6a, "Java"),
    (768, 0x514a08798e3404ddef9519b3cd3a431b, "RFC 2409 (Oakley group 1)"),
    (768, 0x668e48a834f081dd5b5ad4a613896046, "Postfix"),
    (768, 0xb62b0222c73fdbd58f3819f89bc8718f, "Postfix"),
    (784, 0xffffffffffffffffffffffffffffffff, "LibTomCrypt"),
    (1024, 0x000e6edd061cbc053e371d794e5327df, "mod_ssl 2.2.x"),
    (1024, 0x1580d7d41cd83f81529c79513d58ec67, "many servers (weakdh.org)"),
    (1024, 0x1cebdf729c4cf1890d683f948ea4fb76, "Postfix"),
    (1024, 0x205b7d8c67df98c4bce81c7813f9fc26, "many servers (weakdh.org)"),
    (1024, 0x226492d57570f623180a5b11c6472dca, "ProFTPD"),
    (1024, 0x24975c3cd49b83bfaccbdd7d90c4bd70, "RFC 5114"),
    (1024, 0x302b0a6df25f14374fe1356d6d51c245, "RFC 2409 (Oakley group 2)"),
    (1024, 0x31f20c404a33930b2fb32fe1e5f81523, "ProFTPD"),
    (1024, 0x34018a5ea7b5b6a9720d84bc28b74822, "many servers (weakdh.org)"),
    (1024, 0x370da83dae74bcdbb6a475d9718aa017, "HAProxy"),
    (1024, 0x3b363d9e7ec9e0fa3e63c1e8579514a6, "ProFTPD"),
    (1024, 0x3efaf7ab5e1ad5a65e554313828da83b, "OpenSSL"),
    (1024, 0x4005a68ed47040fdf00a55936eba4b93, "many servers (weakdh.org)"),
    (1024, 0x45cbe81be7e45efb678b9016ff770899, "ProFTPD"),
    (1024, 0x537283512d46f1953129c693364d8c71, "many servers (weakdh.org)"),
    (1024, 0x5562c7948ec7a422703571bdb3d1a61d, "ProFTPD"),
    (1024, 0x5e597696c9e97bd6488db3395581320d, "many servers (weakdh.org)"),
    (1024, 0x609b08c68e99c605fc00d66d90a8f5f8, "Socat"),
    (1024, 0x77df5ee4b99bc3aa6e96e2c5d6503c64, "ProFTPD"),
    (1024, 0x7f7f7796d3fb968181d9ba1f7034abfb, "many servers (weakdh.org)"),
    (1024, 0x7f9978914331e30af4391c4205eb052e, "Postfix"),
    (1024, 0x801d346ff26660b76b9950a5a49f9fe8, "Java"),
    (1024, 0x81993d0b5691329a98a32d03169b551c, "ProFTPD"),
    (1024, 0x82f1611df24777c076f7a998c9b48748, "ProFTPD"),
    (1024, 0x87a2bc049be6778060e91a92a757e304, "nginx"),
    (1024, 0x88702706d0f501d96a1f482d9cecfea8, "Postfix"),
    (1024, 0xa1b08ef8360a14de4046f27462da36aa, "many servers (weakdh.org)"),
    (1024, 0xa213772ba5cecc10e5bc12f1e7da4e2f, "ProFTPD"),
    (1024, 0xa31d186cde33212cb52aff3ce1b12940, "SKIP"),
    (1024, 0xa6e2d2977537558ce27e784f4b549bef, "IronPort"),
    (1024, 0xadbfbca5388ed9e682ff8ff077acf42d, "ProFTPD"),
    (1024, 0xaf3cf37e6aee1055192bd4f3dbb991fb, "ProFTPD"),
    (1024, 0xdf60c4b837dcc1e3b8374e3799517929, "many servers (weakdh.org)"),
    (1024, 0xec4908ee1b83a410813165ac0ab6bdcf, "many servers (weakdh.org)"),
    (1024, 0xed9c6f2cb0a1501bd3159d600402a556, "Postfix"),
    (1024, 0xee0587e59aa8e245569ac0c3a84ad65b, "ProFTPD"),
    (1024, 0xfe324a467a635e81ff5901377beddcfd, "mod_ssl 2.2.x"),
];

/// Whose prime this is, when it is a small one that is known.
pub fn whose(prime: &[u8]) -> Option<&'static str> {
    let start = prime.iter().position(|octet| *octet != 0)?;
    let prime = &prime[start..];
    let bits = crate::message::server_key_exchange::bits(prime);
    let middle = prime.get((prime.len() / 2).checked_sub(8)?..)?.first_chunk::<16>()?;
    let middle = u128::from_be_bytes(*middle);
    let known = SHARED.iter().find(|(size, octets, _)| (*size, *octets) == (bits, middle));
    known.map(|(.., owner)| *owner)
}

/// A prime that was seen: its bits, the number, and the suites that it was seen with.
pub type Prime = (usize, Vec<u8>, Vec<&'static str>);

/// Every prime that was seen, the smallest first.
pub fn primes(facts: &Facts) -> Vec<Prime> {
    let mut primes: Vec<Prime> = Vec::new();
    for chosen in facts.spoken().flat_map(|version| &version.suites) {
        let Some(Share::Field { bits, prime }) = &chosen.share else { continue };
        let suite = u16::try_from(chosen.code).ok().and_then(suite::find);
        let name = suite.map_or("unknown", |suite| suite.name);
        match primes.iter_mut().find(|(_, known, _)| known == prime) {
            Some((.., names)) if names.contains(&name) => {}
            Some((.., names)) => names.push(name),
            None => primes.push((*bits, prime.clone(), vec![name])),
        }
    }
    primes.sort();
    primes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_primes_are_in_order_and_small() {
        assert!(SHARED.windows(2).all(|pair| (pair[0].0, pair[0].1) < (pair[1].0, pair[1].1)));
        assert!(SHARED.iter().all(|(bits, ..)| *bits <= 1024));
    }

    #[test]
    fn oakley_group_2_is_known_and_a_neighbour_is_not() {
        let text = "ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74\
                    020bbea63b139b22514a08798e3404ddef9519b3cd3a431b302b0a6df25f1437\
                    4fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7ed\
                    ee386bfb5a899fa5ae9f24117c4b1fe649286651ece65381ffffffffffffffff";
        let mut prime = hex::decode(text).unwrap();
        assert_eq!(whose(&prime), Some("RFC 2409 (Oakley group 2)"));
        prime[64] ^= 1;
        assert_eq!(whose(&prime), None);
        assert_eq!([whose(&[]), whose(&[0, 0]), whose(&[5; 3])], [None; 3]);
    }
}

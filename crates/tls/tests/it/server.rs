//! A server as data: what it speaks, so that a test changes one thing and asks again.

use counterfoil_tls::{
    Version,
    client_hello::ClientHello,
    extension::{ExtensionType as E, Extensions},
    flight::FlightReader,
    handshake::{Handshake, HandshakeType},
    probe::{Answer, Ending, Facts, Next, Prober, Settings},
    record::{self, ContentType},
    server_hello::{RETRY_RANDOM, ServerHello},
    suite::{self, KeyExchange},
    wire::Writer,
};

/// What a server speaks; its suites and groups in its own order.
#[derive(Clone)]
pub struct Server {
    pub versions: Vec<Version>,
    pub suites: Vec<u16>,
    pub curves: Vec<u16>,
    pub tls13_groups: Vec<u16>,
    /// Extensions that it answers before TLS 1.3, when they are offered.
    pub answers: Vec<E>,
    pub has_sentinel: bool,
    pub refuses_fallback: bool,
}

impl Server {
    /// Of which nothing is to be said.
    pub fn well() -> Self {
        Self {
            versions: vec![Version::TLS12, Version::TLS13],
            suites: vec![0x1301, 0xc02f],
            curves: vec![29, 23],
            tls13_groups: vec![0x11ec, 29],
            answers: vec![E::EXTENDED_MASTER_SECRET, E::RENEGOTIATION_INFO],
            has_sentinel: true,
            refuses_fallback: true,
        }
    }

    /// Everything that the prober finds out.
    pub fn probed(&self) -> Facts {
        let mut prober = Prober::new(Settings { server_name: None, seed: 1 });
        let mut count = 0_u32;
        loop {
            match prober.next_step() {
                Next::Ask(question) => {
                    count += 1;
                    assert!(count < 100, "it asks without end");
                    let mut reader = FlightReader::new();
                    let over = reader.push(&self.answer(&question.hello, count));
                    let ending = if over { Ending::Over } else { Ending::Closed };
                    prober.answer(question.id, &Answer { flight: reader.into_flight(), ending });
                }
                Next::Wait => panic!("nothing is outstanding"),
                Next::Done => return prober.into_facts(),
            }
        }
    }

    /// The octets that answer those of a hello; none to what it does not understand.
    fn answer(&self, octets: &[u8], count: u32) -> Vec<u8> {
        let Some(Ok(hello)) = octets.get(9..).map(ClientHello::read) else { return Vec::new() };
        let Some(version) = self.version(&hello) else { return alert(70) };
        let newest = self.versions.iter().max();
        if self.refuses_fallback
            && hello.cipher_suites.contains(&suite::FALLBACK_SCSV)
            && newest.is_some_and(|newest| version < *newest)
        {
            return alert(86);
        }
        let fits = |code: &&u16| {
            let known = suite::find(**code).unwrap();
            hello.cipher_suites.contains(code) && known.is_tls13() == (version == Version::TLS13)
        };
        let Some(chosen) = self.suites.iter().find(fits) else { return alert(40) };
        if version == Version::TLS13 {
            self.retry(&hello, *chosen)
        } else {
            self.hello(&hello, (version, *chosen), count)
        }
    }

    fn version(&self, hello: &ClientHello) -> Option<Version> {
        let offered = hello.supported_versions();
        let wanted = |version: &&Version| match offered.as_slice() {
            [] => **version <= hello.version && **version < Version::TLS13,
            offered => offered.contains(version),
        };
        self.versions.iter().filter(wanted).max().copied()
    }

    /// A HelloRetryRequest that asks for a share.
    fn retry(&self, hello: &ClientHello, cipher_suite: u16) -> Vec<u8> {
        let Some(group) = self.tls13_groups.iter().find(|group| hello.groups().contains(group))
        else {
            return alert(40);
        };
        let mut extensions = Extensions::default();
        extensions.add(E::SUPPORTED_VERSIONS, |w| {
            w.u16(Version::TLS13.0);
        });
        extensions.add(E::KEY_SHARE, |w| {
            w.u16(*group);
        });
        handshake(&[ServerHello {
            version: Version::TLS12,
            random: RETRY_RANDOM,
            session_id: hello.session_id.clone(),
            cipher_suite,
            compression: 0,
            extensions,
        }
        .compose()])
    }

    fn hello(&self, hello: &ClientHello, chosen: (Version, u16), count: u32) -> Vec<u8> {
        let (version, cipher_suite) = chosen;
        let group = self.curves.iter().find(|group| hello.groups().contains(group));
        let mut key = Writer::new();
        match (suite::find(cipher_suite).unwrap().key_exchange, group) {
            (KeyExchange::Ecdhe, Some(group)) => {
                key.u8(3).u16(*group).octets(1, &count.to_be_bytes());
                key.u16(0x0401).octets(2, &[7; 256]);
            }
            (KeyExchange::Ecdhe, None) => return alert(40),
            _ => {}
        }
        let mut extensions = Extensions::default();
        for kind in self.answers.iter().filter(|kind| hello.extensions.has(**kind)) {
            extensions.add(*kind, |w| {
                w.u8(0);
            });
        }
        let mut random = [4; 32];
        if self.has_sentinel && self.versions.contains(&Version::TLS13) {
            random[24..].copy_from_slice(b"DOWNGRD\x01");
        }
        let answer = ServerHello {
            version,
            random,
            session_id: Vec::new(),
            cipher_suite,
            compression: 0,
            extensions,
        };
        let mut messages = vec![answer.compose()];
        let body = key.into_octets();
        if !body.is_empty() {
            messages.push(Handshake { kind: HandshakeType::SERVER_KEY_EXCHANGE, body });
        }
        messages.push(Handshake { kind: HandshakeType::SERVER_HELLO_DONE, body: Vec::new() });
        handshake(&messages)
    }
}

fn alert(description: u8) -> Vec<u8> {
    record::compose(ContentType::ALERT, Version::TLS12, &[2, description])
}

fn handshake(messages: &[Handshake]) -> Vec<u8> {
    let octets: Vec<u8> = messages.iter().flat_map(Handshake::compose).collect();
    record::compose(ContentType::HANDSHAKE, Version::TLS12, &octets)
}

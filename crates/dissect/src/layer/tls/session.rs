//! What both hellos agreed upon, and the keys that follow from it and from the key log.

use std::collections::VecDeque;

use counterfoil_tls::client_hello::ClientHello;
use counterfoil_tls::extension::ExtensionType;
use counterfoil_tls::server_hello::ServerHello;
use counterfoil_tls::{Version, suite};

use super::cipher::{Protection, RecordKey};
use crate::key::Keys;
use crate::message::Direction;

/// The random of a hello.
pub(super) type Random = [u8; 32];

/// Extension encrypt_then_mac (RFC 7366).
const ENCRYPT_THEN_MAC: ExtensionType = ExtensionType(22);

/// Labels of a key log (draft-ietf-tls-keylogfile), by direction: handshake, then application.
const LABELS: [[&str; 2]; 2] = [
    ["CLIENT_HANDSHAKE_TRAFFIC_SECRET", "CLIENT_TRAFFIC_SECRET_0"],
    ["SERVER_HANDSHAKE_TRAFFIC_SECRET", "SERVER_TRAFFIC_SECRET_0"],
];

/// One handshake, as far as it has come.
#[derive(Default)]
pub(super) struct Session {
    pub(super) client: Option<ClientHello>,
    pub(super) server: Option<ServerHello>,
}

/// The keys of one direction, those in use first.
#[derive(Default)]
pub(super) struct Keyring {
    keys: VecDeque<Ready>,
}

struct Ready {
    key: RecordKey,
    /// Of TLS 1.3 application data: what a KeyUpdate goes on from.
    secret: Option<(Protection, Vec<u8>)>,
}

impl Session {
    /// The version that was agreed upon.
    pub(super) fn version(&self) -> Option<Version> {
        self.server.as_ref().map(ServerHello::negotiated)
    }

    /// The random by which a key log names the connection.
    pub(super) fn client_random(&self) -> Option<&Random> {
        self.client.as_ref().map(|hello| &hello.random)
    }

    fn protection(&self) -> Option<Protection> {
        Protection::of_suite(suite::find(self.server.as_ref()?.cipher_suite)?.name)
    }

    /// The keys of TLS 1.3 that a direction goes through: early data of a client, the handshake,
    /// then application data.
    pub(super) fn keys_1_3(&self, keys: &Keys, direction: Direction) -> Option<Keyring> {
        let (protection, random) = (self.protection()?, self.client_random()?);
        let [handshake, application] = LABELS[direction.index()];
        let mut ring = Keyring::default();
        let early = match direction {
            Direction::ToServer => Some("CLIENT_EARLY_TRAFFIC_SECRET"),
            Direction::ToClient => None,
        };
        for label in early.into_iter().chain([handshake]) {
            let Some(secret) = keys.tls_secret(label, random) else { continue };
            let key = protection.key_1_3(secret.expose());
            ring.keys.extend(key.map(|key| Ready { key, secret: None }));
        }
        if let Some(secret) = keys.tls_secret(application, random) {
            ring.add_application(protection, secret.expose().clone());
        }
        (!ring.keys.is_empty()).then_some(ring)
    }

    /// The keys of TLS 1.2, of the client and of the server.
    pub(super) fn keys_1_2(&self, keys: &Keys) -> Option<[Keyring; 2]> {
        let (server, random) = (self.server.as_ref()?, self.client_random()?);
        if self.version() != Some(Version::TLS12) {
            return None;
        }
        let master = keys.tls_secret("CLIENT_RANDOM", random)?;
        let encrypt_then_mac = server.extensions.has(ENCRYPT_THEN_MAC);
        let both = self.protection()?.keys_1_2(
            master.expose(),
            random,
            &server.random,
            encrypt_then_mac,
        )?;
        let ring = |key| Keyring { keys: VecDeque::from([Ready { key, secret: None }]) };
        Some(both.map(ring))
    }
}

impl Keyring {
    fn add_application(&mut self, protection: Protection, secret: Vec<u8>) {
        let Some(key) = protection.key_1_3(&secret) else { return };
        self.keys.push_back(Ready { key, secret: Some((protection, secret)) });
    }

    /// Opens a record. Keys that come later are tried, too, because the message that changes
    /// keys may have been lost.
    pub(super) fn open(
        &mut self,
        sealed: &super::cipher::Sealed<'_>,
    ) -> Option<super::cipher::Opened> {
        let (place, opened) = self
            .keys
            .iter_mut()
            .enumerate()
            .find_map(|(place, ready)| Some((place, ready.key.open(sealed)?)))?;
        self.keys.drain(..place);
        Some(opened)
    }

    /// Octets were lost: a later record may come next.
    pub(super) fn lost(&mut self) {
        self.keys.iter_mut().for_each(|ready| ready.key.lost());
    }

    /// The sender goes on with its next keys (Finished, EndOfEarlyData).
    pub(super) fn next(&mut self) {
        if self.keys.len() > 1 {
            self.keys.pop_front();
        }
    }

    /// The sender updated its keys (RFC 8446 section 4.6.3).
    pub(super) fn update(&mut self) {
        let Some((protection, secret)) = self.keys.front().and_then(|ready| ready.secret.clone())
        else {
            return;
        };
        if let Some(next) = protection.next_secret(&secret) {
            self.keys.clear();
            self.add_application(protection, next);
        }
    }
}

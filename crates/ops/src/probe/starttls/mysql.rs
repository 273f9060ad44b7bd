//! MySQL and MariaDB: the handshake packet, then SSLRequest (MySQL internals, "Connection Phase").

use super::{Dialogue, StartTls, Turn};

pub(super) static MYSQL: StartTls =
    StartTls { name: "mysql", port: 3306, begin: |_| Box::new(Mysql::default()) };

/// CLIENT_SSL, in the lower half of the server's capabilities.
const CLIENT_SSL: u16 = 0x0800;

/// Length 32, number 1; PROTOCOL_41, SSL, SECURE_CONNECTION, LONG_PASSWORD; 16 MB packets;
/// utf8; 23 zeros.
const REQUEST: [u8; 36] = {
    let mut octets = [0; 36];
    octets[0] = 32;
    octets[3] = 1;
    octets[4] = 0x01;
    octets[5] = 0x8a;
    octets[11] = 1;
    octets[12] = 33;
    octets
};

#[derive(Default)]
struct Mysql {
    said: Vec<u8>,
}

impl Dialogue for Mysql {
    fn receive(&mut self, octets: &[u8]) -> Turn {
        self.said.extend_from_slice(octets);
        let Some(&[a, b, c, _]) = self.said.first_chunk() else { return Turn::Wait };
        let length = usize::from(a) | usize::from(b) << 8 | usize::from(c) << 16;
        if length > 1024 {
            return Turn::Refused("no handshake packet".into());
        }
        let Some(packet) = self.said.get(4..4 + length) else { return Turn::Wait };
        if self.said.len() > 4 + length || packet.first() != Some(&10) {
            let why =
                if packet.first() == Some(&0xff) { "an error" } else { "no handshake packet" };
            return Turn::Refused(why.into());
        }
        match capabilities(packet) {
            Some(bits) if bits & CLIENT_SSL != 0 => Turn::Last(REQUEST.to_vec()),
            Some(_) => Turn::Refused("the server has TLS switched off".into()),
            None => Turn::Refused("a handshake packet that is too short".into()),
        }
    }
}

/// The lower half of the capabilities: behind the version's text, the thread's number, eight
/// octets of the scramble and a zero.
fn capabilities(packet: &[u8]) -> Option<u16> {
    let end = packet[1..].iter().position(|octet| *octet == 0)? + 1;
    let at = end + 1 + 4 + 8 + 1;
    Some(u16::from_le_bytes(*packet.get(at..)?.first_chunk()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::starttls::tests::play;

    fn greeting(capabilities: u16) -> Vec<u8> {
        let mut packet = b"\x0a8.0.36\0\x01\0\0\0scramble\0".to_vec();
        packet.extend(capabilities.to_le_bytes());
        packet.extend([33, 2, 0]);
        [&[packet.len() as u8, 0, 0, 0][..], &packet].concat()
    }

    #[test]
    fn tls_begins_behind_the_request() {
        let said = play(&MYSQL, &[&greeting(0xffff)]);
        assert!(said.len() == 1 && said[0].ends_with("TLS"), "{said:?}");
        let said = play(&MYSQL, &[&greeting(0xf7ff)]);
        assert_eq!(said, ["refused: the server has TLS switched off"]);
    }
}

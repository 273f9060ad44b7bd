//! Handshake messages, one by one.

use counterfoil_remark::Remark;
use counterfoil_tls::client_hello::ClientHello;
use counterfoil_tls::handshake::{Handshake, HandshakeType};
use counterfoil_tls::message::server_key_exchange::{KeyShare, ServerKeyExchange, bits};
use counterfoil_tls::message::{Chain, NewSessionTicket};
use counterfoil_tls::server_hello::ServerHello;
use counterfoil_tls::{Version, group, suite};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::hello;
use super::{Place, Tls, certificate};
use crate::layer::Out;
use crate::message::{Direction, Placed};
use crate::tree::Node;

/// End of early data (RFC 8446 section 4.5).
const END_OF_EARLY_DATA: HandshakeType = HandshakeType(5);
/// Bits of a Diffie-Hellman field below which it is weak (RFC 9325 section 4.2).
const FIELD_BITS_MIN: usize = 2048;

/// What is told of one handshake message.
#[derive(Default)]
struct Told {
    summary: String,
    facts: Vec<(&'static str, Value)>,
    nodes: Vec<Node>,
    remarks: Vec<Remark>,
    /// Whether it is told when no trees are wanted.
    is_notable: bool,
}

impl Tls {
    /// Takes one whole handshake message.
    pub(super) fn handshake(&mut self, place: Place, message: &Handshake, out: &mut Out<'_>) {
        let subject = out.subject();
        let told = match message.kind {
            HandshakeType::CLIENT_HELLO => self.client_hello(place, &message.body, &subject),
            HandshakeType::SERVER_HELLO => self.server_hello(place, &message.body, &subject),
            HandshakeType::CERTIFICATE => self.certificate(place, &message.body, &subject),
            HandshakeType::SERVER_KEY_EXCHANGE => self.key_exchange(&message.body, &subject),
            HandshakeType::NEW_SESSION_TICKET => self.ticket(&message.body),
            _ => Told::default(),
        };
        self.tell(place, message, told, out);
        match message.kind {
            HandshakeType::SERVER_HELLO if self.session.version() == Some(Version::TLS13) => {
                let is_retry = self.session.server.as_ref().is_some_and(ServerHello::is_retry);
                if !is_retry {
                    self.begin_1_3(place, out);
                }
            }
            HandshakeType::FINISHED | END_OF_EARLY_DATA => {
                let is_finished = message.kind == HandshakeType::FINISHED;
                let way = self.way(place.direction);
                way.is_finished |= is_finished;
                way.keys.iter_mut().for_each(super::Keyring::next);
            }
            HandshakeType::KEY_UPDATE => {
                self.way(place.direction).keys.iter_mut().for_each(super::Keyring::update);
            }
            _ => {}
        }
    }

    fn tell(&self, place: Place, message: &Handshake, told: Told, out: &mut Out<'_>) {
        if !told.is_notable && told.remarks.is_empty() && !out.context.trees {
            return;
        }
        let number = format!("handshake message {}", message.kind.0);
        let name = message.kind.name().map_or(number, str::to_owned);
        let mut line = out.message(place.direction, place.time, place.frame);
        line.summary = match told.summary.as_str() {
            "" => name.clone(),
            summary => format!("{name}: {summary}"),
        };
        line.facts = told.facts;
        if line.facts.is_empty() {
            line.facts.push(("message", json!(name)));
        }
        let remarks = told.remarks.into_iter();
        line.remarks = remarks.map(|remark| Placed { remark, span: Some(place.span) }).collect();
        line.tree = out.context.trees.then(|| {
            let size = format!("{} octets", message.body.len());
            Node::field("tls.handshake", name, size, place.span).with(told.nodes)
        });
        out.tell(line);
    }

    fn client_hello(&mut self, place: Place, body: &[u8], subject: &str) -> Told {
        let hello = match ClientHello::read(body) {
            Ok(hello) => hello,
            Err(problem) => return damaged(&problem.to_string(), subject),
        };
        let name = hello.server_name().unwrap_or_else(|| "no name".to_owned());
        let told = Told {
            summary: format!("{name}, up to {}", hello::newest(&hello)),
            facts: hello::client_facts(&hello),
            nodes: hello::client_node(&hello, place.span),
            remarks: hello::client_remarks(&hello, subject),
            is_notable: true,
        };
        self.session.client = Some(hello);
        told
    }

    fn server_hello(&mut self, place: Place, body: &[u8], subject: &str) -> Told {
        let hello = match ServerHello::read(body) {
            Ok(hello) => hello,
            Err(problem) => return damaged(&problem.to_string(), subject),
        };
        let mut summary = format!("{}, {}", hello.negotiated(), suite::name(hello.cipher_suite));
        if let Some(code) = hello.group() {
            summary = format!("{summary}, {}", group::name(code));
        }
        let told = Told {
            summary,
            facts: hello::server_facts(&hello),
            nodes: hello::server_node(&hello, place.span),
            remarks: hello::server_remarks(&hello, self.session.client.as_ref(), subject),
            is_notable: true,
        };
        self.session.server = Some(hello);
        self.waiting = Default::default();
        told
    }

    fn certificate(&mut self, place: Place, body: &[u8], subject: &str) -> Told {
        let version = self.session.version().unwrap_or(Version::TLS12);
        let chain = Chain::read(body, version);
        let is_servers = place.direction == Direction::ToClient;
        let name = self.session.client.as_ref().and_then(ClientHello::server_name);
        let now = Timestamp::from_nanosecond(i128::from(place.time.0)).ok();
        let name = name.as_deref().filter(|_| is_servers);
        let mut shown = certificate::read(&chain.certificates, name, now, subject, place.span);
        let doubt = shown.doubt.take().map(|remark| Placed { remark, span: Some(place.span) });
        self.doubt = doubt.map(|doubt| (place.direction, doubt));
        Told {
            facts: vec![
                ("message", json!("certificate")),
                ("certificates", json!(chain.certificates.len())),
                ("leaf", json!(shown.summary)),
            ],
            summary: shown.summary,
            nodes: shown.nodes,
            remarks: shown.remarks,
            is_notable: true,
        }
    }

    fn key_exchange(&self, body: &[u8], subject: &str) -> Told {
        let mut told = Told::default();
        let server = self.session.server.as_ref();
        let read = server.and_then(|server| {
            let suite = suite::find(server.cipher_suite)?;
            ServerKeyExchange::read(body, suite, server.negotiated()).ok()
        });
        match read.map(|exchange| exchange.share) {
            Some(KeyShare::Field { prime, .. }) => {
                let size = bits(&prime);
                told.summary = format!("field of {size} bits");
                if size < FIELD_BITS_MIN {
                    let found = format!("the field has {size} bits");
                    told.remarks.push(hello::GROUP_WEAK.of(subject, found));
                }
            }
            Some(KeyShare::Named { group: code, .. }) => {
                told.summary = group::name(code);
                told.remarks.extend(hello::weak_group(code, subject));
            }
            Some(KeyShare::Rsa { modulus, .. }) => {
                let found = format!("a temporary RSA key of {} bits", bits(&modulus));
                told.remarks.push(hello::GROUP_WEAK.of(subject, found));
            }
            _ => {}
        }
        told
    }

    fn ticket(&self, body: &[u8]) -> Told {
        let version = self.session.version().unwrap_or(Version::TLS12);
        let Ok(ticket) = NewSessionTicket::read(body, version) else { return Told::default() };
        let (seconds, octets) = (ticket.lifetime_seconds, ticket.ticket.len());
        Told { summary: format!("{octets} octets, good for {seconds} s"), ..Told::default() }
    }
}

fn damaged(problem: &str, subject: &str) -> Told {
    Told { remarks: vec![hello::HELLO_DAMAGED.of(subject, problem)], ..Told::default() }
}

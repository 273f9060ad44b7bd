//! A bank link: messages by name, requests with their answers, and what is to be said of them.

use Direction::{ToClient, ToServer};
use counterfoil_dissect::key::Keys;
use counterfoil_dissect::layer::{Chunk, Context, End, How, Opening, Out, Readers, Score, iso8583};
use counterfoil_dissect::message::{Connection, Direction, Event, Message as Told, Moment};
use counterfoil_dissect::tree::Span;
use counterfoil_iso8583::dialect::DIALECTS;
use counterfoil_iso8583::field::number as n;
use counterfoil_iso8583::frame::frame;
use counterfoil_iso8583::mac::{self, AES_CMAC, MacKey};
use counterfoil_iso8583::private_data::PrivateData;
use counterfoil_iso8583::{Dialect, Message, Mti, codec};
use counterfoil_secret::{Pan, SecretBytes};

const CARD: &str = "4929123412341232";

fn key(octet: u8) -> MacKey {
    MacKey::new(AES_CMAC, &SecretBytes::new(vec![octet; 16])).unwrap()
}

fn keys() -> Keys {
    let mut keys = Keys::default();
    keys.offer("link.key", "02".repeat(16).as_bytes()).unwrap();
    keys
}

fn request(stan: &str) -> Message {
    let data = PrivateData { xid: Some([0x11; 20]), ..PrivateData::default() };
    Message::new(Mti::AUTHORIZATION)
        .with_pan(&Pan::parse(CARD).unwrap())
        .with(n::PROCESSING_CODE, "000000")
        .with(n::AMOUNT, "4990")
        .with(n::TRANSMISSION_TIME, "0601120000")
        .with(n::STAN, stan)
        .with(n::EXPIRY, "3012")
        .with(n::ACQUIRER, "455612")
        .with(n::PRIVATE_DATA, data.field_text())
        .with(n::CURRENCY, "978")
}

fn answer(stan: &str, code: &str) -> Message {
    Message::new(Mti::AUTHORIZATION_RESPONSE)
        .with(n::TRANSMISSION_TIME, "0601120000")
        .with(n::STAN, stan)
        .with(n::ACQUIRER, "455612")
        .with(n::RESPONSE_CODE, code)
}

fn sealed(message: Message, dialect: &Dialect) -> Vec<u8> {
    frame(&mac::seal(message, dialect, &key(2)).unwrap()).unwrap()
}

/// What is sent, after how many milliseconds, and which way.
type Said = (i64, Direction, Vec<u8>);

/// Messages and ids of remarks.
fn talk(keys: Keys, said: &[Said], how: How) -> (Vec<Told>, Vec<&'static str>) {
    let connection = Connection {
        number: 0,
        client: "10.0.0.1:40000".parse().unwrap(),
        server: "10.0.0.2:8583".parse().unwrap(),
    };
    let context = Context { keys, trees: true, await_answers: false };
    let opening = Opening { bytes: [&[], &[]], from_start: true, server_port: 8583 };
    let mut stream = (iso8583::LAYER.open)(&opening);
    let (mut events, mut readers) = (Vec::new(), Readers::default());
    let (mut layers, mut counts) = (vec!["iso8583"], std::collections::BTreeMap::new());
    let mut out = Out {
        context: &context,
        connection: &connection,
        layers: &mut layers,
        events: &mut events,
        readers: &mut readers,
        counts: &mut counts,
    };
    let (mut at, mut time) = ([0_u64; 2], Moment(0));
    for (after_ms, direction, bytes) in said {
        time = Moment(time.0 + after_ms * 1_000_000);
        let start = at[direction.index()];
        at[direction.index()] += bytes.len() as u64;
        let span = Span::of("stream", start, at[direction.index()]);
        stream.bytes(&Chunk { direction: *direction, bytes, span, time, frame: 1 }, &mut out);
    }
    for direction in [ToServer, ToClient] {
        stream.end(&End { direction, how, time, frame: 2 }, &mut out);
    }
    let (mut told, mut remarks) = (Vec::new(), Vec::new());
    for event in events {
        match event {
            Event::Message(message) => {
                remarks.extend(message.remarks.iter().map(|placed| placed.remark.id));
                told.push(*message);
            }
            Event::Remark(placed) => remarks.push(placed.remark.id),
        }
    }
    (told, remarks)
}

fn remarks(said: &[Said]) -> Vec<&'static str> {
    talk(keys(), said, How::Closed).1
}

fn ask(stan: &str) -> Said {
    (0, ToServer, sealed(request(stan), DIALECTS[0]))
}

fn reply(after_ms: i64, stan: &str, code: &str) -> Said {
    (after_ms, ToClient, sealed(answer(stan, code), DIALECTS[0]))
}

#[test]
fn every_kind_is_listed_under_an_id_of_its_own() {
    let kinds = iso8583::LAYER.kinds;
    assert!(kinds.iter().all(|kind| kind.group == "iso8583" && !kind.page.is_empty()));
    let mut ids: Vec<_> = kinds.iter().map(|kind| kind.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), kinds.len());
}

#[test]
fn an_authorization_is_shown_by_name_in_every_dialect_with_the_card_masked() {
    for dialect in DIALECTS {
        let said = [
            (0, ToServer, sealed(request("000007"), dialect)),
            (31, ToClient, sealed(answer("000007", "00"), dialect)),
        ];
        let (told, remarks) = talk(keys(), &said, How::Closed);
        assert_eq!(remarks, [""; 0], "{}", dialect.name);
        let lines: Vec<_> = told.iter().map(|message| message.summary.as_str()).collect();
        let expect = [
            "0100 authorization request, STAN 000007, 49.90 EUR",
            "0110 authorization request response, STAN 000007, 00 approved",
        ];
        assert_eq!(lines, expect);
        assert_eq!(told[0].ids, [("xid", "11".repeat(20))]);
        let mut tree = Vec::new();
        told[0].tree.as_ref().unwrap().lines(0, &mut tree);
        let tree = tree.join("\n");
        assert!(tree.contains("2 Primary account number: 492912******1232"), "{tree}");
        assert!(tree.contains("Message authentication code") && tree.contains(", right"), "{tree}");
        assert!(!tree.contains(CARD) && !tree.contains("3012"), "{tree}");
    }
}

#[test]
fn a_link_is_recognised_by_its_first_message_and_nothing_else_is() {
    let recognise = |bytes: &[u8]| {
        let opening = Opening { bytes: [bytes, &[]], from_start: true, server_port: 1 };
        (iso8583::LAYER.recognise)(&opening)
    };
    for dialect in DIALECTS {
        let whole = sealed(request("000007"), dialect);
        assert_eq!(recognise(&whole), Score::Fits(85));
        assert_eq!(recognise(&whole[..20]), Score::More);
    }
    assert_eq!(recognise(b"GET / HTTP/1.1\r\n"), Score::No);
    assert_eq!(recognise(b"SSH-2.0-OpenSSH_9.2\r\n"), Score::No);
    assert_eq!(recognise(&[0, 80, 0xff, 0xff]), Score::No);
}

#[test]
fn codes_are_checked_when_a_key_is_offered() {
    let dialect = DIALECTS[0];
    let other = frame(&mac::seal(request("000007"), dialect, &key(3)).unwrap()).unwrap();
    let with = |keys, octets: &[u8]| {
        let said = [(0, ToServer, octets.to_vec()), reply(1, "000007", "00")];
        talk(keys, &said, How::Closed).1
    };
    assert_eq!(with(keys(), &other), ["iso8583-mac-mismatch"]);
    assert_eq!(with(Keys::default(), &other), [""; 0]);
    let bare = frame(&codec::encode(&request("000007"), dialect).unwrap()).unwrap();
    assert_eq!(with(keys(), &bare), ["iso8583-mac-missing"]);
}

#[test]
fn answers_are_held_against_their_requests() {
    assert_eq!(remarks(&[ask("000001"), reply(5_001, "000001", "00")]), ["iso8583-answer-late"]);
    assert_eq!(remarks(&[ask("000001")]), ["iso8583-answer-missing"]);
    assert_eq!(remarks(&[reply(1, "000001", "00")]), ["iso8583-answer-without-question"]);
    let twice = [ask("000001"), reply(1, "000001", "00"), reply(1, "000001", "00")];
    assert_eq!(remarks(&twice), ["iso8583-answer-twice"]);
    let other = Message { mti: Mti::FINANCIAL_RESPONSE, ..answer("000001", "00") };
    let other = (1, ToClient, sealed(other, DIALECTS[0]));
    assert_eq!(remarks(&[ask("000001"), other]), ["iso8583-answer-mismatch"]);
}

#[test]
fn a_trace_number_that_is_used_again_is_told_from_a_repetition() {
    let repeat = Message { mti: Mti::AUTHORIZATION.repeat(), ..request("000001") };
    let repeat = (1, ToServer, sealed(repeat, DIALECTS[0]));
    let said = [ask("000001"), repeat, reply(1, "000001", "00")];
    assert_eq!(remarks(&said), ["iso8583-request-repeated"]);
    let other = request("000001").with(n::AMOUNT, "1");
    let other = (1, ToServer, sealed(other, DIALECTS[0]));
    let said = [ask("000001"), other, reply(1, "000001", "00")];
    assert_eq!(remarks(&said), ["iso8583-stan-duplicate"]);
}

#[test]
fn trouble_of_the_host_is_told_from_a_declined_payment() {
    assert_eq!(remarks(&[ask("000001"), reply(1, "000001", "51")]), [""; 0]);
    assert_eq!(remarks(&[ask("000001"), reply(1, "000001", "96")]), ["iso8583-host-trouble"]);
}

#[test]
fn damage_is_remarked_and_the_next_message_is_found() {
    let broken = (0, ToServer, vec![0, 0]);
    let said = [broken, ask("000001"), reply(1, "000001", "00")];
    assert_eq!(remarks(&said), ["iso8583-frame-broken"]);
    let cut = (0, ToServer, frame(b"0100zz").unwrap());
    assert_eq!(remarks(&[cut]), ["iso8583-message-malformed"]);
}

#[test]
fn changed_octets_are_read_without_panic() {
    let mut dice = crate::sample::Dice::new(3);
    for dialect in DIALECTS {
        let whole =
            [sealed(request("000007"), dialect), sealed(request("000008"), dialect)].concat();
        for _ in 0..300 {
            let mut other = whole.clone();
            for _ in 0..=dice.below(3) {
                let at = dice.below(other.len());
                other[at] = dice.below(256) as u8;
            }
            other.truncate(dice.below(other.len() + 1));
            let said = [(0, ToServer, other)];
            talk(keys(), &said, How::Reset);
        }
    }
}

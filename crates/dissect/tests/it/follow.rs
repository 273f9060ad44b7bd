//! One payment across connections.

use counterfoil_dissect::follow::Follower;
use counterfoil_dissect::message::{Connection, Direction, Message, Moment};
use expect_test::expect;

use crate::scene::{MS, START, ToClient, ToServer};

const XID: &str = "a1b2c3d4e5f60718a1b2c3d4e5f60718a1b2c3d4";
const PAIR: &str = "77777777000000000000000000000000000000aa";

fn message(
    ms: i64,
    (client, server): (&str, &str),
    direction: Direction,
    summary: &str,
    ids: &[(&'static str, &str)],
) -> Message {
    let [client, server] = [client, server].map(|end| end.parse().unwrap());
    Message {
        time: Moment(START + ms * MS),
        frame: ms as u64,
        connection: Connection { number: 0, client, server },
        direction,
        layers: vec!["http", "set"],
        summary: summary.into(),
        ids: ids.iter().map(|(name, value)| (*name, (*value).to_owned())).collect(),
        facts: Vec::new(),
        tree: None,
        remarks: Vec::new(),
    }
}

fn ladder(wanted: &str, messages: &[Message]) -> String {
    let mut follower = Follower::of(wanted).unwrap();
    messages.iter().for_each(|message| follower.take(message));
    follower.ladder().join("\n")
}

fn payment(shop: &str, gateway: &str, wallet: &str, merchant: &str) -> Vec<Message> {
    let (front, back) = ((wallet, shop), (merchant, gateway));
    let xid = [("xid", XID)];
    let pair = [("xid", XID), ("rrpid", PAIR)];
    vec![
        message(40, front, ToClient, "200 OK, 9 octets: PRes, paid", &xid),
        message(0, front, ToServer, "POST /p, 9 octets: PReq, RRPID x", &xid),
        message(10, back, ToServer, "POST /a: AuthReq", &pair),
        message(30, back, ToClient, "200 OK: AuthRes", &[("rrpid", PAIR)]),
        message(35, back, ToClient, "200 OK: other", &[("xid", "b1b2c3d4e5")]),
    ]
}

#[test]
fn a_ladder_has_a_column_for_each_side_and_joins_by_shared_ids() {
    let messages = payment("10.0.0.2:80", "10.0.0.3:80", "10.0.0.1:5000", "10.0.0.2:5001");
    expect![[r#"
        a1b2c3d4: 4 messages in 0.040 s from 2026-11-27T12:00:00.000000Z
                      10.0.0.1                  10.0.0.2                  10.0.0.3
        +0.000000     |-- PReq ---------------> |                         |
        +0.010000     |                         |-- AuthReq ------------> |
        +0.030000     |                         |<- AuthRes ------------- |
        +0.040000     |<- PRes ---------------- |                         |  paid"#]]
    .assert_eq(&ladder("A1B2C3D4", &messages));
}

#[test]
fn on_one_machine_servers_stand_by_their_ports() {
    let messages = payment("127.0.0.1:7412", "127.0.0.1:7413", "127.0.0.1:5000", "127.0.0.1:5001");
    expect![[r#"
        a1b2c3d4e5f60718a1b2c3d4e5f60718a1b2c3d4: 4 messages in 0.040 s from 2026-11-27T12:00:00.000000Z
                      127.0.0.1 clients         127.0.0.1:7412            127.0.0.1:7413
        +0.000000     |-- PReq ---------------> |                         |
        +0.010000     |-- AuthReq --------------------------------------> |
        +0.030000     |<- AuthRes --------------------------------------- |
        +0.040000     |<- PRes ---------------- |                         |  paid"#]].assert_eq(&ladder(XID, &messages));
}

#[test]
fn an_id_that_nobody_carries_has_no_ladder_and_a_short_one_is_refused() {
    assert_eq!(
        ladder("ffffffffff", &payment("10.0.0.2:80", "10.0.0.3:80", "10.0.0.1:1", "10.0.0.2:1")),
        ""
    );
    assert!(Follower::of("a1b2c3").is_none());
}

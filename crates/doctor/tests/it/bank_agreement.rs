//! Faults between gateway and bank, and of the standard profile.

use std::collections::BTreeMap;

use counterfoil_doctor::fact::{
    ClockSeen, Disk, Fact, FileSeen, FolderSeen, KeyCheck, LogEvent, ProcessSeen, Recorded, Role,
    Settings,
};
use counterfoil_doctor::profile;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::configuration::{party, settings, told};
use crate::made::now;

type Setting = (&'static str, Value);

fn of_gateway(more: &[Setting]) -> Vec<Setting> {
    let usual: [Setting; 4] = [
        ("party.bank.dialect", json!("ascii1987")),
        ("party.bank.acquirer", json!("990002")),
        ("party.bank.mac", json!("aes-cmac")),
        ("party.terminal", json!("SET00001")),
    ];
    changed(&usual, more)
}

fn of_bank(more: &[Setting]) -> Vec<Setting> {
    let usual: [Setting; 6] = [
        ("party.dialect", json!("ascii1987")),
        ("party.currencies", json!(["USD"])),
        ("party.links.0.acquirer", json!("990002")),
        ("party.links.0.mac", json!("aes-cmac")),
        ("party.merchants.0.id", json!("M1")),
        ("party.merchants.0.terminals", json!([])),
    ];
    changed(&usual, more)
}

fn changed(usual: &[Setting], more: &[Setting]) -> Vec<Setting> {
    let kept = usual.iter().filter(|(key, _)| more.iter().all(|(other, _)| other != key));
    kept.chain(more).cloned().collect()
}

/// A gateway and its bank with these settings.
fn two(gateway: &[Setting], bank: &[Setting]) -> Vec<Fact> {
    vec![
        party("gateway", Role::Gateway, None),
        party("bank", Role::Bank, None),
        settings("gateway", &of_gateway(gateway)),
        settings("bank", &of_bank(bank)),
    ]
}

fn recorded(place: &str, all: Option<Vec<Setting>>, differs: bool) -> Fact {
    let settings = all.map(|all| Settings {
        values: all.into_iter().map(|(key, value)| (key.to_owned(), value)).collect(),
        refused: None,
    });
    let seen = Recorded {
        sha256: "a".into(),
        when: "2026-04-01T00:00:00Z".parse().unwrap(),
        is_key: place.contains("/keys/"),
        now_sha256: Some(if differs { "b" } else { "a" }.into()),
        changed_at: None,
        certificates: Vec::new(),
        settings,
    };
    Fact::of(place.split('/').next().unwrap(), place, now(), &seen)
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn event(party: &str, event: &str, reason: Option<&str>, count: u64, last: &str) -> Fact {
    let fields: BTreeMap<String, String> =
        reason.map(|reason| ("reason".to_owned(), reason.to_owned())).into_iter().collect();
    let (first, last) = (at("2026-05-01T10:00:00Z"), at(last));
    let seen = LogEvent { event: event.into(), code: None, count, first, last, fields };
    Fact::of(party, format!("{party}/log/{party}.jsonl"), now(), &seen)
}

fn with(mut facts: Vec<Fact>, more: &[Fact]) -> Vec<Fact> {
    facts.extend(more.iter().cloned());
    facts
}

#[test]
fn two_that_agree_are_fine() {
    assert_eq!(told(&two(&[], &[])), "");
}

#[test]
fn the_side_whose_dialect_was_changed_is_to_blame() {
    let other = [("party.bank.dialect", json!("binary"))];
    let facts = two(&other, &[]);
    assert!(told(&facts).starts_with("dialect-differs@gateway/config.toml inconclusive"));
    let by_gateway = with(facts, &[recorded("gateway/config.toml", Some(of_gateway(&[])), true)]);
    assert_eq!(
        told(&by_gateway),
        "dialect-differs@gateway/config.toml confirmed urgent gateway\n\
         \x20 set-setting [automatic] set party.bank.dialect of gateway to \"ascii1987\"\n\
         \x20 reload [automatic] have gateway read its files\n"
    );
    let of_the_bank = [("party.dialect", json!("binary"))];
    let facts =
        with(two(&[], &of_the_bank), &[recorded("bank/config.toml", Some(of_bank(&[])), true)]);
    assert!(told(&facts).starts_with("dialect-differs@bank/config.toml confirmed urgent bank\n"));
}

#[test]
fn keys_are_compared_by_check_value() {
    let key = |party: &str, check: &str| {
        let seen = KeyCheck { check: check.into() };
        Fact::of(party, format!("{party}/keys/bank-link.pem"), now(), &seen)
    };
    let same = with(two(&[], &[]), &[key("gateway", "aabbcc"), key("bank", "aabbcc")]);
    assert_eq!(told(&same), "");
    let differ = with(two(&[], &[]), &[key("gateway", "aabbcc"), key("bank", "001122")]);
    assert!(told(&differ).starts_with("mac-differs@gateway/keys/bank-link.pem inconclusive"));
    assert!(!told(&differ).contains("copy-key"));
    let by_bank = with(
        differ,
        &[
            recorded("gateway/keys/bank-link.pem", None, false),
            recorded("bank/keys/bank-link.pem", None, true),
        ],
    );
    assert_eq!(
        told(&by_bank),
        "mac-differs@bank/keys/bank-link.pem confirmed urgent bank\n\
         \x20 copy-key [needs approval] copy the key in gateway/keys/bank-link.pem to \
         bank/keys/bank-link.pem\n\
         \x20 reload [automatic] have bank read its files\n"
    );
    let algorithm = two(&[], &[("party.links.0.mac", json!("x9.19"))]);
    let record = recorded("bank/config.toml", Some(of_bank(&[])), true);
    let facts = with(algorithm, &[record, key("bank", "aabbcc")]);
    assert!(told(&facts).contains("set party.links.0.mac of bank to \"aes-cmac\""));
}

#[test]
fn an_acquirer_that_no_link_names_is_told() {
    let facts = two(&[("party.bank.acquirer", json!("123"))], &[]);
    assert!(told(&facts).starts_with("acquirer-unknown@gateway/config.toml inconclusive"));
    let facts = with(facts, &[recorded("gateway/config.toml", Some(of_gateway(&[])), true)]);
    let said = told(&facts);
    assert!(said.starts_with("acquirer-unknown@gateway/config.toml confirmed urgent gateway\n"));
    assert!(said.contains("set party.bank.acquirer of gateway to \"990002\""), "{said}");
}

#[test]
fn a_terminal_off_the_list_is_told_where_something_proves_it() {
    let listed = [("party.merchants.0.terminals", json!(["POS00009"]))];
    let facts = two(&[], &listed);
    assert_eq!(told(&facts), "");
    let refused =
        event("bank", "bank.request_refused", Some("unknown-terminal"), 2, "2026-05-01T11:00:00Z");
    let seen = with(facts.clone(), &[refused]);
    assert!(told(&seen).starts_with("terminal-unknown@gateway/config.toml inconclusive"));
    let known = with(facts, &[recorded("bank/config.toml", Some(of_bank(&[])), true)]);
    let said = told(&known);
    assert!(
        said.starts_with("terminal-unknown@bank/config.toml confirmed urgent bank\n"),
        "{said}"
    );
    assert!(said.contains("restore-files [automatic]"), "{said}");
    let all = two(&[], &[("party.merchants.0.terminals", json!(["POS00009", "SET00001"]))]);
    assert_eq!(told(&all), "");
}

#[test]
fn a_currency_that_is_refused_or_was_taken_away_is_told() {
    let facts = two(&[], &[("party.currencies", json!(["EUR"]))]);
    assert_eq!(told(&facts), "");
    let recorded = recorded("bank/config.toml", Some(of_bank(&[])), true);
    let taken = with(facts.clone(), std::slice::from_ref(&recorded));
    assert!(told(&taken).contains(
        "set-setting [needs approval] set party.currencies of bank to [\"USD\",\"EUR\"]"
    ));
    let refusal =
        |last| event("bank", "bank.request_refused", Some("currency-not-enabled"), 1, last);
    let refusing = with(taken, &[refusal("2026-05-01T11:00:00Z")]);
    assert!(told(&refusing).contains("set-setting [automatic]"), "{}", told(&refusing));
    // What was refused before the bank read its settings anew is over.
    let read = event("bank", "party.reloaded", None, 1, "2026-05-01T11:30:00Z");
    let before = with(facts, &[refusal("2026-05-01T11:00:00Z"), read]);
    assert_eq!(told(&before), "");
}

#[test]
fn a_gateway_that_does_not_sign_on_is_told() {
    let refused = |count| {
        event("bank", "bank.request_refused", Some("not-signed-on"), count, "2026-05-01T11:00:00Z")
    };
    let signed = |last| event("bank", "bank.link_signed_on", None, 1, last);
    let facts = with(two(&[], &[]), &[refused(5), signed("2026-05-01T10:59:00Z")]);
    assert!(told(&facts).starts_with("sign-on-missing@gateway>bank confirmed urgent gateway\n"));
    let healed = with(two(&[], &[]), &[refused(5), signed("2026-05-01T11:00:01Z")]);
    assert_eq!(told(&healed), "");
    assert_eq!(told(&with(two(&[], &[]), &[refused(1)])), "");
}

#[test]
fn two_gateways_of_one_acquirer_collide() {
    let second = [party("gateway-2", Role::Gateway, None), settings("gateway-2", &of_gateway(&[]))];
    let said = told(&with(two(&[], &[]), &second));
    assert!(said.starts_with("trace-numbers-collide@990002 confirmed routine bank\n"), "{said}");
    let reused = event(
        "bank",
        "bank.request_refused",
        Some("trace-number-reused"),
        1,
        "2026-05-01T11:00:00Z",
    );
    let said = told(&with(two(&[], &[]), &[reused]));
    assert!(said.starts_with("trace-numbers-collide@gateway inconclusive routine"), "{said}");
}

/// A wallet, a merchant and a gateway with these waits.
fn waits(wallet: u64, merchant: (u64, u64), gateway: u64) -> Vec<Fact> {
    vec![
        party("wallet", Role::Wallet, None),
        party("merchant", Role::Merchant, None),
        party("gateway", Role::Gateway, None),
        settings("wallet", &[("party.call_timeout_ms", wallet.into())]),
        settings(
            "merchant",
            &[
                ("party.gateway_timeout_ms", merchant.0.into()),
                ("party.pres_wait_ms_max", merchant.1.into()),
            ],
        ),
        settings("gateway", &[("party.bank_wait_ms_max", gateway.into())]),
    ]
}

#[test]
fn whoever_waits_has_to_wait_longer() {
    assert_eq!(told(&waits(30_000, (15_000, 20_000), 10_000)), "");
    assert_eq!(
        told(&waits(30_000, (15_000, 20_000), 60_000)),
        "timeouts-inverted@gateway/config.tomlparty.bank_wait_ms_max confirmed important gateway\n\
         \x20 set-setting [automatic] set party.bank_wait_ms_max of gateway to 10000\n\
         \x20 reload [automatic] have gateway read its files\n"
    );
    // Both are allowed by themselves: the record has to say who left.
    let facts = waits(30_000, (15_000, 20_000), 14_000);
    assert!(told(&facts).contains("inconclusive"));
    let was = vec![
        ("party.gateway_timeout_ms", json!(15_000)),
        ("party.pres_wait_ms_max", json!(20_000)),
    ];
    let facts = waits(30_000, (11_000, 20_000), 10_000);
    let facts = with(facts, &[recorded("merchant/config.toml", Some(was), true)]);
    assert!(told(&facts).contains("set party.gateway_timeout_ms of merchant to 15000"));
}

#[test]
fn settings_outside_of_the_profile_are_told_with_approval() {
    let facts = vec![
        party("gateway", Role::Gateway, None),
        settings(
            "gateway",
            &[("party.echo_ms", 3_600_000.into()), ("node.tls_key_log", "x".into())],
        ),
    ];
    let said = told(&facts);
    assert!(
        said.contains("profile-drift@gateway/config.tomlparty.echo_ms confirmed routine gateway\n")
    );
    assert!(said.contains("set-setting [needs approval] set party.echo_ms of gateway to 60000"));
    assert!(said.contains("profile-drift@gateway/config.tomlnode.tls_key_log confirmed important"));
    let fine = vec![
        party("gateway", Role::Gateway, None),
        settings("gateway", &[("party.echo_ms", 30_000.into())]),
    ];
    assert_eq!(told(&fine), "");
    assert!(profile::page().contains("| `party.echo_ms` | gateway | 5000 to 300000 | 60000 |"));
}

#[test]
fn clocks_disks_folders_modes_and_limits() {
    let clock = |ahead_ms| {
        let seen = ClockSeen { ahead_ms, compared: "two times".into() };
        Fact::of("gateway", "gateway/log/gateway.jsonl", now(), &seen)
    };
    assert_eq!(told(&[clock(-2_000)]), "");
    // A party that does not start for it writes no time to compare.
    let unseen = [settings("gateway", &[("node.clock_offset_ms", 600_000.into())])];
    assert!(told(&unseen).starts_with("clock-skew@gateway confirmed"), "{}", told(&unseen));
    let small = [settings("gateway", &[("node.clock_offset_ms", 2_000.into())])];
    assert!(!told(&small).contains("clock-skew"), "{}", told(&small));
    let moved = [clock(600_000), settings("gateway", &[("node.clock_offset_ms", 600_000.into())])];
    assert_eq!(
        told(&moved),
        "clock-skew@gateway confirmed urgent gateway\n\
         \x20 set-setting [automatic] set node.clock_offset_ms of gateway to 0\n\
         \x20 reload [automatic] have gateway read its files\n"
    );
    assert!(
        told(&[clock(-60_000)]).contains("clock-skew@gateway confirmed routine gateway\n  advise")
    );

    let folder = |source: &str, mode, unwritable: Option<&str>, free: Option<u64>| {
        let unwritable = unwritable.map(str::to_owned);
        let disk = free.map(|free| Disk { device: 1, free, total: 10 << 30 });
        let seen = FolderSeen { mode, owner: 0, unwritable, disk };
        Fact::of(source.split('/').next().unwrap(), source, now(), &seen)
    };
    let file = |mode| {
        let seen = FileSeen { mode, owner: 0, octets: 1, secret: false, sha256: None };
        Fact::of("bank", "bank/config.toml", now(), &seen)
    };
    let fine = [folder("gateway", 0o755, None, Some(5 << 30)), file(0o644)];
    assert_eq!(told(&fine), "");
    let full =
        [folder("gateway", 0o755, None, Some(1 << 20)), folder("bank", 0o755, None, Some(1 << 20))];
    assert!(told(&full).starts_with("disk-full@diskofbank confirmed urgent bank\n  advise"));
    assert_eq!(told(&full).matches("confirmed").count(), 1);
    let little = [folder("gateway", 0o755, None, Some(50 << 20))];
    assert!(told(&little).starts_with("disk-nearly-full@diskofgateway confirmed important"));
    let closed = [folder("gateway", 0o555, Some("permission denied"), Some(5 << 30))];
    assert!(told(&closed).contains("set-mode [automatic] give gateway the mode 0755"));
    let mounted = [folder("gateway", 0o755, Some("read-only file system"), Some(5 << 30))];
    assert!(
        told(&mounted).starts_with("folder-read-only@gateway confirmed urgent gateway\n  advise")
    );
    let wide = [file(0o664), folder("bank/trust", 0o777, None, None)];
    let said = told(&wide);
    assert!(said.contains("permissions-too-wide@bank/config.toml confirmed important bank\n"));
    assert!(said.contains("give bank/config.toml the mode 0644"), "{said}");
    assert!(said.contains("give bank/trust the mode 0755"), "{said}");
    let process = |open_files_max, open_files_limit| {
        let seen = ProcessSeen { process: 7, open_files: 30, open_files_max, open_files_limit };
        Fact::of("bank", "/proc/7/limits", now(), &seen)
    };
    let low = [process(256, 4_096), settings("bank", &[])];
    assert!(told(&low).contains("raise-open-files [automatic] let the process of bank have 1088"));
    let hard = [process(256, 256), settings("bank", &[])];
    assert!(
        !told(&hard).contains("raise-open-files") && told(&hard).contains("descriptor-limit-low")
    );
    assert_eq!(told(&[process(1_088, 4_096), settings("bank", &[])]), "");
}

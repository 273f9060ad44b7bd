//! Settings, commands and the books.

use counterfoil_secret::Report as _;
use expect_test::expect;

use super::*;

#[test]
fn settings_that_are_wrong_are_named() {
    let refused = |change: fn(&mut BankConfig, &mut BankKeys)| {
        let (mut config, mut keys) = (config("ascii1987"), keys());
        change(&mut config, &mut keys);
        let error = Bank::new(&config, keys).unwrap_err();
        format!("{}: {error}; hint: {}", error.id(), error.hint())
    };
    let rows = [
        refused(|config, _| config.dialect = "ebcdic".into()),
        refused(|config, _| config.links[0].acquirer = "0400100".into()),
        refused(|config, _| config.links.push(config.links[0].clone())),
        refused(|config, _| config.links[0].mac = "X9.19".into()),
        refused(|config, _| config.merchants[0].id = "a merchant with a long number".into()),
        refused(|config, _| config.currencies.push("EURO".into())),
        refused(|config, _| config.hold_hours = 0),
        refused(|_, keys| keys.storage = SecretBytes::new(vec![1; 16])),
        refused(|_, keys| keys.links.clear()),
    ];
    expect![[r#"
        bank-dialect-unknown: the bank dialect `ebcdic` is not known; hint: use `ascii1987` or `binary`
        bank-acquirer-malformed: the acquirer `0400100` is not 1 to 11 digits without leading zero, or comes twice; hint: give each link an acquirer's number of its own
        bank-acquirer-malformed: the acquirer `400100` is not 1 to 11 digits without leading zero, or comes twice; hint: give each link an acquirer's number of its own
        mac-retail-refused: the message authentication `x9.19` is the retail MAC on DES and is refused; hint: agree on `aes-cmac` with the bank
        bank-merchant-malformed: the merchant `a merchant with a long number` or one of its terminals is empty, too long or not printable; hint: use at most 15 printable characters for a merchant and 8 for a terminal
        bank-currency-unknown: `EURO` is not a currency of ISO 4217 that names money; hint: write the three letters, for example `EUR`
        bank-hold-hours: a hold must last 1 to 1440 hours; hint: leave `hold_hours` out for a week
        bank-storage-key-length: the storage key must have 32 octets; hint: restore the key that the records were written with
        bank-link-key-missing: there is no message authentication key for the acquirer `400100`; hint: put the link's key beside the bank's other keys"#]].assert_eq(&rows.join("\n"));
}

#[test]
fn settings_are_read_from_text_with_defaults() {
    let text = r#"{"links": [{"acquirer": "400100"}], "currencies": ["EUR"]}"#;
    let config: BankConfig = serde_json::from_str(text).unwrap();
    assert_eq!((config.dialect.as_str(), config.hold_hours), ("ascii1987", 168));
    assert!(config.links[0].sign_on_required);
    Bank::new(&config, keys()).unwrap();
}

#[test]
fn opening_an_account_again_changes_nothing() {
    let mut world = World::new();
    let open = OpenAccount {
        pan: pan(PAN),
        expiry: card().expiry,
        deposit: euros(5),
        terms: Terms::default(),
    };
    let outcome = world.command(BankCommand::OpenAccount(open.clone()));
    assert_eq!(outcome, BankOutcome::AlreadyOpen { card: "492912******1232".into() });
    let pounds = Amount { currency: 826, minor: 5 };
    let outcome = world.command(BankCommand::OpenAccount(OpenAccount { deposit: pounds, ..open }));
    assert!(matches!(outcome, BankOutcome::Refused { id: "bank-currency-not-enabled", .. }));
    assert_eq!(world.position(), "card 100000/0");
}

#[test]
fn a_card_has_an_account_in_each_currency() {
    let mut world = World::new();
    let deposit = Amount { currency: USD, minor: 700 };
    world.command(BankCommand::OpenAccount(OpenAccount {
        pan: pan(PAN),
        expiry: card().expiry,
        deposit,
        terms: Terms::default(),
    }));
    let dollars = Purchase { amount: deposit, ..purchase(0) };
    let request = world.stamped(Operation::Sale(dollars));
    assert_eq!(world.told(&request), "00 bank.sale_posted");
    let totals = check_books(&world.records).unwrap();
    expect![[r#"
        Totals {
            currencies: {
                840: CurrencyTotals {
                    cards_minor: 0,
                    merchants_minor: 700,
                    suspense_minor: -700,
                    held_minor: 0,
                },
                978: CurrencyTotals {
                    cards_minor: 100000,
                    merchants_minor: 0,
                    suspense_minor: -100000,
                    held_minor: 0,
                },
            },
            postings: 3,
        }
    "#]]
    .assert_debug_eq(&totals);
}

#[test]
fn cards_are_blocked_and_unblocked() {
    let mut world = World::new();
    let unknown = BankCommand::UnblockCard { pan: pan("4000056655665556") };
    assert_eq!(world.command(unknown), BankOutcome::UnknownCard);
    world.command(BankCommand::BlockCard { pan: pan(PAN), reason: BlockReason::Lost });
    let request = world.stamped(Operation::Authorize(purchase(1)));
    assert_eq!(world.told(&request), "41 lost-card");
    world.command(BankCommand::UnblockCard { pan: pan(PAN) });
    world.authorized(1);
}

#[test]
fn a_captured_authorization_of_a_blocked_card_is_still_paid() {
    let mut world = World::new();
    let original = world.authorized(1000);
    world.command(BankCommand::BlockCard { pan: pan(PAN), reason: BlockReason::Stolen });
    assert_eq!(world.capture(&original, 1000), "00 bank.capture_posted");
}

#[test]
fn merchants_are_added_and_their_terminals_changed() {
    let mut world = World::new();
    let mut toys = purchase(100);
    toys.merchant = "TOYS-1".into();
    let sell = |world: &mut World| {
        let request = world.stamped(Operation::Sale(toys.clone()));
        world.told(&request)
    };
    let add = |terminal: Option<&str>| {
        let terminals = terminal.map(str::to_owned).into_iter().collect();
        BankCommand::AddMerchant(MerchantConfig { id: "TOYS-1".into(), terminals })
    };
    assert_eq!(sell(&mut world), "03 unknown-merchant");
    assert_eq!(world.command(add(None)), BankOutcome::MerchantAdded);
    assert_eq!(sell(&mut world), "00 bank.sale_posted");
    world.command(add(Some("SHOP0009")));
    assert_eq!(sell(&mut world), "58 unknown-terminal");
    let outcome = world.command(add(Some("far too long")));
    assert!(matches!(outcome, BankOutcome::Refused { id: "bank-merchant-malformed", .. }));
}

#[test]
fn books_come_in_pages_and_hold_no_card_number() {
    let mut world = World::new();
    for number in 0..5 {
        let request =
            world.stamped(Operation::Sale(Purchase { xid: [number; 20], ..purchase(100) }));
        assert!(world.ask(&request).is_approved());
    }
    let mut after = None;
    let mut seen = Vec::new();
    loop {
        let command = BankCommand::Books { after: after.clone(), limit: 2 };
        let BankOutcome::Books(books) = world.command(command) else { panic!("no books") };
        assert_eq!(books.accounts.is_empty(), after.is_some());
        assert!(!serde_json::to_string(&books).unwrap().contains(PAN));
        seen.extend(books.payments.iter().map(|payment| payment.xid[..2].to_owned()));
        match books.next_after {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    assert_eq!(seen, ["00", "01", "02", "03", "04"]);
}

#[test]
fn cooked_books_are_found() {
    let cook = |table: &'static str, from: &str, to: &str| {
        let mut world = World::new();
        let original = world.authorized(1000);
        world.capture(&original, 600);
        world.capture(&original, 400);
        world.authorized(50);
        let rows: Vec<_> = world
            .records
            .rows()
            .filter(|(name, _, _)| *name == table)
            .map(|(_, key, value)| (key.to_vec(), String::from_utf8(value.to_vec()).unwrap()))
            .collect();
        let (key, value) = rows.iter().find(|(_, value)| value.contains(from)).expect(from);
        use crate::records::Records as _;
        world.records.put(table, key, value.replace(from, to).into_bytes());
        let failure = check_books(&world.records).unwrap_err();
        failure.split('/').next().unwrap_or_default().to_owned()
    };
    let rows = [
        cook("bank_account", r#""balance_minor":99000"#, r#""balance_minor":99001"#),
        cook("bank_account", r#""held_minor":50"#, r#""held_minor":49"#),
        cook("bank_posting", r#""amount_minor":600"#, r#""amount_minor":601"#),
        cook("bank_payment", r#""paid_minor":1000"#, r#""paid_minor":1600"#),
        cook("bank_transaction", r#""state":"captured""#, r#""state":"held""#),
        cook("bank_transaction", r#""amount_minor":1000"#, r#""amount_minor":999"#),
        cook("bank_transaction", r#""captured_minor":1000"#, r#""captured_minor":600"#),
    ];
    expect![[r#"
        account card
        account card
        a posting of 400100
        payment 5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a
        transaction 400100
        payment 5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a
        authorization 400100"#]]
    .assert_eq(&rows.join("\n"));
}

//! Who learns what: everything that the merchant stored, journaled, sent and received is searched
//! for the card, and everything of gateway and bank for the order.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use counterfoil_party::merchant;

use super::market::{CARD, Market, ORDER, Who};

/// A secret in every form in which it could lie around.
fn forms(secret: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut forms = vec![
        ("clear".to_owned(), secret.to_vec()),
        ("hex".to_owned(), hex::encode(secret).into_bytes()),
        ("HEX".to_owned(), hex::encode_upper(secret).into_bytes()),
    ];
    for shift in 0..3 {
        let padded = [vec![0; shift], secret.to_vec()].concat();
        // The characters that depend on neighbours are left out at both ends.
        for (name, text) in [
            ("base64", STANDARD_NO_PAD.encode(&padded)),
            ("base64url", URL_SAFE_NO_PAD.encode(&padded)),
        ] {
            let from = (shift * 8).div_ceil(6);
            let till = padded.len() * 8 / 6;
            forms.push((format!("{name}+{shift}"), text.as_bytes()[from..till].to_vec()));
        }
    }
    forms
}

/// The card number as digits and as packed digits.
fn card_forms() -> Vec<(String, Vec<u8>)> {
    let packed = hex::decode(CARD).unwrap();
    let mut all = forms(CARD.as_bytes());
    all.extend(forms(&packed).into_iter().map(|(name, form)| (format!("packed {name}"), form)));
    all
}

fn order_forms() -> Vec<(String, Vec<u8>)> {
    forms(b"Zauberberg-4711")
}

/// Every octet that a party stored, journaled, sent or received.
fn holdings(market: &Market, who: Who) -> Vec<(String, Vec<u8>)> {
    let records = &market.records[&who];
    let rows = records.rows().flat_map(|(table, key, value)| {
        [(format!("key of {table}"), key.to_vec()), (format!("value of {table}"), value.to_vec())]
    });
    let journal = records
        .journal_entries()
        .iter()
        .map(|entry| (format!("journal: {}", entry.message), entry.body.clone()));
    let wire = market.wire.iter().filter(|(leg, _, _)| leg.from == who || leg.to == who);
    let wire = wire.map(|(_, name, body)| (format!("wire: {name}"), body.clone()));
    rows.chain(journal).chain(wire).collect()
}

fn find(holdings: &[(String, Vec<u8>)], forms: &[(String, Vec<u8>)]) -> Vec<String> {
    let mut found = Vec::new();
    for (place, octets) in holdings {
        for (form, wanted) in forms {
            if octets.windows(wanted.len()).any(|window| window == wanted) {
                found.push(format!("{place}: {form}"));
            }
        }
    }
    found
}

fn bought() -> Market {
    let mut market = Market::open();
    let order = market.order("50.00", &["30.00", "20.00"]);
    let paid = market.pay(order);
    market.shop(merchant::Command::AuthorizeNext { order, amount: None });
    market.shop(merchant::Command::Capture { order, amount: None });
    market.inquire(paid.xid.as_deref().unwrap());
    let declined = market.order("1000.01", &[]);
    market.pay(declined);
    market
}

#[test]
fn the_merchant_never_has_the_card() {
    let market = bought();
    let held = holdings(&market, Who::Merchant);
    assert!(held.len() > 50, "the search has something to look at");
    assert_eq!(find(&held, &card_forms()), Vec::<String>::new());
    assert!(!find(&held, &order_forms()).is_empty(), "the search finds what is there");
}

#[test]
fn gateway_and_bank_never_have_the_order() {
    let market = bought();
    for who in [Who::Gateway, Who::Bank] {
        let held = holdings(&market, who);
        assert_eq!(find(&held, &order_forms()), Vec::<String>::new(), "{who:?}");
    }
    let bank = holdings(&market, Who::Bank);
    assert!(!find(&bank, &card_forms()).is_empty(), "the search finds what is there");
}

#[test]
fn the_wallet_writes_no_card_number_down() {
    let market = bought();
    let held = holdings(&market, Who::Wallet);
    assert_eq!(find(&held, &card_forms()), Vec::<String>::new());
    assert!(ORDER.contains("Zauberberg-4711"));
}

#[test]
fn no_event_tells_a_secret() {
    let market = bought();
    let events: Vec<(String, Vec<u8>)> = market
        .told
        .iter()
        .map(|(who, text)| (format!("{who:?}"), text.clone().into_bytes()))
        .collect();
    assert!(events.len() > 10);
    assert_eq!(find(&events, &card_forms()), Vec::<String>::new());
    assert_eq!(find(&events, &order_forms()), Vec::<String>::new());
}

#[test]
fn base64_is_found_at_each_place() {
    let forms = card_forms();
    for shift in 0..3 {
        let text = [vec![b'x'; shift], CARD.as_bytes().to_vec(), vec![b'y'; 5]].concat();
        let held = vec![("here".to_owned(), STANDARD_NO_PAD.encode(text).into_bytes())];
        assert_eq!(find(&held, &forms).len(), 2, "shift {shift}");
    }
}

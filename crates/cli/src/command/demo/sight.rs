//! What each party could and could not see: found by searching what it stored, logged, sent and
//! received, and by trying its own keys on it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use counterfoil_crypto::key::ExchangeKey;
use counterfoil_crypto::suite::Suite;
use counterfoil_iso8583::field::number;
use counterfoil_iso8583::{Dialect, codec};
use counterfoil_message::primitive::{BrandId, Xid};
use counterfoil_node::deployment::{Material, layout};
use counterfoil_node::files::Folder;
use counterfoil_party::records::{Direction, JournalEntry};
use counterfoil_secret::Pan;
use counterfoil_sim::secrets::disguises;
use counterfoil_store::Inspector;
use counterfoil_store::inspect::PAGE_ROWS_MAX;

use super::witness::{Known, Purchase, Seen, look};
use crate::failure::Failure;

/// The parties of registration and purchase.
pub const PARTIES: [&str; 6] = ["wallet", "merchant", "gateway", "bank", "cca", "mca"];
/// Files that belong to the cardholder alone.
const CARDHOLDERS_OWN: [&str; 2] = [layout::CARDS, layout::VAULT];

/// What is searched for.
pub struct Secrets {
    /// The card's number.
    pub card: Pan,
    /// The order's text.
    pub order: String,
}

/// One message on its way.
pub struct Step {
    /// Who sent it.
    pub from: String,
    /// Who received it.
    pub to: String,
    /// Its name.
    pub message: String,
    /// Its octets, as journaled.
    pub octets: usize,
    /// Who signed it, as far as somebody can tell.
    pub signed_by: BTreeSet<String>,
    /// Whose keys open a part of it.
    pub sealed_for: BTreeSet<String>,
    /// Who can read the card number in it.
    pub card: BTreeSet<String>,
    /// Who can read the order's text in it.
    pub order: BTreeSet<String>,
}

/// What one party has.
pub struct Holding {
    /// The party.
    pub party: String,
    /// Where it keeps the card number.
    pub card: BTreeSet<String>,
    /// Where it keeps it with all but ten digits masked.
    pub masked: BTreeSet<String>,
    /// Messages in which its own keys lay the number open.
    pub card_opened: BTreeSet<String>,
    /// Where it keeps the order's text.
    pub order: BTreeSet<String>,
    /// Signatures of others that hold, by who signed what.
    pub verified: BTreeMap<String, BTreeSet<String>>,
    /// What was searched.
    pub searched: Searched,
}

/// How much was searched.
#[derive(Default)]
pub struct Searched {
    /// Journaled messages.
    pub messages: usize,
    /// Records.
    pub records: usize,
    /// Files.
    pub files: usize,
}

/// Everything that was found.
pub struct Sight {
    /// The messages of the purchase, in order.
    pub steps: Vec<Step>,
    /// The parties.
    pub holdings: Vec<Holding>,
}

/// One party's folder, read.
struct Party {
    name: String,
    journal: Vec<JournalEntry>,
    keys: Vec<Arc<dyn ExchangeKey>>,
    holding: Holding,
}

/// The forms of what is searched for.
struct Forms {
    card: Vec<Vec<u8>>,
    masked: Vec<u8>,
    order: Vec<Vec<u8>>,
}

/// Looks at the folders of a deployment after the purchase `xid`.
pub fn look_around(data: &Path, xid: &str, secrets: &Secrets) -> Result<Sight, Failure> {
    let forms = Forms {
        card: disguises(secrets.card.expose()).into_iter().map(|(_, form)| form).collect(),
        masked: secrets.card.masked().into_bytes(),
        order: disguises(&secrets.order).into_iter().map(|(_, form)| form).collect(),
    };
    let mut parties = Vec::new();
    let mut known = Known::default();
    for name in PARTIES {
        let material = Material::at(data, name)?;
        parties.push(read(&material, &forms)?);
        for certificate in [layout::SIGNATURE, layout::EXCHANGE] {
            if material.file(Folder::Certs, certificate).exists() {
                let (own, chain) = material.certificate(certificate)?;
                [own].into_iter().chain(chain).for_each(|certificate| known.add(certificate));
            }
        }
    }
    let purchase = purchase(data, xid)?;
    let steps = steps(&mut parties, &purchase, &mut known, &forms);
    let holdings = parties.into_iter().map(|party| party.holding).collect();
    Ok(Sight { steps, holdings })
}

fn purchase(data: &Path, xid: &str) -> Result<Purchase, Failure> {
    let unusable = || Failure::failed("xid-malformed", "the wallet names no XID", "report this");
    let octets: [u8; 20] =
        hex::decode(xid).ok().and_then(|xid| xid.try_into().ok()).ok_or_else(unusable)?;
    let (merchant, _) = Material::at(data, "merchant")?.certificate(layout::SIGNATURE)?;
    let gateway = Material::at(data, "gateway")?;
    let suite = gateway.exchange_key(layout::EXCHANGE)?.suite();
    let suite: &Suite = suite;
    let (gateway, _) = gateway.certificate(layout::EXCHANGE)?;
    let brand = BrandId::new(gateway.brand().unwrap_or_default()).map_err(|_| unusable())?;
    Ok(Purchase { xid: Xid::new(octets), suite: suite.oid, brand, merchant, gateway })
}

/// Reads a party's folder and searches it.
fn read(material: &Material, forms: &Forms) -> Result<Party, Failure> {
    let name = material.folder().name().to_owned();
    let mut holding = Holding {
        party: name.clone(),
        card: BTreeSet::new(),
        masked: BTreeSet::new(),
        card_opened: BTreeSet::new(),
        order: BTreeSet::new(),
        verified: BTreeMap::new(),
        searched: Searched::default(),
    };
    let mut journal = Vec::new();
    let root = material.folder().root();
    for state in ["state.sqlite", "registration.sqlite"] {
        let file = root.join(state);
        if file.exists() {
            journal.extend(search_records(&Inspector::open(&file)?, forms, &mut holding)?);
        }
    }
    search_files(root, root, forms, &mut holding)?;
    let has_key = material.key_file(layout::EXCHANGE).exists();
    let keys = if has_key { vec![material.exchange_key(layout::EXCHANGE)?] } else { vec![] };
    Ok(Party { name, journal, keys, holding })
}

fn search_records(
    inspector: &Inspector,
    forms: &Forms,
    holding: &mut Holding,
) -> Result<Vec<JournalEntry>, Failure> {
    let mut journal = Vec::new();
    let mut seq = 0;
    loop {
        let page = inspector.journal_after(seq, PAGE_ROWS_MAX)?;
        let Some(last) = page.last() else { break };
        seq = last.seq;
        journal.extend(page.into_iter().map(|line| line.entry));
    }
    for entry in &journal {
        holding.searched.messages += 1;
        forms.search(&entry.body, &format!("message {}", entry.message), holding);
    }
    for (table, _) in inspector.tables()? {
        let mut after: Option<Vec<u8>> = None;
        loop {
            let page = inspector.records(&table, &[], after.as_deref(), PAGE_ROWS_MAX)?;
            let Some((last, _)) = page.last() else { break };
            after = Some(last.clone());
            for (key, value) in &page {
                holding.searched.records += 1;
                for octets in [key, value] {
                    forms.search(octets, &format!("record {table}"), holding);
                }
            }
        }
    }
    Ok(journal)
}

fn search_files(
    root: &Path,
    folder: &Path,
    forms: &Forms,
    holding: &mut Holding,
) -> Result<(), Failure> {
    let unreadable = |path: &Path, error: &std::io::Error| {
        let hint = "run the demo as the user that owns its folder";
        Failure::unseen("file-unreadable", format!("{}: {error}", path.display()), hint)
    };
    let entries = std::fs::read_dir(folder).map_err(|error| unreadable(folder, &error))?;
    for entry in entries {
        let path = entry.map_err(|error| unreadable(folder, &error))?.path();
        if path.is_dir() {
            search_files(root, &path, forms, holding)?;
            continue;
        }
        let octets = std::fs::read(&path).map_err(|error| unreadable(&path, &error))?;
        holding.searched.files += 1;
        let name = path.strip_prefix(root).unwrap_or(&path).display().to_string();
        forms.search(&octets, &name, holding);
    }
    Ok(())
}

impl Forms {
    fn search(&self, octets: &[u8], place: &str, holding: &mut Holding) {
        let own = CARDHOLDERS_OWN.contains(&place);
        let put = |places: &mut BTreeSet<String>| {
            places.insert(place.to_owned());
        };
        if self.has_card(octets) {
            put(&mut holding.card);
        }
        if !own && contains(octets, &self.masked) {
            put(&mut holding.masked);
        }
        if self.has_order(octets) {
            put(&mut holding.order);
        }
    }

    fn has_card(&self, octets: &[u8]) -> bool {
        self.card.iter().any(|form| contains(octets, form))
    }

    fn has_order(&self, octets: &[u8]) -> bool {
        self.order.iter().any(|form| contains(octets, form))
    }
}

/// How a bank message is authenticated: its last field says.
fn mac(message: &str, body: &[u8]) -> Option<String> {
    let dialect = Dialect::by_name("ascii1987")?;
    let layout = codec::lay_out(body, dialect).ok()?;
    let is_mac = layout
        .spans
        .iter()
        .any(|span| [number::MAC_PRIMARY, number::MAC_SECONDARY].contains(&span.field.number));
    (is_mac && message.starts_with('0')).then(|| "MAC of the link".to_owned())
}

fn contains(octets: &[u8], form: &[u8]) -> bool {
    !form.is_empty() && octets.windows(form.len()).any(|window| window == form)
}

/// The messages in order, each looked at with the keys of every party in turn.
fn steps(
    parties: &mut [Party],
    purchase: &Purchase,
    known: &mut Known,
    forms: &Forms,
) -> Vec<Step> {
    let mut sent: Vec<(String, JournalEntry)> = Vec::new();
    for party in parties.iter() {
        let own = party.journal.iter().filter(|entry| entry.direction == Direction::Sent);
        sent.extend(own.map(|entry| (party.name.clone(), entry.clone())));
    }
    // Sign-on and echo of the bank link belong to no purchase.
    sent.retain(|(_, entry)| !entry.message.starts_with("08"));
    sent.sort_by_key(|(_, entry)| entry.at);
    sent.iter().for_each(|(_, entry)| known.learn(&entry.body));
    // Certificates that travel inside envelopes are known once those are open.
    for (_, entry) in &sent {
        for party in parties.iter() {
            let seen = look(&entry.body, &party.keys, purchase, known);
            seen.opened.iter().for_each(|plain| known.learn(plain.expose()));
        }
    }
    sent.into_iter()
        .filter_map(|(from, entry)| step(parties, &from, &entry, purchase, known, forms))
        .collect()
}

fn step(
    parties: &mut [Party],
    from: &str,
    entry: &JournalEntry,
    purchase: &Purchase,
    known: &Known,
    forms: &Forms,
) -> Option<Step> {
    let received = |party: &Party| {
        let mut own = party.journal.iter().filter(|own| own.direction == Direction::Received);
        party.name != from && own.any(|own| own.message == entry.message && own.body == entry.body)
    };
    let to = parties.iter().find(|party| received(party))?.name.clone();
    let mut step = Step {
        from: from.to_owned(),
        message: entry.message.clone(),
        octets: entry.body.len(),
        signed_by: BTreeSet::new(),
        sealed_for: BTreeSet::new(),
        card: BTreeSet::new(),
        order: BTreeSet::new(),
        to,
    };
    step.signed_by.extend(mac(&entry.message, &entry.body));
    if contains(&entry.body, &forms.masked) {
        // The bank link journals the number masked: both ends had it in clear.
        step.card.extend([step.from.clone(), step.to.clone()]);
    }
    for party in parties.iter_mut() {
        let Seen { opened, signers, sealed_for } = look(&entry.body, &party.keys, purchase, known);
        let plain =
            || std::iter::once(&entry.body).chain(opened.iter().map(|plain| plain.expose()));
        if plain().any(|octets| forms.has_card(octets)) {
            step.card.insert(party.name.clone());
            party.holding.card_opened.insert(entry.message.clone());
        }
        if plain().any(|octets| forms.has_order(octets)) {
            step.order.insert(party.name.clone());
        }
        if party.name == step.to {
            for (signer, _) in signers.iter().filter(|(_, verified)| **verified) {
                let messages = party.holding.verified.entry(signer.clone()).or_default();
                messages.insert(entry.message.clone());
            }
        }
        step.signed_by.extend(signers.into_keys());
        step.sealed_for.extend(sealed_for);
    }
    Some(step)
}

//! What a party's folder has of one purchase: journal, order, keys, certificates, CRLs.
//!
//! Everything is read beside the party, which may run meanwhile.

use std::sync::Arc;

use serde::de::DeserializeOwned;

use counterfoil_crypto::key::SigningKey;
use counterfoil_message::evidence::{Exporter, Journaled};
use counterfoil_message::exchange::purchase_init::PInitRes;
use counterfoil_message::pdu::Pdu as _;
use counterfoil_message::primitive::Xid;
use counterfoil_message::treatment::{Opener, Sender};
use counterfoil_message::wrapper::MessageWrapper;
use counterfoil_node::deployment::vault::Vault;
use counterfoil_node::deployment::{Material, layout};
use counterfoil_party::amount::Amount;
use counterfoil_party::identity::{Exchange, Identity};
use counterfoil_party::machine::Role;
use counterfoil_party::merchant::{ledger as merchant, order};
use counterfoil_party::records::{Direction, JournalEntry, Octets};
use counterfoil_party::wallet::ledger as wallet;
use counterfoil_pki::{Bci, Certificate, Crl};
use counterfoil_store::Inspector;
use counterfoil_store::inspect::PAGE_ROWS_MAX;

use crate::data::Data;
use crate::failure::Failure;
use crate::passphrase::Passphrase;

/// What is known of one purchase.
pub struct Books {
    pub role: Exporter,
    lines: Vec<JournalEntry>,
    /// Text and price of the order.
    pub order: (String, Amount),
    identity: Identity,
    pub certificates: Vec<Certificate>,
    pub crls: Vec<Crl>,
    pub bcis: Vec<Bci>,
    pub roots: Vec<Certificate>,
}

impl Books {
    /// Reads the folder of a party.
    pub fn open(
        data: &Data,
        party: &str,
        passphrase: &Passphrase,
        xid: Xid,
    ) -> Result<Self, Failure> {
        if party == layout::WALLET {
            return Self::of_wallet(&data.wallet()?, passphrase, xid);
        }
        let role = data.open()?.party(data.path(), party)?.role;
        if role != Role::Merchant {
            return Err(Failure::input(
                "party-without-evidence",
                format!("{party} is a {role}, whose journal this command does not read"),
                "export from the wallet or from the merchant",
            ));
        }
        Self::of_merchant(&data.party(party)?, xid)
    }

    fn of_merchant(material: &Material, xid: Xid) -> Result<Self, Failure> {
        let store = Inspector::open(&material.folder().state())?;
        let purchase: merchant::Purchase = record(&store, "purchase", xid.as_bytes(), xid)?;
        let number: u64 = purchase.order.to_string().parse().map_err(|_| unknown(xid))?;
        let order: order::Order = record(&store, "order", &number.to_be_bytes(), xid)?;
        let lines = lines_of_purchase(&store, xid)?;
        let gateway = &purchase.gateway_exchange;
        let order = (order.description, order.amount);
        Self::new(material, Exporter::Merchant, material.identity()?, order, lines, gateway)
    }

    fn of_wallet(material: &Material, passphrase: &Passphrase, xid: Xid) -> Result<Self, Failure> {
        let store = Inspector::open(&material.folder().state())?;
        let label: Octets = record(&store, "label_of_xid", xid.as_bytes(), xid)?;
        let purchase: wallet::Purchase = record(&store, "purchase", &label.0, xid)?;
        let vault = Vault::open(material, &passphrase.read(false)?)?;
        let mut cards = vault.cards(material)?.into_iter();
        let card = cards.rfind(|card| card.name == purchase.card);
        let card = card.ok_or_else(|| {
            Failure::input(
                "card-unknown",
                format!("the card `{}` is no longer in the wallet", purchase.card),
                "export from the merchant, or register the card again",
            )
        })?;
        let agreed = purchase.agreed.as_ref().ok_or_else(|| unknown(xid))?;
        let mut lines = lines_of_purchase(&store, xid)?;
        lines.splice(..0, offers_before(&store, xid)?);
        let order = (purchase.shown.description, purchase.shown.amount);
        let gateway = &agreed.gateway_exchange;
        Self::new(material, Exporter::Wallet, card.identity, order, lines, gateway)
    }

    fn new(
        material: &Material,
        role: Exporter,
        identity: Identity,
        order: (String, Amount),
        lines: Vec<JournalEntry>,
        gateway: &Octets,
    ) -> Result<Self, Failure> {
        let mut certificates = material.authorities()?;
        certificates.extend(identity.chain.iter().cloned());
        certificates.push(Certificate::from_der(&gateway.0)?);
        Ok(Self {
            role,
            lines,
            order,
            identity,
            certificates,
            crls: material.crls()?,
            bcis: material.bci()?.into_iter().collect(),
            roots: material.roots()?,
        })
    }

    /// The journal as an export takes it.
    pub fn journal(&self) -> Vec<Journaled<'_>> {
        let lines = self.lines.iter();
        lines
            .map(|line| Journaled { sent: line.direction == Direction::Sent, body: &line.body })
            .collect()
    }

    /// Who seals the file.
    pub fn sender(&self) -> Sender<'_> {
        let key: &Arc<dyn SigningKey> = &self.identity.sign_key;
        Sender {
            key: key.as_ref(),
            certificate: &self.identity.sign_certificate,
            chain: &self.identity.chain,
            crls: &[],
        }
    }

    /// What opens the gateway's answers; a wallet has no such key.
    pub fn opener(&self) -> Option<Opener<'_>> {
        let Exchange { key, certificate } = self.identity.exchange.as_ref()?;
        Some(Opener { key: key.as_ref(), certificate })
    }
}

fn record<T: DeserializeOwned>(
    store: &Inspector,
    table: &str,
    key: &[u8],
    xid: Xid,
) -> Result<T, Failure> {
    let found = store.record(table, key)?.ok_or_else(|| unknown(xid))?;
    serde_json::from_slice(&found).map_err(|error| {
        Failure::unseen(
            "record-unreadable",
            format!("a record of table {table} cannot be read: {error}"),
            "use the release that the party runs with",
        )
    })
}

fn unknown(xid: Xid) -> Failure {
    Failure::input(
        "purchase-unknown",
        format!("the party knows no purchase {xid}"),
        "see `wallet purchases` and `order status`",
    )
}

fn lines_of_purchase(store: &Inspector, xid: Xid) -> Result<Vec<JournalEntry>, Failure> {
    let lines = store.journal_of_purchase(&xid.to_string())?;
    Ok(lines.into_iter().map(|line| line.entry).collect())
}

/// PInitRes gives the purchase its XID, so a wallet journals it before it knows that; it stands
/// somewhere before the first line that has it.
fn offers_before(store: &Inspector, xid: Xid) -> Result<Vec<JournalEntry>, Failure> {
    let first = store.journal_of_purchase(&xid.to_string())?.first().map_or(0, |line| line.seq);
    let is_offer = |entry: &JournalEntry| {
        entry.xid.is_none()
            && MessageWrapper::decode(&entry.body).is_ok_and(|w| w.message.tag == PInitRes::TAG)
    };
    let mut found = Vec::new();
    let mut after = 0;
    loop {
        let page = store.journal_after(after, PAGE_ROWS_MAX)?;
        let Some(last) = page.last().map(|line| line.seq) else { return Ok(found) };
        let before = page.into_iter().take_while(|line| line.seq < first);
        found.extend(before.map(|line| line.entry).filter(is_offer));
        if last >= first {
            return Ok(found);
        }
        after = last;
    }
}

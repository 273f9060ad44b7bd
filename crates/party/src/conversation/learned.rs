//! What messages teach of revocation, kept in the records.
//!
//! A CRL or BrandCRLIdentifier that came in a message is believed because a CA signed it, whoever
//! brought it. If it lived in memory only, a restart would trust again what the party has already
//! refused. Records hold what messages taught beyond the files of `crls/` and `trust/`, and nothing
//! else; what files or newer messages overtake is removed, so that there is never more of it than a
//! trust store holds.

use std::collections::{BTreeMap, BTreeSet};

use counterfoil_pki::trust::Trust;
use counterfoil_pki::{Bci, Certificate, Crl, Thumb};
use jiff::Timestamp;

use super::Turn;
use crate::event::Event;
use crate::records::{Octets, Records, RecordsError, Table};

/// DER by kind and thumb.
const LEARNED: Table<Octets> = Table::new("learned_revocation");
/// Most CA certificates that are kept to verify the CRLs and BrandCRLIdentifiers with.
const AUTHORITIES_MAX: usize = 32;
/// Most rows that are read: twice what a trust store can have made of them.
const ROWS_MAX: usize = 2_048;

const AUTHORITY: u8 = b'a';
const BCI: u8 = b'b';
const CRL: u8 = b'c';

/// Which of what a trust store holds was learned from messages, and is in the records.
#[derive(Debug, Default)]
pub struct Learned {
    /// What the store was given by files; `None` before the records were read.
    given: Option<BTreeSet<Thumb>>,
    /// The store's revision that the records show.
    revision: u64,
}

/// What a row holds: its key and its DER.
type Rows = BTreeMap<Vec<u8>, Vec<u8>>;

impl Learned {
    /// Teaches `trust` what is in the records; once, at the first input of a run. What it does not
    /// believe any more is removed.
    ///
    /// # Errors
    /// [`RecordsError`] from storage.
    pub fn restore<O>(
        &mut self,
        trust: &mut Trust,
        turn: &mut Turn<'_, '_, O>,
    ) -> Result<(), RecordsError> {
        if self.given.is_some() {
            return Ok(());
        }
        let held = trust.thumbs(None);
        let given = held.certificates.into_iter().chain(held.crls).chain(held.bcis).collect();
        self.given = Some(given);
        self.revision = trust.revision();
        let rows = LEARNED.scan(turn.env.records, &[], None, ROWS_MAX)?;
        if rows.is_empty() {
            return Ok(());
        }
        let count = rows.len();
        teach(trust, &rows, turn.env.now);
        self.write(trust, turn.env.records)?;
        turn.event(Event::info("revocation.restored").with("objects", count));
        Ok(())
    }

    /// Writes what `trust` has learned since it was last asked.
    ///
    /// # Errors
    /// [`RecordsError`] from storage.
    pub fn keep(&mut self, trust: &Trust, records: &mut dyn Records) -> Result<(), RecordsError> {
        if self.revision == trust.revision() {
            return Ok(());
        }
        self.write(trust, records)
    }

    fn write(&mut self, trust: &Trust, records: &mut dyn Records) -> Result<(), RecordsError> {
        let wanted = self.wanted(trust);
        let present = LEARNED.scan(records, &[], None, ROWS_MAX)?;
        for (key, _) in present.iter().filter(|(key, _)| !wanted.contains_key(key)) {
            LEARNED.remove(records, key);
        }
        let present: BTreeSet<&Vec<u8>> = present.iter().map(|(key, _)| key).collect();
        for (key, der) in wanted.iter().filter(|(key, _)| !present.contains(key)) {
            LEARNED.put(records, key, &Octets(der.clone()));
        }
        self.revision = trust.revision();
        Ok(())
    }

    fn wanted(&self, trust: &Trust) -> Rows {
        let is_new = |thumb: Thumb| self.given.as_ref().is_none_or(|given| !given.contains(&thumb));
        let mut rows = Rows::new();
        let crls: Vec<&Crl> = trust.crls().filter(|crl| is_new(crl.thumb())).collect();
        let bcis: Vec<&Bci> = trust.bcis().filter(|bci| is_new(bci.thumb())).collect();
        rows.extend(crls.iter().map(|crl| (key(CRL, crl.thumb()), crl.der().to_vec())));
        rows.extend(bcis.iter().map(|bci| (key(BCI, bci.thumb()), bci.der().to_vec())));
        let signers = signers(trust, &crls, &bcis).into_iter().filter(|ca| is_new(ca.thumb()));
        let signers = signers.take(AUTHORITIES_MAX);
        rows.extend(signers.map(|ca| (key(AUTHORITY, ca.thumb()), ca.der().to_vec())));
        rows
    }
}

fn key(kind: u8, thumb: Thumb) -> Vec<u8> {
    let mut key = vec![kind];
    key.extend_from_slice(thumb.as_bytes());
    key
}

/// The CAs that may have signed these, and those above them.
fn signers<'a>(trust: &'a Trust, crls: &[&Crl], bcis: &[&Bci]) -> Vec<&'a Certificate> {
    let mut found: Vec<&Certificate> = Vec::new();
    loop {
        let next = trust.authorities().find(|ca| {
            let signs = crls.iter().any(|crl| crl.issuer() == ca.subject())
                || bcis.iter().any(|bci| bci.is_signed_under(ca))
                || found.iter().any(|below| below.issuer() == ca.subject());
            signs && !found.contains(ca)
        });
        match next {
            Some(ca) => found.push(ca),
            None => return found,
        }
    }
}

/// What cannot be read or is not believed is left out: it is missed only if it is needed, and then
/// the message that needs it says so.
fn teach(trust: &mut Trust, rows: &[(Vec<u8>, Octets)], now: Timestamp) {
    let of = |kind: u8| {
        let rows = rows.iter().filter(move |(key, _)| key.first() == Some(&kind));
        rows.map(|(_, der)| der.0.as_slice())
    };
    let authorities: Vec<_> = of(AUTHORITY).filter_map(|d| Certificate::from_der(d).ok()).collect();
    trust.learn(&authorities);
    let crls: Vec<_> = of(CRL).filter_map(|der| Crl::from_der(der).ok()).collect();
    let fresh: Vec<_> = crls.into_iter().filter(|crl| crl.is_fresh(now)).collect();
    for part in fresh.chunks(counterfoil_pki::limit::BCI_CRLS_MAX) {
        let _ = trust.add_crls(part, &authorities, now);
    }
    for bci in of(BCI).filter_map(|der| Bci::from_der(der).ok()) {
        let _ = trust.set_bci(&bci, &authorities, now);
    }
}

//! Judging an evidence file: a function of its octets, the trusted roots and the time.
//!
//! First the digest and the seal, so that a changed file is told at once. Then, in the order in
//! which the payment was made: the dual signature with its halves, the offer, the order, the
//! merchant's answers, the gateway's receipts. Nothing rests on the seal: an exporter that makes
//! up evidence and seals it is told by the signatures of the others.

mod answer;
mod archive;
mod purchase;
mod receipt;
mod reversal;
mod seal;

use counterfoil_pki::Certificate;
use counterfoil_pki::trust::{Trust, TrustSettings};
use jiff::{SignedDuration, Timestamp};

use self::archive::Archive;
use super::armour::{self, Damaged};
use super::error::EvidenceError;
use super::format::{Evidence, EvidenceFile};
use super::item::Item;
use super::rule::Rule;
use super::statement::{Gap, Statement};
use super::verification::{Outcome, Reason, Subject, Verdict, Verification};

/// How far the clocks of two parties may be apart.
const CLOCK_SKEW_MS_MAX: i64 = 15 * 60_000;

/// Judges an evidence file of either form, text or DER.
///
/// `roots` are the roots that the reader trusts. `now` is the reader's time; it only keeps out
/// files from the future.
///
/// # Errors
/// [`EvidenceError`] when there is nothing to judge. Evidence that fails is no error but a
/// [`Verdict::NotProved`].
pub fn verify(
    file: &[u8],
    roots: &[Certificate],
    now: Timestamp,
) -> Result<Verification, EvidenceError> {
    let file = match armour::open(file)? {
        Ok(der) => EvidenceFile::decode(&der).map_err(|error| Reason::of(Item::File, &error)),
        Err(Damaged) => Err(Reason::broken(Item::File, Rule::ArmourDamaged)),
    };
    match file {
        Ok(file) => judge(&file, roots, now),
        Err(reason) => Ok(Verification::refused(None, reason)),
    }
}

/// Judges a file that was read.
///
/// # Errors
/// [`EvidenceError::Roots`].
pub(super) fn judge(
    file: &EvidenceFile,
    roots: &[Certificate],
    now: Timestamp,
) -> Result<Verification, EvidenceError> {
    let exporter = match seal::check(file) {
        Ok(exporter) => exporter,
        Err(reason) => return Ok(Verification::refused(None, reason)),
    };
    Trust::new(roots.to_vec(), TrustSettings::default()).map_err(EvidenceError::Roots)?;
    Ok(Examination::of(&file.evidence, &exporter, roots, now))
}

/// A file being judged.
struct Examination<'a> {
    evidence: &'a Evidence,
    archive: Archive<'a>,
    statements: Vec<Statement>,
    gaps: Vec<Gap>,
}

impl<'a> Examination<'a> {
    fn of(
        evidence: &'a Evidence,
        exporter: &Certificate,
        roots: &'a [Certificate],
        now: Timestamp,
    ) -> Verification {
        let subject = Some(Subject::of(evidence));
        let judged = Archive::new(evidence, roots).and_then(|archive| {
            let (statements, gaps) = (Vec::new(), Vec::new());
            let mut examination = Self { evidence, archive, statements, gaps };
            let outcome = examination.judge(exporter, now)?;
            Ok((examination, outcome))
        });
        let (examination, outcome) = match judged {
            Ok(judged) => judged,
            Err(reason) => return Verification::refused(subject, reason),
        };
        let verdict = match outcome {
            Some(outcome) => Verdict::Proved(outcome),
            None => Verdict::NotProved(Reason::broken(Item::File, Rule::ReceiptMissing)),
        };
        let Self { statements, mut gaps, .. } = examination;
        gaps.extend([Gap::Person, Gap::Card, Gap::Delivery, Gap::RevokedSince]);
        gaps.sort_unstable();
        gaps.dedup();
        Verification { subject, verdict, statements, gaps }
    }

    fn judge(&mut self, exporter: &Certificate, now: Timestamp) -> Result<Option<Outcome>, Reason> {
        if self.evidence.exported_at.timestamp() > later(now) {
            return Err(Reason::broken(Item::File, Rule::DateOrder));
        }
        let parties = self.purchase()?;
        self.offer(&parties)?;
        let (receipts, reversals) = self.answers(&parties)?;
        let mut authorizations = self.authorizations(&parties, &receipts)?;
        self.reversals(&parties, &reversals, &mut authorizations)?;
        let outcome = self.captures(&parties, authorizations)?;
        self.exporter(exporter, &parties)?;
        Ok(outcome)
    }

    /// Nothing in the file is younger than the file.
    fn check_date(&self, item: Item, date: Timestamp) -> Result<(), Reason> {
        if date > later(self.evidence.exported_at.timestamp()) {
            return Err(Reason::broken(item, Rule::DateOrder));
        }
        Ok(())
    }
}

/// As late as another clock may be at `date`.
fn later(date: Timestamp) -> Timestamp {
    let skew = SignedDuration::from_millis(CLOCK_SKEW_MS_MAX);
    date.checked_add(skew).unwrap_or(Timestamp::MAX)
}

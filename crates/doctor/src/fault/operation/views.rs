//! The same payment in the books of several parties.

use jiff::{SignedDuration, Timestamp};

use crate::fact::{Books, Facts, Payment, PaymentState, Role, Seen};

/// The books of every party that has any, with their roles.
pub(super) struct Views<'a> {
    books: Vec<(Role, Seen<'a, Books>)>,
}

/// What one role's books say of a payment.
#[derive(Debug, Clone, Copy)]
pub(super) enum View<'v> {
    /// Nobody with this role has shown its books, or they were not asked about it.
    Unknown,
    /// They were asked, and there is no such payment.
    Absent,
    /// It is there, in the books of this party.
    Is(&'v str, &'v Payment),
}

impl<'a> Views<'a> {
    pub(super) fn of(facts: &'a Facts) -> Self {
        let books = facts.of::<Books>().into_iter();
        let with_role = books.filter_map(|seen| Some((facts.party(seen.party)?.role, seen)));
        Self { books: with_role.collect() }
    }

    /// Every party with a role, and its payments.
    pub(super) fn with(&self, role: Role) -> impl Iterator<Item = &Seen<'a, Books>> {
        self.books.iter().filter(move |(its, _)| *its == role).map(|(_, seen)| seen)
    }

    /// A payment in the books of a role.
    pub(super) fn at(&self, role: Role, xid: &str) -> View<'_> {
        let mut view = View::Unknown;
        for seen in self.with(role) {
            if let Some(payment) = seen.payments.iter().find(|payment| payment.xid == xid) {
                return View::Is(seen.party, payment);
            }
            if seen.absent.iter().any(|absent| absent == xid) {
                view = View::Absent;
            }
        }
        view
    }
}

impl View<'_> {
    /// In a phrase.
    pub(super) fn words(self) -> String {
        match self {
            Self::Unknown => "unknown".into(),
            Self::Absent => "not there".into(),
            Self::Is(_, payment) => words(payment),
        }
    }

    /// What stands of it: nothing where it is absent, declined or reversed. `None` where that is
    /// not known or not decided.
    pub(super) fn stands_minor(self) -> Option<u64> {
        match self {
            Self::Unknown => None,
            Self::Absent => Some(0),
            Self::Is(_, payment) => match payment.state {
                PaymentState::Approved => Some(payment.authorized_minor),
                PaymentState::Declined | PaymentState::Reversed => Some(0),
                _ => None,
            },
        }
    }

    /// What is captured for certain; `None` where captures are on their way.
    pub(super) fn captured_minor(self) -> Option<u64> {
        match self {
            Self::Unknown => None,
            Self::Absent => Some(0),
            Self::Is(_, payment) => (payment.unconfirmed_minor == 0 && !payment.is_moving)
                .then_some(payment.captured_minor),
        }
    }
}

/// A payment in a phrase, with money as minor units.
pub(super) fn words(payment: &Payment) -> String {
    let (state, minor, currency) =
        (payment.state.words(), payment.authorized_minor, &payment.currency);
    let captured = match payment.captured_minor {
        0 => String::new(),
        captured => format!(", {captured} captured"),
    };
    format!("{state}, {minor} minor units of {currency}{captured}")
}

/// How long ago something was; nothing for what has no time.
pub(super) fn age(now: Timestamp, at: Option<Timestamp>) -> SignedDuration {
    at.map_or(SignedDuration::ZERO, |at| now.duration_since(at))
}

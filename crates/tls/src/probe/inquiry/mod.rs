//! What is asked, one inquiry a file. A new one is a file and a line in [`all`].

mod alpn;
mod fallback;
mod groups;
mod oddities;
mod ssl2;
mod suites;

use crate::{
    Version,
    probe::{Answer, Ending, Facts, Offer},
};

/// What an inquiry wants next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// To ask this.
    Ask(Offer),
    /// To see what other inquiries find.
    Wait,
    /// Nothing more.
    Done,
}

/// One thing that is found out.
pub trait Inquiry: Send {
    /// What it asks about, for messages.
    fn about(&self) -> String;
    /// What it wants next. Not called while a question of it is open.
    fn next(&mut self, facts: &Facts) -> Step;
    /// Takes the answer.
    fn answer(&mut self, answer: &Answer, facts: &mut Facts);
}

/// Every inquiry, the most important first.
pub fn all() -> Vec<Box<dyn Inquiry>> {
    let mut all: Vec<Box<dyn Inquiry>> = Vec::new();
    let versions = [Version::TLS12, Version::TLS13, Version::TLS10, Version::TLS11, Version::SSL3];
    for version in versions {
        all.push(Box::new(suites::Suites::of(version)));
    }
    all.push(Box::new(ssl2::Ssl2::default()));
    all.push(Box::new(groups::Groups::of_tls13()));
    all.push(Box::new(groups::Groups::of_curves()));
    all.push(Box::new(fallback::Fallback::default()));
    all.push(Box::new(oddities::Oddities::default()));
    all.push(Box::new(alpn::Alpn::default()));
    all
}

/// How a refusal looked.
fn refusal(answer: &Answer) -> String {
    match (answer.flight.fatal_alert(), answer.ending) {
        (Some(alert), _) => alert.name(),
        (None, _) if answer.flight.problem.is_some() => "an answer that is not TLS".into(),
        (None, Ending::Reset) => "reset".into(),
        (None, _) => "closed".into(),
    }
}

/// Why nothing is known.
fn unheard(ending: Ending) -> &'static str {
    match ending {
        Ending::Silent => "no answer in time",
        Ending::NotReached => "no connection",
        Ending::NotAsked => "not asked: the limit of connections or time was met",
        Ending::Over | Ending::Closed | Ending::Reset => "no answer",
    }
}

/// Which of TLS 1.2 and before is known to be spoken and the newest of its kind; `Err` while
/// some of them are not decided.
fn newest_before_tls13(facts: &Facts) -> Result<Option<Version>, Step> {
    let old = [Version::TLS12, Version::TLS11, Version::TLS10, Version::SSL3];
    if old.iter().any(|version| facts.version(*version).is_none()) {
        return Err(Step::Wait);
    }
    Ok(old.into_iter().find(|version| facts.speaks(*version)))
}

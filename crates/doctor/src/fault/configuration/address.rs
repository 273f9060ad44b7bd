//! Addresses that one party's settings name and another's listen at.

use crate::fact::{Facts, Link, Outcome, Recorded, Role, Seen, Settings};
use crate::finding::{Case, Effect};
use crate::plan::Step;
use crate::remedy;

/// What is compared: a setting of one party with the listener of another.
pub(super) struct Agreement {
    /// The caller's setting, as facts about links name it.
    pub(super) setting: &'static str,
    /// The table of the other party's listener.
    pub(super) listener: &'static str,
    /// What the other party is called in sentences.
    pub(super) called: &'static str,
    /// The parties that may be meant by a caller.
    pub(super) meant: fn(&Facts, caller: &str) -> Vec<String>,
    /// What a wrong address stops.
    pub(super) effect: Effect,
    /// The same in words.
    pub(super) stops: &'static str,
}

/// Where a party is reached.
#[derive(Clone)]
struct Place {
    party: String,
    address: String,
    listen: String,
}

impl Agreement {
    /// Every call of this setting that goes where nobody of those who are meant listens.
    pub(super) fn look(&self, facts: &Facts) -> Vec<Case> {
        let links = facts.of::<Link>().into_iter().filter(|link| link.setting == self.setting);
        links.filter_map(|link| self.judge(facts, &link)).collect()
    }

    fn judge(&self, facts: &Facts, link: &Seen<'_, Link>) -> Option<Case> {
        let places = self.places(facts, &link.from);
        let fails = !matches!(link.outcome, Outcome::Reached | Outcome::Plain);
        let other = link.to.as_ref().filter(|to| !places.iter().any(|place| place.party == **to));
        let is_right = places
            .iter()
            .any(|place| place.is_at(&link.address) || place.is_bound_at(&link.address));
        if is_right || (!fails && (other.is_none() || places.is_empty())) {
            return None;
        }
        let Some(place) = places.first() else {
            // Nobody listens there, which has many causes; where one should is not known.
            let nobody = matches!(link.outcome, Outcome::Refused | Outcome::Unresolved);
            return nobody.then(|| self.unsettled(link));
        };
        let file = format!("{}/config.toml", link.from);
        let what = match other {
            Some(other) if !fails => format!("where {other} listens"),
            _ => "where nobody answers".to_owned(),
        };
        let expected = &place.address;
        let (from, called, to) = (link.from.as_str(), self.called, &place.party);
        let seen = link.said.clone().unwrap_or_else(|| format!("{:?}", link.outcome));
        if self.was_moved(facts, place, &link.address) {
            let summary = format!(
                "{to} listens at {expected}; it was recorded at {}, where {from} calls it",
                link.address
            );
            return Some(
                Case::confirmed(format!("{to}/config.toml"), to, self.effect, summary)
                    .with("seen", expected, format!("{to}/config.toml"))
                    .with("expected", &link.address, "doctor/recorded")
                    .with("connection", seen, link.source)
                    .touching([format!("link:{from}>{to}")])
                    .check_again(connect(&link.address))
                    .stopping([self.stops]),
            );
        }
        let summary = format!(
            "{from} calls {called} at {}, {what}; {to} listens at {expected}",
            link.address
        );
        Some(
            Case::confirmed(file.clone(), from, self.effect, summary)
                .with("seen", &link.address, file)
                .with("expected", expected, format!("{to}/config.toml"))
                .with("connection", seen, link.source)
                .touching([format!("link:{from}>{to}"), format!("link:{from}>{}", link.address)])
                .check_again(connect(&link.address))
                .stopping([self.stops]),
        )
    }

    fn unsettled(&self, link: &Seen<'_, Link>) -> Case {
        let summary = format!(
            "{} calls {} at {}, where nobody answers; where it should is not known here",
            link.from, self.called, link.address
        );
        Case::confirmed(format!("{}/config.toml", link.from), &link.from, self.effect, summary)
            .with("seen", &link.address, format!("{}/config.toml", link.from))
            .with("connection", link.said.clone().unwrap_or_default(), link.source)
            .check_again(connect(&link.address))
            .inconclusive(vec![format!("the settings of {}: where it listens", self.called)])
    }

    fn places(&self, facts: &Facts, caller: &str) -> Vec<Place> {
        let meant = (self.meant)(facts, caller).into_iter();
        meant
            .filter_map(|party| {
                let settings = facts.about::<Settings>(&party).into_iter().next()?;
                let listen = settings.text(&format!("{}.listen", self.listener))?.to_owned();
                let public = settings.text(&format!("{}.public", self.listener));
                let address = public.map_or_else(|| listen.clone(), str::to_owned);
                Some(Place { party, address, listen })
            })
            .collect()
    }

    /// Was the listener recorded at the address that is called?
    fn was_moved(&self, facts: &Facts, place: &Place, called: &str) -> bool {
        let recorded = facts.at::<Recorded>(&format!("{}/config.toml", place.party));
        let Some(settings) = recorded.and_then(|recorded| recorded.settings.clone()) else {
            return false;
        };
        let at = |key: &str| settings.text(&format!("{}.{key}", self.listener));
        at("public").or_else(|| at("listen")).is_some_and(|address| same(address, called))
    }

    /// Sets the address right on the side that is wrong.
    pub(super) fn plan(&self, facts: &Facts, case: &Case, set: SetAddress) -> Vec<Step> {
        let Some(owner) = case.subject.strip_suffix("/config.toml") else { return Vec::new() };
        let Some(right) = case.evidence.iter().find(|one| one.what == "expected") else {
            return Vec::new();
        };
        let right = right.value.as_str();
        let is_caller = facts.about::<Link>(owner).iter().any(|link| link.setting == self.setting);
        let mut steps = if is_caller {
            set(facts, owner, right)
        } else {
            let recorded = facts.at::<Recorded>(&case.subject);
            let recorded = recorded.and_then(|recorded| recorded.settings.clone());
            ["listen", "public"]
                .into_iter()
                .filter_map(|key| {
                    let key = format!("{}.{key}", self.listener);
                    let value = recorded.as_ref()?.text(&key)?.to_owned();
                    Some(remedy::set(owner, &key, format!("\"{value}\"")))
                })
                .collect()
        };
        steps.extend(remedy::read_again(facts, owner));
        steps
    }
}

/// Sets a caller's address.
pub(super) type SetAddress = fn(&Facts, party: &str, address: &str) -> Vec<Step>;

impl Place {
    fn is_at(&self, called: &str) -> bool {
        same(&self.address, called)
    }

    /// Calling the listener itself is as good as calling what stands in front of it.
    fn is_bound_at(&self, called: &str) -> bool {
        same(&self.listen, called)
            || (self.listen.starts_with("0.0.0.0:") || self.listen.starts_with("[::]:"))
                && self.listen.rsplit_once(':').map(|(_, port)| port)
                    == called.rsplit_once(':').map(|(_, port)| port)
    }
}

/// The parties of a role.
pub(super) fn of_role(facts: &Facts, role: Role) -> Vec<String> {
    facts.parties(role).iter().map(|party| party.party.to_owned()).collect()
}

fn same(a: &str, b: &str) -> bool {
    let plain = |text: &str| text.replace("localhost", "127.0.0.1").replace("[::1]", "127.0.0.1");
    plain(a).eq_ignore_ascii_case(&plain(b))
}

fn connect(address: &str) -> String {
    format!("openssl s_client -connect {address} </dev/null")
}

//! Templates of messages, mined as they come: a tree of fixed depth (Drain: He, Zhu, Zheng, Lyu
//! 2017), whose first levels are the number of words and the first word.
//!
//! A message whose shape was seen before costs one look-up; only new shapes are compared word
//! by word.

use std::collections::BTreeMap;

use crate::event::Level;
use crate::hash::Table;
use crate::limit::{
    CHANGE_TIMES_MAX, SHAPES_MAX, TEMPLATE_WORDS_MAX, TEMPLATES_ALIKE_MAX, TEMPLATES_MAX,
};
use crate::sample::{Place, Sample};
use crate::shape::{VARIABLE, words};
use crate::tally::Seen;

/// Share of words that two messages of one template have alike, in percent.
const ALIKE_PERCENT_MIN: usize = 60;

/// A change of the deployment that a message tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// A new version was put in place.
    Deploy,
    /// A certificate, key or CRL was replaced.
    Certificate,
    /// A process stopped or started.
    Restart,
    /// Settings were read again.
    Settings,
}

/// Messages that differ in variable words alone.
#[derive(Debug, Clone)]
pub struct Template {
    /// Its words.
    pub words: Vec<String>,
    /// Lines.
    pub total: u64,
    /// Lines of failures.
    pub failed: u64,
    /// Lines of failures that say no code.
    pub uncoded: u64,
    /// The greatest level of a line.
    pub level: Level,
    /// When it came first, in microseconds since 1970.
    pub first_us: i64,
    /// When it came last.
    pub last_us: i64,
    /// The change that it tells of.
    pub change: Option<Change>,
    /// When and where, for changes, while they are few.
    pub times: Vec<(i64, Place)>,
    /// A line.
    pub sample: Sample,
}

/// All templates.
#[derive(Debug, Default)]
pub struct TemplateTally {
    /// In the order in which they came.
    pub templates: Vec<Template>,
    /// Lines whose message had no room.
    pub unlisted: u64,
    shapes: Table<u32>,
    tree: BTreeMap<(usize, String), Vec<u32>>,
}

impl TemplateTally {
    /// Takes an event, when it has a message or a name.
    pub fn absorb(&mut self, seen: Seen<'_, '_>) {
        if seen.event.shape == 0 {
            return;
        }
        let place = match self.shapes.get(&seen.event.shape) {
            Some(place) => *place,
            None => match self.learn(seen) {
                Some(place) => place,
                None => {
                    self.unlisted += 1;
                    return;
                }
            },
        };
        self.templates[place as usize].count(seen);
    }

    /// Finds or makes the template of a shape that was not seen before.
    fn learn(&mut self, seen: Seen<'_, '_>) -> Option<u32> {
        let event = seen.event;
        let text = if event.name.is_empty() { event.message } else { event.name };
        let words = if event.name.is_empty() {
            words(text, TEMPLATE_WORDS_MAX)
        } else {
            vec![String::from_utf8_lossy(&text[..text.len().min(128)]).into_owned()]
        };
        let key = (words.len(), words.first().cloned().unwrap_or_default());
        let group = self.tree.get(&key).map_or(&[][..], Vec::as_slice);
        let alike = group
            .iter()
            .map(|place| (*place, alike(&self.templates[*place as usize].words, &words)))
            .filter(|(_, same)| same * 100 >= words.len() * ALIKE_PERCENT_MIN)
            .max_by_key(|(place, same)| (*same, std::cmp::Reverse(*place)));
        let place = match alike {
            Some((place, _)) => {
                self.templates[place as usize].widen(&words);
                place
            }
            None if group.len() >= TEMPLATES_ALIKE_MAX || self.templates.len() >= TEMPLATES_MAX => {
                return None;
            }
            None => {
                let place = self.templates.len() as u32;
                self.templates.push(Template::new(words, text, seen));
                self.tree.entry(key).or_default().push(place);
                place
            }
        };
        if self.shapes.len() >= SHAPES_MAX {
            self.shapes.clear();
        }
        self.shapes.insert(event.shape, place);
        Some(place)
    }
}

impl Template {
    fn new(words: Vec<String>, text: &[u8], seen: Seen<'_, '_>) -> Self {
        Self {
            words,
            total: 0,
            failed: 0,
            uncoded: 0,
            level: Level::Unsaid,
            first_us: seen.time_us,
            last_us: seen.time_us,
            change: change(text),
            times: Vec::new(),
            sample: Sample::of(seen),
        }
    }

    fn count(&mut self, seen: Seen<'_, '_>) {
        self.total += 1;
        self.failed += u64::from(seen.event.is_failure());
        self.level = self.level.max(seen.event.level);
        (self.first_us, self.last_us) = seen.stretch(self.first_us, self.last_us);
        let event = seen.event;
        if event.is_failure() && !event.code.is_said() && event.status == 0 && event.name.is_empty()
        {
            self.uncoded += 1;
        }
        if self.change.is_some() && self.times.len() <= CHANGE_TIMES_MAX {
            self.times.push((seen.time_us, seen.place));
            if self.times.len() == 1 {
                self.sample = Sample::of(seen);
            }
        }
    }

    fn widen(&mut self, words: &[String]) {
        for (own, word) in self.words.iter_mut().zip(words) {
            if own != word {
                VARIABLE.clone_into(own);
            }
        }
    }

    /// The template's text, to be shown.
    pub fn text(&self) -> String {
        crate::redact::shown(self.words.join(" ").as_bytes())
    }

    /// Whether it happens so seldom that it can be a change of the deployment.
    pub fn is_change(&self) -> bool {
        self.change.is_some() && self.times.len() <= CHANGE_TIMES_MAX
    }
}

/// How many words two messages of equal length have alike.
fn alike(a: &[String], b: &[String]) -> usize {
    a.iter().zip(b).filter(|(a, b)| a == b).count()
}

/// The change that a message tells of, by the words that programs use for it.
fn change(text: &[u8]) -> Option<Change> {
    let lower = text[..text.len().min(256)].to_ascii_lowercase();
    let has = |words: &[&str]| {
        words.iter().any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some())
    };
    if has(&["deploy", "rollout", "rolled out", "new version", "release ", "upgraded to"]) {
        Some(Change::Deploy)
    } else if has(&["certificate.issued", "crl.issued", "bci.issued", "files.reloaded"])
        || (has(&["certificate", "tls key", "keystore", "truststore", " crl", "private key"])
            && has(&["reload", "renew", "replac", "load", "rotat", "install", "updat", "new "]))
    {
        Some(Change::Certificate)
    } else if has(&[
        "party.ready",
        "party.stopp",
        "party.recovered",
        "party.ended",
        "starting",
        "started",
        "restart",
        "shutting down",
        "shut down",
        "terminated",
        "sigterm",
        "sighup",
        "sigquit",
        "ready to accept connections",
        "boot",
        "out of memory",
        "oom-kill",
        "exited",
    ]) {
        Some(Change::Restart)
    } else if has(&[
        "party.reloaded",
        "reload",
        "reconfigur",
        "configuration changed",
        "feature flag",
    ]) {
        Some(Change::Settings)
    } else {
        None
    }
}

impl Change {
    /// The words in text.
    pub fn name(self) -> &'static str {
        match self {
            Self::Deploy => "deploy",
            Self::Certificate => "certificate or key",
            Self::Restart => "restart",
            Self::Settings => "settings",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Event;
    use crate::shape;

    fn mined(lines: &[&str]) -> Vec<String> {
        let mut tally = TemplateTally::default();
        for (time_us, line) in (0..).zip(lines) {
            let mut event = Event::of(line.as_bytes(), 0);
            event.message = line.as_bytes();
            event.shape = shape::of_message(event.message);
            tally.absorb(Seen { event: &event, time_us, time_s: 0, place: Place::default() });
        }
        tally.templates.iter().map(|t| format!("{} x{}", t.text(), t.total)).collect()
    }

    #[test]
    fn messages_with_variable_words_are_one_template() {
        let lines = [
            "connection from 10.0.0.1 closed by alice",
            "connection from 10.0.0.2 closed by bob",
            "connection from 10.0.0.3 closed by alice",
            "bank refused",
        ];
        assert_eq!(mined(&lines), ["connection from * closed by * x3", "bank refused x1"]);
    }

    #[test]
    fn templates_are_bounded() {
        let lines: Vec<String> = (0..TEMPLATES_MAX as u32 + 50)
            .map(|n| {
                let letters: String =
                    (0..6).map(|i| (b'a' + (n >> (i * 2) & 3) as u8) as char).collect();
                format!("{letters} one {letters}")
            })
            .collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        assert!(mined(&lines).len() <= TEMPLATES_MAX);
    }

    #[test]
    fn changes_are_told_by_their_words() {
        for (text, expect) in [
            ("party.ready", Some(Change::Restart)),
            ("deploying gateway 1.2.3", Some(Change::Deploy)),
            ("TLS certificate reloaded from disk", Some(Change::Certificate)),
            ("configuration reloaded", Some(Change::Settings)),
            ("payment accepted", None),
            ("certificate of the peer expired", None),
        ] {
            assert_eq!(change(text.as_bytes()), expect, "{text}");
        }
    }
}

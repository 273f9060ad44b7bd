//! One payment across all connections, as a ladder of messages.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use counterfoil_remark::Severity;

use crate::limit::{FOLLOWED_MESSAGES_MAX, LADDER_COLUMNS_MAX};
use crate::message::{Direction, Message, Moment};

/// Fewest characters of an id that may stand for the whole.
const PREFIX_CHARACTERS_MIN: usize = 8;
/// Characters of a ladder's column.
const COLUMN: usize = 26;
/// Characters of the times before the ladder.
const MARGIN: usize = 14;

/// How ids are named in summaries.
const ID_NAMES: [&str; 4] = ["XID ", "RRPID ", "STAN ", "RRN "];

/// Collects messages with ids, and tells which belong to one payment.
#[derive(Debug)]
pub struct Follower {
    wanted: String,
    kept: Vec<Kept>,
    is_full: bool,
}

/// What a ladder needs of a message.
#[derive(Debug, Clone)]
struct Kept {
    time: Moment,
    frame: u64,
    from: SocketAddr,
    to: SocketAddr,
    is_from_client: bool,
    label: String,
    /// What became of it: amount, answer, and the remarks that are more than notices.
    note: String,
    ids: Vec<String>,
}

impl Follower {
    /// Follows the payment with this id (XID, RRPID or any other that messages carry): the whole of
    /// it, or at least its first eight characters.
    pub fn of(wanted: &str) -> Option<Self> {
        let wanted = wanted.trim().to_ascii_lowercase();
        let is_enough = wanted.len() >= PREFIX_CHARACTERS_MIN;
        is_enough.then_some(Self { wanted, kept: Vec::new(), is_full: false })
    }

    /// Whether a message carries the id itself.
    pub fn names(&self, message: &Message) -> bool {
        let mut ids = message.ids.iter();
        ids.any(|(_, id)| id.to_ascii_lowercase().starts_with(&self.wanted))
    }

    /// Takes a message.
    pub fn take(&mut self, message: &Message) {
        if message.ids.is_empty() {
            return;
        }
        if self.kept.len() == FOLLOWED_MESSAGES_MAX {
            self.is_full = true;
            return;
        }
        let is_from_client = message.direction == Direction::ToServer;
        let (client, server) = (message.connection.client, message.connection.server);
        let (from, to) = if is_from_client { (client, server) } else { (server, client) };
        self.kept.push(Kept {
            time: message.time,
            frame: message.frame,
            from,
            to,
            is_from_client,
            label: label(message),
            note: note(message),
            ids: message.ids.iter().map(|(_, value)| value.clone()).collect(),
        });
    }

    /// The ladder; empty when no message carries the id.
    pub fn ladder(&self) -> Vec<String> {
        let members = self.members();
        let (Some(first), Some(last)) = (members.first(), members.last()) else {
            return Vec::new();
        };
        let mut columns: Vec<String> = Vec::new();
        for member in &members {
            for column in [member.column_from(), member.column_to()] {
                if !columns.contains(&column) && columns.len() < LADDER_COLUMNS_MAX {
                    columns.push(column);
                }
            }
        }
        let seconds = last.time.since(first.time) as f64 / 1e9;
        let mut lines = vec![format!(
            "{}: {} messages in {seconds:.3} s from {}",
            self.wanted,
            members.len(),
            first.time
        )];
        if self.is_full {
            lines
                .push(format!("only the first {FOLLOWED_MESSAGES_MAX} messages with ids are kept"));
        }
        let head: String = columns.iter().map(|name| format!("{name:<COLUMN$}")).collect();
        lines.push(format!("{:MARGIN$}{}", "", head.trim_end()));
        lines.extend(members.iter().map(|member| member.rung(first.time, &columns)));
        lines
    }

    /// The messages that belong together: those with the id, and those that share an id with them.
    fn members(&self) -> Vec<&Kept> {
        let mut known: BTreeSet<&str> = BTreeSet::new();
        for id in self.kept.iter().flat_map(|kept| &kept.ids) {
            if id.to_ascii_lowercase().starts_with(&self.wanted) {
                known.insert(id);
            }
        }
        // One step further: a message that names the payment lends it its other ids, such as the
        // pair id that its answer repeats alone.
        let lent: Vec<&str> = self
            .kept
            .iter()
            .filter(|kept| kept.ids.iter().any(|id| known.contains(id.as_str())))
            .flat_map(|kept| kept.ids.iter().map(String::as_str))
            .collect();
        known.extend(lent);
        let belongs = |kept: &&Kept| kept.ids.iter().any(|id| known.contains(id.as_str()));
        let mut members: Vec<&Kept> = self.kept.iter().filter(belongs).collect();
        members.sort_by_key(|kept| (kept.time, kept.frame));
        members
    }
}

impl Kept {
    fn column_from(&self) -> String {
        column(self.from, !self.is_from_client)
    }

    fn column_to(&self) -> String {
        column(self.to, self.is_from_client)
    }

    /// One line: an arrow from one column to another, with the message's name on it.
    fn rung(&self, first: Moment, columns: &[String]) -> String {
        let place = |name: &String| columns.iter().position(|column| column == name);
        let seconds = self.time.since(first) as f64 / 1e9;
        let time = format!("{seconds:+.6}");
        let (Some(from), Some(to)) = (place(&self.column_from()), place(&self.column_to())) else {
            return format!("{time:<MARGIN$}{} > {}: {}", self.from, self.to, self.label);
        };
        let (left, right) = (from.min(to), from.max(to));
        let mut line = format!("{time:<MARGIN$}");
        for column in 0..columns.len() {
            if column == left && left != right {
                let width = (right - left) * COLUMN - 2;
                line.push('|');
                line.push_str(&arrow(&self.label, width, from < to));
            } else if column == left {
                line.push_str(&format!("| {:<width$}", self.label, width = COLUMN - 2));
            } else if column >= right || column < left {
                line.push_str(&format!("{:<COLUMN$}", "|"));
            }
        }
        let line = line.trim_end();
        if self.note.is_empty() { line.to_owned() } else { format!("{line}  {}", self.note) }
    }
}

/// A side's column. On one machine, where addresses tell nobody apart, servers stand by their
/// port and clients together.
fn column(end: SocketAddr, is_server: bool) -> String {
    match (end.ip().is_loopback(), is_server) {
        (false, _) => end.ip().to_string(),
        (true, true) => end.to_string(),
        (true, false) => format!("{} clients", end.ip()),
    }
}

/// `-- label ---->` of `width` characters, with a space after it where the column ends.
fn arrow(label: &str, width: usize, to_right: bool) -> String {
    let room = width.saturating_sub(8);
    let label: String = label.chars().take(room).collect();
    let rest = width.saturating_sub(label.chars().count() + 5);
    match to_right {
        true => format!("-- {label} {}>", "-".repeat(rest)) + " ",
        false => format!("<- {label} {}", "-".repeat(rest + 1)) + " ",
    }
}

/// What a message is called on a ladder.
fn label(message: &Message) -> String {
    let inner = inner(message);
    inner.split(',').next().unwrap_or(inner).trim().to_owned()
}

/// What stands behind a rung: the parts of the summary that are no ids, and what is wrong.
fn note(message: &Message) -> String {
    let is_id = |part: &&str| ID_NAMES.iter().any(|name| part.starts_with(name));
    let parts = inner(message).split(',').skip(1).map(str::trim).filter(|part| !is_id(part));
    let mut said: Vec<String> = parts.map(str::to_owned).collect();
    let wrong = message.remarks.iter().map(|placed| &placed.remark);
    let wrong = wrong.filter(|remark| remark.severity > Severity::Notice);
    said.extend(wrong.map(|remark| format!("{}: {}", remark.severity, remark.id)));
    said.join(", ")
}

/// What the innermost layer says of a message.
fn inner(message: &Message) -> &str {
    let summary = message.summary.as_str();
    let is_inner = message.layers.last().is_some_and(|layer| *layer != "http");
    match summary.split_once(": ") {
        Some((_, inner)) if is_inner => inner,
        _ => summary,
    }
}

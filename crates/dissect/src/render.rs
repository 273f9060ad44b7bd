//! Events as text: a line, a tree or a JSON object each.

use serde_json::{Map, Value, json};

use crate::dissection::Summary;
use crate::message::{Direction, Message, Placed};

/// A message in one line: time, frame, who to whom, layers, and what it says.
pub fn line(message: &Message) -> String {
    let (from, to) = ends(message);
    let Message { time, layers, summary, .. } = message;
    // What is told when the capture ends came with no frame.
    let frame = if message.frame == 0 { "-".to_owned() } else { message.frame.to_string() };
    format!("{time} {frame:>6}  {from} > {to}  {}  {summary}", layers.join("/"))
}

/// What is remarked of a message, and its tree if there is one, as indented lines.
pub fn details(message: &Message) -> Vec<String> {
    let mut lines: Vec<String> = message.remarks.iter().map(remark_of_message).collect();
    if let Some(tree) = &message.tree {
        tree.lines(2, &mut lines);
    }
    lines
}

fn remark_of_message(placed: &Placed) -> String {
    let remark = &placed.remark;
    let place = placed.span.map(|span| format!(" ({span})")).unwrap_or_default();
    format!("    {:<8} {}  {}{place}", remark.severity, remark.id, remark.summary)
}

/// A remark on a connection or on the capture, in one line with its evidence.
pub fn remark(placed: &Placed) -> String {
    let evidence = placed.remark.evidence.iter().map(|evidence| {
        let at = evidence.at.as_deref().map(|at| format!(" ({at})")).unwrap_or_default();
        let value = evidence.value.as_str();
        match value.is_empty() {
            true => format!("{}{at}", evidence.what),
            false => format!("{} {value}{at}", evidence.what),
        }
    });
    let evidence: Vec<String> = evidence.collect();
    match evidence.is_empty() {
        true => placed.remark.to_string(),
        false => format!("{} [{}]", placed.remark, evidence.join("; ")),
    }
}

/// A message as one JSON object.
pub fn message_json(message: &Message) -> Value {
    let (from, to) = ends(message);
    let direction = match message.direction {
        Direction::ToServer => "to_server",
        Direction::ToClient => "to_client",
    };
    let mut object = Map::new();
    for (name, value) in &message.facts {
        object.insert((*name).to_owned(), value.clone());
    }
    let mut ids = Map::new();
    for (name, value) in &message.ids {
        // Of several of one name the first is the message's own.
        ids.entry(*name).or_insert_with(|| value.clone().into());
    }
    let remarks: Vec<Value> = message.remarks.iter().map(placed_json).collect();
    let fixed = [
        ("type", "message".into()),
        ("time", message.time.to_string().into()),
        ("frame", message.frame.into()),
        ("connection", message.connection.number.into()),
        ("direction", direction.into()),
        ("from", from.to_string().into()),
        ("to", to.to_string().into()),
        ("layer", message.layers.last().copied().into()),
        ("layers", message.layers.clone().into()),
        ("summary", message.summary.clone().into()),
        ("ids", Value::Object(ids)),
        ("remarks", remarks.into()),
    ];
    object.extend(fixed.map(|(name, value): (&str, Value)| (name.to_owned(), value)));
    if let Some(tree) = &message.tree {
        object.insert("tree".into(), json!(tree));
    }
    Value::Object(object)
}

/// A remark of its own as one JSON object.
pub fn remark_json(placed: &Placed) -> Value {
    let mut value = placed_json(placed);
    value["type"] = "remark".into();
    value
}

fn placed_json(placed: &Placed) -> Value {
    let mut value = json!(placed.remark);
    if let Some(span) = placed.span {
        value["span"] = json!(span);
    }
    value
}

/// What a capture came to, in two lines or three.
pub fn summary(summary: &Summary) -> Vec<String> {
    let tally = &summary.tally;
    let when = match summary.times {
        None => "no packets".to_owned(),
        Some((first, last)) => {
            let seconds = last.since(first) as f64 / 1e9;
            format!("{} packets in {seconds:.3} s from {first}", tally.packets)
        }
    };
    let mut lines = vec![
        format!(
            "{when}; {} connections, {} retransmitted, {} out of order, {} octets lost in {} gaps",
            tally.connections,
            tally.retransmitted,
            tally.out_of_order,
            tally.lost_octets,
            tally.gaps
        ),
        format!(
            "{} remarks: {} errors, {} warnings, {} notices",
            summary.remarks.iter().sum::<u64>(),
            summary.remarks[2],
            summary.remarks[1],
            summary.remarks[0]
        ),
    ];
    let rest = [
        (tally.udp, "UDP"),
        (tally.icmp, "ICMP"),
        (tally.other, "other"),
        (tally.malformed, "malformed"),
        (tally.cut_packets, "cut"),
    ];
    let counted = summary.counts.iter().map(|(name, count)| (*count, name.replace('_', " ")));
    let rest = rest.iter().map(|(count, name)| (*count, (*name).to_owned()));
    let parts: Vec<String> = counted
        .chain(rest)
        .filter(|(count, _)| *count > 0)
        .map(|(count, name)| format!("{count} {name}"))
        .collect();
    if !parts.is_empty() {
        lines.insert(1, parts.join(", "));
    }
    lines
}

/// What a capture came to, as one JSON object.
pub fn summary_json(summary: &Summary) -> Value {
    let mut value = json!(summary.tally);
    for (name, count) in &summary.counts {
        value[*name] = (*count).into();
    }
    value["type"] = "summary".into();
    let [notices, warnings, errors] = summary.remarks;
    value["remarks"] = json!({ "notice": notices, "warning": warnings, "error": errors });
    value["first"] = summary.times.map(|(first, _)| first.to_string()).into();
    value["last"] = summary.times.map(|(_, last)| last.to_string()).into();
    value
}

/// Who sent a message, and to whom.
fn ends(message: &Message) -> (std::net::SocketAddr, std::net::SocketAddr) {
    let connection = &message.connection;
    match message.direction {
        Direction::ToServer => (connection.client, connection.server),
        Direction::ToClient => (connection.server, connection.client),
    }
}

//! The tree of fields that a layer makes of bytes.

use serde::Serialize;

/// Where bytes stand: octets `start..end` of a named buffer.
///
/// Buffers in use: `frame` (one captured packet), `stream` (one direction of a TCP connection,
/// counted from its first octet), `tls` (one direction after decryption), `body` (one HTTP body
/// after its transfer coding is undone).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Span {
    /// Which buffer.
    pub buffer: &'static str,
    /// The first octet.
    pub start: u64,
    /// The octet after the last one.
    pub end: u64,
}

impl Span {
    /// Octets `start..end` of `buffer`; an end before the start counts as empty.
    pub fn of(buffer: &'static str, start: u64, end: u64) -> Self {
        Self { buffer, start, end: end.max(start) }
    }

    /// Octets `start..end` of a part that begins at this span's start.
    #[must_use]
    pub fn part(self, start: usize, end: usize) -> Self {
        let at = |place: usize| self.start.saturating_add(place as u64);
        Self::of(self.buffer, at(start), at(end))
    }
}

impl std::fmt::Display for Span {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} octets {}..{}", self.buffer, self.start, self.end)
    }
}

/// One field: its name, where it stands, and what it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Node {
    /// Stable id, layer first: `http.method`, `tls.cipher_suite`, `set.xid`.
    pub id: &'static str,
    /// The name for people: `Method`, `XID`, `field 11`.
    pub name: String,
    /// The value for people, redacted unless a key allows; empty for a node of parts alone.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub value: String,
    /// Where its bytes stand.
    pub span: Span,
    /// Its parts, in the order of their bytes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<Node>,
}

impl Node {
    /// A field with a value.
    pub fn field(
        id: &'static str,
        name: impl Into<String>,
        value: impl Into<String>,
        span: Span,
    ) -> Self {
        Self { id, name: name.into(), value: value.into(), span, children: Vec::new() }
    }

    /// A node of parts.
    pub fn group(id: &'static str, name: impl Into<String>, span: Span) -> Self {
        Self::field(id, name, "", span)
    }

    /// A field whose value is not shown, with how many octets it has.
    pub fn redacted(id: &'static str, name: impl Into<String>, span: Span) -> Self {
        let value = format!("[redacted, {} octets]", span.end - span.start);
        Self::field(id, name, value, span)
    }

    /// Adds a part.
    pub fn push(&mut self, child: Self) {
        self.children.push(child);
    }

    /// Adds parts.
    #[must_use]
    pub fn with(mut self, children: impl IntoIterator<Item = Self>) -> Self {
        self.children.extend(children);
        self
    }

    /// The tree as indented lines for people, `indent` levels deep.
    pub fn lines(&self, indent: usize, lines: &mut Vec<String>) {
        let margin = "  ".repeat(indent);
        let mut text = self.value.lines();
        match text.next() {
            None => lines.push(format!("{margin}{}", self.name)),
            Some(first) => lines.push(format!("{margin}{}: {first}", self.name)),
        }
        lines.extend(text.map(|line| format!("{margin}  {line}")));
        for child in &self.children {
            child.lines(indent + 1, lines);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_indented_lines() {
        let span = Span::of("stream", 10, 30);
        let tree = Node::group("http", "HTTP", span).with([
            Node::field("http.method", "Method", "POST", span.part(0, 4)),
            Node::redacted("http.body", "Body", span.part(4, 20)),
            Node::field("http.text", "Text", "a\nb", span),
        ]);
        let mut lines = Vec::new();
        tree.lines(1, &mut lines);
        assert_eq!(
            lines.join("\n"),
            "  HTTP\n    Method: POST\n    Body: [redacted, 16 octets]\n    Text: a\n      b"
        );
        assert_eq!(span.part(4, 20).to_string(), "stream octets 14..30");
    }
}

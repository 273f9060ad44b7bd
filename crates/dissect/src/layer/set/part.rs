//! What a SET message is taken apart into: elements of DER, each with a name, a type and its place.
//!
//! A [`Part`] is made whether or not a tree is shown, because checks look things up in it. It
//! shares the octets that it stands in: those of the message, or of something that was opened.

use std::ops::Range;
use std::sync::Arc;

use counterfoil_secret::SecretBytes;
use der::{Decode, Header, Reader, SliceReader, Tag};

use crate::tree::{Node, Span};

/// Octets that parts stand in.
pub(super) struct Source {
    bytes: SecretBytes,
    span: Span,
}

impl Source {
    /// Octets that stand at `span`.
    pub(super) fn new(bytes: Vec<u8>, span: Span) -> Arc<Self> {
        Arc::new(Self { bytes: SecretBytes::new(bytes), span })
    }

    /// All of them.
    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.expose()
    }
}

/// One element: where it is, and what is in it.
#[derive(Clone)]
pub(super) struct Part {
    /// The field's name as SET spells it, or what the element is.
    pub(super) name: String,
    /// The name of its type, empty when it is none that is known.
    pub(super) type_name: &'static str,
    /// The octets that it stands in.
    pub(super) source: Arc<Source>,
    /// The whole element in the source.
    pub(super) whole: Range<usize>,
    /// What follows its tag and length.
    pub(super) body: Range<usize>,
    /// Its value for people; empty when it has parts.
    pub(super) value: String,
    /// Its parts.
    pub(super) children: Vec<Part>,
}

impl Part {
    /// The whole element, tag and length included.
    pub(super) fn der(&self) -> &[u8] {
        self.source.bytes().get(self.whole.clone()).unwrap_or_default()
    }

    /// What follows its tag and length.
    pub(super) fn octets(&self) -> &[u8] {
        self.source.bytes().get(self.body.clone()).unwrap_or_default()
    }

    /// Where it stands.
    pub(super) fn span(&self) -> Span {
        self.source.span.part(self.whole.start, self.whole.end)
    }

    /// The direct part of that name.
    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The first part, this one included and from the outside in, that `wanted` accepts.
    pub(super) fn find(&self, wanted: &dyn Fn(&Self) -> bool) -> Option<&Self> {
        if wanted(self) {
            return Some(self);
        }
        self.children.iter().find_map(|child| child.find(wanted))
    }

    /// The first part that has this name.
    pub(super) fn named(&self, name: &str) -> Option<&Self> {
        self.find(&|part| part.name == name)
    }

    /// Shows every part, this one first, to `look`.
    pub(super) fn each<'a>(&'a self, look: &mut dyn FnMut(&'a Self)) {
        look(self);
        self.children.iter().for_each(|child| child.each(look));
    }

    /// The tree for people.
    pub(super) fn to_node(&self) -> Node {
        Node::field("set.field", self.name.clone(), self.value.clone(), self.span())
            .with(self.children.iter().map(Self::to_node))
    }
}

/// An element's tag and place in its source.
#[derive(Debug, Clone)]
pub(super) struct Element {
    pub(super) tag: Tag,
    pub(super) whole: Range<usize>,
    pub(super) body: Range<usize>,
    /// How many octets its length promises that are not there.
    pub(super) missing: usize,
}

/// Most octets of a tag and a length.
const HEADER_BYTES_MAX: usize = 16;

/// Reads the element at `at`, which ends before `end`.
///
/// An element that is cut off is given as far as it goes; none is given where no tag and length
/// can be read.
pub(super) fn element_at(bytes: &[u8], at: usize, end: usize) -> Option<Element> {
    let rest = bytes.get(at..end.min(bytes.len()))?;
    let mut reader = SliceReader::new(&rest[..rest.len().min(HEADER_BYTES_MAX)]).ok()?;
    let header = Header::decode(&mut reader).ok()?;
    let start = at + usize::try_from(reader.position()).ok()?;
    let length = usize::try_from(header.length()).ok()?;
    let body_end = start.saturating_add(length).min(end);
    let missing = start.saturating_add(length) - body_end;
    Some(Element { tag: header.tag(), whole: at..body_end, body: start..body_end, missing })
}

/// The elements that stand one after the other in `range`, and what is left that is none.
pub(super) fn elements(bytes: &[u8], range: &Range<usize>) -> (Vec<Element>, Range<usize>) {
    let mut found = Vec::new();
    let mut at = range.start;
    while at < range.end {
        let Some(element) = element_at(bytes, at, range.end) else { break };
        at = element.whole.end.max(at + 1);
        found.push(element);
    }
    (found, at..range.end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_what_there_is_of_an_element_that_is_cut_off() {
        let element = element_at(&[0x30, 5, 1, 2], 0, 4).unwrap();
        assert_eq!((element.body, element.missing), (2..4, 3));
        assert!(element_at(&[0x30], 0, 1).is_none());
        assert!(element_at(&[0x30, 0x80, 0, 0], 0, 4).is_none(), "indefinite length is no DER");
        assert!(element_at(&[], 0, 0).is_none());
        assert!(element_at(&[0x30, 0], 5, 2).is_none());
    }

    #[test]
    fn takes_elements_apart_until_there_are_none() {
        let bytes = [5, 0, 2, 1, 7, 0xff];
        let (found, rest) = elements(&bytes, &(0..6));
        assert_eq!(found.len(), 2);
        assert_eq!(rest, 5..6);
    }
}

//! What the tables say about themselves: the schema that pages and dissectors read.

/// One type of the protocol.
#[derive(Debug)]
pub struct TypeInfo {
    /// Name as the specification spells it.
    pub name: &'static str,
    /// What it is for.
    pub doc: &'static str,
    /// What kind of type it is, and its parts.
    pub shape: Shape,
}

/// The kind of a type.
#[derive(Debug)]
pub enum Shape {
    /// `SEQUENCE` with these fields in this order.
    Sequence(&'static [Field]),
    /// `CHOICE` of these alternatives; all are tagged and none is optional.
    Choice(&'static [Field]),
    /// `ENUMERATED` with these values.
    Enumerated(&'static [Value]),
    /// `OCTET STRING` of `min..=max` octets.
    Octets {
        /// Fewest octets.
        min: usize,
        /// Most octets.
        max: usize,
    },
    /// A text of `min..=max` characters.
    Text {
        /// ASN.1 name of the string type.
        string: &'static str,
        /// Fewest characters.
        min: usize,
        /// Most characters.
        max: usize,
    },
    /// `INTEGER` between two bounds.
    Number {
        /// Least value.
        min: i64,
        /// Greatest value.
        max: i64,
    },
    /// Another type under a name of its own, for example a message that is one signed value.
    Alias {
        /// What it is, in the notation of the operators.
        notation: &'static str,
        /// Name of the other type.
        type_name: &'static str,
        /// The table of the other type, if it is one of this protocol.
        info: Option<&'static TypeInfo>,
    },
}

/// One field of a `SEQUENCE` or alternative of a `CHOICE`.
#[derive(Debug)]
pub struct Field {
    /// Name as the specification spells it.
    pub name: &'static str,
    /// What it is for.
    pub doc: &'static str,
    /// Name of its type.
    pub type_name: &'static str,
    /// Is it a `SEQUENCE OF` that type?
    pub list: bool,
    /// Context-specific tag number and mode, if it has one.
    pub tag: Option<(u32, TagMode)>,
    /// May it be absent?
    pub presence: Presence,
    /// The table of its type, if the type is one of this protocol.
    pub info: Option<&'static TypeInfo>,
}

/// One value of an `ENUMERATED`.
#[derive(Debug)]
pub struct Value {
    /// The number in the encoding.
    pub number: u32,
    /// Name as the specification spells it.
    pub name: &'static str,
    /// What it means.
    pub doc: &'static str,
}

/// How a context-specific tag is applied (X.680 section 31.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TagMode {
    /// The tag replaces the type's own tag.
    Implicit,
    /// The tag goes around the type's own tag.
    Explicit,
}

/// May a field be absent?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// Always present.
    Required,
    /// May be absent.
    Optional,
    /// Absent when it has this value.
    Default(&'static str),
}

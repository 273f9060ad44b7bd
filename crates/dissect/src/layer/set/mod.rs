//! SET: messages down to each field, whatever keys there are.
//!
//! [`walk`] takes the octets apart along the tables of `counterfoil-message`; [`open`] opens what
//! the offered keys open; the other files hold the message against itself and against earlier
//! ones. SET 1.0 is recognised and shown as far as its octets go ([`version`]).

mod chain;
mod conversation;
mod dual;
mod form;
mod header;
mod initiation;
mod link;
mod memory;
mod oid_name;
mod open;
mod part;
mod signed;
mod structure;
mod summary;
mod value;
mod version;
mod walk;

use counterfoil_message::limits::MESSAGE_BYTES_MAX;
use counterfoil_message::wrapper::MessageWrapper;
use counterfoil_remark::{Kind, Severity};

use self::conversation::Said;
use self::memory::Memory;
use self::open::{Opening, Told};
use self::part::{Part, Source, element_at};
use self::structure::Type;
use self::walk::Walk;
use super::{Context, Document, DocumentLayer, Reader, Reading, Score};
use crate::message::Placed;
use crate::tree::Node;

/// SET in an HTTP body.
pub static LAYER: DocumentLayer =
    DocumentLayer { id: "set", kinds: KINDS, recognise, open: || Box::new(SetReader::new()) };

/// Everything that this layer remarks.
const KINDS: &[&Kind] = &[
    &version::SET_1,
    &version::VERSION_UNKNOWN,
    &MESSAGE_TOO_BIG,
    &walk::MESSAGE_UNKNOWN,
    &walk::FIELD_TRUNCATED,
    &walk::FIELD_MISSING,
    &walk::FIELD_UNEXPECTED,
    &walk::VALUE_OUT_OF_BOUNDS,
    &walk::NOT_DER,
    &header::HEADER_MISMATCH,
    &header::DATE_SKEWED,
    &header::MEDIA_TYPE_MISMATCH,
    &header::UNSIGNED_PURCHASE,
    &signed::DIGEST_MISMATCH,
    &signed::SIGNATURE_INVALID,
    &signed::CONTAINER_MALFORMED,
    &signed::ALGORITHM_REFUSED,
    &signed::SIGNER_UNKNOWN,
    &dual::DUAL_SIGNATURE_MISMATCH,
    &link::LINK_MISMATCH,
    &open::ENVELOPE_UNOPENED,
    &chain::CHAIN_INCOMPLETE,
    &chain::CERTIFICATE_EXPIRED,
    &chain::CERTIFICATE_NOT_YET_VALID,
    &chain::CERTIFICATE_UNREADABLE,
    &conversation::ANSWER_WITHOUT_QUESTION,
    &conversation::ANSWER_OF_ANOTHER_EXCHANGE,
    &conversation::RRPID_REUSED,
    &conversation::MESSAGE_REPEATED,
    &conversation::THUMBS_MISMATCH,
    &conversation::CHALLENGE_MISMATCH,
    &initiation::INITIATION_UNREADABLE,
];

/// Most remarks on one message.
const REMARKS_MAX: usize = 64;

static MESSAGE_TOO_BIG: Kind = Kind {
    id: "set-message-too-big",
    group: "set",
    severity: Severity::Error,
    title: "A message is larger than any receiver takes.",
    page: "SET 2 stops reading at a limit and answers with Error `messageTooBig`. No honest \
           message comes near it.",
    reference: "docs/wire-format.md, Limits",
};

/// Remarks on one message, as they are found.
struct Findings {
    subject: String,
    remarks: Vec<Placed>,
}

impl Findings {
    /// Says `kind` of a part.
    fn remark_part(&mut self, kind: &'static Kind, part: &Part, summary: String) {
        if self.remarks.len() < REMARKS_MAX {
            let remark = kind.of(self.subject.clone(), summary);
            self.remarks.push(Placed { remark, span: Some(part.span()) });
        }
    }
}

/// Media types begin like this (IANA, 1996).
const MEDIA_TYPE_PREFIX: &str = "application/set-";

fn recognise(document: &Document<'_>) -> Score {
    if document.media_type.is_some_and(|media_type| media_type.starts_with(MEDIA_TYPE_PREFIX)) {
        return Score::Fits(90);
    }
    let is_generic =
        document.media_type.is_none_or(|media_type| media_type == "application/octet-stream");
    match version::of_message(document.bytes) {
        Some(0..=9) if is_generic => Score::Fits(50),
        _ => Score::No,
    }
}

struct SetReader {
    memory: Memory,
}

impl SetReader {
    fn new() -> Self {
        Self { memory: Memory::new() }
    }
}

impl Reader for SetReader {
    fn read(&mut self, document: &Document<'_>, context: &Context) -> Reading {
        self.memory.take_keys(&context.keys);
        if initiation::is_initiation(document) {
            return initiation::read(document, context.trees);
        }
        let subject = document.subject.to_owned();
        let mut findings = Findings { subject, remarks: Vec::new() };
        let source = Source::new(document.bytes.to_vec(), document.span);
        let version = version::of_message(document.bytes);
        let is_strict = version == Some(2) && document.is_whole;
        let range = 0..document.bytes.len();
        let wrapper = Type::of(MessageWrapper::INFO);
        let mut walk = Walk::new(&mut findings, is_strict);
        let mut root = walk.value(&source, range, "MessageWrapper", wrapper);
        if document.bytes.len() > MESSAGE_BYTES_MAX {
            let found = format!("{} octets, of {MESSAGE_BYTES_MAX} at most", document.bytes.len());
            findings.remark_part(&MESSAGE_TOO_BIG, &root, found);
        }
        let held = if version == Some(2) {
            self.examine(&mut root, document, &mut findings)
        } else {
            version::check(version, &root, &mut findings);
            Vec::new()
        };
        header::check_media_type(&root, document.media_type, &mut findings);
        let mut reading = summary::of(&root, held);
        if version == Some(1) {
            reading.summary.insert_str(0, "SET 1.0 ");
        }
        reading.tree = context.trees.then(|| tree(&root));
        reading.remarks = findings.remarks;
        reading
    }
}

impl SetReader {
    /// Opens what can be opened of a message of SET 2, and holds it against itself and the past.
    /// Says whose signatures hold.
    fn examine(
        &mut self,
        root: &mut Part,
        document: &Document<'_>,
        findings: &mut Findings,
    ) -> Vec<String> {
        let memory = &mut self.memory;
        let header = root.child("messageHeader").map(|header| header.der().to_vec());
        let told = Told::by_header(header.unwrap_or_default());
        Opening { memory, findings, told }.open(root);
        let root = &*root;
        let Some(tag) = walk::message_tag(root) else { return Vec::new() };
        let rrpid = header::field(root, "rrpid").map(Part::octets);
        let question = rrpid.and_then(|rrpid| self.memory.questions.get(&rrpid.to_vec()));
        let is_cached = question.is_some_and(|question| question.thumbs.is_some());
        if document.is_whole {
            let said = Said { tag, rrpid, bytes: document.bytes, root, time: document.time };
            conversation::check(&said, &mut self.memory, findings);
        }
        header::check(root, tag, document.time, findings);
        link::check(root, findings);
        let held = signed::check(root, &self.memory, findings);
        signed::check_algorithms(root, findings);
        if let Ok(now) = jiff::Timestamp::from_nanosecond(i128::from(document.time.0)) {
            chain::check(root, &self.memory, now, is_cached, findings);
        }
        held
    }
}

fn tree(root: &Part) -> Node {
    let mut node = root.to_node();
    node.id = "set";
    node
}

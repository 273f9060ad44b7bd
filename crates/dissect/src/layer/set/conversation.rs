//! Questions and answers: what an answer has to repeat, and what happens to an id used twice.

use counterfoil_crypto::digest::sha256;
use counterfoil_crypto::oid::Oid;
use counterfoil_remark::{Kind, Severity};

use super::memory::{Memory, Purchase, Question};
use super::part::Part;
use super::{Findings, signed, value, walk};
use crate::message::Moment;

/// Tag of Error, which may answer anything.
pub(super) const ERROR_TAG: u32 = 999;

pub(super) static ANSWER_WITHOUT_QUESTION: Kind = Kind {
    id: "set-answer-without-question",
    group: "set",
    severity: Severity::Notice,
    title: "No question with this answer's RRPID was seen.",
    page: "Every answer repeats the RRPID of its question, and no message before this one has it. \
           If the capture began in the middle, the question came earlier. Otherwise an answer \
           was sent to the wrong party, or was made up.",
    reference: "SET 1.0 Book 2, message wrapper processing",
};

pub(super) static ANSWER_OF_ANOTHER_EXCHANGE: Kind = Kind {
    id: "set-answer-of-another-exchange",
    group: "set",
    severity: Severity::Error,
    title: "The answer belongs to another exchange than its question.",
    page: "Question and answer have the same RRPID and are no pair, for example PReq and InqRes. \
           The party that answered mixed up its records, or the RRPID was used twice.",
    reference: "SET 1.0 Book 2, message wrapper processing",
};

pub(super) static RRPID_REUSED: Kind = Kind {
    id: "set-rrpid-reused",
    group: "set",
    severity: Severity::Error,
    title: "An RRPID was used again with other octets.",
    page: "An RRPID names one question for ever. The same octets again are a repetition, and get \
           the same answer; other octets under a known RRPID are refused with Error \
           `wrapperMsgMismatch` and reported, because that is what an attack looks like that \
           wants a second answer.\n\nIn an honest program the cause is an id that is drawn once \
           and kept, or a retry that builds its message anew.",
    reference: "docs/concepts; SET 1.0 Book 2, idempotency",
};

pub(super) static MESSAGE_REPEATED: Kind = Kind {
    id: "set-message-repeated",
    group: "set",
    severity: Severity::Notice,
    title: "The same message was sent again, octet for octet.",
    page: "A sender that got no answer in time sends the same octets again; the receiver answers \
           as before and causes nothing twice. One repetition is harmless. Many say that answers \
           are lost or late: look at the time between question and answer, and at the connection.",
    reference: "SET 1.0 Book 2, idempotency",
};

pub(super) static THUMBS_MISMATCH: Kind = Kind {
    id: "set-thumbs-mismatch",
    group: "set",
    severity: Severity::Error,
    title: "The answer repeats other thumbs than the question had.",
    page: "The sender of the question said which certificates it has, and the answer must repeat \
           that, so that nobody on the way can make the answerer leave out what is needed. The \
           receiver answers with Error `thumbsMismatch`.",
    reference: "SET 1.0 Book 2, thumbprints",
};

pub(super) static CHALLENGE_MISMATCH: Kind = Kind {
    id: "set-challenge-mismatch",
    group: "set",
    severity: Severity::Error,
    title: "The answer repeats another challenge than the question had.",
    page: "The challenge proves that the signature in the answer is fresh. Another one means an \
           old answer, or one to somebody else's question. The receiver answers with Error \
           `challengeMismatch`.",
    reference: "SET 1.0 Book 2, challenges",
};

/// A message as far as the conversation is concerned.
pub(super) struct Said<'a> {
    pub(super) tag: u32,
    pub(super) rrpid: Option<&'a [u8]>,
    /// All octets of the message.
    pub(super) bytes: &'a [u8],
    /// The parts of the message, what was opened included.
    pub(super) root: &'a Part,
    pub(super) time: Moment,
}

/// Holds a message against what was said before, and remembers it.
pub(super) fn check(said: &Said<'_>, memory: &mut Memory, findings: &mut Findings) {
    learn_purchase(said.root, memory);
    let Some(rrpid) = said.rrpid else { return };
    if is_question(said.tag) {
        question(said, rrpid, memory, findings);
    } else {
        answer(said, rrpid, memory, findings);
    }
}

/// Questions have even tags, each answer the next odd one.
pub(super) fn is_question(tag: u32) -> bool {
    tag != ERROR_TAG && tag.is_multiple_of(2)
}

fn question(said: &Said<'_>, rrpid: &[u8], memory: &mut Memory, findings: &mut Findings) {
    let digest = sha256(said.bytes);
    match memory.questions.get(&rrpid.to_vec()) {
        Some(before) if before.digest == digest => {
            let seconds = said.time.since(before.time) as f64 / 1e9;
            let found = format!("the same octets came {seconds:.3} s before");
            findings.remark_part(&MESSAGE_REPEATED, said.root, found);
        }
        Some(before) => {
            let name = walk::message_name(before.tag).unwrap_or("a message");
            let found = format!("{name} of {} had the same RRPID and other octets", before.time);
            findings.remark_part(&RRPID_REUSED, said.root, found);
        }
        None => {
            let question = Question {
                tag: said.tag,
                digest,
                time: said.time,
                thumbs: thumbs(said.root).map(|part| part.der().to_vec()),
                challenges: challenges(said.root),
                answer: None,
            };
            memory.questions.insert(rrpid.to_vec(), question);
        }
    }
}

fn answer(said: &Said<'_>, rrpid: &[u8], memory: &mut Memory, findings: &mut Findings) {
    let root = said.root;
    let Some(question) = memory.questions.get_mut(&rrpid.to_vec()) else {
        let found = format!("no question with RRPID {} was seen", hex::encode(rrpid));
        findings.remark_part(&ANSWER_WITHOUT_QUESTION, root, found);
        return;
    };
    question.answer.get_or_insert_with(|| sha256(said.bytes));
    if said.tag == ERROR_TAG {
        return;
    }
    if said.tag != question.tag + 1 {
        let name = |tag| walk::message_name(tag).unwrap_or("an unknown message");
        let found = format!("{} answers {}", name(said.tag), name(question.tag));
        findings.remark_part(&ANSWER_OF_ANOTHER_EXCHANGE, root, found);
        return;
    }
    if let (Some(asked), Some(echo)) = (&question.thumbs, thumbs(root))
        && asked != echo.der()
    {
        let found = "they differ from those of the question".to_owned();
        findings.remark_part(&THUMBS_MISMATCH, echo, found);
    }
    for (name, asked) in &question.challenges {
        let echo = root.find(&|part| part.type_name == "Challenge" && part.name == *name);
        if let Some(echo) = echo.filter(|echo| echo.octets() != asked) {
            let found = format!("{name} differs from that of the question");
            findings.remark_part(&CHALLENGE_MISMATCH, echo, found);
        }
    }
}

/// The thumbs of a message; none where nothing is cached.
pub(super) fn thumbs(root: &Part) -> Option<&Part> {
    root.find(&|part| part.type_name == "Thumbs")
}

fn challenges(root: &Part) -> Vec<(String, Vec<u8>)> {
    let mut found: Vec<(String, Vec<u8>)> = Vec::new();
    root.each(&mut |part| {
        let is_new =
            part.type_name == "Challenge" && found.iter().all(|(name, _)| *name != part.name);
        if is_new && found.len() < 8 {
            found.push((part.name.clone(), part.octets().to_vec()));
        }
    });
    found
}

/// Remembers what PInitRes says of a purchase.
fn learn_purchase(root: &Part, memory: &mut Memory) {
    let Some(data) = root.find(&|part| part.type_name == "PInitResData") else { return };
    let purchase = || {
        let xid = data.find(&|part| part.type_name == "XID")?.octets().to_vec();
        let suite: Oid = value::oid_of(data.child("suite")?.octets())?;
        let gateway = data.child("peThumb")?.child("thumbprint")?.octets().try_into().ok()?;
        let signed = root.find(&|part| signed::is_signed_data(part))?;
        let merchant = signed::signers(signed).first()?.thumb?;
        Some((xid, Purchase { suite, merchant, gateway }))
    };
    if let Some((xid, purchase)) = purchase() {
        memory.purchases.insert(xid, purchase);
    }
}

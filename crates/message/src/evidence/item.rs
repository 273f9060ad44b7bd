//! [`Item`]: the parts of an evidence file, as statements and refusals name them.

use std::fmt;

/// A part of an evidence file; printed as the path of its field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Item {
    /// The file as a whole.
    File,
    /// The exporter's signature.
    Seal,
    /// The dual signature.
    Purchase,
    /// The order half.
    OrderHalf,
    /// The instruction half.
    InstructionHalf,
    /// The merchant's offer.
    Offer,
    /// The order itself.
    Order,
    /// An answer of the merchant, counted from 0.
    Answer(usize),
    /// The inquiry of an answer.
    Inquiry(usize),
    /// A gateway's receipt inside of an answer: the answer and the payload, counted from 0.
    AnswerReceipt(usize, usize),
    /// A gateway's receipt of a reversal inside of an answer, as above.
    AnswerReversal(usize, usize),
    /// A gateway's receipt of an authorization, counted from 0.
    AuthReceipt(usize),
    /// A gateway's receipt of a capture, counted from 0.
    CapReceipt(usize),
    /// A gateway's receipt of a reversal, counted from 0.
    RevReceipt(usize),
    /// A certificate, counted from 0.
    Certificate(usize),
    /// A CRL, counted from 0.
    Crl(usize),
    /// A BrandCRLIdentifier, counted from 0.
    Bci(usize),
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File => f.write_str("file"),
            Self::Seal => f.write_str("seal"),
            Self::Purchase => f.write_str("purchase"),
            Self::OrderHalf => f.write_str("purchase.oiData"),
            Self::InstructionHalf => f.write_str("purchase.piData"),
            Self::Offer => f.write_str("pInitRes"),
            Self::Order => f.write_str("order"),
            Self::Answer(n) => write!(f, "answers[{n}].pRes"),
            Self::Inquiry(n) => write!(f, "answers[{n}].inqReq"),
            Self::AnswerReceipt(n, payload) => write!(f, "answers[{n}].pRes.receipt[{payload}]"),
            Self::AnswerReversal(n, payload) => {
                write!(f, "answers[{n}].pRes.revReceipt[{payload}]")
            }
            Self::AuthReceipt(n) => write!(f, "authReceipts[{n}]"),
            Self::CapReceipt(n) => write!(f, "capReceipts[{n}]"),
            Self::RevReceipt(n) => write!(f, "revReceipts[{n}]"),
            Self::Certificate(n) => write!(f, "certificates[{n}]"),
            Self::Crl(n) => write!(f, "crls[{n}]"),
            Self::Bci(n) => write!(f, "bcis[{n}]"),
        }
    }
}

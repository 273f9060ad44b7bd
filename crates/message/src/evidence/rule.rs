//! [`Rule`]: what has to hold between the parts of an evidence file.
//!
//! Rules of signatures, certificates, CRLs and DER have ids of their own, in
//! [`TreatmentError`](crate::treatment::TreatmentError) and below; these are the rest.

/// A rule of evidence that a file can break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// The text form is not whole.
    ArmourDamaged,
    /// The digest at the end is not that of the rest.
    FileChanged,
    /// The exporter is no party to the payment.
    ExporterStranger,
    /// The structure is about another purchase.
    OtherPurchase,
    /// The dual signature is made under another protocol, suite or brand.
    ContextDiffers,
    /// A certificate that is named by its thumb is not in the file.
    CertificateMissing,
    /// Neither half of the purchase can be read.
    HalvesMissing,
    /// The order half is not the one that was signed.
    OrderHalfDiffers,
    /// The instruction half is not the one that was signed.
    InstructionHalfDiffers,
    /// Ids or date of the purchase differ.
    IdsDiffer,
    /// A challenge is not repeated.
    ChallengeDiffers,
    /// Another gateway.
    GatewayDiffers,
    /// Another merchant.
    MerchantDiffers,
    /// Another cardholder.
    CardholderDiffers,
    /// Another suite.
    SuiteDiffers,
    /// Another order or price.
    OrderDiffers,
    /// Order and instruction are about different amounts.
    AmountDiffers,
    /// An answer to a request that is not in the file.
    AnswerUnasked,
    /// Two receipts of one authorization that say different things.
    ReceiptsDiffer,
    /// A capture without its authorization.
    CaptureUnlinked,
    /// A reversal without its authorization.
    ReversalUnlinked,
    /// Dates that cannot follow each other.
    DateOrder,
    /// A critical extension that is not understood.
    ExtensionUnrecognized,
    /// No gateway has signed an authorization or refused one.
    ReceiptMissing,
    /// More dates, each with CRLs or certificates of its own, than are judged.
    TooManyDates,
}

impl Rule {
    /// Every rule.
    pub const ALL: [Self; 25] = [
        Self::ArmourDamaged,
        Self::FileChanged,
        Self::ExporterStranger,
        Self::OtherPurchase,
        Self::ContextDiffers,
        Self::CertificateMissing,
        Self::HalvesMissing,
        Self::OrderHalfDiffers,
        Self::InstructionHalfDiffers,
        Self::IdsDiffer,
        Self::ChallengeDiffers,
        Self::GatewayDiffers,
        Self::MerchantDiffers,
        Self::CardholderDiffers,
        Self::SuiteDiffers,
        Self::OrderDiffers,
        Self::AmountDiffers,
        Self::AnswerUnasked,
        Self::ReceiptsDiffer,
        Self::CaptureUnlinked,
        Self::ReversalUnlinked,
        Self::DateOrder,
        Self::ExtensionUnrecognized,
        Self::ReceiptMissing,
        Self::TooManyDates,
    ];

    /// Stable id in kebab-case.
    pub fn id(self) -> &'static str {
        self.row().0
    }

    /// One sentence: what is wrong.
    pub fn sentence(self) -> &'static str {
        self.row().1
    }

    /// id and sentence.
    fn row(self) -> (&'static str, &'static str) {
        match self {
            Self::ArmourDamaged => {
                ("armour-damaged", "the text form is not whole, or was written by another program")
            }
            Self::FileChanged => ("file-changed", "the file is not as it was written"),
            Self::ExporterStranger => {
                ("exporter-stranger", "whoever sealed the file is no party to this payment")
            }
            Self::OtherPurchase => ("other-purchase", "it is about another purchase"),
            Self::ContextDiffers => (
                "context-differs",
                "the dual signature is of another protocol, suite or brand than its parties",
            ),
            Self::CertificateMissing => {
                ("named-certificate-missing", "a certificate that it names is not in the file")
            }
            Self::HalvesMissing => {
                ("halves-missing", "neither the order half nor the instruction half is in the file")
            }
            Self::OrderHalfDiffers => {
                ("order-half-differs", "the cardholder signed another order half")
            }
            Self::InstructionHalfDiffers => {
                ("instruction-half-differs", "the cardholder signed another instruction half")
            }
            Self::IdsDiffer => ("ids-differ", "ids or date of the purchase are other ones"),
            Self::ChallengeDiffers => {
                ("challenge-differs", "it does not repeat the challenge it answers")
            }
            Self::GatewayDiffers => {
                ("gateway-differs", "it is of another gateway than the cardholder signed for")
            }
            Self::MerchantDiffers => {
                ("merchant-differs", "it is of another merchant than the cardholder signed for")
            }
            Self::CardholderDiffers => {
                ("cardholder-differs", "it is signed by another cardholder than the purchase")
            }
            Self::SuiteDiffers => ("suite-differs", "it names another suite than was signed"),
            Self::OrderDiffers => ("order-differs", "it is about another order or price"),
            Self::AmountDiffers => {
                ("amount-differs", "the price of the order is not the amount of the instruction")
            }
            Self::AnswerUnasked => ("answer-unasked", "it answers no request that is in the file"),
            Self::ReceiptsDiffer => {
                ("receipts-differ", "two receipts of one authorization say different things")
            }
            Self::CaptureUnlinked => (
                "capture-unlinked",
                "it is of an authorization of which the file has no approving receipt",
            ),
            Self::ReversalUnlinked => ("reversal-unlinked", "it reverses nothing that is proved"),
            Self::DateOrder => {
                ("date-order", "its date does not fit the dates of what comes before and after")
            }
            Self::ExtensionUnrecognized => {
                ("extension-unrecognized", "it has a critical extension that is not understood")
            }
            Self::ReceiptMissing => (
                "receipt-missing",
                "no receipt of the gateway says whether the payment was authorized",
            ),
            Self::TooManyDates => (
                "too-many-dates",
                "more of the file's dates have to be judged apart than are judged",
            ),
        }
    }

    /// One sentence that a person can act on.
    pub fn hint(self) -> &'static str {
        match self {
            Self::ArmourDamaged | Self::FileChanged => {
                "Get the file again from whoever exported it, as a file and not as pasted text."
            }
            Self::ReceiptMissing => {
                "Ask the merchant (`inquire`) until its answer holds the gateway's receipt, then \
                 export again."
            }
            Self::CertificateMissing | Self::HalvesMissing | Self::AnswerUnasked => {
                "Export again from the journal of the wallet or of the merchant."
            }
            Self::TooManyDates => "Export again with fewer answers and receipts.",
            _ => "Do not rely on this file; ask the other parties for theirs.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_an_id_of_its_own_in_kebab_case() {
        let mut ids: Vec<&str> = Rule::ALL.iter().map(|rule| rule.id()).collect();
        assert!(ids.iter().all(|id| id.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')));
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), Rule::ALL.len());
    }
}

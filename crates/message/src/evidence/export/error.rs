//! [`ExportError`]: why there is no evidence file to write.

use counterfoil_secret::{Fault, Report};

use crate::codec::EncodeError;
use crate::evidence::error::EvidenceError;
use crate::primitive::Xid;
use crate::treatment::TreatmentError;

/// Why an evidence file cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// No signed purchase with this XID whose signature holds.
    #[error("The journal has no signed purchase {xid} with its PInitRes.")]
    PurchaseMissing {
        /// The XID.
        xid: Xid,
    },
    /// The order that was given is not the one of the purchase.
    #[error("The order that was given is not the one that the cardholder signed.")]
    OrderDiffers,
    /// The instruction half that was given is not the one of the purchase.
    #[error("The instruction half that was given is not the one that the cardholder signed.")]
    InstructionDiffers,
    /// The instruction half holds a key.
    #[error("The instruction half holds a key of the cardholder and must not be shown.")]
    InstructionHoldsKey,
    /// The roots that were given are none.
    #[error(transparent)]
    Roots(#[from] EvidenceError),
    /// The file cannot be sealed.
    #[error("The file cannot be sealed: {0}.")]
    Seal(#[from] TreatmentError),
    /// The file cannot be written.
    #[error("The file cannot be written: {0}.")]
    Encode(#[from] EncodeError),
}

impl Report for ExportError {
    fn id(&self) -> &'static str {
        match self {
            Self::PurchaseMissing { .. } => "purchase-missing",
            Self::OrderDiffers => "order-differs",
            Self::InstructionDiffers => "instruction-differs",
            Self::InstructionHoldsKey => "instruction-holds-key",
            Self::Roots(error) => error.id(),
            Self::Seal(error) => error.id(),
            Self::Encode(error) => error.id(),
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::PurchaseMissing { .. } => {
                "Check the XID and that the party took part in this purchase; an unsigned \
                 purchase leaves no evidence."
                    .into()
            }
            Self::OrderDiffers => "Export without the order, or give it unchanged.".into(),
            Self::InstructionDiffers | Self::InstructionHoldsKey => {
                "Export without the instruction half.".into()
            }
            Self::Roots(error) => error.hint(),
            Self::Seal(error) => error.hint(),
            Self::Encode(error) => error.hint(),
        }
    }

    fn fault(&self) -> Fault {
        match self {
            Self::Roots(error) => error.fault(),
            Self::Seal(error) => error.fault(),
            Self::Encode(error) => error.fault(),
            _ => Fault::OurMisuse,
        }
    }
}

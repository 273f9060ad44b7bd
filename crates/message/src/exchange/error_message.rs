//! Error: "I could not process what you sent". A declined payment is no Error.

use counterfoil_crypto::oid::Oid;

use crate::codec::table::{choice, enumerated, sequence};
use crate::container::{Content, Signed};
use crate::pdu::exchange;
use crate::primitive::leaf::octet_string;
use crate::primitive::{CertThumb, Nonce};
use crate::wrapper::MessageHeader;

enumerated! {
    /// Why a message could not be processed (SET 1.0 Book 3, ErrorCode).
    ErrorCode "ErrorCode" {
        /// None of the others, or not for the peer to know.
        UnspecifiedFailure = 1 "unspecifiedFailure",
        /// A message that this party does not take.
        MessageNotSupported = 2 "messageNotSupported",
        /// Not DER, or not the type that it should be.
        DecodingFailure = 3 "decodingFailure",
        /// A certificate is wrong.
        InvalidCertificate = 4 "invalidCertificate",
        /// A certificate has expired.
        ExpiredCertificate = 5 "expiredCertificate",
        /// A certificate is revoked.
        RevokedCertificate = 6 "revokedCertificate",
        /// A certificate is missing.
        MissingCertificate = 7 "missingCertificate",
        /// A signature is wrong; also everything about opening what is sealed.
        SignatureFailure = 8 "signatureFailure",
        /// The header is wrong.
        BadMessageHeader = 9 "badMessageHeader",
        /// Header and message have different ids.
        WrapperMsgMismatch = 10 "wrapperMsgMismatch",
        /// The version is below 2.
        VersionTooOld = 11 "versionTooOld",
        /// The version is above 2.
        VersionTooNew = 12 "versionTooNew",
        /// A critical extension that this party does not know.
        UnrecognizedExtension = 13 "unrecognizedExtension",
        /// Over a limit.
        MessageTooBig = 14 "messageTooBig",
        /// The message must be signed.
        SignatureRequired = 15 "signatureRequired",
        /// The date in the header is too long ago.
        MessageTooOld = 16 "messageTooOld",
        /// The date in the header is in the future.
        MessageTooNew = 17 "messageTooNew",
        /// The echo of the thumbs differs from what was sent.
        ThumbsMismatch = 18 "thumbsMismatch",
        /// No request with this id.
        UnknownRrpid = 19 "unknownRRPID",
        /// No purchase with this id.
        UnknownXid = 20 "unknownXID",
        /// No such label.
        UnknownLid = 21 "unknownLID",
        /// The echo of the challenge differs from what was sent.
        ChallengeMismatch = 22 "challengeMismatch",
        /// The order is paid already: nothing more is owed (SET 2's own).
        OrderPaid = 23 "orderPaid",
    }
}

octet_string! {
    /// The message that could not be processed, cut off at the limit.
    BadWrapper "BadWrapper" 0 20000
}

choice! {
    /// Which message could not be processed.
    ErrorMsg "ErrorMsg" {
        /// Its header, if that much could be read.
        MessageHeader(MessageHeader) = "messageHeader" [0 EXPLICIT],
        /// Its octets.
        BadWrapper(BadWrapper) = "badWrapper" [1],
    }
}

sequence! {
    /// What went wrong (SET 1.0 Book 3, ErrorTBS).
    ErrorTbs "ErrorTBS" {
        /// Why.
        error_code: ErrorCode = "errorCode",
        /// Makes the signed data unpredictable.
        error_nonce: Nonce = "errorNonce",
        /// The extension that is not known.
        error_oid: Oid = "errorOID" [0] OPTIONAL,
        /// The certificate that is wrong.
        error_thumb: CertThumb = "errorThumb" [1 EXPLICIT] OPTIONAL,
        /// Which message.
        error_msg: ErrorMsg = "errorMsg" [2 EXPLICIT],
    }
}

impl Content for ErrorTbs {
    const CONTENT_TYPE: u32 = 49;
}

choice! {
    /// The message. Nobody answers it.
    ErrorMessage "Error" {
        /// By a party with a signature certificate.
        Signed(Signed<ErrorTbs>) = "signedError" [0 EXPLICIT],
        /// By a party without.
        Unsigned(ErrorTbs) = "unsignedError" [1 EXPLICIT],
    }
}

exchange! {
    "error_message" Payment
    messages { ErrorMessage = 999 }
    contents { 49 "ErrorTBS" "ErrorTBS" ErrorTbs }
}

//! CertInqReq and CertInqRes: is my certificate ready?

use crate::codec::table::{alias, choice, sequence};
use crate::container::{Content, EncK, Signed};
use crate::exchange::certificate_request::CertResData;
use crate::pdu::exchange;
use crate::primitive::{Challenge, LocalId, Rrpid};

sequence! {
    /// What the applicant asks (SET 1.0 Book 3, CertInqReqTBS).
    CertInqReqTbs "CertInqReqTBS" {
        /// Fresh for each request.
        rrpid: Rrpid = "rrpid",
        /// The applicant's label.
        lid_ee: LocalId = "lid-EE",
        /// Proves that CertInqRes is fresh.
        chall_ee3: Challenge = "chall-EE3",
        /// From CertRes.
        lid_ca: LocalId = "lid-CA",
    }
}

impl Content for CertInqReqTbs {
    const CONTENT_TYPE: u32 = 48;
}

alias! {
    /// The applicant's request, signed with the key of the pending request.
    CertInqReq "CertInqReq" = Signed<CertInqReqTbs>, "S(EE, CertInqReqTBS)"
}

choice! {
    /// The answer has the form of a CertRes.
    CertInqRes "CertInqRes" {
        /// To a cardholder, under the back key of CertReq.
        EncK(EncK<CertResData>) = "certResEncK" [0 EXPLICIT],
        /// To a merchant or a gateway.
        Signed(Signed<CertResData>) = "certResSigned" [1 EXPLICIT],
    }
}

exchange! {
    "certificate_inquiry" Registration
    messages { CertInqReq = 30, CertInqRes = 31 }
    contents { 48 "CertInqReqTBS" "CertInqReqTBS" CertInqReqTbs }
}

//! InqReq and InqRes: how is my purchase doing?

use crate::codec::table::{alias, choice, sequence};
use crate::container::{Content, Signed};
use crate::exchange::purchase::PResData;
use crate::pdu::exchange;
use crate::primitive::{Challenge, MsgExtensions, Rrpid, TransIds};

sequence! {
    /// What the wallet asks (SET 1.0 Book 3, InqReqData).
    InqReqData "InqReqData" {
        /// The purchase.
        trans_ids: TransIds = "transIDs",
        /// Fresh for each request.
        rrpid: Rrpid = "rrpid",
        /// Proves that InqRes is fresh.
        chall_c2: Challenge = "chall-C2",
        /// Extensions.
        inq_rq_extensions: MsgExtensions = "inqRqExtensions" [0] OPTIONAL,
    }
}

impl Content for InqReqData {
    const CONTENT_TYPE: u32 = 15;
}

choice! {
    /// The inquiry.
    InqReq "InqReq" {
        /// By a cardholder with a certificate: the same one as in PReq.
        Signed(Signed<InqReqData>) = "inqReqSigned" [0 EXPLICIT],
        /// By a cardholder without.
        Unsigned(InqReqData) = "inqReqUnsigned" [1 EXPLICIT],
    }
}

alias! {
    /// The answer has the form of a PRes; its chall-C echoes chall-C2.
    InqRes "InqRes" = Signed<PResData>, "S(M, PResData)"
}

exchange! {
    "inquiry" Payment
    messages { InqReq = 4, InqRes = 5 }
    contents { 15 "InqReqData" "InqReqData" InqReqData }
}

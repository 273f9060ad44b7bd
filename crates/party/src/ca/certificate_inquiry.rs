//! CertInqReq -> CertInqRes: where a registration stands (SET 1.0 Book 2, part II).
//!
//! 1. decode; the LID-CA inside names the registration, else `unknownLID`;
//! 2. the signature is of the key that CertReq was signed with, else `signatureFailure`;
//! 3. header against message, LID-EE against the registration;
//! 4. answer as CertRes would, from the registration as it is now.

use counterfoil_crypto::cms::signed::SignedData;
use counterfoil_message::codec;
use counterfoil_message::container::Signed;
use counterfoil_message::exchange::certificate_inquiry::{CertInqReq, CertInqReqTbs, CertInqRes};
use counterfoil_message::exchange::certificate_request::CertRes;
use counterfoil_message::primitive::foreign::PublicKey;
use counterfoil_message::treatment::TreatmentError;
use counterfoil_message::treatment::registration::verify_by_key;

use super::CertificateAuthority;
use super::answer::{check_inner, wrapped};
use super::books::{SESSIONS, Session, SessionState};
use super::certificate_request::unknown_lid;
use super::certificate_response::Asked;
use super::request::{Answered, Incoming, event_of};
use crate::conversation::Failed;
use crate::conversation::Refusal;
use crate::machine::Env;
use crate::records::Octets;

impl CertificateAuthority {
    pub(super) fn certificate_inquiry(
        &self,
        incoming: &Incoming<'_>,
        env: &mut Env<'_>,
    ) -> Result<Answered, Failed> {
        let CertInqReq(signed) = incoming.decode()?;
        let named = claimed(&signed)?;
        let session = SESSIONS.get(env.records, named.lid_ca.as_bytes())?;
        let session = session.ok_or_else(unknown_lid)?;
        let key = inquiry_key(&session).ok_or_else(unknown_lid)?;
        let key = PublicKey::new(&key.0).map_err(Refusal::from)?;
        let request = verify_by_key(&signed, &key)?;
        check_inner(incoming.header(), &request.rrpid, &request.lid_ee)?;
        if request.lid_ee.as_bytes() != session.lid_ee.0 {
            return Err(unknown_lid().into());
        }
        let standing = self.standing_of(request.lid_ca.as_bytes(), &session, env)?;
        let standing = standing.ok_or_else(unknown_lid)?;
        let event = event_of("registration.inquired", &session.applicant)
            .with("status", standing.status.cert_status_code.name());
        let asked = Asked {
            rrpid: request.rrpid,
            lid_ee: request.lid_ee,
            challenge: request.chall_ee3,
            lid_ca: request.lid_ca,
            thumbs: None,
        };
        let (header, response) = self.cert_res(incoming, asked, standing, env)?;
        let response = match response {
            CertRes::EncK(sealed) => CertInqRes::EncK(sealed),
            CertRes::Signed(signed) => CertInqRes::Signed(signed),
        };
        Ok(Answered { message: "CertInqRes", body: wrapped(header, &response)?, event })
    }
}

/// What an inquiry claims to ask, unverified: enough to find the key that it has to be signed with.
fn claimed(signed: &Signed<CertInqReqTbs>) -> Result<CertInqReqTbs, TreatmentError> {
    let data = SignedData::parse(signed.content_info()).map_err(TreatmentError::Signature)?;
    Ok(codec::decode(data.content.unwrap_or_default())?)
}

/// The key that signs inquiries; none before there was a request.
fn inquiry_key(session: &Session) -> Option<&Octets> {
    match &session.state {
        SessionState::Open => None,
        SessionState::Pending(application) => Some(&application.inquiry_key),
        SessionState::Complete { inquiry_key, .. } | SessionState::Refused { inquiry_key, .. } => {
            Some(inquiry_key)
        }
    }
}

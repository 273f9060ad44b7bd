//! The wallet's checks on a PInitRes whose signature and signer were verified, in the order of
//! SET 1.0 Book 2: request, label, thumbs, challenge; then the suite and the extensions.

use counterfoil_crypto::oid::Oid;
use counterfoil_message::exchange::error_message::ErrorCode;
use counterfoil_message::exchange::purchase_init::PInitResData;
use counterfoil_message::primitive::{Challenge, LocalId, Rrpid, Thumbs};

use crate::conversation::Refusal;
use crate::conversation::refusal::check_extensions;

/// What PInitReq said, which PInitRes must repeat.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// RRPID.
    pub rrpid: &'a Rrpid,
    /// The wallet's label.
    pub lid_c: &'a LocalId,
    /// The merchant's label.
    pub lid_m: &'a LocalId,
    /// The challenge.
    pub challenge: &'a Challenge,
    /// What the wallet has cached.
    pub thumbs: Option<&'a Thumbs>,
    /// The suites that it accepts.
    pub suites: &'a [Oid],
}

/// Judges what the merchant signed.
///
/// # Errors
/// The [`Refusal`] of the first check that fails.
pub fn judge(data: &PInitResData, asked: &Asked<'_>) -> Result<(), Refusal> {
    if data.rrpid != *asked.rrpid {
        let message = "the answer is to another request";
        return Err(Refusal::new(ErrorCode::UnknownRrpid, "rrpid-unknown", message));
    }
    let ids = &data.trans_ids;
    if ids.lid_c != *asked.lid_c || ids.lid_m.as_ref().is_some_and(|lid_m| lid_m != asked.lid_m) {
        let message = "LID-C or LID-M is not the one of the request";
        return Err(Refusal::new(ErrorCode::UnknownLid, "label-unknown", message));
    }
    if data.thumbs.as_ref() != asked.thumbs {
        let message = "the echo of the thumbs is not what was sent";
        return Err(Refusal::new(ErrorCode::ThumbsMismatch, "thumbs-mismatch", message));
    }
    if data.chall_c != *asked.challenge {
        let message = "the echo of the challenge is not what was sent";
        return Err(Refusal::new(ErrorCode::ChallengeMismatch, "challenge-mismatch", message));
    }
    check_suite(data, asked.suites)?;
    check_extensions([data.pi_rs_extensions.as_ref()])
}

/// Nobody between wallet and merchant has shortened the offer, and the choice is from it.
fn check_suite(data: &PInitResData, offered: &[Oid]) -> Result<(), Refusal> {
    let unspecified = ErrorCode::UnspecifiedFailure;
    if data.suites[..] != *offered {
        let message = "the merchant was offered other suites than this wallet sent";
        return Err(Refusal::new(unspecified, "suites-altered", message));
    }
    if !offered.contains(&data.suite) {
        let message = "the merchant chose a suite that was not offered";
        return Err(Refusal::new(unspecified, "suite-not-offered", message));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use counterfoil_crypto::oid::suite;
    use counterfoil_message::primitive::{
        CertThumb, Date, Digest, Language, MsgExtension, OpenType, TransIds, Xid,
    };
    use jiff::Timestamp;

    fn label(text: &str) -> LocalId {
        LocalId::new(text.as_bytes()).unwrap()
    }

    fn thumbs(octet: u8) -> Thumbs {
        Thumbs {
            digest_algorithm: Default::default(),
            cert_thumbs: Some(vec![Digest::new([octet; 32])].into()),
            crl_thumbs: None,
            brand_crl_id_thumbs: None,
        }
    }

    fn fitting() -> PInitResData {
        PInitResData {
            trans_ids: TransIds {
                lid_c: label("wallet"),
                lid_m: Some(label("shop")),
                xid: Xid::new([1; 20]),
                p_req_date: Date::new(Timestamp::UNIX_EPOCH),
                pay_sys_id: None,
                language: Language::new("en").unwrap(),
            },
            rrpid: Rrpid::new([2; 20]),
            chall_c: Challenge::new([3; 32]),
            chall_m: Challenge::new([4; 32]),
            brand_crl_identifier: None,
            pe_thumb: CertThumb::new([5; 32]),
            thumbs: Some(thumbs(6)),
            pi_rs_extensions: None,
            suites: vec![suite(1), suite(2)].into(),
            suite: suite(1),
        }
    }

    fn check(change: impl Fn(&mut PInitResData), expected: &str) {
        let mut data = fitting();
        change(&mut data);
        let asked = Asked {
            rrpid: &Rrpid::new([2; 20]),
            lid_c: &label("wallet"),
            lid_m: &label("shop"),
            challenge: &Challenge::new([3; 32]),
            thumbs: Some(&thumbs(6)),
            suites: &[suite(1), suite(2)],
        };
        let verdict = match judge(&data, &asked) {
            Ok(()) => "accepted".to_owned(),
            Err(refusal) => format!("{}: {}", refusal.code, refusal.id),
        };
        assert_eq!(verdict, expected);
    }

    #[test]
    fn accepts_what_repeats_the_request() {
        check(|_| (), "accepted");
        check(|data| data.trans_ids.lid_m = None, "accepted");
        check(|data| data.suite = suite(2), "accepted");
    }

    #[test]
    fn each_echo_has_its_error() {
        check(|data| data.rrpid = Rrpid::new([0; 20]), "unknownRRPID: rrpid-unknown");
        check(|data| data.trans_ids.lid_c = label("x"), "unknownLID: label-unknown");
        check(|data| data.trans_ids.lid_m = Some(label("x")), "unknownLID: label-unknown");
        check(|data| data.thumbs = None, "thumbsMismatch: thumbs-mismatch");
        check(|data| data.thumbs = Some(thumbs(7)), "thumbsMismatch: thumbs-mismatch");
        let stale = Challenge::new([0; 32]);
        check(|data| data.chall_c = stale, "challengeMismatch: challenge-mismatch");
    }

    #[test]
    fn nobody_can_talk_the_suite_down() {
        let shorter = || vec![suite(2)].into();
        check(|data| data.suites = shorter(), "unspecifiedFailure: suites-altered");
        let swapped = || vec![suite(2), suite(1)].into();
        check(|data| data.suites = swapped(), "unspecifiedFailure: suites-altered");
        check(|data| data.suite = suite(3), "unspecifiedFailure: suite-not-offered");
    }

    #[test]
    fn a_critical_extension_that_is_not_known_is_refused() {
        let extension = |critical| MsgExtension {
            extn_id: suite(9),
            critical,
            extn_value: OpenType::new(&[5, 0]).unwrap(),
        };
        check(|data| data.pi_rs_extensions = Some(vec![extension(false)].into()), "accepted");
        check(
            |data| data.pi_rs_extensions = Some(vec![extension(true)].into()),
            "unrecognizedExtension: extension-unrecognized",
        );
    }

    #[test]
    fn the_earlier_check_decides() {
        check(
            |data| {
                data.suite = suite(3);
                data.chall_c = Challenge::new([0; 32]);
                data.thumbs = None;
            },
            "thumbsMismatch: thumbs-mismatch",
        );
    }
}

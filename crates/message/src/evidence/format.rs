//! The tables of the evidence file (content type 102), its limits, and its octets.

use counterfoil_crypto::cms::recipient::IssuerAndSerial;
use counterfoil_crypto::cms::signed::{self, SignRequest, Signer, SignerId};
use counterfoil_crypto::digest::sha256_of;
use counterfoil_crypto::oid::content_type;
use der::{Encode, Reader, SliceReader};
use rand_core::CryptoRng;

use crate::codec::table::{enumerated, sequence};
use crate::codec::{Asn1, DecodeError, DecodeErrorKind, EncodeError, List};
use crate::container::{Content, Detached, Signed};
use crate::exchange::inquiry::InqReqData;
use crate::exchange::purchase::{
    AuthReceipt, AuthRevReceipt, CapReceipt, HodInput, OiData, PResData,
};
use crate::exchange::purchase_init::PInitResData;
use crate::instruction::{PiData, PiTbs};
use crate::limits::Limit;
use crate::primitive::leaf::number;
use crate::primitive::{BrandCrlIdentifier, Date, Digest, OpenType, Xid};
use crate::treatment::{Sender, TreatmentError};

/// Most octets of the DER of an evidence file.
pub const EVIDENCE_BYTES_MAX: usize = 2 * 1024 * 1024;

macro_rules! evidence_limits {
    ($($(#[$meta:meta])* $constant:ident $limit:ident = $max:literal;)*) => {$(
        $(#[$meta])*
        pub const $constant: usize = $max;

        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $limit {}

        impl Limit for $limit {
            const NAME: &'static str = stringify!($constant);
            const MAX: usize = $constant;
        }
    )*};
}

evidence_limits! {
    /// Most answers of the merchant in one file.
    EVIDENCE_ANSWERS_MAX Answers = 16;
    /// Most receipts of one kind in one file.
    EVIDENCE_RECEIPTS_MAX Receipts = 64;
    /// Most certificates in one file.
    EVIDENCE_CERTIFICATES_MAX Certificates = 48;
    /// Most CRLs in one file.
    EVIDENCE_CRLS_MAX Crls = 32;
    /// Most BrandCRLIdentifiers in one file.
    EVIDENCE_BCIS_MAX Bcis = 16;
}

number! {
    /// Version of the format.
    EvidenceVersion "EvidenceVersion" u8 1 1
}

impl EvidenceVersion {
    /// The version of this page.
    pub const CURRENT: Self = Self(1);
}

enumerated! {
    /// Which party made the file.
    Exporter "Exporter" {
        /// The cardholder's software.
        Wallet = 0 "wallet",
        /// The merchant.
        Merchant = 1 "merchant",
        /// The payment gateway.
        Gateway = 2 "gateway",
    }
}

sequence! {
    /// The dual signature with what it signs, and the halves that the exporter can open.
    SignedPurchase "SignedPurchase" {
        /// What the cardholder signed.
        pi_tbs: PiTbs = "piTBS",
        /// The cardholder's signature over it.
        pi_signature: Detached<PiTbs> = "piSignature",
        /// The order half, whose digest is hOIData.
        oi_data: OiData = "oiData" [0] OPTIONAL,
        /// The instruction half without the card, whose digest is hPIData.
        pi_data: PiData = "piData" [1] OPTIONAL,
    }
}

sequence! {
    /// An answer of the merchant, and the inquiry it answers.
    SignedAnswer "SignedAnswer" {
        /// PRes or InqRes.
        answer: Signed<PResData> = "pRes",
        /// The inquiry; absent for the answer to PReq.
        inquiry: Signed<InqReqData> = "inqReq" [0 EXPLICIT] OPTIONAL,
    }
}

sequence! {
    /// What proves one payment.
    Evidence "Evidence" {
        /// Version of the format.
        version: EvidenceVersion = "version",
        /// The purchase.
        xid: Xid = "xid",
        /// When the file was made.
        exported_at: Date = "exportedAt",
        /// By whom.
        exported_by: Exporter = "exportedBy",
        /// The cardholder's signature.
        purchase: SignedPurchase = "purchase",
        /// The merchant's offer.
        offer: Signed<PInitResData> = "pInitRes" [0 EXPLICIT] OPTIONAL,
        /// The merchant's answers.
        answers: List<SignedAnswer, Answers> = "answers" [1],
        /// The gateway's receipts of authorizations that no answer holds.
        auth_receipts: List<Signed<AuthReceipt>, Receipts> = "authReceipts" [2],
        /// The gateway's receipts of captures.
        cap_receipts: List<Signed<CapReceipt>, Receipts> = "capReceipts" [3],
        /// The order itself, which hod digests; only when asked for.
        order: HodInput = "order" [4] OPTIONAL,
        /// Certificates (RFC 5280), each once, in the order of their thumbs.
        certificates: List<OpenType, Certificates> = "certificates" [5],
        /// CRLs (RFC 5280), each once.
        crls: List<OpenType, Crls> = "crls" [6],
        /// BrandCRLIdentifiers, each once.
        bcis: List<BrandCrlIdentifier, Bcis> = "bcis" [7],
        /// The gateway's receipts of reversals that no answer holds.
        rev_receipts: List<Signed<AuthRevReceipt>, Receipts> = "revReceipts" [8] OPTIONAL,
    }
}

impl Content for Evidence {
    const CONTENT_TYPE: u32 = 102;
}

sequence! {
    /// The file: evidence, seal, and a digest that tells damage from everything else.
    EvidenceFile "EvidenceFile" {
        /// What proves the payment.
        evidence: Evidence = "evidence",
        /// The exporter's signature over the DER of the evidence.
        seal: Detached<Evidence> = "seal",
        /// SHA-256 over the DER of the evidence followed by the DER of the seal.
        digest: Digest = "sha256",
    }
}

impl EvidenceFile {
    /// Seals `evidence` with the signature key of whoever exports it.
    ///
    /// # Errors
    /// [`TreatmentError::Encode`] over a limit, [`TreatmentError::Failed`] when the key fails.
    pub fn seal(
        evidence: Evidence,
        sender: &Sender<'_>,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self, TreatmentError> {
        let content = to_der(&evidence)?;
        let certificate = sender.certificate;
        let name = IssuerAndSerial {
            issuer_der: certificate.issuer_der(),
            serial_der: certificate.serial_der(),
        };
        let id = SignerId::Certificate { name, thumb: *certificate.thumb().as_bytes() };
        let request = SignRequest {
            content_type: content_type(Evidence::CONTENT_TYPE),
            content: &content,
            detached: true,
            signers: &[Signer { key: sender.key, id }],
            recipient: None,
            certificates: &[],
            crls: &[],
        };
        let info = signed::sign(&request, rng).map_err(TreatmentError::Failed)?;
        let digest = Digest::new(sha256_of(&[&content, info.as_der()]));
        Ok(Self { evidence, seal: Detached::new(info), digest })
    }

    /// The DER of the file.
    ///
    /// # Errors
    /// [`EncodeError`] over a limit.
    pub fn encode(&self) -> Result<Vec<u8>, EncodeError> {
        to_der(self)
    }

    /// Reads the DER of a file, all of it; no signature is looked at.
    ///
    /// # Errors
    /// [`DecodeError`] naming the field and its offset.
    pub fn decode(der: &[u8]) -> Result<Self, DecodeError> {
        read(der).map_err(|error| error.inside(Self::NAME))
    }
}

/// As [`crate::codec::encode`], with the limit of evidence in place of that of messages.
pub(super) fn to_der<T: Asn1>(value: &T) -> Result<Vec<u8>, EncodeError> {
    let der = value.to_der().map_err(|error| EncodeError::new(T::NAME, error))?;
    if der.len() > EVIDENCE_BYTES_MAX {
        let error = der::ErrorKind::Overlength.into();
        return Err(EncodeError::new(T::NAME, error));
    }
    Ok(der)
}

fn read(der: &[u8]) -> Result<EvidenceFile, DecodeError> {
    if der.len() > EVIDENCE_BYTES_MAX {
        return Err(DecodeError::over_limit("EVIDENCE_BYTES_MAX", EVIDENCE_BYTES_MAX, der.len()));
    }
    let mut reader = SliceReader::new(der)?;
    let file = EvidenceFile::read(&mut reader)?;
    reader.finish()?;
    let written = file.to_der()?;
    if written == der {
        return Ok(file);
    }
    let same = written.iter().zip(der).take_while(|(a, b)| a == b).count();
    Err(DecodeError::new(DecodeErrorKind::NotCanonical, same))
}

//! SignedData: digests, signatures, and the algorithms in them.

use counterfoil_crypto::CryptoError;
use counterfoil_crypto::cms::ContentInfo;
use counterfoil_crypto::cms::signed::{Expected, SignedData, SignerId, SignerName};
use counterfoil_crypto::digest::sha256;
use counterfoil_crypto::signature::{KeyId, SignatureAlgorithm, VerifyingKey, key_id};
use counterfoil_pki::Certificate;
use counterfoil_remark::{Kind, Severity};
use counterfoil_secret::Report;
use der::{Encode, Header, Length, Tag};

use super::memory::Memory;
use super::part::Part;
use super::{Findings, dual};

pub(super) static DIGEST_MISMATCH: Kind = Kind {
    id: "set-digest-mismatch",
    group: "set",
    severity: Severity::Error,
    title: "The content is not what was signed: its digest differs.",
    page: "The signer put a digest of the content under its signature (attribute messageDigest), \
           and the content that came has another one. It was changed after it was signed, or a \
           program decoded it and encoded it anew in another way.\n\nCompare the content with the \
           sender's journal, octet for octet. The receiver answers with Error `signatureFailure`.",
    reference: "RFC 5652 section 5.4",
};

pub(super) static SIGNATURE_INVALID: Kind = Kind {
    id: "set-signature-invalid",
    group: "set",
    severity: Severity::Error,
    title: "A signature does not hold under the certificate that it names.",
    page: "Digest and content agree, and the signature over the signed attributes was not made \
           with the key of the certificate that it names. The signer uses a key that does not \
           belong to its certificate (after a renewal, for example), or the signature was \
           replaced.\n\nCompare key and certificate of the signer: `counterfoil cert inspect` \
           shows both.",
    reference: "RFC 5652 section 5.6",
};

pub(super) static CONTAINER_MALFORMED: Kind = Kind {
    id: "set-container-malformed",
    group: "set",
    severity: Severity::Error,
    title: "A SignedData lacks what SET asks of it, or contradicts itself.",
    page: "The structure can be read, and a receiver refuses it: a signed attribute is missing or \
           stands twice, a version does not fit, two places that must agree do not.\n\nThe \
           summary says which. Software of another vendor that signs without the attributes that \
           SET 2 requires is the usual cause.",
    reference: "docs/wire-format.md, S and SO; RFC 5652 section 5",
};

pub(super) static ALGORITHM_REFUSED: Kind = Kind {
    id: "set-algorithm-refused",
    group: "set",
    severity: Severity::Error,
    title: "An algorithm is used that SET 2 recognises only to refuse it.",
    page: "SET 1.0 was built on SHA-1, RSA with 1024 bits, its own form of OAEP, and DES or CDMF. \
           None of these withstands an attacker of today: collisions of SHA-1 are made for a few \
           thousand dollars, DES keys are searched in a day, 1024-bit moduli are within reach of \
           states.\n\nHave keys, certificates and messages made anew with suite `p256` or \
           `rsa3072`.",
    reference: "docs/divergences.md; RFC 6194, RFC 8017 appendix A",
};

pub(super) static SIGNER_UNKNOWN: Kind = Kind {
    id: "set-signer-unknown",
    group: "set",
    severity: Severity::Notice,
    title: "A signature cannot be checked: the signer's certificate was not seen.",
    page: "The message names the certificate by its thumb and does not bring it along, and no \
           earlier message of this capture did. That is as it should be when the receiver said \
           (by thumbs) that it has the certificate.\n\nGive a file with the certificate by `--key` \
           together with the party's key, or a capture that begins earlier. A receiver that does \
           not have the certificate answers with Error `missingCertificate`.",
    reference: "SET 1.0 Book 2, thumbprints",
};

/// Whether a part is a ContentInfo with SignedData in it.
pub(super) fn is_signed_data(part: &Part) -> bool {
    part.child("SignedData").is_some()
}

/// The certificates that came along, as far as they can be read.
pub(super) fn certificates(part: &Part) -> Vec<Certificate> {
    let list = part.child("SignedData").and_then(|data| data.child("certificates"));
    let parts = list.map(|list| list.children.as_slice()).unwrap_or_default();
    parts.iter().filter_map(|part| Certificate::from_der(part.der()).ok()).collect()
}

/// What one signer says of itself.
pub(super) struct Signer {
    /// Thumb of its certificate.
    pub(super) thumb: Option<[u8; 32]>,
    /// Thumb of the certificate that the content is meant for.
    pub(super) recipient: Option<[u8; 32]>,
}

/// The signers of a SignedData of SET 2.
pub(super) fn signers(part: &Part) -> Vec<Signer> {
    let Ok(info) = ContentInfo::from_der(part.der().to_vec()) else { return Vec::new() };
    let Ok(data) = SignedData::parse(&info) else { return Vec::new() };
    let signer = |signer: &counterfoil_crypto::cms::signed::SignerInfo<'_>| Signer {
        thumb: signer.certificate_thumb,
        recipient: signer.recipient,
    };
    data.signers.iter().map(signer).collect()
}

/// Checks every SignedData of a message, and says whose signatures hold.
pub(super) fn check(root: &Part, memory: &Memory, findings: &mut Findings) -> Vec<String> {
    let mut named_keys = Vec::new();
    root.each(&mut |part| {
        if part.type_name == "SubjectPublicKeyInfo" && named_keys.len() < NAMED_KEYS_MAX {
            named_keys.push(part.der().to_vec());
        }
    });
    let mut checker = Checker { memory, findings, named_keys, held: Vec::new() };
    checker.visit(root, None, root);
    checker.held
}

/// Most public keys of one message that are tried for a signer without certificate.
const NAMED_KEYS_MAX: usize = 64;

struct Checker<'m> {
    memory: &'m Memory,
    findings: &'m mut Findings,
    /// Keys that the message names: an applicant signs with one that has no certificate yet.
    named_keys: Vec<Vec<u8>>,
    held: Vec<String>,
}

impl Checker<'_> {
    fn visit(&mut self, part: &Part, around: Option<&Part>, root: &Part) {
        if is_signed_data(part) {
            self.signed_data(part, around, root);
        }
        part.children.iter().for_each(|child| self.visit(child, Some(part), root));
    }

    fn signed_data(&mut self, part: &Part, around: Option<&Part>, root: &Part) {
        let Ok(info) = ContentInfo::from_der(part.der().to_vec()) else { return };
        let data = match SignedData::parse(&info) {
            Ok(data) => data,
            Err(error) => return self.refuse(part, &error),
        };
        let detached = if data.content.is_some() {
            None
        } else {
            match self.detached(part, around, root) {
                Some(content) => Some(content),
                None => return,
            }
        };
        for index in 0..data.signers.len() {
            let (key, name) = match self.key_of(&data, index) {
                Ok(found) => found,
                Err(missing) => {
                    self.findings.remark_part(&SIGNER_UNKNOWN, part, missing);
                    self.digest_alone(part, index, data.content.or(detached.as_deref()));
                    continue;
                }
            };
            let expected = Expected {
                content_type: data.content_type,
                content: detached.as_deref(),
                signer: name.id(),
                recipient: None,
            };
            match data.verify(index, &key, &expected) {
                Ok(_) => self.held.push(format!("{} by {}", part.name, name.shown())),
                Err(error) => self.refuse(part, &error),
            }
        }
    }

    /// The content that a signature without content is about.
    fn detached(&self, part: &Part, around: Option<&Part>, root: &Part) -> Option<Vec<u8>> {
        let around = around?;
        if part.name == "signature" {
            let covered = [around.child("content")?.der(), around.child("digest")?.der()].concat();
            let header = Header::new(Tag::Sequence, Length::try_from(covered.len()).ok()?);
            let mut der = header.to_der().ok()?;
            der.extend(covered);
            return Some(der);
        }
        dual::to_be_signed(part, around, root, self.memory)
    }

    fn key_of(
        &self,
        data: &SignedData<'_>,
        index: usize,
    ) -> Result<(VerifyingKey, SignedBy), String> {
        let signer = &data.signers[index];
        if let SignerName::Key(id) = signer.name {
            let named = self.named_keys.iter().find(|spki| key_id(spki).ok() == Some(id));
            let key = named.and_then(|spki| VerifyingKey::from_spki(spki).ok());
            let key =
                key.ok_or_else(|| format!("key {} is not in this message", hex::encode(id)))?;
            return Ok((key, SignedBy::Key(id)));
        }
        let thumb = signer.certificate_thumb.ok_or("the signer names no certificate")?;
        let certificate = self.memory.certificates.get(&thumb);
        let certificate = certificate
            .ok_or_else(|| format!("certificate {} was not seen", hex::encode(thumb)))?;
        let key = certificate.verifying_key().map_err(|error| error.to_string())?;
        Ok((key.clone(), SignedBy::Certificate(certificate.clone())))
    }

    /// Without the signer's key the digest can still be held against the content.
    fn digest_alone(&mut self, part: &Part, index: usize, content: Option<&[u8]>) {
        let (Some(content), Some(expected)) = (content, message_digest(part, index)) else {
            return;
        };
        if expected != sha256(content) {
            self.mismatch(part);
        }
    }

    fn mismatch(&mut self, part: &Part) {
        if part.name == dual::SIGNATURE {
            let found = "it covers another order, instruction, merchant or gateway".to_owned();
            self.findings.remark_part(&dual::DUAL_SIGNATURE_MISMATCH, part, found);
            return;
        }
        let found = format!("{}: the content has another digest than was signed", part.name);
        self.findings.remark_part(&DIGEST_MISMATCH, part, found);
    }

    fn refuse(&mut self, part: &Part, error: &CryptoError) {
        let kind = match error {
            CryptoError::DigestMismatch => return self.mismatch(part),
            CryptoError::SignatureInvalid => &SIGNATURE_INVALID,
            CryptoError::AlgorithmRefused { .. } | CryptoError::AlgorithmMismatch { .. } => {
                &ALGORITHM_REFUSED
            }
            _ => &CONTAINER_MALFORMED,
        };
        let found = format!("{}: {error} ({})", part.name, error.id());
        self.findings.remark_part(kind, part, found);
    }
}

/// Whose signature holds.
enum SignedBy {
    Certificate(Certificate),
    Key(KeyId),
}

impl SignedBy {
    fn id(&self) -> SignerId<'_> {
        match self {
            Self::Certificate(certificate) => certificate.signer_id(),
            Self::Key(id) => SignerId::Key(*id),
        }
    }

    fn shown(&self) -> String {
        match self {
            Self::Certificate(certificate) => certificate.subject().to_string(),
            Self::Key(id) => format!("key {}", hex::encode(id)),
        }
    }
}

/// The value of attribute messageDigest of signer `index`.
pub(super) fn message_digest(part: &Part, index: usize) -> Option<[u8; 32]> {
    let signer = part.child("SignedData")?.child("signerInfos")?.children.get(index)?;
    let attributes = &signer.child("signedAttrs")?.children;
    let is_digest = |attribute: &&Part| {
        attribute.child("attrType").is_some_and(|of| of.value == "messageDigest")
    };
    let attribute = attributes.iter().find(is_digest)?;
    attribute.child("attrValues")?.children.first()?.octets().try_into().ok()
}

/// Remarks on every algorithm in a part that is refused by name, each once.
pub(super) fn check_algorithms(part: &Part, findings: &mut Findings) {
    let mut seen: Vec<String> = Vec::new();
    part.each(&mut |part| {
        if part.type_name != "AlgorithmIdentifier" && part.type_name != "DigestAlgorithm" {
            return;
        }
        let Err(CryptoError::AlgorithmRefused { algorithm }) =
            SignatureAlgorithm::from_der(part.der())
        else {
            return;
        };
        if !seen.contains(&algorithm) {
            let found = format!("{} uses {algorithm}, which is no longer accepted", part.name);
            findings.remark_part(&ALGORITHM_REFUSED, part, found);
            seen.push(algorithm);
        }
    });
}

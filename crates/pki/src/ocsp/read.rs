//! The ASN.1 of RFC 6960 4.2.1.

use counterfoil_crypto::identifier::IdDigest;
use der::{
    Decode, Reader, SliceReader, Tag, Tagged,
    asn1::{AnyRef, BitStringRef, OctetStringRef},
};

use super::{Basic, CertId, CertStatus, ResponderId, ResponseStatus, Single};
use crate::{
    certificate::{Certificate, range, read_serial},
    crl::Reason,
    error::{FieldError, InField},
    extension::Extension,
    limit::{OCSP_CERTIFICATES_MAX, OCSP_SINGLES_MAX},
    name::DistinguishedName,
    oid::{self, Oid},
    time,
};

/// OCSPResponse.
pub(super) fn response(der: &[u8]) -> Result<(ResponseStatus, Option<Basic>), FieldError> {
    let mut reader = SliceReader::new(der)?;
    let read = reader.sequence(|r| {
        let status = status(r).field("responseStatus")?;
        let bytes = match (status, r.is_finished()) {
            (ResponseStatus::Successful, true) => {
                return Err(FieldError::new("responseBytes", "absent from a successful response"));
            }
            (_, true) => None,
            (_, false) => Some(response_bytes(r).field("responseBytes")?),
        };
        Ok((status, bytes))
    })?;
    reader.finish().field("(after the end)")?;
    let (status, bytes) = read;
    let basic = bytes.map(|bytes| basic(der, bytes)).transpose()?;
    Ok((status, basic))
}

fn status(reader: &mut SliceReader<'_>) -> Result<ResponseStatus, FieldError> {
    match reader.tlv_bytes()? {
        [0x0a, 1, 0] => Ok(ResponseStatus::Successful),
        [0x0a, 1, 1] => Ok(ResponseStatus::MalformedRequest),
        [0x0a, 1, 2] => Ok(ResponseStatus::InternalError),
        [0x0a, 1, 3] => Ok(ResponseStatus::TryLater),
        [0x0a, 1, 5] => Ok(ResponseStatus::SigRequired),
        [0x0a, 1, 6] => Ok(ResponseStatus::Unauthorized),
        _ => Err(FieldError::new("", "no such status")),
    }
}

/// ResponseBytes, whose type has to be id-pkix-ocsp-basic.
fn response_bytes<'r>(reader: &mut SliceReader<'r>) -> Result<&'r [u8], FieldError> {
    let any = explicit(reader, 0)?;
    let mut inner = SliceReader::new(any.value())?;
    let bytes = inner.sequence(|r| {
        let kind = Oid::decode(r).field("responseType")?;
        if kind != oid::OCSP_BASIC {
            return Err(FieldError::new("responseType", format!("{kind} is not understood")));
        }
        Ok(<&OctetStringRef>::decode(r).field("response")?.as_bytes())
    })?;
    inner.finish()?;
    Ok(bytes)
}

/// BasicOCSPResponse; `whole` is what its ranges point into.
fn basic(whole: &[u8], der: &[u8]) -> Result<Basic, FieldError> {
    let mut reader = SliceReader::new(der)?;
    let basic = reader.sequence(|r| {
        let tbs = r.tlv_bytes().field("tbsResponseData")?;
        let algorithm = r.tlv_bytes().field("signatureAlgorithm")?;
        let signature = BitStringRef::decode(r).field("signature")?;
        let certificates =
            if r.is_finished() { Vec::new() } else { certificates(r).field("certs")? };
        let data = response_data(tbs)?;
        Ok::<_, FieldError>(Basic {
            tbs: range(whole, tbs),
            algorithm: range(whole, algorithm),
            // With bits left over it is no signature of any algorithm: empty, hence never valid.
            signature: signature.as_bytes().unwrap_or_default().to_vec(),
            responder: data.responder,
            produced_at: data.produced_at,
            singles: data.singles,
            unknown_critical: data.unknown_critical,
            certificates,
        })
    })?;
    reader.finish()?;
    Ok(basic)
}

struct Data {
    responder: ResponderId,
    produced_at: jiff::Timestamp,
    singles: Vec<Single>,
    unknown_critical: Option<Oid>,
}

/// ResponseData.
fn response_data(der: &[u8]) -> Result<Data, FieldError> {
    let mut reader = SliceReader::new(der)?;
    let data = reader.sequence(|r| {
        if is_tagged(r, 0) {
            let version = explicit(r, 0).field("version")?;
            if u8::from_der(version.value()).field("version")? != 0 {
                return Err(FieldError::new("version", "not version 1"));
            }
        }
        let responder = responder(r).field("responderID")?;
        let produced_at = time::read_generalized_time(r).field("producedAt")?;
        let singles = singles(r).field("responses")?;
        let unknown_critical = extensions(r, 1).field("responseExtensions")?;
        Ok(Data { responder, produced_at, singles, unknown_critical })
    })?;
    reader.finish()?;
    Ok(data)
}

fn responder(reader: &mut SliceReader<'_>) -> Result<ResponderId, FieldError> {
    if is_tagged(reader, 1) {
        let any = explicit(reader, 1)?;
        return Ok(ResponderId::Name(DistinguishedName::read_whole(any.value())?));
    }
    let any = explicit(reader, 2)?;
    let hash = <&OctetStringRef>::from_der(any.value())?;
    Ok(ResponderId::KeyHash(hash.as_bytes().to_vec()))
}

fn singles(reader: &mut SliceReader<'_>) -> Result<Vec<Single>, FieldError> {
    let mut singles = Vec::new();
    reader.sequence(|list| {
        while !list.is_finished() {
            if singles.len() == OCSP_SINGLES_MAX {
                return Err(FieldError::new("", "too many responses"));
            }
            singles.push(list.sequence(single)?);
        }
        Ok(())
    })?;
    Ok(singles)
}

fn single(reader: &mut SliceReader<'_>) -> Result<Single, FieldError> {
    let id = reader.sequence(cert_id).field("certID")?;
    let status = cert_status(reader).field("certStatus")?;
    let this_update = time::read_generalized_time(reader).field("thisUpdate")?;
    let next_update = if is_tagged(reader, 0) {
        let any = explicit(reader, 0).field("nextUpdate")?;
        let mut inner = SliceReader::new(any.value())?;
        let at = time::read_generalized_time(&mut inner).field("nextUpdate")?;
        inner.finish().field("nextUpdate")?;
        Some(at)
    } else {
        None
    };
    let unknown_critical = extensions(reader, 1).field("singleExtensions")?;
    Ok(Single { id, status, this_update, next_update, unknown_critical })
}

fn cert_id(reader: &mut SliceReader<'_>) -> Result<CertId, FieldError> {
    let digest = reader.sequence(|r| {
        let digest = Oid::decode(r)?;
        if !r.is_finished() {
            AnyRef::decode(r)?;
        }
        Ok::<_, FieldError>(digest)
    })?;
    let issuer_name = <&OctetStringRef>::decode(reader)?.as_bytes().to_vec();
    let issuer_key = <&OctetStringRef>::decode(reader)?.as_bytes().to_vec();
    let serial = read_serial(reader)?[2..].to_vec();
    Ok(CertId { digest: IdDigest::of(digest), issuer_name, issuer_key, serial })
}

fn cert_status(reader: &mut SliceReader<'_>) -> Result<CertStatus, FieldError> {
    let any = AnyRef::decode(reader)?;
    let tag = any.tag();
    if !tag.is_context_specific() {
        return Err(FieldError::new("", "unexpected field"));
    }
    match (tag.number().value(), tag.is_constructed(), any.value()) {
        (0, false, []) => Ok(CertStatus::Good),
        (2, false, []) => Ok(CertStatus::Unknown),
        (1, true, content) => revoked(content),
        _ => Err(FieldError::new("", "no such status")),
    }
}

/// RevokedInfo.
fn revoked(content: &[u8]) -> Result<CertStatus, FieldError> {
    let mut reader = SliceReader::new(content)?;
    let at = time::read_generalized_time(&mut reader).field("revocationTime")?;
    let reason = if is_tagged(&reader, 0) {
        let any = explicit(&mut reader, 0)?;
        Reason::from_der(any.value())?
    } else {
        Reason::Unspecified
    };
    reader.finish()?;
    Ok(CertStatus::Revoked { at, reason })
}

fn certificates(reader: &mut SliceReader<'_>) -> Result<Vec<Certificate>, FieldError> {
    let any = explicit(reader, 0)?;
    let mut inner = SliceReader::new(any.value())?;
    let mut found = Vec::new();
    inner.sequence(|list| {
        while !list.is_finished() {
            if found.len() == OCSP_CERTIFICATES_MAX {
                return Err(FieldError::new("", "too many certificates"));
            }
            let der = list.tlv_bytes()?;
            let read = Certificate::from_der(der);
            found.push(read.map_err(|error| FieldError::new("", error.to_string()))?);
        }
        Ok(())
    })?;
    inner.finish()?;
    Ok(found)
}

/// Extensions under an explicit tag, if there are any; says which critical one is not understood.
fn extensions(reader: &mut SliceReader<'_>, number: u32) -> Result<Option<Oid>, FieldError> {
    if reader.is_finished() {
        return Ok(None);
    }
    let any = explicit(reader, number)?;
    let mut inner = SliceReader::new(any.value())?;
    let list = Extension::read_all(&mut inner)?;
    inner.finish()?;
    // The SCTs of RFC 6962 3.3 restrict nothing; every other critical one may.
    let unknown = list.iter().find(|e| e.critical && e.oid != oid::OCSP_SCTS);
    Ok(unknown.map(|extension| extension.oid))
}

fn is_tagged(reader: &SliceReader<'_>, number: u32) -> bool {
    !reader.is_finished()
        && Tag::peek(reader).is_ok_and(|tag| {
            tag.is_context_specific() && tag.is_constructed() && tag.number().value() == number
        })
}

/// The value under an explicit context tag.
fn explicit<'r>(reader: &mut SliceReader<'r>, number: u32) -> Result<AnyRef<'r>, FieldError> {
    if !is_tagged(reader, number) {
        return Err(FieldError::new("", format!("[{number}] expected")));
    }
    Ok(AnyRef::decode(reader)?)
}

//! A stapled OCSP response: what it says and until when (RFC 6960 4.2.1). Its signature is not
//! checked here: that needs the issuer, and a client does it.

use der::{
    Decode, Reader, SliceReader, Tag, TagNumber,
    asn1::{AnyRef, GeneralizedTime},
};
use jiff::Timestamp;

/// Longest response that is read, in octets.
const BYTES_MAX: usize = 64 * 1024;

/// What is said of the certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It is not revoked.
    Good,
    /// It is revoked.
    Revoked,
    /// The responder does not know it.
    Unknown,
}

impl Status {
    /// The word in text and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Revoked => "revoked",
            Self::Unknown => "unknown",
        }
    }
}

/// The first single response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staple {
    /// What is said.
    pub status: Status,
    /// Content octets of the serial number that it is about.
    pub serial: Vec<u8>,
    /// As of when.
    pub this_update: Timestamp,
    /// Until when there will be a newer one.
    pub next_update: Option<Timestamp>,
}

impl Staple {
    /// Reads an OCSPResponse.
    ///
    /// # Errors
    /// What is wrong with it, for people: a status other than successful, or not readable.
    pub fn read(der: &[u8]) -> Result<Self, String> {
        if der.len() > BYTES_MAX {
            return Err(format!("it has more than {BYTES_MAX} octets"));
        }
        let (status, basic) = outer(der).map_err(|_| "it cannot be read".to_owned())?;
        if status != 0 {
            return Err(format!("the responder answered with {}", refusal(status)));
        }
        basic.and_then(|basic| first_single(basic).ok()).ok_or_else(|| "it cannot be read".into())
    }
}

fn refusal(status: u8) -> String {
    match status {
        1 => "malformedRequest".into(),
        2 => "internalError".into(),
        3 => "tryLater".into(),
        5 => "sigRequired".into(),
        6 => "unauthorized".into(),
        other => format!("status {other}"),
    }
}

/// responseStatus, and the octets of the BasicOCSPResponse.
fn outer(der: &[u8]) -> der::Result<(u8, Option<&[u8]>)> {
    let mut reader = SliceReader::new(der)?;
    reader.sequence(|r| {
        let status = AnyRef::decode(r)?;
        if status.header().tag() != Tag::Enumerated {
            return Err(Tag::Enumerated.value_error().into());
        }
        let status = status.value().first().copied().unwrap_or(u8::MAX);
        if r.is_finished() {
            return Ok((status, None));
        }
        let bytes = AnyRef::decode(r)?;
        let mut bytes = SliceReader::new(bytes.value())?;
        let basic = bytes.sequence(|b| {
            let _response_type = AnyRef::decode(b)?;
            Ok::<_, der::Error>(AnyRef::decode(b)?.value())
        })?;
        Ok((status, Some(basic)))
    })
}

fn first_single(basic: &[u8]) -> der::Result<Staple> {
    let basic = AnyRef::from_der(basic)?;
    let mut basic = SliceReader::new(basic.value())?;
    let data = AnyRef::decode(&mut basic)?;
    let mut data = SliceReader::new(data.value())?;
    // version [0] and responderID [1] or [2] stand before producedAt.
    while Tag::peek(&data)?.is_context_specific() {
        AnyRef::decode(&mut data)?;
    }
    let _produced_at = GeneralizedTime::decode(&mut data)?;
    let responses = AnyRef::decode(&mut data)?;
    let mut responses = SliceReader::new(responses.value())?;
    let single = AnyRef::decode(&mut responses)?;
    read_single(&mut SliceReader::new(single.value())?)
}

fn read_single(reader: &mut SliceReader<'_>) -> der::Result<Staple> {
    let id = AnyRef::decode(reader)?;
    let mut id = SliceReader::new(id.value())?;
    let (_algorithm, _name, _key) =
        (AnyRef::decode(&mut id)?, AnyRef::decode(&mut id)?, AnyRef::decode(&mut id)?);
    let serial = AnyRef::decode(&mut id)?.value().to_vec();
    let status = match AnyRef::decode(reader)?.header().tag().number().value() {
        0 => Status::Good,
        1 => Status::Revoked,
        _ => Status::Unknown,
    };
    let this_update = timestamp(GeneralizedTime::decode(reader)?)?;
    let next = reader.context_specific::<GeneralizedTime>(TagNumber(0), der::TagMode::Explicit)?;
    let next_update = next.map(timestamp).transpose()?;
    Ok(Staple { status, serial, this_update, next_update })
}

fn timestamp(time: GeneralizedTime) -> der::Result<Timestamp> {
    let seconds = i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX);
    Timestamp::from_second(seconds).map_err(|_| Tag::GeneralizedTime.value_error().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_and_garbage_are_told_apart() {
        let said = |der: &[u8]| Staple::read(der).unwrap_err();
        assert_eq!(said(&[0x30, 3, 0x0a, 1, 3]), "the responder answered with tryLater");
        assert_eq!(said(&[0x30, 3, 0x0a, 1, 0]), "it cannot be read");
        assert_eq!(said(b"garbage"), "it cannot be read");
        assert_eq!(said(&[]), "it cannot be read");
    }
}

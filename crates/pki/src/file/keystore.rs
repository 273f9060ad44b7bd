//! PKCS#12 files (RFC 7292).

use counterfoil_crypto::{CryptoError, pbe, pkcs12_mac};
use counterfoil_secret::{Secret, SecretBytes};
use der::{
    Decode, Reader as _, SliceReader,
    asn1::{AnyRef, OctetStringRef},
};

use super::{Content, MAC_OLD, PASSPHRASE_WRONG, Place, item::Reader};
use crate::{
    error::{FieldError, InField},
    oid::Oid,
    view::AttributeView,
};

/// Depth of bags inside of bags.
const DEPTH_MAX: usize = 4;

const DATA: Oid = Oid::from_arcs(&[1, 2, 840, 113549, 1, 7, 1]);
const ENCRYPTED_DATA: Oid = Oid::from_arcs(&[1, 2, 840, 113549, 1, 7, 6]);
const BAGS: Oid = Oid::from_arcs(&[1, 2, 840, 113549, 1, 12, 10, 1]);
const FRIENDLY_NAME: Oid = Oid::from_arcs(&[1, 2, 840, 113549, 1, 9, 20]);

/// A PKCS#12 file.
#[derive(Debug, Default)]
pub struct Keystore {
    /// What its MAC says: `holds`, `unchecked`, `absent`, `wrong`.
    pub mac: &'static str,
    /// What its parts are encrypted with, in order.
    pub encryption: Vec<String>,
}

/// `PFX`, taken apart.
struct Pfx<'a> {
    content: &'a [u8],
    mac: Option<&'a [u8]>,
}

/// Reads a PKCS#12 file; what it holds follows it.
pub(super) fn read(reader: &mut Reader<'_>, place: Place, label: Option<&str>, der: &[u8]) {
    let pfx = match Pfx::read(der) {
        Ok(pfx) => pfx,
        Err(error) => {
            let summary = format!("{} at offset {}: {}", error.field, error.offset, error.reason);
            return reader.remark(super::damage(&error), &place, summary);
        }
    };
    let empty = Secret::new(String::new());
    let passphrase = reader.passphrase.unwrap_or(&empty);
    let mut store = Keystore { mac: "absent", encryption: Vec::new() };
    match pfx.mac.map(|mac| pkcs12_mac::check(mac, pfx.content, passphrase)) {
        Some(Ok(())) => store.mac = "holds",
        Some(Err(CryptoError::VaultUnopened)) => {
            store.mac = "wrong";
            if reader.passphrase.is_some() {
                reader.passphrase_remark(&PASSPHRASE_WRONG, &place, "its MAC does not hold");
            } else {
                let summary = "the file is under a passphrase, and none was given";
                reader.passphrase_remark(&super::PASSPHRASE_WANTED, &place, summary);
            }
        }
        Some(Err(error)) => {
            store.mac = "unchecked";
            reader.remark(&MAC_OLD, &place, error.to_string());
        }
        None => reader.remark(&MAC_OLD, &place, "it has no MAC"),
    }
    let wrong = store.mac == "wrong";
    let store_opens = store.mac == "holds";
    let parts = parts(pfx.content);
    let mut opened = Vec::new();
    for (number, part) in (1..).zip(parts.as_deref().unwrap_or_default()) {
        let place = place.inside(format!("part {number}"));
        if let Part::Encrypted { scheme, .. } = part {
            store.encryption.push(pbe::describe(scheme));
        }
        match part {
            Part::Plain(safe) => opened.push(SecretBytes::from(safe.to_vec())),
            Part::Encrypted { .. } if wrong => {}
            Part::Encrypted { scheme, octets } => match pbe::open(scheme, octets, passphrase) {
                Ok(safe) => opened.push(safe),
                Err(error) => reader.unopened(&place, &error),
            },
            Part::Other(kind) => {
                reader.remark(&super::UNOPENED, &place, format!("its content type is {kind}"));
            }
        }
    }
    reader.push(place.clone(), label, Content::Keystore(store));
    if let Err(error) = parts {
        let summary = format!("{}: {}", error.field, error.reason);
        reader.remark(super::damage(&error), &place, summary);
    }
    let opens = (store_opens || reader.passphrase.is_some()).then_some(passphrase);
    let mut numbers = Numbers { passphrase: opens, ..Numbers::default() };
    for safe in &opened {
        read_safe(reader, &place, safe.expose(), &mut numbers, 0);
    }
}

impl<'a> Pfx<'a> {
    fn read(der: &'a [u8]) -> Result<Self, FieldError> {
        let mut reader = SliceReader::new(der)?;
        reader.sequence(|r| {
            if u8::decode(r).field("version")? != 3 {
                return Err(FieldError::new("version", "not 3"));
            }
            let content = r
                .sequence(|c| {
                    let kind = Oid::decode(c)?;
                    if kind != DATA {
                        return Err(FieldError::new("authSafe", "it is signed, not under a MAC"));
                    }
                    let any = AnyRef::decode(c)?;
                    Ok(<&OctetStringRef>::from_der(any.value())?.as_bytes())
                })
                .field("authSafe")?;
            let mac = if r.is_finished() { None } else { Some(r.tlv_bytes()?) };
            Ok(Self { content, mac })
        })
    }
}

/// A part of the AuthenticatedSafe.
enum Part<'a> {
    Plain(&'a [u8]),
    Encrypted { scheme: &'a [u8], octets: &'a [u8] },
    Other(Oid),
}

fn parts(content: &[u8]) -> Result<Vec<Part<'_>>, FieldError> {
    let mut parts = Vec::new();
    let mut reader = SliceReader::new(content)?;
    reader.sequence(|list| {
        while !list.is_finished() && parts.len() < super::ITEMS_MAX {
            parts.push(list.sequence(read_part).field("contentInfo")?);
        }
        Ok::<_, FieldError>(())
    })?;
    Ok(parts)
}

fn read_part<'a>(reader: &mut SliceReader<'a>) -> Result<Part<'a>, FieldError> {
    let kind = Oid::decode(reader)?;
    let any = AnyRef::decode(reader)?;
    match kind {
        DATA => Ok(Part::Plain(<&OctetStringRef>::from_der(any.value())?.as_bytes())),
        ENCRYPTED_DATA => {
            let mut inner = SliceReader::new(any.value())?;
            inner.sequence(|e| {
                u8::decode(e)?;
                e.sequence(|info| {
                    Oid::decode(info)?;
                    let scheme = info.tlv_bytes()?;
                    let octets = AnyRef::decode(info)?.value();
                    Ok::<_, FieldError>(Part::Encrypted { scheme, octets })
                })
            })
        }
        other => Ok(Part::Other(other)),
    }
}

/// Numbers that items are given as they are met.
#[derive(Default)]
struct Numbers<'a> {
    /// The one that the MAC holds under.
    passphrase: Option<&'a Secret<String>>,
    key: usize,
    certificate: usize,
    crl: usize,
    other: usize,
}

fn next(number: &mut usize) -> usize {
    *number += 1;
    *number
}

/// `SafeContents`: bags in a row.
fn read_safe(
    reader: &mut Reader<'_>,
    place: &Place,
    safe: &[u8],
    numbers: &mut Numbers<'_>,
    depth: usize,
) {
    let mut rest = SliceReader::new(safe).and_then(|mut outer| {
        let any = AnyRef::decode(&mut outer)?;
        SliceReader::new(any.value())
    });
    let Ok(list) = &mut rest else {
        return reader.remark(&super::DAMAGED, place, "its SafeContents cannot be read");
    };
    while !list.is_finished() && !reader.is_full() {
        let read = list.sequence(|r| {
            let kind = Oid::decode(r)?;
            let value = AnyRef::decode(r)?.value();
            let name = if r.is_finished() { None } else { friendly_name(r.tlv_bytes()?) };
            Ok::<_, FieldError>((kind, value, name))
        });
        let Ok((kind, value, name)) = read else {
            return reader.remark(&super::DAMAGED, place, "one of its bags cannot be read");
        };
        let before = numbers.key + numbers.certificate + numbers.crl;
        match kind.last_arc_under(&BAGS) {
            Some(1 | 2) => {
                let inside = place.inside(format!("key {}", next(&mut numbers.key)));
                reader.private_key(inside, None, value, numbers.passphrase);
            }
            Some(3) => {
                let number = next(&mut numbers.certificate);
                let inside = place.inside(format!("certificate {number}"));
                match wrapped(value) {
                    Ok(der) => reader.certificate(inside, None, der),
                    Err(error) => reader.remark(&super::DAMAGED, &inside, error.reason),
                }
            }
            Some(4) => {
                let inside = place.inside(format!("CRL {}", next(&mut numbers.crl)));
                match wrapped(value) {
                    Ok(der) => reader.crl(inside, None, der),
                    Err(error) => reader.remark(&super::DAMAGED, &inside, error.reason),
                }
            }
            Some(6) if depth < DEPTH_MAX => read_safe(reader, place, value, numbers, depth + 1),
            _ => {
                let inside = place.inside(format!("bag {}", next(&mut numbers.other)));
                reader.push(inside, None, Content::Unknown { bytes: value.len() });
            }
        }
        if numbers.key + numbers.certificate + numbers.crl > before && name.is_some() {
            reader.name_last(name);
        }
    }
}

/// `CertBag` and `CRLBag`: a type, and the value in an OCTET STRING.
fn wrapped(der: &[u8]) -> Result<&[u8], FieldError> {
    let mut reader = SliceReader::new(der)?;
    reader.sequence(|r| {
        Oid::decode(r)?;
        let any = AnyRef::decode(r)?;
        Ok::<_, FieldError>(<&OctetStringRef>::from_der(any.value())?.as_bytes())
    })
}

/// The friendlyName among a bag's attributes.
fn friendly_name(attributes: &[u8]) -> Option<String> {
    let set = AnyRef::try_from(attributes).ok()?;
    let mut list = SliceReader::new(set.value()).ok()?;
    while !list.is_finished() {
        let attribute = list.sequence(|r| {
            let oid = Oid::decode(r)?;
            let value = AnyRef::try_from(AnyRef::decode(r)?.value())?;
            let (tag, octets) = (value.header().tag(), value.value().to_vec());
            Ok::<_, der::Error>(AttributeView { oid, tag, octets })
        });
        match attribute {
            Ok(attribute) if attribute.oid == FRIENDLY_NAME => {
                return Some(crate::view::printable(&attribute.text()));
            }
            Ok(_) => {}
            Err(_) => return None,
        }
    }
    None
}

//! Octets of every type, made from the published tables alone: an encoder that knows nothing of
//! the one under test.

use counterfoil_message::codec::{Asn1, Field, Presence, Shape, TagMode, TypeInfo};

/// Which optional parts a sample has.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fill {
    Nothing,
    Everything,
    Random,
}

/// A small generator of numbers (splitmix64); the same seed gives the same samples.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % end as u64).unwrap()
    }
}

/// DER of some value of type `T`.
pub(crate) fn der_of<T: Asn1>(fill: Fill, dice: &mut Dice) -> Vec<u8> {
    match T::INFO {
        Some(info) if T::LIST => tlv(0x30, &encode(info, fill, dice)),
        Some(info) => encode(info, fill, dice),
        None => foreign(T::NAME),
    }
}

/// DER of some value of the type that `info` describes.
pub(crate) fn encode(info: &TypeInfo, fill: Fill, dice: &mut Dice) -> Vec<u8> {
    match info.shape {
        Shape::Sequence(fields) => {
            let body: Vec<u8> =
                fields.iter().flat_map(|field| encode_field(field, fill, dice)).collect();
            tlv(0x30, &body)
        }
        Shape::Choice(fields) => {
            let choice = &fields[dice.below(fields.len())];
            encode_field(choice, fill, dice)
        }
        Shape::Enumerated(values) => {
            let value = &values[dice.below(values.len())];
            tlv(0x0a, &integer(i64::from(value.number)))
        }
        Shape::Octets { min, max } => {
            let len = if dice.below(2) == 0 { min } else { max.min(min + 40) };
            let octets: Vec<u8> = (0..len).map(|_| dice.below(256) as u8).collect();
            tlv(0x04, &octets)
        }
        Shape::Text { .. } if info.name == "CardExpiry" => tlv(0x12, b"203012"),
        Shape::Text { string, min, max } => {
            let tag = match string {
                "VisibleString" => 0x1a,
                "NumericString" => 0x12,
                "UTF8String" => 0x0c,
                other => panic!("no sample for {other}"),
            };
            let len = if dice.below(2) == 0 { min } else { max.min(min + 40) };
            tlv(tag, &vec![b'0' + dice.below(10) as u8; len])
        }
        Shape::Number { min, max } => {
            let number = [min, max, min + (max - min) / 3][dice.below(3)];
            tlv(0x02, &integer(number))
        }
        Shape::Alias { info: Some(info), .. } => encode(info, fill, dice),
        Shape::Alias { info: None, type_name, .. } => foreign(type_name),
    }
}

fn encode_field(field: &Field, fill: Fill, dice: &mut Dice) -> Vec<u8> {
    let present = match (field.presence, fill) {
        (Presence::Required, _) | (_, Fill::Everything) => true,
        (_, Fill::Nothing) => false,
        (_, Fill::Random) => dice.below(2) == 0,
    };
    if !present {
        return Vec::new();
    }
    let value = match field.presence {
        Presence::Default("true") => tlv(0x01, &[0]),
        Presence::Default("Count::ZERO") => tlv(0x02, &[5]),
        _ => encode_value(field, fill, dice),
    };
    match field.tag {
        None => value,
        Some((number, TagMode::Explicit)) => tlv_high(0xa0, number, &value),
        Some((number, TagMode::Implicit)) => {
            let (tag, body) = open(&value);
            tlv_high(0x80 | (tag & 0x20), number, body)
        }
    }
}

fn encode_value(field: &Field, fill: Fill, dice: &mut Dice) -> Vec<u8> {
    let one = |dice: &mut Dice| match field.info {
        Some(info) => encode(info, fill, dice),
        None => foreign(field.type_name),
    };
    if !field.list {
        return one(dice);
    }
    let count = 1 + dice.below(2);
    let body: Vec<u8> = (0..count).flat_map(|_| one(dice)).collect();
    tlv(0x30, &body)
}

/// Values of the types that have no table of ours.
fn foreign(type_name: &str) -> Vec<u8> {
    let operator = type_name.split('(').next().unwrap();
    match operator {
        "BOOLEAN" => tlv(0x01, &[0xff]),
        "NULL" => tlv(0x05, &[]),
        "OBJECT IDENTIFIER" => tlv(0x06, &[0x2a, 0x86, 0x48]),
        "Date" => tlv(0x18, b"20300102030405Z"),
        "Version" => tlv(0x02, &[2]),
        "PAN" => tlv(0x12, b"4929123412341232"),
        "DigestAlgorithm" => sha256(),
        "ANY" => tlv(0x30, &tlv(0x05, &[])),
        "SubjectPublicKeyInfo" => tlv(0x30, &tlv(0x03, &[0, 1, 2])),
        "DetachedDigest" => {
            let body = [tlv(0x06, &[0x2a, 3]), sha256(), tlv(0x04, &[7; 32])].concat();
            tlv(0x30, &body)
        }
        "ContentInfo" | "S" | "SO" | "Enc" | "EncK" | "EncX" | "EX" => {
            let body = [tlv(0x06, &[0x2a, 4]), tlv(0xa0, &tlv(0x30, &[]))].concat();
            tlv(0x30, &body)
        }
        "Message" => tlv_high(0xa0, 999, &tlv(0x30, &[])),
        other => panic!("no sample for {other}"),
    }
}

fn sha256() -> Vec<u8> {
    tlv(0x30, &tlv(0x06, &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01]))
}

fn integer(number: i64) -> Vec<u8> {
    let mut octets = number.to_be_bytes().to_vec();
    while octets.len() > 1
        && (octets[0] == 0 && octets[1] < 0x80 || octets[0] == 0xff && octets[1] >= 0x80)
    {
        octets.remove(0);
    }
    octets
}

/// One element with a one-octet tag.
pub(crate) fn tlv(tag: u8, body: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    push_length(&mut out, body.len());
    out.extend(body);
    out
}

/// One element with any tag number.
pub(crate) fn tlv_high(class: u8, number: u32, body: &[u8]) -> Vec<u8> {
    if number < 31 {
        return tlv(class | number as u8, body);
    }
    assert!(number < 1 << 14);
    let mut out = vec![class | 0x1f];
    if number > 0x7f {
        out.push(0x80 | (number >> 7) as u8);
    }
    out.push((number & 0x7f) as u8);
    push_length(&mut out, body.len());
    out.extend(body);
    out
}

fn push_length(out: &mut Vec<u8>, len: usize) {
    match len {
        0..0x80 => out.push(len as u8),
        0x80..0x100 => out.extend([0x81, len as u8]),
        0x100..0x1_0000 => out.extend([0x82, (len >> 8) as u8, len as u8]),
        _ => out.extend([0x83, (len >> 16) as u8, (len >> 8) as u8, len as u8]),
    }
}

fn open(element: &[u8]) -> (u8, &[u8]) {
    let start = match element[1] {
        len if len < 0x80 => 2,
        len => 2 + usize::from(len & 0x7f),
    };
    (element[0], &element[start..])
}

/// Runs `$check` for every message and for every content that is signed or sealed.
macro_rules! for_every_type {
    ($check:ident) => {
        for_every_type!(@ $check
            wrapper: MessageHeader MessageWrapper;
            instruction: Pi PiHead PiData PiTbs PiContext PiDualSignedTbe PiOiLink;
            primitive: PanData PanData0 PanToken PanOnly AcctInfo;
            token: CapToken CapTokenData CapTokenDataX AuthTokenTbe;
            exchange::purchase_init: PInitReq PInitResData PInitRes;
            exchange::purchase: OiData HodInput PReq PResData PRes AuthReceipt CapReceipt
                AuthRevReceipt AcqCardCodeMsg;
            exchange::inquiry: InqReqData InqReq InqRes;
            exchange::authorization: AuthReqData AuthReq AuthResData AuthResBaggage AuthRes;
            exchange::authorization_reversal: AuthRevReqData AuthRevReqBaggage AuthRevReq
                AuthRevResData AuthRevResBaggage AuthRevRes;
            exchange::capture: CapReqData CapReq CapResData CapRes;
            exchange::gateway_certificate: PCertReqData PCertReq PCertResTbs PCertRes;
            exchange::card_init: CardCInitReq CardCInitResTbs CardCInitRes;
            exchange::merchant_acquirer_init: MeAqCInitReq MeAqCInitResTbs MeAqCInitRes;
            exchange::reg_form: RegFormReqData RegFormReq RegFormResTbs RegFormRes;
            exchange::certificate_request: CertReqData CertReq CertResData CertRes;
            exchange::certificate_inquiry: CertInqReqTbs CertInqReq CertInqRes;
            exchange::error_message: ErrorTbs ErrorMessage;
        )
    };
    (@ $check:ident $($module:ident $(::$inner:ident)?: $($type:ident)*;)*) => {
        $({
            use counterfoil_message::$module$(::$inner)?::{$($type),*};
            $($check::<$type>();)*
        })*
    };
}

pub(crate) use for_every_type;

//! Messages that the tests share.

use counterfoil_iso8583::field::number as n;
use counterfoil_iso8583::original::replacement_text;
use counterfoil_iso8583::private_data::PrivateData;
use counterfoil_iso8583::{FieldValue, Message, Mti};
use counterfoil_secret::Pan;

pub(crate) const PAN: &str = "4929123412341232";

/// An authorization as a SET gateway asks for it.
pub(crate) fn authorization() -> Message {
    let private = PrivateData { xid: Some([0x5A; 20]), ..PrivateData::default() };
    Message::new(Mti::AUTHORIZATION)
        .with_pan(&Pan::parse(PAN).unwrap())
        .with(n::PROCESSING_CODE, "000000")
        .with(n::AMOUNT, "4999")
        .with(n::TRANSMISSION_TIME, "1123133741")
        .with(n::STAN, "42")
        .with(n::LOCAL_TIME, "133741")
        .with(n::LOCAL_DATE, "1123")
        .with(n::EXPIRY, "2912")
        .with(n::MERCHANT_TYPE, "5942")
        .with(n::ENTRY_MODE, "810")
        .with(n::CONDITION_CODE, "59")
        .with(n::ACQUIRER, "4001001")
        .with(n::RRN, "632813000042")
        .with(n::TERMINAL, "SHOP0001")
        .with(n::MERCHANT, "BOOKS-1")
        .with(n::MERCHANT_NAME, "Books, Lyon FR")
        .with(n::PRIVATE_DATA, private.field_text())
        .with(n::CURRENCY, "978")
}

/// A partial reversal: both bitmaps.
pub(crate) fn reversal() -> Message {
    Message::new(Mti::REVERSAL_ADVICE.repeat())
        .with(n::AMOUNT, "4999")
        .with(n::STAN, "43")
        .with(n::ACQUIRER, "4001001")
        .with(n::ORIGINAL_DATA, "010000004211231337410000400100100000000000")
        .with(n::REPLACEMENT_AMOUNTS, replacement_text(1000))
}

/// A message with every kind of field: odd lengths, signs, track data, octets.
pub(crate) fn every_kind() -> Message {
    let mut message = Message::new(Mti::FINANCIAL)
        .with(n::PAN, "4929123412341")
        .with(28, "C00000150")
        .with(32, "123")
        .with(35, "4929123412341=2912")
        .with(44, "x")
        .with(n::CURRENCY, "36")
        .with(61, "")
        .with(97, "D0000000000000001")
        .with(102, "DE001234");
    message.fields.insert(52, FieldValue::Protected(vec![0, 1, 2, 3, 4, 5, 254, 255].into()));
    message.fields.insert(n::MAC_SECONDARY, FieldValue::Octets(vec![0xAA; 8]));
    message
}

//! [`Stored`]: a value of a message as a field of a record, written as base64 of its DER.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use counterfoil_message::codec::{self, Asn1};

/// A value of a message inside a record. What is written is exactly what went over the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored<T>(pub T);

impl<T: Asn1> Serialize for Stored<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let der = codec::encode(&self.0).map_err(serde::ser::Error::custom)?;
        serializer.serialize_str(&STANDARD.encode(der))
    }
}

impl<'de, T: Asn1> Deserialize<'de> for Stored<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        let der = STANDARD.decode(text.as_bytes()).map_err(serde::de::Error::custom)?;
        codec::decode(&der).map(Self).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use counterfoil_message::primitive::Xid;

    #[test]
    fn a_value_goes_into_a_record_and_back_and_other_text_does_not() {
        let stored = Stored(Xid::new([7; 20]));
        let text = serde_json::to_string(&stored).unwrap();
        assert_eq!(serde_json::from_str::<Stored<Xid>>(&text).unwrap(), stored);
        assert!(serde_json::from_str::<Stored<Xid>>("\"BAMHBwc=\"").is_err());
        assert!(serde_json::from_str::<Stored<Xid>>("\"?\"").is_err());
    }
}

//! [`Date`]: a moment, to the second, in UTC.

use std::time::Duration;

use der::asn1::GeneralizedTime;
use der::{DecodeValue, EncodeValue, FixedTag, Header, Length, Reader, Tag, Writer};
use jiff::Timestamp;

use crate::codec::table::asn1_name;

/// `GeneralizedTime` as DER has it: `YYYYMMDDHHMMSSZ`, from 1970 to 9999.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date(GeneralizedTime);

impl Date {
    /// The second in which `moment` lies; moments before 1970 become 1970.
    pub fn new(moment: Timestamp) -> Self {
        let seconds = u64::try_from(moment.as_second()).unwrap_or(0);
        let time = GeneralizedTime::from_unix_duration(Duration::from_secs(seconds));
        Self(time.expect("invariant: jiff's last timestamp is within the year 9999"))
    }

    /// The moment.
    pub fn timestamp(self) -> Timestamp {
        let seconds = i64::try_from(self.0.to_unix_duration().as_secs()).unwrap_or(i64::MAX);
        Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX)
    }
}

impl From<Timestamp> for Date {
    fn from(moment: Timestamp) -> Self {
        Self::new(moment)
    }
}

impl std::fmt::Display for Date {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.timestamp())
    }
}

impl std::fmt::Debug for Date {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}

impl FixedTag for Date {
    const TAG: Tag = Tag::GeneralizedTime;
}

impl<'r> DecodeValue<'r> for Date {
    type Error = der::Error;

    fn decode_value<R: Reader<'r>>(reader: &mut R, header: Header) -> der::Result<Self> {
        GeneralizedTime::decode_value(reader, header).map(Self)
    }
}

impl EncodeValue for Date {
    fn value_len(&self) -> der::Result<Length> {
        self.0.value_len()
    }

    fn encode_value(&self, writer: &mut impl Writer) -> der::Result<()> {
        self.0.encode_value(writer)
    }
}

asn1_name!(Date, "Date");

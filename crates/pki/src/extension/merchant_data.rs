//! merchantData (2.23.42.7.2): who a merchant is to its acquirer and on the statement.

use der::{
    Decode, Encode, Reader, SliceReader, Tag, TagNumber,
    asn1::{Any, AnyRef},
};

use crate::error::{FieldError, InField};

/// Most languages that one merchant is named in.
const MERCHANT_NAMES_MAX: usize = 16;

/// The merchant as its acquirer knows it (SET 1.0 Book 3, merchantData).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MerchantData {
    /// Merchant id assigned by the acquirer, 1 to 30 characters.
    pub mer_id: String,
    /// BIN of the acquirer, 6 digits.
    pub mer_acquirer_bin: String,
    /// Names and addresses, one entry for each language.
    pub mer_names: Vec<MerNames>,
    /// ISO 3166 numeric country, 1 to 999.
    pub mer_country: u16,
    /// TRUE: the gateway may give the merchant additional payment data.
    pub mer_auth_flag: bool,
}

/// A merchant's name and address in one language.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MerNames {
    /// RFC 5646 language tag, 1 to 35 characters.
    pub language: Option<String>,
    /// Name, 1 to 50 characters.
    pub name: String,
    /// City, 1 to 50 characters.
    pub city: String,
    /// State or province, 1 to 50 characters.
    pub state_province: Option<String>,
    /// Postal code, 1 to 14 characters.
    pub postal_code: Option<String>,
    /// Country, 1 to 50 characters.
    pub country_name: String,
}

impl MerchantData {
    pub(crate) fn from_der(der: &[u8]) -> Result<Self, FieldError> {
        let mut reader = SliceReader::new(der)?;
        let data = reader.sequence(|r| {
            let mer_id = bounded(&AnyRef::decode(r)?, 30).field("merID")?;
            let mer_acquirer_bin = read_bin(&AnyRef::decode(r)?).field("merAcquirerBIN")?;
            let mer_names = read_names(r).field("merNameSeq")?;
            let mer_country = u16::decode(r).field("merCountry")?;
            if !(1..=999).contains(&mer_country) {
                return Err(FieldError::new("merCountry", "not between 1 and 999"));
            }
            let flag = Option::<bool>::decode(r).field("merAuthFlag")?;
            let mer_auth_flag = flag.unwrap_or(true);
            Ok(Self { mer_id, mer_acquirer_bin, mer_names, mer_country, mer_auth_flag })
        })?;
        reader.finish()?;
        Ok(data)
    }

    pub(crate) fn to_der(&self) -> der::Result<Vec<u8>> {
        let mut names = Vec::new();
        for entry in &self.mer_names {
            names.push(entry.to_any()?);
        }
        let mut content = Any::new(Tag::Utf8String, self.mer_id.as_bytes())?.to_der()?;
        content.extend(Any::new(Tag::NumericString, self.mer_acquirer_bin.as_bytes())?.to_der()?);
        content.extend(names.to_der()?);
        content.extend(self.mer_country.to_der()?);
        if !self.mer_auth_flag {
            content.extend(false.to_der()?);
        }
        Any::new(Tag::Sequence, content)?.to_der()
    }
}

impl MerNames {
    fn read(reader: &mut SliceReader<'_>) -> Result<Self, FieldError> {
        reader.sequence(|r| {
            let mut names = Self::default();
            let mut last = None;
            while !r.is_finished() {
                let any = AnyRef::decode(r)?;
                let tag = any.header().tag();
                let number = tag.number().value();
                if !tag.is_context_specific() || last.is_some_and(|l| l >= number) {
                    return Err(FieldError::new("merNames", "unexpected field"));
                }
                last = Some(number);
                names.set(number, tag, any)?;
            }
            let missing = [&names.name, &names.city, &names.country_name];
            if missing.iter().any(|text| text.is_empty()) {
                return Err(FieldError::new("merNames", "name, city or country is missing"));
            }
            Ok(names)
        })
    }

    fn set(&mut self, number: u32, tag: Tag, any: AnyRef<'_>) -> Result<(), FieldError> {
        if number == 0 && !tag.is_constructed() {
            self.language = Some(text(any.value(), 35).field("language")?);
            return Ok(());
        }
        if !tag.is_constructed() {
            return Err(FieldError::new("merNames", "wrong encoding"));
        }
        let inner = AnyRef::try_from(any.value())?;
        match number {
            1 => self.name = bounded(&inner, 50).field("name")?,
            2 => self.city = bounded(&inner, 50).field("city")?,
            3 => self.state_province = Some(bounded(&inner, 50).field("stateProvince")?),
            4 => self.postal_code = Some(bounded(&inner, 14).field("postalCode")?),
            5 => self.country_name = bounded(&inner, 50).field("countryName")?,
            _ => return Err(FieldError::new("merNames", "unexpected field")),
        }
        Ok(())
    }

    fn to_any(&self) -> der::Result<Any> {
        let mut content = Vec::new();
        if let Some(language) = &self.language {
            let tag = Tag::ContextSpecific { constructed: false, number: TagNumber(0) };
            content.extend(Any::new(tag, language.as_bytes())?.to_der()?);
        }
        let fields = [
            (1, Some(&self.name)),
            (2, Some(&self.city)),
            (3, self.state_province.as_ref()),
            (4, self.postal_code.as_ref()),
            (5, Some(&self.country_name)),
        ];
        for (number, value) in fields {
            let Some(value) = value else { continue };
            let inner = Any::new(Tag::Utf8String, value.as_bytes())?.to_der()?;
            let tag = Tag::ContextSpecific { constructed: true, number: TagNumber(number) };
            content.extend(Any::new(tag, inner)?.to_der()?);
        }
        Any::new(Tag::Sequence, content)
    }
}

fn read_names(reader: &mut SliceReader<'_>) -> Result<Vec<MerNames>, FieldError> {
    let mut names = Vec::new();
    reader.sequence(|list| {
        while !list.is_finished() {
            if names.len() == MERCHANT_NAMES_MAX {
                return Err(FieldError::new("merNameSeq", "too many languages"));
            }
            names.push(MerNames::read(list)?);
        }
        Ok(())
    })?;
    if names.is_empty() {
        return Err(FieldError::new("merNameSeq", "no name at all"));
    }
    Ok(names)
}

fn read_bin(any: &AnyRef<'_>) -> Result<String, FieldError> {
    let digits = any.value();
    let right = any.header().tag() == Tag::NumericString
        && digits.len() == 6
        && digits.iter().all(u8::is_ascii_digit);
    if !right {
        return Err(FieldError::new("", "not a NumericString of six digits"));
    }
    Ok(digits.iter().copied().map(char::from).collect())
}

/// A SETString: VisibleString in SET 1.0, UTF8String in what is issued here; both are read.
fn bounded(any: &AnyRef<'_>, chars_max: usize) -> Result<String, FieldError> {
    match any.header().tag() {
        Tag::Utf8String => text(any.value(), chars_max),
        Tag::VisibleString | Tag::PrintableString if any.value().is_ascii() => {
            text(any.value(), chars_max)
        }
        _ => Err(FieldError::new("", "not a string")),
    }
}

fn text(octets: &[u8], chars_max: usize) -> Result<String, FieldError> {
    let text = std::str::from_utf8(octets).map_err(|_| FieldError::new("", "not UTF-8"))?;
    if text.is_empty() || text.chars().count() > chars_max {
        return Err(FieldError::new("", format!("not 1 to {chars_max} characters")));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> MerchantData {
        MerchantData {
            mer_id: "SHOP-1".into(),
            mer_acquirer_bin: "455612".into(),
            mer_names: vec![MerNames {
                language: Some("de".into()),
                name: "Müller & Söhne".into(),
                city: "Köln".into(),
                state_province: None,
                postal_code: Some("50667".into()),
                country_name: "Deutschland".into(),
            }],
            mer_country: 276,
            mer_auth_flag: true,
        }
    }

    #[test]
    fn reads_what_it_writes() {
        for mer_auth_flag in [true, false] {
            let data = MerchantData { mer_auth_flag, ..sample() };
            assert_eq!(MerchantData::from_der(&data.to_der().unwrap()).unwrap(), data);
        }
    }

    #[test]
    fn refuses_values_out_of_bounds() {
        let refused = |change: fn(&mut MerchantData)| {
            let mut data = sample();
            change(&mut data);
            MerchantData::from_der(&data.to_der().unwrap()).unwrap_err().field
        };
        assert_eq!(refused(|d| d.mer_id = "x".repeat(31)), "merID");
        assert_eq!(refused(|d| d.mer_acquirer_bin = "45561".into()), "merAcquirerBIN");
        assert_eq!(refused(|d| d.mer_country = 1000), "merCountry");
        assert_eq!(refused(|d| d.mer_names.clear()), "merNameSeq");
        assert_eq!(refused(|d| d.mer_names[0].city = "x".repeat(51)), "city");
    }
}

//! Certificate: the chain as it is served (RFC 5246 7.4.2, RFC 8446 4.4.2).

use crate::{
    Malformed, Version,
    extension::{ExtensionType, Extensions},
    limit::CERTIFICATES_MAX,
    message::certificate_status,
    wire::Reader,
};

/// The certificates of one message, as far as they could be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chain {
    /// DER, in the order in which they were sent.
    pub certificates: Vec<Vec<u8>>,
    /// The stapled OCSP response that stands beside the first (TLS 1.3 only).
    pub stapled_ocsp: Option<Vec<u8>>,
    /// Why reading ended before the end.
    pub problem: Option<Malformed>,
}

impl Chain {
    /// Reads the body of a certificate message of `version`.
    pub fn read(body: &[u8], version: Version) -> Self {
        let mut chain = Self::default();
        let mut reader = Reader::new(body, "certificate");
        let read = if version == Version::TLS13 {
            reader.octets(1).and_then(|_context| chain.read_list(&mut reader, true))
        } else {
            chain.read_list(&mut reader, false)
        };
        chain.problem = read.and_then(|()| reader.finish()).err();
        chain
    }

    fn read_list(
        &mut self,
        reader: &mut Reader<'_>,
        with_extensions: bool,
    ) -> Result<(), Malformed> {
        let length = reader.clone().u24()?;
        // A list that is cut short is read as far as it goes.
        let whole = length + 3 <= reader.len();
        let mut list = if whole {
            reader.vector(3)?
        } else {
            reader.u24()?;
            reader.clone()
        };
        while !list.is_empty() {
            if self.certificates.len() == CERTIFICATES_MAX {
                return Err(list.malformed("too many certificates"));
            }
            self.certificates.push(list.octets(3)?.to_vec());
            if with_extensions {
                self.read_extensions(list.vector(2)?)?;
            }
        }
        if whole { Ok(()) } else { Err(list.malformed("ends too early")) }
    }

    fn read_extensions(&mut self, mut list: Reader<'_>) -> Result<(), Malformed> {
        while !list.is_empty() {
            let kind = ExtensionType(list.u16()?);
            let value = list.octets(2)?;
            if kind == ExtensionType::STATUS_REQUEST && self.certificates.len() == 1 {
                self.stapled_ocsp = certificate_status::read(value)?;
            }
        }
        Ok(())
    }
}

/// The extensions of encrypted_extensions (RFC 8446 4.3.1).
pub fn read_encrypted_extensions(body: &[u8]) -> Extensions {
    Extensions::read(&mut Reader::new(body, "encrypted_extensions"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Writer;

    #[test]
    fn a_chain_of_either_form_is_read() {
        let mut old = Writer::new();
        old.vector(3, |list| {
            list.octets(3, b"leaf").octets(3, b"ca");
        });
        let chain = Chain::read(&old.into_octets(), Version::TLS12);
        assert_eq!((chain.certificates, chain.problem), (vec![b"leaf".into(), b"ca".into()], None));

        let mut new = Writer::new();
        new.octets(1, b"").vector(3, |list| {
            list.octets(3, b"leaf").vector(2, |extensions| {
                let status = [&[1, 0, 0, 2][..], b"ok"].concat();
                extensions.u16(5).octets(2, &status);
            });
        });
        let chain = Chain::read(&new.into_octets(), Version::TLS13);
        assert_eq!(chain.stapled_ocsp.as_deref(), Some(&b"ok"[..]));
    }

    #[test]
    fn what_stands_before_a_cut_is_kept() {
        let mut writer = Writer::new();
        writer.vector(3, |list| {
            list.octets(3, b"leaf").octets(3, b"intermediate");
        });
        let mut octets = writer.into_octets();
        octets.truncate(octets.len() - 4);
        let chain = Chain::read(&octets, Version::TLS12);
        assert_eq!(chain.certificates, [b"leaf"]);
        assert!(chain.problem.is_some());
    }
}

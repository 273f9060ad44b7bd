//! [`Reader`] and [`Writer`]: the presentation language of TLS (RFC 8446 3).

use thiserror::Error;

/// Octets that are not what they should be, and where.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{what}: {why} at octet {at}")]
pub struct Malformed {
    /// The structure that was read.
    pub what: &'static str,
    /// What is wrong.
    pub why: &'static str,
    /// Where, counted from the start of the structure.
    pub at: usize,
}

/// Reads big-endian numbers and vectors with their length in front; knows where it stands.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    octets: &'a [u8],
    at: usize,
    /// Where the octets stand in the structure that positions are counted from.
    base: usize,
    what: &'static str,
}

impl<'a> Reader<'a> {
    /// Reads `octets`, which are a `what`.
    pub fn new(octets: &'a [u8], what: &'static str) -> Self {
        Self { octets, at: 0, base: 0, what }
    }

    /// The next octet's place, counted from the start of the outermost structure.
    pub fn position(&self) -> usize {
        self.base + self.at
    }

    /// Octets that are left.
    pub fn len(&self) -> usize {
        self.octets.len() - self.at
    }

    /// Is nothing left?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The error of this place.
    pub fn malformed(&self, why: &'static str) -> Malformed {
        Malformed { what: self.what, why, at: self.position() }
    }

    /// The next `count` octets.
    ///
    /// # Errors
    /// [`Malformed`] when fewer are left; so do all that follow.
    pub fn take(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        let end = self.at.checked_add(count).filter(|end| *end <= self.octets.len());
        let end = end.ok_or_else(|| self.malformed("ends too early"))?;
        let taken = &self.octets[self.at..end];
        self.at = end;
        Ok(taken)
    }

    /// Everything that is left.
    pub fn rest(&mut self) -> &'a [u8] {
        let rest = &self.octets[self.at..];
        self.at = self.octets.len();
        rest
    }

    fn number(&mut self, width: usize) -> Result<usize, Malformed> {
        let octets = self.take(width)?;
        Ok(octets.iter().fold(0, |sum, octet| sum << 8 | usize::from(*octet)))
    }

    /// One octet.
    ///
    /// # Errors
    /// As [`Reader::take`].
    pub fn u8(&mut self) -> Result<u8, Malformed> {
        Ok(self.take(1)?[0])
    }

    /// A number of two octets.
    ///
    /// # Errors
    /// As [`Reader::take`].
    pub fn u16(&mut self) -> Result<u16, Malformed> {
        Ok(self.number(2)? as u16)
    }

    /// A number of three octets.
    ///
    /// # Errors
    /// As [`Reader::take`].
    pub fn u24(&mut self) -> Result<usize, Malformed> {
        self.number(3)
    }

    /// A number of four octets.
    ///
    /// # Errors
    /// As [`Reader::take`].
    pub fn u32(&mut self) -> Result<u32, Malformed> {
        Ok(self.number(4)? as u32)
    }

    /// A vector whose length stands in front in `width` octets, as a reader of its content.
    ///
    /// # Errors
    /// As [`Reader::take`].
    pub fn vector(&mut self, width: usize) -> Result<Self, Malformed> {
        let length = self.number(width)?;
        let base = self.position();
        Ok(Self { octets: self.take(length)?, at: 0, base, what: self.what })
    }

    /// A vector of octets.
    ///
    /// # Errors
    /// As [`Reader::take`].
    pub fn octets(&mut self, width: usize) -> Result<&'a [u8], Malformed> {
        Ok(self.vector(width)?.rest())
    }

    /// A vector of numbers of two octets; a single octet at its end is an error.
    ///
    /// # Errors
    /// As [`Reader::take`].
    pub fn u16s(&mut self, width: usize) -> Result<Vec<u16>, Malformed> {
        let mut vector = self.vector(width)?;
        let mut numbers = Vec::with_capacity(vector.len() / 2);
        while !vector.is_empty() {
            numbers.push(vector.u16()?);
        }
        Ok(numbers)
    }

    /// Nothing may be left.
    ///
    /// # Errors
    /// [`Malformed`] when something is.
    pub fn finish(&self) -> Result<(), Malformed> {
        if self.is_empty() { Ok(()) } else { Err(self.malformed("more than expected")) }
    }
}

/// Writes what [`Reader`] reads.
#[derive(Debug, Clone, Default)]
pub struct Writer(Vec<u8>);

impl Writer {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The octets written.
    pub fn into_octets(self) -> Vec<u8> {
        self.0
    }

    /// One octet.
    pub fn u8(&mut self, number: u8) -> &mut Self {
        self.0.push(number);
        self
    }

    /// A number of two octets.
    pub fn u16(&mut self, number: u16) -> &mut Self {
        self.raw(&number.to_be_bytes())
    }

    /// Octets as they are.
    pub fn raw(&mut self, octets: &[u8]) -> &mut Self {
        self.0.extend_from_slice(octets);
        self
    }

    /// What `write` writes, with its length in front in `width` octets.
    ///
    /// # Panics
    /// When the length does not fit: whoever composes knows its sizes.
    pub fn vector(&mut self, width: usize, write: impl FnOnce(&mut Self)) -> &mut Self {
        let start = self.0.len();
        self.0.resize(start + width, 0);
        write(self);
        let length = self.0.len() - start - width;
        assert!(length < 1 << (8 * width), "a vector of {length} octets with {width} for that");
        for (index, octet) in self.0[start..start + width].iter_mut().enumerate() {
            *octet = (length >> (8 * (width - 1 - index))) as u8;
        }
        self
    }

    /// A vector of numbers of two octets.
    pub fn u16s(&mut self, width: usize, numbers: &[u16]) -> &mut Self {
        self.vector(width, |w| {
            numbers.iter().for_each(|number| {
                w.u16(*number);
            })
        })
    }

    /// A vector of octets.
    pub fn octets(&mut self, width: usize, octets: &[u8]) -> &mut Self {
        self.vector(width, |w| {
            w.raw(octets);
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let mut writer = Writer::new();
        writer.u8(1).u16(2).u16s(2, &[3, 4]).vector(3, |w| {
            w.octets(1, b"five");
        });
        let octets = writer.into_octets();
        let mut reader = Reader::new(&octets, "test");
        assert_eq!((reader.u8(), reader.u16()), (Ok(1), Ok(2)));
        assert_eq!(reader.u16s(2), Ok(vec![3, 4]));
        assert_eq!(reader.vector(3).unwrap().octets(1), Ok(&b"five"[..]));
        assert_eq!(reader.finish(), Ok(()));
    }

    #[test]
    fn a_short_vector_is_told_with_its_place() {
        let mut reader = Reader::new(&[0, 4, 0, 2, 9], "test");
        let error = reader.vector(2).unwrap_err();
        assert_eq!(error.to_string(), "test: ends too early at octet 2");
    }
}

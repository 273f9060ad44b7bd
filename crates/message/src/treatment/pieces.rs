//! SEQUENCEs that the operators make of whole values: `{t, DD(b)}` and the like.

use counterfoil_secret::SecretBytes;
use der::{Decode, Encode, Header, Length, Reader, SliceReader, Tag};

use crate::codec::{DecodeError, DecodeErrorKind};

/// `SEQUENCE { pieces… }`; each piece is the DER of one value.
pub(super) fn join(pieces: &[&[u8]]) -> der::Result<SecretBytes> {
    let len = pieces.iter().map(|piece| piece.len()).sum::<usize>();
    let header = Header::new(Tag::Sequence, Length::try_from(len)?);
    let mut joined = Vec::with_capacity(len + usize::try_from(header.encoded_len()?)?);
    header.encode_to_vec(&mut joined)?;
    pieces.iter().for_each(|piece| joined.extend_from_slice(piece));
    Ok(SecretBytes::new(joined))
}

/// Takes `SEQUENCE { pieces… }` with exactly `N` pieces apart.
pub(super) fn split<const N: usize>(bytes: &[u8]) -> Result<[&[u8]; N], DecodeError> {
    let mut reader = SliceReader::new(bytes)?;
    let header = Header::decode(&mut reader)?;
    header.tag().assert_eq(Tag::Sequence)?;
    if header.length() != reader.remaining_len() {
        return Err(DecodeError::new(DecodeErrorKind::NotCanonical, 0));
    }
    let mut pieces = [&bytes[..0]; N];
    for piece in &mut pieces {
        *piece = reader.tlv_bytes()?;
    }
    reader.finish()?;
    Ok(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_joined_splits_again() {
        let joined = join(&[&[0x05, 0x00], &[0x02, 0x01, 0x07]]).unwrap();
        assert_eq!(joined.expose(), &[0x30, 5, 0x05, 0x00, 0x02, 0x01, 0x07]);
        assert_eq!(split::<2>(joined.expose()).unwrap(), [&[5, 0][..], &[2, 1, 7][..]]);
    }

    #[test]
    fn refuses_another_number_of_pieces_and_anything_after_them() {
        let joined = join(&[&[0x05, 0x00], &[0x05, 0x00]]).unwrap();
        assert!(split::<1>(joined.expose()).is_err());
        assert!(split::<3>(joined.expose()).is_err());
        let longer = [joined.expose().as_slice(), &[0]].concat();
        assert!(split::<2>(&longer).is_err());
        assert!(split::<2>(&[0x31, 0]).is_err());
        assert!(split::<0>(&[]).is_err());
    }
}

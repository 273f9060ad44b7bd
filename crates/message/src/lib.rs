//! The messages of SET: types, DER and treatments, one exchange per file.

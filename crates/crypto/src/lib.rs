//! Suites, key handles, signatures, envelopes and the dual signature's digests.

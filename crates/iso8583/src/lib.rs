//! ISO 8583 messages: codec, bank dialects and message authentication.

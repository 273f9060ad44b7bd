//! The whole deployment in one thread on virtual time.
